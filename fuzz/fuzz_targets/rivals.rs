//! Any bytes, cut anywhere: two parsers that others have written, and that pass all cases of the spec table that they can be given, see the same events.
#![no_main]

use std::num::NonZeroUsize;

use libfuzzer_sys::fuzz_target;
use ssewire::Parser;
use ssewire_fuzz::cut;

type Seen = (String, String, String);

fn seen(event_type: &str, data: &str, id: &str) -> Seen {
    (event_type.to_owned(), data.to_owned(), id.to_owned())
}

fuzz_target!(|input: ([u8; 4], &[u8])| {
    let (sizes, stream) = input;
    let (mut ours, mut core, mut parse) = (Vec::new(), Vec::new(), Vec::new());
    let mut parser = Parser::new();
    let mut decoder = sse_core::SseDecoder::with_limit(NonZeroUsize::MAX);
    let mut pushed = sse_parse::SseParser::new();
    for chunk in cut(stream, &sizes) {
        let mut input = chunk;
        while let Some(event) = parser.next(&mut input).unwrap() {
            ours.push(seen(event.event_type(), event.data(), event.last_event_id()));
        }
        let mut input = chunk;
        while let Some(event) = decoder.next(&mut input) {
            if let sse_core::SseEvent::Message(event) = event.unwrap() {
                core.push(seen(&event.event, &event.data, event.last_event_id.as_deref().unwrap_or_default()));
            }
        }
        pushed.feed(chunk);
        while let Some(event) = pushed.next_event() {
            parse.push(seen(&event.event, &event.data, &event.id));
        }
    }
    assert_eq!(core, ours, "sse-core");
    assert_eq!(parse, ours, "sse-parse");
});
