//! The parser as WebAssembly, for the body of a `fetch`, which `EventSource` cannot read: index.html is its glue.
//!
//! The page writes a chunk to where `input()` is, calls `chunk(length)`, and then `next()` until it is 0. Each time it is 1, the texts of the
//! event begin at `text(n)` and have `text_length(n)` bytes: 0 is its data, 1 its type, 2 the last event ID.

use std::cell::RefCell;

use ssewire::Parser;

/// So much of a chunk is taken at once.
const ROOM: usize = 64 * 1024;

struct State {
    parser: Parser,
    input: Vec<u8>,
    /// What was read of it, and how much there is.
    read: usize,
    filled: usize,
    texts: [String; 3],
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State {
        parser: Parser::with_limit(1 << 20),
        input: vec![0; ROOM],
        read: 0,
        filled: 0,
        texts: Default::default(),
    });
}

fn with<T>(state: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(state)
}

#[unsafe(no_mangle)]
pub extern "C" fn input() -> *mut u8 {
    with(|state| state.input.as_mut_ptr())
}

/// How much fits there.
#[unsafe(no_mangle)]
pub const extern "C" fn room() -> usize {
    ROOM
}

#[unsafe(no_mangle)]
pub extern "C" fn chunk(length: usize) {
    with(|state| (state.read, state.filled) = (0, length.min(ROOM)));
}

#[unsafe(no_mangle)]
pub extern "C" fn next() -> u32 {
    with(|state| {
        let mut input = &state.input[state.read..state.filled];
        loop {
            let event = state.parser.next(&mut input);
            let read = state.filled - input.len();
            match event {
                Ok(Some(event)) => {
                    let texts = [event.data(), event.event_type(), event.last_event_id()];
                    for (to, text) in state.texts.iter_mut().zip(texts) {
                        to.clear();
                        to.push_str(text);
                    }
                    state.read = read;
                    return 1;
                }
                Ok(None) => return 0,
                // An event above the limit is skipped.
                Err(_) => {}
            }
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn text(number: usize) -> *const u8 {
    with(|state| state.texts[number].as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn text_length(number: usize) -> usize {
    with(|state| state.texts[number].len())
}
