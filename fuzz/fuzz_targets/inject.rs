//! Any text in every field and comment, and data in any pieces: what is decoded is what was meant, or it was refused.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use ssewire::{EventWriter, Parser};
use ssewire_fuzz::{ByItem, Out, lf, read_chunks};

#[derive(Arbitrary, Debug)]
enum Op<'a> {
    Type(&'a str),
    Id(&'a str),
    Data(&'a [u8]),
    Comment(&'a str),
    End,
}

/// The event that is being written, as it is meant. A field ends the line of the data.
#[derive(Default)]
struct Meant {
    event_type: String,
    id: Option<String>,
    lines: Vec<Vec<u8>>,
    in_data: bool,
}

fuzz_target!(|ops: Vec<Op<'_>>| {
    let (mut writer, mut wire) = (EventWriter::new(), Vec::new());
    let (mut meant, mut want, mut last) = (Meant::default(), Vec::new(), String::new());
    for op in ops.iter().chain([&Op::End]) {
        match op {
            Op::Type(text) => match writer.event_type(text) {
                Ok(encoded) => {
                    encoded.append_to(&mut wire);
                    (meant.event_type, meant.in_data) = ((*text).to_owned(), false);
                }
                Err(error) => assert_eq!(text.as_bytes()[error.offset], error.byte),
            },
            Op::Id(text) => match writer.id(text) {
                Ok(encoded) => {
                    encoded.append_to(&mut wire);
                    (meant.id, meant.in_data) = (Some((*text).to_owned()), false);
                }
                Err(error) => assert_eq!(text.as_bytes()[error.offset], error.byte),
            },
            Op::Data(piece) => {
                writer.data(*piece).append_to(&mut wire);
                if !std::mem::replace(&mut meant.in_data, true) {
                    meant.lines.push(Vec::new());
                }
                meant.lines.last_mut().unwrap().extend_from_slice(piece);
            }
            Op::Comment(text) => match writer.comment(text) {
                Ok(encoded) => {
                    assert!(!meant.in_data);
                    encoded.append_to(&mut wire);
                    want.extend(lf(text).split('\n').map(|line| Ok(Out::Comment(line.to_owned()))));
                }
                Err(_) => assert!(meant.in_data),
            },
            Op::End => {
                writer.end().append_to(&mut wire);
                assert!(!writer.is_unfinished());
                let Meant { event_type, id, lines, .. } = std::mem::take(&mut meant);
                let lossy = lines.iter().any(|line| str::from_utf8(line).is_err());
                // (A sequence that is cut off by a line end is decoded line by line.)
                let data: Vec<_> = lines.iter().map(|line| lf(&String::from_utf8_lossy(line))).collect();
                last = id.clone().unwrap_or(last);
                want.push(Ok(Out::Event {
                    event_type: if event_type.is_empty() { "message".to_owned() } else { event_type },
                    data: data.join("\n"),
                    id,
                    last_event_id: last.clone(),
                    retry: None,
                    lossy,
                }));
            }
        }
    }
    assert_eq!(read_chunks(&mut ByItem(Parser::new()), [&wire[..]]), want);
});
