//! The slow oracle: a literal reading of the standard's section 9.2, which shares no code with the crate.
//!
//! It takes the whole stream, decodes it to text by the Encoding Standard's UTF-8 decoder (written out here, byte by byte),
//! splits the text into lines, and processes the lines one by one. Nothing in it is incremental or fast.

/// What the stream says, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    Event { event_type: String, data: String, id: Option<String>, last_event_id: String, retry: Option<u64>, lossy: bool },
    Comment(String),
    Retry(u64),
    LastEventId(String),
    Unknown(String),
    NoData { event_type: String, id: Option<String>, retry: Option<u64> },
}

impl Out {
    pub const fn is_event(&self) -> bool {
        matches!(self, Self::Event { .. })
    }
}

/// What is known once the stream has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub items: Vec<Out>,
    /// The same, and what has no meaning.
    pub all: Vec<Out>,
    /// How many events, comments and lines without meaning.
    pub counts: (u64, u64, u64),
    pub last_event_id: String,
    pub retry: Option<u64>,
    /// If the end cut off something: was there data, did the cut fall inside a line.
    pub cut: Option<(bool, bool)>,
}

impl Read {
    fn push(&mut self, out: Out) {
        self.all.push(out.clone());
        self.items.push(out);
    }
}

/// A character, or `None` for a U+FFFD that stands for bytes that are not UTF-8.
type Char = Option<char>;

/// Reads a whole stream, starting with this last event ID.
pub fn read(stream: &[u8], last_event_id: &str) -> Read {
    let text = decode(stream);
    let text = text.strip_prefix(&[Some('\u{FEFF}')][..]).unwrap_or(&text);
    let (lines, rest) = lines(text);

    let mut read = Read {
        items: Vec::new(),
        all: Vec::new(),
        counts: (0, 0, 0),
        last_event_id: last_event_id.to_owned(),
        retry: None,
        cut: None,
    };
    let mut block = Block::default();
    for line in lines {
        block.line(line, &mut read);
    }
    let in_line = !rest.is_empty();
    let has_data = block.data.is_some() || matches!(field(rest), Some((name, _)) if name == "data");
    if block.held_lines || could_matter(rest) {
        read.cut = Some((has_data, in_line));
    }
    read
}

/// The event that a blank line at the end of the stream would dispatch, an unfinished line having ended.
pub fn flush(stream: &[u8], last_event_id: &str) -> Option<Out> {
    let so_far = read(stream, last_event_id).items.len();
    let ended = [stream, b"\r\r"].concat();
    read(&ended, last_event_id).items.into_iter().skip(so_far).find(Out::is_event)
}

fn decode(bytes: &[u8]) -> Vec<Char> {
    let mut text = Vec::new();
    let (mut code, mut needed, mut lower, mut upper) = (0_u32, 0, 0x80, 0xBF);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if needed == 0 {
            match byte {
                0x00..=0x7F => text.push(Some(char::from(byte))),
                0xC2..=0xDF => (needed, code) = (1, u32::from(byte & 0x1F)),
                0xE0..=0xEF => {
                    (needed, code) = (2, u32::from(byte & 0x0F));
                    lower = if byte == 0xE0 { 0xA0 } else { 0x80 };
                    upper = if byte == 0xED { 0x9F } else { 0xBF };
                }
                0xF0..=0xF4 => {
                    (needed, code) = (3, u32::from(byte & 0x07));
                    lower = if byte == 0xF0 { 0x90 } else { 0x80 };
                    upper = if byte == 0xF4 { 0x8F } else { 0xBF };
                }
                _ => text.push(None),
            }
            at += 1;
        } else if (lower..=upper).contains(&byte) {
            code = code << 6 | u32::from(byte & 0x3F);
            (lower, upper) = (0x80, 0xBF);
            needed -= 1;
            if needed == 0 {
                text.push(Some(char::from_u32(code).unwrap()));
            }
            at += 1;
        } else {
            // The byte is looked at again, as the start of something.
            text.push(None);
            (needed, lower, upper) = (0, 0x80, 0xBF);
        }
    }
    if needed > 0 {
        text.push(None);
    }
    text
}

