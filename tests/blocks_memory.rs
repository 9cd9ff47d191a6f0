//! What a gateway holds: the open block up to the limit, and what its parser holds.
#![cfg(feature = "alloc")]

use ssewire::blocks::{Blocks, OnTooLarge};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// The peak of the heap for these pieces, and how many bytes passed.
fn peak(mut blocks: Blocks, pieces: impl Iterator<Item = Vec<u8>>) -> (usize, usize) {
    let _profiler = dhat::Profiler::builder().testing().build();
    let mut passed = 0;
    let mut most = 0;
    for piece in pieces {
        let mut input = &piece[..];
        while let Some(block) = blocks.next(&mut input) {
            let [head, tail] = block.bytes();
            passed += head.len() + tail.len();
        }
        most = most.max(dhat::HeapStats::get().max_bytes);
    }
    passed += blocks.finish().map_or(0, |block| block.bytes().concat().len());
    (most, passed)
}

/// What is held behind a large event that chunks cut, and behind these pieces after it.
fn held_behind_a_large_event(behind: &[&str]) -> [usize; 2] {
    let piece = "x".repeat(20_000);
    let _profiler = dhat::Profiler::builder().testing().build();
    let mut blocks = Blocks::new();
    let mut pass = |pieces: &[&str]| {
        for piece in pieces {
            let mut input = piece.as_bytes();
            while blocks.next(&mut input).is_some() {}
        }
        dhat::HeapStats::get().curr_bytes
    };
    [pass(&["data: 1\n\ndata: ", &piece, &piece, "\n\n"]), pass(behind)]
}

#[test]
fn memory_is_bounded_by_the_limit_and_given_back() {
    for behind in
        [&[":\n\n"][..], &["data: x\n\n"], &["data: x", "\n\n"], &["da", "ta: x\nretry: 1\n", "\n"], &["x: y\n\n", "\n"]]
    {
        let [large, small] = held_behind_a_large_event(behind);
        // (A text and the bytes that it came in.)
        assert!(large > 80_000, "{large} bytes are kept for the next block");
        assert!(small < 2000, "{small} bytes are kept behind {behind:?}");
    }
    const LIMIT: usize = 64 << 10;
    let endless = |start: &str, piece: &str, size: usize| {
        let piece = piece.repeat(if size > 8 << 20 { 16_000 } else { 1000 } / piece.len());
        let count = size / piece.len();
        std::iter::once(start.as_bytes().to_vec())
            .chain(std::iter::repeat_n(piece.into_bytes(), count))
            .chain([b"\n\n".to_vec()])
    };
    // So many lines that the bound would be passed if each left one byte behind.
    let many = 200_000;
    let large = 24 * LIMIT;
    for (name, start, piece, size) in [
        ("an event of 64 MiB", "data: ", "x", 64 << 20),
        ("an endless line of no field", "", "x", large),
        ("an endless comment", ": ", "x", large),
        ("a million unknown fields", "", "x: y\n", 5_000_000),
        ("many unknown fields in a block", "data: x\n", "x: y\n", 5 * many),
        ("many comments in a block", "data: x\n", ":\n", 2 * many),
        ("many lines of data", "data\n", "data\n", 5 * many),
        ("bytes that are not text", "data: ", "\u{80}", large),
    ] {
        let total = endless(start, piece, size).map(|piece| piece.len()).sum::<usize>();
        for on_too_large in [OnTooLarge::Pass, OnTooLarge::LeaveOut] {
            let blocks = Blocks::with_limit(LIMIT).on_too_large(on_too_large);
            let (most, passed) = peak(blocks, endless(start, piece, size));
            println!("{name}, {on_too_large:?}: {most} bytes, {passed} of {total} passed");
            assert!(most <= 3 * LIMIT, "{name}, {on_too_large:?}: {most} bytes");
            assert!(passed == total || on_too_large == OnTooLarge::LeaveOut);
            assert!(passed == total || !start.is_empty() && !start.starts_with(':'));
        }
    }
}
