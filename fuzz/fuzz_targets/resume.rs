//! Everything in the middle of things: chunks by `next` and `next_item` in turns, `flush`, `finish`, `set_last_event_id`. After each
//! `finish` the next stream is read as if it were the first, from the last event ID that was left.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use ssewire::{Fixed, Parser, decode::Storage};
use ssewire_fuzz::{ByItem, ByNext, Out, Reader, model, read_chunks};

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    Next(&'a [u8]),
    NextItem(&'a [u8]),
    Flush,
    SetLastEventId(&'a str),
    Finish,
}

impl Op<'_> {
    fn length(&self) -> usize {
        match self {
            Op::Next(chunk) | Op::NextItem(chunk) => chunk.len(),
            Op::SetLastEventId(id) => id.len(),
            Op::Flush | Op::Finish => 0,
        }
    }
}

/// What every storage must give for these operations.
fn run<S: Storage>(mut parser: Parser<S>, ops: &[Op<'_>]) -> (Vec<String>, Parser<S>) {
    let mut log = Vec::new();
    for op in ops {
        let mut out = Vec::new();
        match op {
            Op::Next(chunk) => {
                let mut reader = ByNext(parser);
                reader.feed(chunk, &mut out);
                parser = reader.0;
            }
            Op::NextItem(chunk) => {
                let mut reader = ByItem(parser);
                reader.feed(chunk, &mut out);
                parser = reader.0;
            }
            Op::Flush => {
                let (id, retry) = (parser.last_event_id().to_owned(), parser.retry());
                let truncated = parser.truncated();
                let flushed = parser.flush().map(|event| format!("{event:?}"));
                assert!(flushed.is_none() || truncated.is_some_and(|truncated| truncated.had_data));
                assert_eq!((parser.last_event_id(), parser.retry()), (&*id, retry), "flush commits nothing");
                assert_eq!(parser.flush(), None);
                assert_eq!(parser.truncated(), truncated.filter(|_| flushed.is_none()));
                log.extend(flushed);
            }
            Op::SetLastEventId(id) => {
                let before = parser.last_event_id().to_owned();
                let set = parser.set_last_event_id(id).is_ok();
                assert_eq!(parser.last_event_id(), if set { *id } else { &*before });
            }
            Op::Finish => {
                let (id, truncated) = (parser.last_event_id().to_owned(), parser.truncated());
                assert_eq!(parser.finish().err(), truncated);
                assert_eq!((parser.last_event_id(), parser.truncated()), (&*id, None));
            }
        }
        log.extend(out.iter().map(|got| format!("{got:?}")));
        log.push(format!("{:?} {:?} {:?}", parser.last_event_id(), parser.retry(), parser.truncated()));
    }
    (log, parser)
}

fuzz_target!(|input: (Vec<Op<'_>>, &[u8])| {
    let (ops, stream) = input;
    // More than the operations hold: nothing is too large, and both storages give the same.
    let room = 64 + 16 * ops.iter().map(Op::length).sum::<usize>();
    let (log, parser) = run(Parser::new(), &ops);
    assert_eq!(run(Parser::with_storage(Fixed::new(vec![0xAA; room])), &ops).0, log);

    let mut reader = ByItem(parser);
    let _ = reader.0.finish();
    let start = reader.0.last_event_id().to_owned();
    let got = read_chunks(&mut reader, stream.chunks(7));
    let want: Vec<Result<Out, _>> = model::read(stream, &start).items.into_iter().map(Ok).collect();
    assert_eq!(got, want);
});
