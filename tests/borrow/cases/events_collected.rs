//! Borrowed events cannot be collected; `EventBuf`s can.
use ssewire::Parser;

fn main() {
    let mut parser = Parser::new();
    let mut input = &b"data: one\n\ndata: two\n\n"[..];
    let mut events = Vec::new();
    while let Ok(Some(event)) = parser.next(&mut input) {
        events.push(event);
    }
    println!("{}", events.len());
}
