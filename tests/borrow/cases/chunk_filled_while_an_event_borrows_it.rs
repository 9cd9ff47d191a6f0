//! A buffer cannot be filled while an event lies in it.
use ssewire::Parser;

fn main() {
    let mut parser = Parser::new();
    let mut chunk = *b"data: one\n\n";
    let mut input = &chunk[..];
    let event = parser.next(&mut input).unwrap().unwrap();
    chunk.fill(0);
    println!("{}", event.data());
}
