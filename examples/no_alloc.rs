//! The firmware shape: a parser in a `static`, over a fixed array, fed from a line that gives a few bytes at a time.
//!
//! Nothing of the crate that is used here needs a heap: it builds with `--no-default-features`. (The example itself prints,
//! and so uses std.)

use std::sync::{Mutex, PoisonError};

use ssewire::{Fixed, Parser};

/// Events that count up to 192 bytes, and ids of up to 64.
static PARSER: Mutex<Parser<Fixed<[u8; 256]>>> = Mutex::new(Parser::with_storage(Fixed::new([0; 256])));

/// What a UART or a small TCP stack would give: up to 16 bytes a time.
fn receive(rest: &mut &'static [u8], buffer: &mut [u8; 16]) -> usize {
    let length = rest.len().min(buffer.len());
    let (now, later) = rest.split_at(length);
    buffer[..length].copy_from_slice(now);
    *rest = later;
    length
}

/// The price in `{"symbol":"AAPL","price":189.5}`.
fn price(data: &str) -> Option<(&str, f64)> {
    let (_, rest) = data.split_once(r#""symbol":""#)?;
    let (symbol, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once(r#""price":"#)?;
    let end = rest.find([',', '}'])?;
    Some((symbol, rest.get(..end)?.parse().ok()?))
}

fn main() {
    let mut line: &'static [u8] = include_bytes!("streams/ticker-express.sse");
    let mut parser = PARSER.lock().unwrap_or_else(PoisonError::into_inner);
    let mut buffer = [0; 16];
    loop {
        let length = receive(&mut line, &mut buffer);
        if length == 0 {
            break;
        }
        let mut input = &buffer[..length];
        loop {
            match parser.next(&mut input) {
                Ok(Some(event)) if event.event_type() == "priceUpdate" => match price(event.data()) {
                    Some((symbol, price)) => println!("{symbol:5} {price:8.2}  (id {})", event.last_event_id()),
                    None => println!("not a price: {}", event.data()),
                },
                Ok(Some(event)) => println!("{}", event.data()),
                Ok(None) => break,
                Err(error) => println!("{error}"),
            }
        }
    }
    if let Err(error) = parser.finish() {
        println!("{error}");
    }
}
