//! Items rebuilt from the tokenizer alone, the obvious way: what a user of that layer would write.

use ssewire::decode::{Field, Token, Tokenizer};

use super::{Out, Reader, TooLarge};

#[derive(Default)]
pub struct Rebuild {
    tokenizer: Tokenizer,
    value: Vec<u8>,
    data: Option<Vec<u8>>,
    event_type: Vec<u8>,
    id: Option<Vec<u8>>,
    retry: Option<u64>,
    pub last_event_id: String,
}

impl Reader for Rebuild {
    fn feed(&mut self, mut chunk: &[u8], out: &mut Vec<Result<Out, TooLarge>>) {
        let whole = chunk.as_ptr_range().end;
        while let Some(token) = self.tokenizer.next(&mut chunk) {
            assert_eq!(chunk.as_ptr_range().end, whole, "the cursor left the chunk");
            out.extend(self.token(token).map(Ok));
        }
        assert!(chunk.is_empty());
    }
}

impl Rebuild {
    fn token(&mut self, token: Token<'_>) -> Option<Out> {
        match token {
            Token::Field { field, value, end } => {
                assert!(end.is_some() || !value.is_empty(), "an empty piece");
                self.value.extend(value);
                end?;
                let value = std::mem::take(&mut self.value);
                self.field(field, value)
            }
            Token::Comment { text, end } => {
                assert!(end.is_some() || !text.is_empty(), "an empty piece");
                self.value.extend(text);
                end?;
                Some(Out::Comment(lossy(&std::mem::take(&mut self.value))))
            }
            Token::BlankLine(_) => self.dispatch(),
            Token::Unknown { line, end } => {
                assert!(end.is_some() || !line.is_empty(), "an empty piece");
                None
            }
            Token::LateLf => None,
        }
    }

    fn field(&mut self, field: Field, value: Vec<u8>) -> Option<Out> {
        match field {
            Field::Data => {
                let data = self.data.get_or_insert_default();
                data.extend(value);
                data.push(b'\n');
            }
            Field::Event => self.event_type = value,
            Field::Id if !value.contains(&0) => self.id = Some(value),
            Field::Retry if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let number = str::from_utf8(&value).unwrap().parse().unwrap_or(u64::MAX);
                self.retry = Some(number);
                return Some(Out::Retry(number));
            }
            Field::Id | Field::Retry => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<Out> {
        let event_type = std::mem::take(&mut self.event_type);
        let (id, retry) = (self.id.take(), self.retry.take());
        if let Some(id) = &id {
            self.last_event_id = lossy(id);
        }
        let Some(mut data) = self.data.take() else {
            return id.map(|id| Out::LastEventId(lossy(&id)));
        };
        data.pop();
        let bytes = [Some(&data), Some(&event_type), id.as_ref()];
        Some(Out::Event {
            lossy: bytes.into_iter().flatten().any(|bytes| str::from_utf8(bytes).is_err()),
            event_type: if event_type.is_empty() { "message".to_owned() } else { lossy(&event_type) },
            data: lossy(&data),
            id: id.as_deref().map(lossy),
            last_event_id: self.last_event_id.clone(),
            retry,
        })
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
