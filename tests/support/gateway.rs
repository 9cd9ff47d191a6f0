//! What a gateway must give, and what [`Blocks`] gives. The fuzz target of them works this way, too.

use ssewire::{
    Event, Parser,
    blocks::{Block, Blocks, OnTooLarge},
};

use super::{
    ByNext, event,
    model::{self, Out},
    read_chunks,
};

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Pass,
    LeaveOut,
    Replace,
}

/// By what the event is, so that it does not depend on how the stream was cut.
pub fn judge(event: &Event<'_>, seed: usize) -> Verdict {
    let sum = event
        .data()
        .bytes()
        .chain(event.event_type().bytes())
        .fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    [Verdict::Pass, Verdict::LeaveOut, Verdict::Replace][(sum / 7) % 3]
}

pub const INSTEAD: &str = "by\nanother";

pub fn write(block: &Block<'_>, verdict: Verdict, out: &mut Vec<u8>) {
    let length = out.len();
    match verdict {
        Verdict::Pass => block.pass(out),
        Verdict::LeaveOut => block.leave_out(out),
        Verdict::Replace => match block.event() {
            Some(event) => block.replace(event.with_data(INSTEAD), out),
            None => block.pass(out),
        },
    }
    let residue = block.residue();
    if verdict == Verdict::LeaveOut && block.event().is_some() {
        assert!(out[length..].ends_with(&residue));
    }
}

/// What comes out for these chunks, and the events that were shown.
pub fn run(mut blocks: Blocks, chunks: &[&[u8]], judge: impl Fn(&Event<'_>) -> Verdict) -> (Vec<u8>, Vec<Out>, u64) {
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    let mut each = |block: &Block<'_>| {
        let verdict = block.event().map_or(Verdict::LeaveOut, |event| judge(&event));
        seen.extend(block.event().map(event));
        write(block, verdict, &mut out);
    };
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(block) = blocks.next(&mut input) {
            each(&block);
        }
        assert!(input.is_empty());
        assert!(blocks.next(&mut input).is_none());
    }
    if let Some(block) = blocks.finish() {
        each(&block);
    }
    assert!(blocks.finish().is_none());
    (out, seen, blocks.too_large())
}

pub fn as_it_came(chunks: &[&[u8]]) -> (Vec<u8>, Vec<Out>) {
    let (out, seen, too_large) = run(Blocks::new(), chunks, |_| Verdict::Pass);
    assert_eq!(too_large, 0);
    (out, seen)
}

/// All that a reader makes of a stream: its events, the one that its end cuts off, the last event ID, the retry.
pub type All = (Vec<Out>, Option<Out>, String, Option<u64>);

pub fn read(stream: &[u8]) -> All {
    let read = model::read(stream, "");
    let events = read.items.into_iter().filter(Out::is_event).collect();
    (events, model::flush(stream, ""), read.last_event_id, read.retry)
}

/// The same without those that are left out, and with others in the place of those that are replaced.
pub fn judged(all: All, judge: impl Fn(&Event<'_>) -> Verdict) -> All {
    let (events, cut, last_event_id, retry) = all;
    let of = |out: Out| {
        let Out::Event { event_type, data, id, last_event_id, retry, lossy } = out else { unreachable!() };
        let verdict = judge(&Event::new(&data).with_type(&event_type).unwrap());
        let (data, lossy) = if verdict == Verdict::Replace { (INSTEAD.to_owned(), false) } else { (data, lossy) };
        (verdict != Verdict::LeaveOut).then_some(Out::Event { event_type, data, id, last_event_id, retry, lossy })
    };
    (events.into_iter().filter_map(of).collect(), cut.and_then(of), last_event_id, retry)
}

/// What was replaced is text, and what passes as it came may not be.
pub fn without_lossy((events, cut, last_event_id, retry): All) -> (Vec<String>, String) {
    let of = |out: Out| {
        let Out::Event { event_type, data, id, last_event_id, retry, .. } = out else { unreachable!() };
        format!("{event_type:?} {data:?} {id:?} {last_event_id:?} {retry:?}")
    };
    let cut = cut.as_ref().map(without_retry).map(of);
    (events.into_iter().map(of).collect(), format!("{cut:?} {last_event_id:?} {retry:?}"))
}

/// An event that the end cuts off, without a retry: that may be cut off itself, and is then shown by the model only.
pub fn without_retry(out: &Out) -> Out {
    let mut out = out.clone();
    if let Out::Event { retry, .. } = &mut out {
        *retry = None;
    }
    out
}

/// A reader that knows LF and CRLF as line ends, and no lone CR. (And no BOM, which is not written anew.)
pub fn events_by_lf(stream: &[u8]) -> Vec<(String, String, String)> {
    let (mut events, mut data, mut event_type, mut id) = (Vec::new(), Vec::new(), String::new(), String::new());
    let text = String::from_utf8(stream.to_vec()).expect("what is written anew is text");
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "" if line.is_empty() => {
                if !data.is_empty() {
                    events.push((std::mem::take(&mut event_type), data.join("\n"), id.clone()));
                }
                data.clear();
                event_type.clear();
            }
            "data" => data.push(value),
            "event" => event_type = value,
            "id" => id = value,
            _ => {}
        }
    }
    events
}

