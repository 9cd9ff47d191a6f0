//! Structured items through the encoder and the parser, in outputs of any size; and the items of any stream, encoded anew.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use ssewire::{Event, EventBuf, Id, Item, Parser, encode::ItemEncoder};
use ssewire_fuzz::{ByItem, Out, item, lf, read_chunks};

#[derive(Arbitrary, Debug)]
enum Made<'a> {
    Event { data: &'a str, event_type: &'a str, id: Option<&'a str>, retry: Option<u64> },
    Comment(&'a str),
    Retry(u64),
    LastEventId(&'a str),
}

impl<'a> Made<'a> {
    /// The item, unless a part of it was refused.
    fn item(&self) -> Option<Item<'a>> {
        Some(match *self {
            Self::Event { data, event_type, id, retry } => {
                let mut event = Event::new(data).with_type(event_type).ok()?;
                if let Some(id) = id {
                    event = event.with_id(id).ok()?;
                }
                Item::Event(if let Some(time) = retry { event.with_retry(Duration::from_millis(time)) } else { event })
            }
            Self::Comment(text) => Item::Comment(text),
            Self::Retry(time) => Item::Retry(Duration::from_millis(time)),
            Self::LastEventId(id) => Item::LastEventId(Id::new(id).ok()?),
        })
    }
}

fuzz_target!(|input: (Vec<Made<'_>>, u8, &[u8])| {
    let (made, size, stream) = input;
    let mut out = vec![0; usize::from(size) + 1];
    for item_of in made.iter().filter_map(Made::item) {
        let (mut encoded, mut wire) = (item_of.encode().reader(), Vec::new());
        let whole = item_of.encode().to_vec();
        while encoded.has_remaining() {
            assert_eq!(encoded.remaining(), whole.len() - wire.len());
            let length = encoded.copy_to(&mut out);
            wire.extend_from_slice(&out[..length]);
        }
        assert_eq!(wire, whole);
        assert_eq!(&item_of.encode().to_bytes()[..], whole);
        assert_eq!(item_of.encode().copy_to(&mut out), (out.len() >= whole.len()).then_some(whole.len()));
        assert_eq!(item_of.encode().to_string().as_bytes(), whole);
        let got: Vec<_> = read_chunks(&mut ByItem(Parser::new()), [&wire[..]]).into_iter().map(Result::unwrap).collect();
        match item_of {
            Item::Event(event) => {
                let data = lf(event.data());
                let want = EventBuf::from(Event::new(&data).with_type(event.event_type()).unwrap());
                let Some(Out::Event { event_type, data, id, retry, .. }) = got.last() else { panic!("{got:?}") };
                assert_eq!((&**event_type, &**data), (want.event_type(), want.data()));
                assert_eq!((id.as_deref(), *retry), (event.id(), event.retry().map(|time| time.as_millis() as u64)));
            }
            Item::Comment(text) => {
                assert_eq!(got, lf(text).split('\n').map(|line| Out::Comment(line.to_owned())).collect::<Vec<_>>());
            }
            other => assert_eq!(got, [item(other)]),
        }
    }

    let (mut parser, mut encoder, mut wire, mut input) = (Parser::new(), ItemEncoder::new(), Vec::new(), stream);
    let mut items = Vec::new();
    while let Some(found) = parser.next_item(&mut input).unwrap() {
        encoder.encode(found).append_to(&mut wire);
        let mut found = item(found);
        if let Out::Event { lossy, .. } = &mut found {
            *lossy = false;
        }
        items.push(Ok(found));
    }
    assert_eq!(read_chunks(&mut ByItem(Parser::new()), [&wire[..]]), items);
});
