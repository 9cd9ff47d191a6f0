//! The streams that are measured: what the traffic of the world is made of, and the shapes that are hard.

/// One kind of stream, and how many events one unit of it holds.
pub struct Stream {
    pub name: &'static str,
    pub unit: Vec<u8>,
    pub events: usize,
}

impl Stream {
    /// As many whole units as come to at least `size` bytes, and the number of their events.
    pub fn of_size(&self, size: usize) -> (Vec<u8>, usize) {
        let units = size.div_ceil(self.unit.len());
        (self.unit.repeat(units), units * self.events)
    }
}

fn stream(name: &'static str, unit: impl Into<Vec<u8>>) -> Stream {
    Stream { name, unit: unit.into(), events: 1 }
}

/// A chunk of a chat completion, with this many bytes in all.
fn delta(size: usize) -> String {
    let frame = r#"data: {"id":"chatcmpl-7x2","object":"chat.completion.chunk","choices":[{"delta":{"content":""}}]}"#;
    let text: String = " and so it goes on with more words".chars().cycle().take(size - frame.len() - 2).collect();
    frame.replace(r#""""#, &format!(r#""{text}""#)) + "\n\n"
}

pub fn streams() -> Vec<Stream> {
    let named = format!("event: content_block_delta\ndata: {}\n\n", "{\"index\":0,\"text\":\"some words\"}".repeat(3));
    let log = "data: 2026-01-31T10:00:00Z INFO worker-3 finished the job in 17 ms\n";
    vec![
        stream("llm 250 B", delta(250)),
        stream("llm 120 B", delta(120)),
        stream("event + data 128 B", named.clone()),
        stream("ticker 68 B", "event: priceUpdate\nid: 1234567\ndata: {\"symbol\":\"AAPL\",\"price\":189}\n\n"),
        stream("10 B", "data: 42\n\n"),
        stream("1 line 64 B", format!("data: {}\n\n", "one line of two ".repeat(4).trim_end())),
        stream("2 lines 64 B", "data: one line of two, in 25 B\ndata: and the other, 25 B too\n\n"),
        stream("12-line log", format!("{}\n", log.repeat(12))),
        stream("4000 lines", format!("{}\n", "data: a line of about thirty\n".repeat(4000))),
        stream("crlf", named.replace('\n', "\r\n")),
        stream("cjk", format!("data: {}\n\n", "事件流的每一行都是一个字段".repeat(6))),
        Stream { name: "keep-alive", unit: b": keep-alive\n\n".to_vec(), events: 0 },
        stream("40 KiB line", format!("data: {}\n\n", "x".repeat(40 * 1024))),
        stream("8 MiB line", format!("data: {}\n\n", "x".repeat(8 << 20))),
    ]
}
