//! Small limits: the same results at any cut, by `Heap` and by a `Fixed` of that limit as far as ids are within its share; and
//! nothing that is given out is larger than the limit.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ssewire::{Fixed, Parser, Part};
use ssewire_fuzz::{ByItem, ByNext, Out, cut, events, read_chunks};

fuzz_target!(|input: ([u8; 4], [u8; 4], u8, &[u8])| {
    let (one, two, size, stream) = input;
    let (one, two, size) = (cut(stream, &one), cut(stream, &two), usize::from(size));
    let limit = size - size / 4;

    let heap = read_chunks(&mut ByItem(Parser::with_limit(limit)), one.iter().copied());
    assert_eq!(read_chunks(&mut ByItem(Parser::with_limit(limit)), two.iter().copied()), heap);
    assert_eq!(read_chunks(&mut ByNext(Parser::with_limit(limit)), two.iter().copied()), events(&heap));

    let mut fixed = ByNext(Parser::with_storage(Fixed::new(vec![0xC3; size])));
    let fixed = read_chunks(&mut fixed, two.iter().copied());
    let no_id_share = fixed.iter().all(|got| !matches!(got, Err(error) if error.part == Part::LastEventId));
    if no_id_share {
        assert_eq!(fixed, events(&heap));
    }

    // Everything on request: the items, the last event ID and the counts are the same at any cut.
    let all = |cut: &[&[u8]]| {
        let mut heap = ByItem(Parser::with_limit(limit).with_all_items().with_skipped_ids());
        let mut fixed = ByItem(Parser::with_storage(Fixed::new(vec![0x3C; size])).with_all_items().with_skipped_ids());
        let (on_heap, in_fixed) = (read_chunks(&mut heap, cut.iter().copied()), read_chunks(&mut fixed, cut.iter().copied()));
        let mut events = ByNext(Parser::with_limit(limit).with_skipped_ids());
        read_chunks(&mut events, cut.iter().copied());
        assert_eq!(events.0.last_event_id(), heap.0.last_event_id());
        let ids = [heap.0.last_event_id().to_owned(), fixed.0.last_event_id().to_owned()];
        (on_heap, in_fixed, ids, heap.0.counts(), fixed.0.counts())
    };
    let (all, other) = (all(&one), all(&two));
    assert_eq!(all, other);

    for got in heap.iter().chain(&fixed).chain(&all.0).chain(&all.1).flatten() {
        let length = match got {
            Out::Event { data, id, event_type, .. } if event_type == "message" => {
                data.len() + id.as_ref().map_or(0, String::len)
            }
            Out::Event { data, id, event_type, .. } => data.len() + event_type.len() + id.as_ref().map_or(0, String::len),
            Out::Comment(text) | Out::LastEventId(text) | Out::Unknown(text) => text.len(),
            Out::NoData { event_type, id, .. } => event_type.len() + id.as_ref().map_or(0, String::len),
            Out::Retry(_) => 0,
        };
        assert!(length <= limit, "{length} bytes with a limit of {limit}: {got:?}");
    }
});
