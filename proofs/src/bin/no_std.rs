//! Parses over `Fixed`, tokenizes, and encodes into a slice, linked without std and without an allocator; with feature `alloc`, over
//! `Heap` and with a small allocator of its own. Exit status 0 if all came out right.
#![no_std]
#![no_main]

use core::hint::black_box;

use ssewire::{
    Event, Fixed, Item, Parser,
    decode::{Field, Token, Tokenizer},
};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

#[link(name = "c")]
unsafe extern "C" {}

const STREAM: &[u8] = b"\xEF\xBB\xBF: hi\r\nid: 7\r\nevent: tick\r\ndata: a\r\ndata: b\xFF\r\n\r\ndata: c\n\n";

fn parses() -> bool {
    let mut parser = Parser::with_storage(Fixed::new([0; 64]));
    let (mut events, mut comments) = (0, 0);
    for mut input in black_box(STREAM).chunks(3) {
        while let Ok(Some(item)) = parser.next_item(&mut input) {
            match item {
                Item::Event(event) if event.event_type() == "tick" => {
                    events += usize::from(event.data() == "a\nb\u{FFFD}" && event.id() == Some("7"));
                }
                Item::Event(event) => events += usize::from(event.data() == "c" && event.last_event_id() == "7"),
                Item::Comment(text) => comments += usize::from(text == "hi"),
                _ => {}
            }
        }
    }
    events == 2 && comments == 1 && parser.finish().is_ok()
}

fn tokenizes() -> bool {
    let (mut tokenizer, mut length) = (Tokenizer::new(), 0);
    for mut input in black_box(STREAM).chunks(5) {
        for token in tokenizer.tokens(&mut input) {
            if let Token::Field { field: Field::Data, value, .. } = token {
                length += value.len();
            }
        }
    }
    length == 4
}

fn encodes() -> bool {
    let mut out = [0; 32];
    let Ok(event) = Event::new(black_box("a\r\nb")).with_id("7") else { return false };
    let Some(length) = event.encode().copy_to(&mut out) else { return false };
    out.get(..length) == Some(b"id: 7\ndata: a\ndata: b\n\n")
}

#[cfg(feature = "alloc")]
mod heap {
    use core::{
        alloc::{GlobalAlloc, Layout},
        cell::UnsafeCell,
        ptr::null_mut,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use ssewire::{EventBuf, Parser};

    /// Gives out memory and never takes it back.
    struct Bump {
        memory: UnsafeCell<[u8; 1 << 16]>,
        used: AtomicUsize,
    }

    // SAFETY: each byte is given out once.
    unsafe impl Sync for Bump {}

    // SAFETY: what is given out is aligned, inside the memory, and no one else's.
    unsafe impl GlobalAlloc for Bump {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let room = layout.size() + layout.align();
            let start = self.used.fetch_add(room, Ordering::Relaxed);
            if start + room > 1 << 16 {
                return null_mut();
            }
            let place = self.memory.get().cast::<u8>().wrapping_add(start);
            place.wrapping_add(place.align_offset(layout.align()))
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }

    #[global_allocator]
    static BUMP: Bump = Bump { memory: UnsafeCell::new([0; 1 << 16]), used: AtomicUsize::new(0) };

    pub fn parses() -> bool {
        let (mut parser, mut found) = (Parser::new(), false);
        for mut input in super::STREAM.chunks(3) {
            while let Ok(Some(event)) = parser.next(&mut input) {
                let owned = EventBuf::from(event);
                found |= owned.data() == "c" && owned.encode().to_vec() == b"data: c\n\n";
            }
        }
        found
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    let failed = [!parses(), !tokenizes(), !encodes()];
    #[cfg(feature = "alloc")]
    if !heap::parses() {
        return 8;
    }
    failed.iter().enumerate().fold(0, |status, (bit, &failed)| status | i32::from(failed) << bit)
}
