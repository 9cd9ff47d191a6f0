//! A chat completion in the manner of the OpenAI API, whose answer is made up.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use ssewire::{Event, EventWriter};

#[derive(Deserialize)]
pub struct Request {
    #[serde(default = "made_up")]
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    pub stream: bool,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

fn made_up() -> String {
    "made-up".to_owned()
}

impl Request {
    /// The answer, in pieces that joined make the whole.
    fn answer(&self) -> Vec<String> {
        let question = self.messages.last().map_or("", |message| &message.content);
        let answer = format!("You said “{question}”. I am made up, so that is all I know: 你好, hello, 👋!");
        answer.split_inclusive(' ').map(str::to_owned).collect()
    }

    fn head(&self, object: &str) -> Value {
        let created = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        json!({ "id": format!("chatcmpl-{created}"), "object": object, "created": created, "model": self.model })
    }

    pub fn whole(&self) -> Value {
        let mut answer = self.head("chat.completion");
        let message = json!({ "role": "assistant", "content": self.answer().concat() });
        answer["choices"] = json!([{ "index": 0, "message": message, "finish_reason": "stop" }]);
        answer
    }

    /// The answer as a stream, one token after each delay.
    pub fn tokens(&self, delay: Duration) -> impl Stream<Item = Bytes> + use<> {
        let mut chunk = self.head("chat.completion.chunk");
        let mut chunk_of = move |delta: Value, finish: Value| {
            chunk["choices"] = json!([{ "index": 0, "delta": delta, "finish_reason": finish }]);
            encode_json(&chunk)
        };
        let mut chunks = vec![chunk_of(json!({ "role": "assistant", "content": "" }), Value::Null)];
        chunks.extend(self.answer().into_iter().map(|token| chunk_of(json!({ "content": token }), Value::Null)));
        chunks.push(chunk_of(json!({}), json!("stop")));
        chunks.push(Event::new("[DONE]").encode().to_bytes());
        stream::iter(chunks).then(move |chunk| async move {
            tokio::time::sleep(delay).await;
            chunk
        })
    }
}

/// JSON straight onto the wire, without a string in between.
fn encode_json(value: &Value) -> Bytes {
    let (mut writer, mut out) = (EventWriter::new(), Vec::new());
    if let Ok(mut sink) = writer.begin(&mut out) {
        // Memory takes whatever comes.
        let _ = serde_json::to_writer(&mut sink, value);
        let _ = sink.end();
    }
    out.into()
}
