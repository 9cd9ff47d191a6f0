//! Links only if nothing in it can panic: its panic handler calls a function that does not exist, so whatever could reach a panic
//! leaves an undefined symbol. It holds, over `Fixed` storage: `Parser::next`, `next_item`, `flush`, `finish`, `truncated`,
//! `set_last_event_id`; the tokenizer; `Event::new` and `with_…`; `Encoded::copy_to` and `len`, all of `EncodedReader`, of
//! `EventWriter` and `ItemEncoder`; all of `Reconnect`. The parser also with all items and skipped ids.
#![no_std]
#![no_main]

use core::{hint::black_box, time::Duration};

use ssewire::{
    Encoded, Event, EventWriter, Fixed, Item, Parser, Reconnect, decode::Tokenizer, encode::ItemEncoder,
    reconnect::is_temporary,
};

unsafe extern "C" {
    fn something_here_can_panic() -> !;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: it is never linked.
    unsafe { something_here_can_panic() }
}

#[link(name = "c")]
unsafe extern "C" {}

#[inline(never)]
fn parse(parser: &mut Parser<Fixed<&mut [u8]>>, mut input: &[u8]) -> usize {
    let mut sum = 0_usize;
    while let Ok(Some(event)) = parser.next(&mut input) {
        sum = sum.wrapping_add(event.data().len()).wrapping_add(event.event_type().len());
    }
    while let Ok(Some(item)) = parser.next_item(&mut input) {
        let mut out = [0; 16];
        sum = sum.wrapping_add(encode(item.encode(), &mut out));
    }
    sum
}

#[inline(never)]
fn end(parser: &mut Parser<Fixed<&mut [u8]>>, id: &str) -> usize {
    let flushed = parser.flush().map_or(0, |event| event.data().len());
    let cut = parser.truncated().is_some();
    let set = parser.set_last_event_id(id).is_ok();
    flushed.wrapping_add(usize::from(parser.finish().is_ok() ^ cut ^ set)).wrapping_add(parser.last_event_id().len())
}

#[inline(never)]
fn tokenize(tokenizer: &mut Tokenizer, mut input: &[u8]) -> usize {
    tokenizer.tokens(&mut input).fold(0, |count, token| {
        black_box(token);
        usize::wrapping_add(count, 1)
    })
}

#[inline(never)]
fn encode(encoded: Encoded<'_>, out: &mut [u8]) -> usize {
    let mut sum = encoded.len().wrapping_add(encoded.copy_to(out).unwrap_or_default());
    let mut reader = encoded.reader();
    sum = sum.wrapping_add(reader.slices().fold(0, |sum, slice| usize::wrapping_add(sum, slice.len())));
    sum = sum.wrapping_add(reader.copy_to(out));
    reader.advance(black_box(3));
    sum.wrapping_add(reader.copy_to(out)).wrapping_add(reader.remaining()).wrapping_add(reader.slice().len())
}

#[inline(never)]
fn make<'t>(text: &'t str, out: &mut [u8]) -> usize {
    let event = Event::new(text).with_retry(Duration::from_millis(black_box(5)));
    let event = event.with_type(text).unwrap_or(event);
    let event = event.with_id(text).unwrap_or(event);
    let sum = encode(event.encode(), out);
    sum.wrapping_add(encode(ItemEncoder::new().encode(&Item::Comment(text)), out))
}

#[inline(never)]
fn write(writer: &mut EventWriter, text: &str, out: &mut [u8]) -> usize {
    let mut sum = encode(writer.data(text), out);
    if let Ok(encoded) = writer.id(text) {
        sum = sum.wrapping_add(encode(encoded, out));
    }
    if let Ok(encoded) = writer.event_type(text) {
        sum = sum.wrapping_add(encode(encoded, out));
    }
    if let Ok(encoded) = writer.comment(text) {
        sum = sum.wrapping_add(encode(encoded, out));
    }
    sum = sum.wrapping_add(encode(writer.retry(Duration::from_secs(1)), out));
    sum.wrapping_add(encode(writer.end(), out))
}

#[inline(never)]
fn reconnect(text: &str, number: u64) -> usize {
    let time = Duration::from_nanos(number);
    let mut reconnect = Reconnect::new()
        .with_bounds(time, time)
        .with_ceiling(time)
        .with_time(time)
        .with_factor(number as u32)
        .with_max_attempts(number as u32)
        .with_retryable(is_temporary);
    let _ = black_box(reconnect.connected(number as u16, text, Some(time), number));
    let _ = black_box(reconnect.ended(Some(time), time, number));
    reconnect.alive();
    let _ = black_box(reconnect.ended(None, time, number));
    Reconnect::header_value(text).map_or(reconnect.attempts() as usize, str::len)
}

#[unsafe(no_mangle)]
pub extern "C" fn main() -> i32 {
    let (mut memory, mut out) = ([0; 300], [0; 64]);
    let memory = black_box(&mut memory[..]);
    let out = black_box(&mut out[..]);
    let input: &[u8] = black_box(b"id: 1\ndata: a\n\ndata: b\xFF\n: \xFF\ndata: c");
    let text: &str = black_box("text\r\nof two lines");
    #[cfg(feature = "planted_panic")]
    black_box(input[black_box(5)]);
    let mut parser = Parser::with_storage(Fixed::new(memory));
    if black_box(true) {
        parser = parser.with_all_items().with_skipped_ids();
    }
    let sum = parse(&mut parser, input)
        .wrapping_add(end(&mut parser, text))
        .wrapping_add(tokenize(&mut Tokenizer::new(), input))
        .wrapping_add(make(text, out))
        .wrapping_add(reconnect(text, black_box(7)))
        .wrapping_add(write(&mut EventWriter::new(), text, out));
    i32::from(sum == 0)
}
