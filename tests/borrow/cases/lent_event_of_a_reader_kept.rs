//! A reader lends its events: collect `reader.events()`, which owns them.
use ssewire::EventReader;

fn main() {
    let mut reader = EventReader::new(&b"data: one\n\ndata: two\n\n"[..]);
    let one = reader.next().unwrap().unwrap();
    let two = reader.next().unwrap().unwrap();
    println!("{} {}", one.data(), two.data());
}
