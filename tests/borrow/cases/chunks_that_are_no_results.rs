//! T10: the chunks of a stream come as `Result`s, and what is not is refused where the stream is made.
use ssewire::EventStream;

fn main() {
    let chunks = futures_util::stream::iter(["data: x\n\n"]);
    let _events = EventStream::new(chunks);
}
