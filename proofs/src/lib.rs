//! The firmware's view of ssewire, as a static library for a C linker: no std, no allocator.
#![no_std]

use ssewire::{Event, Fixed, Parser};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Counts the events in these bytes.
///
/// # Safety
///
/// `bytes` points to `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ssewire_count_events(bytes: *const u8, length: usize) -> usize {
    // SAFETY: as the caller has promised.
    let mut input = unsafe { core::slice::from_raw_parts(bytes, length) };
    let mut parser = Parser::with_storage(Fixed::new([0; 512]));
    let mut events = 0;
    while !input.is_empty() {
        if let Ok(Some(_)) = parser.next(&mut input) {
            events += 1;
        }
    }
    events
}

/// Encodes an event with these bytes as its data, if they are text, into `out`: its length there, as much as fits.
///
/// # Safety
///
/// `bytes` points to `length` bytes, `out` to `room` bytes that can be written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ssewire_encode(bytes: *const u8, length: usize, out: *mut u8, room: usize) -> usize {
    // SAFETY: as the caller has promised.
    let (bytes, out) = unsafe { (core::slice::from_raw_parts(bytes, length), core::slice::from_raw_parts_mut(out, room)) };
    core::str::from_utf8(bytes).map_or(0, |data| Event::new(data).encode().reader().copy_to(out))
}
