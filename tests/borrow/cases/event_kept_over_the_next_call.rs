//! An event borrows from the parser: it is gone with the next call. Make it an `EventBuf` to keep it.
use ssewire::Parser;

fn main() {
    let mut parser = Parser::new();
    let mut input = &b"data: one\n\ndata: two\n\n"[..];
    let one = parser.next(&mut input).unwrap().unwrap();
    let two = parser.next(&mut input).unwrap().unwrap();
    println!("{} {}", one.data(), two.data());
}
