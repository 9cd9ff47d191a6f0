//! `Storage` is sealed: the parser depends on what it promises.
use ssewire::{Parser, decode::Storage};

struct Mine;

impl Storage for Mine {}

fn main() {
    let _ = Parser::with_storage(Mine);
}