pub fn check(stream: &[u8], chunks: &[&[u8]], seed: usize) {
    let want = read(stream);
    let (out, seen) = as_it_came(chunks);
    assert_eq!(out, stream, "as it came");
    let (of_blocks, of_cut) = seen.split_at(want.0.len());
    assert_eq!(of_blocks, want.0);
    assert_eq!(of_cut.iter().map(without_retry).collect::<Vec<_>>(), want.1.iter().map(without_retry).collect::<Vec<_>>());

    for only in [None, Some(Verdict::LeaveOut), Some(Verdict::Replace)] {
        let judge = |event: &Event<'_>| only.unwrap_or_else(|| judge(event, seed));
        let want = without_lossy(judged(want.clone(), judge));
        let (out, ..) = run(Blocks::new(), chunks, judge);
        assert_eq!(without_lossy(read(&out)), want, "{out:?}");
        let (out, ..) = run(Blocks::new().canonical(), chunks, judge);
        let again = read(&out);
        let own = read_chunks(&mut ByNext(Parser::new()), chunks_of(&out, 7));
        assert_eq!(own.into_iter().map(Result::unwrap).collect::<Vec<_>>(), again.0);
        assert_eq!(without_lossy(again.clone()), want, "{:?}", String::from_utf8_lossy(&out));
        let plain = again.0.into_iter().map(|out| {
            let Out::Event { event_type, data, last_event_id, .. } = out else { unreachable!() };
            (if event_type == "message" { String::new() } else { event_type }, data, last_event_id)
        });
        let by_lf = events_by_lf(&out)
            .into_iter()
            .map(|(event_type, data, id)| (if event_type == "message" { String::new() } else { event_type }, data, id));
        assert_eq!(by_lf.collect::<Vec<_>>(), plain.collect::<Vec<_>>());
    }
}

pub fn chunks_of(stream: &[u8], size: usize) -> impl Iterator<Item = &[u8]> {
    stream.chunks(size)
}

/// Streams with blocks above the limit: what comes out does not depend on how they were cut.
pub fn check_limit(stream: &[u8], chunks: &[&[u8]], limit: usize) {
    let passing = || Blocks::with_limit(limit).on_too_large(OnTooLarge::Pass);
    let (out, seen, too_large) = run(passing(), chunks, |_| Verdict::Pass);
    assert_eq!(out, stream, "too large passes as it came");
    let (_, whole, count) = run(passing(), &[stream], |_| Verdict::Pass);
    assert_eq!((seen, too_large), (whole, count));

    let (out, seen, too_large) = run(Blocks::with_limit(limit), chunks, |_| Verdict::Pass);
    let (whole, seen_whole, count) = run(Blocks::with_limit(limit), &[stream], |_| Verdict::Pass);
    assert_eq!((&seen, too_large), (&seen_whole, count));
    let ((events, cut, ..), want) = (read(&out), read(&whole));
    assert_eq!((&events, &cut), (&want.0, &want.1), "{out:?}");
    let (of_blocks, of_cut) = seen.split_at(events.len());
    assert_eq!(of_blocks, events);
    assert_eq!(of_cut.iter().map(without_retry).collect::<Vec<_>>(), cut.iter().map(without_retry).collect::<Vec<_>>());
    // Ids and retries go on, of those that are left out, too, as far as they are known.
    assert_eq!(read(&out).3, read(stream).3);
    let mut parser = Parser::with_limit(limit).with_skipped_ids();
    let mut input = stream;
    while !input.is_empty() {
        let _ = parser.next(&mut input);
    }
    assert_eq!(read(&out).2, parser.last_event_id());
}
