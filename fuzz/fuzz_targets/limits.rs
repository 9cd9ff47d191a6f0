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
    let fixed = read_chunks(&mut fixed, two);
    let no_id_share = fixed.iter().all(|got| !matches!(got, Err(error) if error.part == Part::LastEventId));
    if no_id_share {
        assert_eq!(fixed, events(&heap));
    }

    for got in heap.iter().chain(&fixed).flatten() {
        let length = match got {
            Out::Event { data, id, event_type, .. } if event_type == "message" => {
                data.len() + id.as_ref().map_or(0, String::len)
            }
            Out::Event { data, id, event_type, .. } => data.len() + event_type.len() + id.as_ref().map_or(0, String::len),
            Out::Comment(text) | Out::LastEventId(text) => text.len(),
            Out::Retry(_) => 0,
        };
        assert!(length <= limit, "{length} bytes with a limit of {limit}: {got:?}");
    }
});
