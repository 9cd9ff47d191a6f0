//! Every event of up to so many symbols in its type, its id and its data: it comes back, or is refused.

use ssewire::{Event, Parser};

pub const ALPHABET: &[&str] = &["\n", "\r", " ", ":", "data", "1", "\0", "\u{FEFF}", "é", "x"];

/// How many symbols the type, the id and the data have, and which is the first symbol of the data (to have more pieces of work).
pub type Shape = ([Option<usize>; 3], usize);

pub fn shapes(length: usize) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let lengths = || std::iter::once(None).chain((0..=length).map(Some));
    for (event_type, id) in lengths().flat_map(|event_type| lengths().map(move |id| (event_type, id))) {
        let others = event_type.unwrap_or(0) + id.unwrap_or(0);
        for data in 0..=length.saturating_sub(others) {
            if others + data <= length {
                let firsts = if data == 0 { 1 } else { ALPHABET.len() };
                shapes.extend((0..firsts).map(|first| ([event_type, id, Some(data)], first)));
            }
        }
    }
    shapes
}

/// Checks all events of this shape. How many they are.
pub fn check((lengths, first): Shape) -> Result<u64, String> {
    let [type_length, id_length, data_length] = lengths.map(|length| length.unwrap_or(0));
    let free = type_length + id_length + data_length.saturating_sub(1);
    let count = ALPHABET.len().pow(free as u32);
    let mut texts = [String::new(), String::new(), String::new()];
    for number in 0..count {
        let mut rest = number;
        let mut symbol = || {
            let symbol = ALPHABET[rest % ALPHABET.len()];
            rest /= ALPHABET.len();
            symbol
        };
        texts.iter_mut().for_each(String::clear);
        (0..type_length).for_each(|_| texts[0].push_str(symbol()));
        (0..id_length).for_each(|_| texts[1].push_str(symbol()));
        if data_length > 0 {
            texts[2].push_str(ALPHABET[first]);
        }
        (1..data_length).for_each(|_| texts[2].push_str(symbol()));
        let [event_type, id, data] = &texts;
        event(lengths[0].map(|_| event_type), lengths[1].map(|_| id), data)
            .map_err(|what| format!("type {event_type:?}, id {id:?}, data {data:?}: {what}"))?;
    }
    Ok(count as u64)
}

fn event(event_type: Option<&String>, id: Option<&String>, data: &str) -> Result<(), String> {
    let mut event = Event::new(data);
    if let Some(event_type) = event_type {
        match event.with_type(event_type) {
            Ok(with_type) if !event_type.contains(['\n', '\r']) => event = with_type,
            Err(_) if event_type.contains(['\n', '\r']) => return Ok(()),
            other => return Err(format!("{other:?}")),
        }
    }
    if let Some(id) = id {
        match event.with_id(id) {
            Ok(with_id) if !id.contains(['\n', '\r', '\0']) => event = with_id,
            Err(_) if id.contains(['\n', '\r', '\0']) => return Ok(()),
            other => return Err(format!("{other:?}")),
        }
    }
    let encoded = event.encode();
    let wire = encoded.to_vec();
    if encoded.len() != wire.len() || encoded.copy_to(&mut [0; 256]) != Some(wire.len()) {
        return Err(format!("{} bytes, not {}", encoded.len(), wire.len()));
    }
    let mut reader = encoded.reader();
    for byte in &wire {
        let mut out = [0];
        if reader.copy_to(&mut out) != 1 || out[0] != *byte {
            return Err(format!("not \"{}\" byte by byte", wire.escape_ascii()));
        }
    }

    let lines = data.replace("\r\n", "\n").replace('\r', "\n");
    let (mut parser, mut input) = (Parser::new(), &*wire);
    let back = parser.next(&mut input).map_err(|error| error.to_string())?;
    let is_right = back.is_some_and(|back| {
        back.data() == lines
            && back.event_type() == event_type.map(String::as_str).filter(|text| !text.is_empty()).unwrap_or("message")
            && back.id() == id.map(String::as_str)
            && !back.is_lossy()
    });
    if !is_right || !input.is_empty() || reader.has_remaining() {
        return Err(format!("\"{}\" came back as {back:?}", wire.escape_ascii()));
    }
    Ok(())
}
