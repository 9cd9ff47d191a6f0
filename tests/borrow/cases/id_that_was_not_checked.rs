//! An id that is sent on its own is checked: there is no way around `Id::new`.
use ssewire::{Id, Item};

fn main() {
    println!("{:?}", Item::LastEventId(Id("7\ndata: injected")));
}
