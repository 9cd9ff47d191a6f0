//! An event borrows from the chunk, too.
use ssewire::Parser;

fn main() {
    let mut parser = Parser::new();
    let event = {
        let chunk = b"data: one\n\n".to_vec();
        let mut input = &chunk[..];
        parser.next(&mut input).unwrap()
    };
    println!("{event:?}");
}
