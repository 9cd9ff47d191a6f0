//! What several test files need: the ways to cut a stream into chunks, and the ways to read it.
#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]

pub mod cases;
#[cfg(feature = "alloc")]
pub mod gateway;
#[path = "../model/mod.rs"]
pub mod model;
pub mod readers;
pub mod rebuild;
pub mod streams;

pub use readers::*;

/// Calls `check` with every way to cut `stream` that the tests try: whole, byte by byte, at every place into two and, if it is
/// short, into three, with empty chunks in between.
pub fn every_cut<'s>(stream: &'s [u8], mut check: impl FnMut(&[&'s [u8]])) {
    check(&[stream]);
    check(&stream.chunks(1).collect::<Vec<_>>());
    check(&stream.chunks(1).flat_map(|byte| [&[], byte, &[]]).collect::<Vec<_>>());
    for first in 0..=stream.len() {
        let (a, bc) = stream.split_at(first);
        check(&[a, &[], bc]);
        if stream.len() <= 40 {
            for second in 0..=bc.len() {
                let (b, c) = bc.split_at(second);
                check(&[a, b, &[], c]);
            }
        }
    }
}
