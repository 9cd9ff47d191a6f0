//! Any bytes, cut anywhere, against the slow model: items, events, the end, and what `flush` gives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ssewire::{Fixed, Parser, Truncated};
use ssewire_fuzz::{ByItem, ByNext, cut, event, events, model, read_chunks};

fuzz_target!(|input: ([u8; 4], u8, &[u8])| {
    let (sizes, start, stream) = input;
    let start = if start & 1 == 0 { String::new() } else { format!("{start}") };
    let want = model::read(stream, &start);
    let items: Vec<_> = want.items.iter().cloned().map(Ok).collect();
    let chunks = cut(stream, &sizes);
    let end = |cut: Truncated| (cut.had_data, cut.in_line);

    let mut heap = ByItem(Parser::new());
    heap.0.set_last_event_id(&start).unwrap();
    assert_eq!(read_chunks(&mut heap, chunks.iter().copied()), items);
    assert_eq!(heap.0.last_event_id(), want.last_event_id);
    assert_eq!(heap.0.truncated().map(end), want.cut);
    let last = model::flush(stream, &start);
    assert_eq!(heap.0.flush().map(event), last);
    // What was given out is not reported as cut off.
    let cut_off = want.cut.filter(|_| last.is_none());
    assert_eq!(heap.0.finish().err().map(end), cut_off);

    let mut all = ByItem(Parser::new().with_all_items());
    all.0.set_last_event_id(&start).unwrap();
    assert_eq!(read_chunks(&mut all, chunks.iter().copied()), want.all.iter().cloned().map(Ok).collect::<Vec<_>>());
    let counts = all.0.counts();
    assert_eq!((counts.events, counts.comments, counts.ignored), want.counts);

    // Room for the id beside what may grow threefold.
    let mut fixed = ByNext(Parser::with_storage(Fixed::new(vec![0xFF; 64 + 16 * stream.len()])));
    fixed.0.set_last_event_id(&start).unwrap();
    assert_eq!(read_chunks(&mut fixed, chunks), events(&items));
    assert_eq!(fixed.0.flush().map(event), last);
    assert_eq!(fixed.0.finish().err().map(end), cut_off);
});
