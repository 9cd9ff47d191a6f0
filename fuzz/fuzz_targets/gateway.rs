//! Any stream, cut anywhere, through the blocks of a gateway, with any verdicts: what is not touched is the input, what is left out or replaced changes
//! nothing else, and what is too large does not depend on the cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ssewire_fuzz::{cut, gateway};

fuzz_target!(|input: (&[u8], u8, Option<u8>, &[u8])| {
    let (cuts, seed, limit, stream) = input;
    let chunks = cut(stream, cuts);
    match limit {
        None => gateway::check(stream, &chunks, seed.into()),
        Some(limit) => gateway::check_limit(stream, &chunks, limit.into()),
    }
});