/// The finished lines, and the unfinished one.
fn lines(mut text: &[Char]) -> (Vec<&[Char]>, &[Char]) {
    let mut lines = Vec::new();
    while let Some(end) = text.iter().position(|&c| c == Some('\n') || c == Some('\r')) {
        let crlf = text[end] == Some('\r') && text.get(end + 1) == Some(&Some('\n'));
        lines.push(&text[..end]);
        text = &text[end + if crlf { 2 } else { 1 }..];
    }
    (lines, text)
}

fn string(text: &[Char]) -> String {
    text.iter().map(|c| c.unwrap_or('\u{FFFD}')).collect()
}

/// The name and the value of a line that is not blank; `None` for a comment.
fn field(line: &[Char]) -> Option<(String, &[Char])> {
    let colon = line.iter().position(|&c| c == Some(':'));
    match colon {
        Some(0) => None,
        Some(colon) => Some((string(&line[..colon]), without_space(&line[colon + 1..]))),
        None => Some((string(line), &[])),
    }
}

fn without_space(value: &[Char]) -> &[Char] {
    value.strip_prefix(&[Some(' ')][..]).unwrap_or(value)
}

/// Whether more bytes could make something of an unfinished line.
fn could_matter(line: &[Char]) -> bool {
    if line.is_empty() {
        return false;
    }
    if !line.contains(&Some(':')) {
        let name = string(line);
        return ["data", "event", "id", "retry"].iter().any(|field| field.starts_with(&name));
    }
    match field(line) {
        None => false,
        Some((name, value)) => match &*name {
            "data" | "event" => true,
            "id" => !value.contains(&Some('\0')),
            "retry" => value.iter().all(|c| c.is_some_and(|c| c.is_ascii_digit())),
            _ => false,
        },
    }
}

#[derive(Default)]
struct Block {
    data: Option<Vec<Char>>,
    event_type: Vec<Char>,
    id: Option<Vec<Char>>,
    retry: Option<u64>,
    held_lines: bool,
}

impl Block {
    fn line(&mut self, line: &[Char], read: &mut Read) {
        if line.is_empty() {
            return std::mem::take(self).dispatch(read);
        }
        let Some((name, value)) = field(line) else {
            read.counts.1 += 1;
            return read.push(Out::Comment(string(without_space(&line[1..]))));
        };
        self.held_lines |= ["data", "event", "id"].contains(&&*name);
        match &*name {
            "data" => {
                let data = self.data.get_or_insert_default();
                data.extend(value);
                data.push(Some('\n'));
            }
            "event" => self.event_type = value.to_vec(),
            "id" if !value.contains(&Some('\0')) => self.id = Some(value.to_vec()),
            "retry" if !value.is_empty() && value.iter().all(|c| c.is_some_and(|c| c.is_ascii_digit())) => {
                let digits = string(value);
                let digits = digits.trim_start_matches('0');
                let number = if digits.len() > 20 { u128::MAX } else { format!("0{digits}").parse().unwrap() };
                let number = u64::try_from(number).unwrap_or(u64::MAX);
                (read.retry, self.retry) = (Some(number), Some(number));
                read.push(Out::Retry(number));
            }
            "id" | "retry" => read.counts.2 += 1,
            _ => {
                read.counts.2 += 1;
                read.all.push(Out::Unknown(string(line)));
            }
        }
    }

    fn dispatch(self, read: &mut Read) {
        if let Some(id) = &self.id {
            read.last_event_id = string(id);
        }
        let Some(mut data) = self.data else {
            let (id, event_type) = (self.id.as_deref().map(string), string(&self.event_type));
            let item = id.clone().map(Out::LastEventId);
            read.items.extend(item.clone());
            let no_data = Out::NoData { event_type, id, retry: self.retry };
            read.all.extend(if self.event_type.is_empty() { item } else { Some(no_data) });
            return;
        };
        data.pop();
        let lossy =
            data.contains(&None) || self.event_type.contains(&None) || self.id.as_ref().is_some_and(|id| id.contains(&None));
        let event_type = string(&self.event_type);
        read.counts.0 += 1;
        read.push(Out::Event {
            event_type: if event_type.is_empty() { "message".to_owned() } else { event_type },
            data: string(&data),
            id: self.id.as_deref().map(string),
            last_event_id: read.last_event_id.clone(),
            retry: self.retry,
            lossy,
        });
    }
}
