//! Any two cuts of a stream: `Heap`, `Fixed` with room, `next`, `next_item` and what is rebuilt from the tokenizer agree. And a small
//! `Fixed` at both cuts, which finds the next event behind whatever was too large for it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ssewire::{Fixed, Parser};
use ssewire_fuzz::{ByItem, ByNext, Out, cut, events, read_chunks, rebuild::Rebuild};

fuzz_target!(|input: ([u8; 4], [u8; 4], u8, &[u8])| {
    let (one, two, size, stream) = input;
    let (one, two) = (cut(stream, &one), cut(stream, &two));
    let room = || Fixed::new(vec![0x80; 64 + 16 * stream.len()]);

    let items = read_chunks(&mut ByItem(Parser::new()), one.iter().copied());
    assert_eq!(read_chunks(&mut ByItem(Parser::with_storage(room())), two.iter().copied()), items);
    assert_eq!(read_chunks(&mut Rebuild::default(), two.iter().copied()), items);
    assert_eq!(read_chunks(&mut ByNext(Parser::new()), two.iter().copied()), events(&items));
    assert_eq!(read_chunks(&mut ByNext(Parser::with_storage(room())), one.iter().copied()), events(&items));

    let small = || Parser::with_storage(Fixed::new(vec![0x80; usize::from(size) + 8]));
    let (mut first, mut second) = (ByItem(small()), ByItem(small()));
    let items = read_chunks(&mut first, one);
    assert_eq!(read_chunks(&mut second, two), items);
    assert!(first.0.last_event_id().len() <= (usize::from(size) + 8) / 4);
    let next = read_chunks(&mut second, [&b"\n\r\n\ndata: n\n\n"[..]]);
    assert!(matches!(next.last(), Some(Ok(Out::Event { data, .. })) if data == "n"));
});
