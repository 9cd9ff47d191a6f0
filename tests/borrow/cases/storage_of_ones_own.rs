//! `Storage` is sealed: the parser depends on what it promises.
use ssewire::{Parser, Storage};

struct Mine;

impl Storage for Mine {}

fn main() {
    let _ = Parser::with_storage(Mine);
}
