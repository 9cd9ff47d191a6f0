//! Call by call: what one call reads and gives, and that everything can be picked up again.
#![cfg(feature = "alloc")]

mod support;

use std::time::Duration;

use ssewire::{
    Event, EventBuf, Fixed, Heap, Id, Item, Parser, Part, SetLastEventIdError,
    decode::{Field, LineEnd, Storage, Token, Tokenizer},
};

fn data<S: Storage>(parser: &mut Parser<S>, input: &mut &[u8]) -> Option<String> {
    parser.next(input).unwrap().map(|event| event.data().to_owned())
}

/// What each call of `next` gave, and what it left.
fn calls<'i>(parser: &mut Parser, mut input: &'i [u8]) -> Vec<(Option<String>, &'i str)> {
    let mut calls = Vec::new();
    loop {
        let data = data(parser, &mut input);
        let done = data.is_none();
        calls.push((data, str::from_utf8(input).unwrap()));
        if done {
            return calls;
        }
    }
}

fn some(data: &str) -> Option<String> {
    Some(data.to_owned())
}

#[test]
fn next_reads_up_to_the_end_of_the_blank_line() {
    let mut parser = Parser::new();
    assert_eq!(calls(&mut parser, b"data: a\n\ndata: b\n\nda"), [(some("a"), "data: b\n\nda"), (some("b"), "da"), (None, "")]);
    assert_eq!(calls(&mut parser, b"ta: c\r\n\r\n: d"), [(some("c"), ": d"), (None, "")]);
    assert_eq!(calls(&mut parser, b""), [(None, "")]);
}

/// Whichever way the event is read: what follows it is left for `next_item`.
#[test]
fn next_leaves_what_follows_the_event() {
    for event in
        ["data\n\n", "data: a\n\n", "data: a\ndata: b\n\n", "data:a\n: c\nid: 1\n\n", "event: t\nid: 1\ndata: a\ndata: b\n\n"]
    {
        for follows in ["\n", ": c\n\n", "\r\ndata: x\n\n", ": c\nretry: 5\n"] {
            for before in ["", "data: first\n\n", ": c\n\n", "id: 0\n\n"] {
                let stream = [before, event, follows].concat();
                for cut in 0..stream.len() - follows.len() {
                    let (mut parser, mut found) = (Parser::new(), 0);
                    for mut input in [&stream.as_bytes()[..cut], &stream.as_bytes()[cut..]] {
                        while let Some(event) = parser.next(&mut input).unwrap() {
                            found += 1;
                            if event.data().starts_with('a') || event.data().is_empty() {
                                assert_eq!(input, follows.as_bytes(), "{stream:?} at {cut}");
                            }
                        }
                    }
                    assert!(found > 0, "{stream:?} at {cut}");
                }
            }
        }
    }
    let mut parser = Parser::with_limit(6);
    let mut input = &b"data: aaaa\xFF\n\n: c\n\n"[..];
    assert!(parser.next(&mut input).is_err());
    assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Comment("c"))), "also behind an event that is refused at its end");
}

#[test]
fn an_lf_is_read_with_its_cr_if_it_is_there() {
    let mut parser = Parser::new();
    assert_eq!(calls(&mut parser, b"data: a\r\r\nx"), [(some("a"), "x"), (None, "")]);
    assert_eq!(calls(&mut parser, b"\rdata: b\r\r"), [(some("b"), ""), (None, "")]);
    assert_eq!(calls(&mut parser, b"\n\n"), [(None, "")]);
}

#[test]
fn next_item_stops_at_each_item() {
    let mut parser = Parser::new();
    let mut input = &b": c\ndata: a\nretry: 5\ndata: b\nid: 1\n\nid: 2\n\n"[..];
    assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Comment("c"))));
    assert_eq!(input, b"data: a\nretry: 5\ndata: b\nid: 1\n\nid: 2\n\n");
    assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Retry(Duration::from_millis(5)))));
    assert_eq!(input, b"data: b\nid: 1\n\nid: 2\n\n");
    let Ok(Some(Item::Event(event))) = parser.next_item(&mut input) else { panic!() };
    assert_eq!((event.data(), event.id(), event.retry()), ("a\nb", Some("1"), Some(Duration::from_millis(5))));
    assert_eq!(input, b"id: 2\n\n");
    assert_eq!(parser.next_item(&mut input), Ok(Some(Item::LastEventId(Id::new("2").unwrap()))));
    assert_eq!(parser.next_item(&mut input), Ok(None));
}

#[test]
fn break_at_done_and_go_on_later() {
    let mut parser = Parser::new();
    let mut input = &b"data: 1\n\ndata: [DONE]\n\ndata: 2\n\n"[..];
    loop {
        match parser.next(&mut input) {
            Ok(Some(event)) if event.data() == "[DONE]" => break,
            Ok(Some(event)) => assert_eq!(event.data(), "1"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(input, b"data: 2\n\n");
    assert_eq!(data(&mut parser, &mut input), some("2"));
}

#[test]
fn an_early_break_from_tokens_loses_nothing() {
    let mut tokenizer = Tokenizer::new();
    let mut input = &b"data: 1\nid: 7\r\n\n"[..];
    let first = tokenizer.tokens(&mut input).next();
    assert_eq!(first, Some(Token::Field { field: Field::Data, value: b"1", end: Some(LineEnd::Lf) }));
    assert_eq!(input, b"id: 7\r\n\n");
    assert_eq!(
        tokenizer.tokens(&mut input).collect::<Vec<_>>(),
        [Token::Field { field: Field::Id, value: b"7", end: Some(LineEnd::CrLf) }, Token::BlankLine(LineEnd::Lf)]
    );
    assert!(input.is_empty());
}

#[test]
fn tokens_of_a_cut_line() {
    let mut tokenizer = Tokenizer::new();
    let mut tokens = |mut chunk| tokenizer.tokens(&mut chunk).map(|token| format!("{token:?}")).collect::<Vec<_>>().join(" ");
    assert_eq!(tokens(b"da"), "");
    assert_eq!(tokens(b"ta:"), "");
    assert_eq!(tokens(b" "), "");
    assert_eq!(tokens(b" x"), "Field { field: Data, value: \" x\", end: None }");
    assert_eq!(tokens(b"y\r"), "Field { field: Data, value: \"y\", end: Some(Cr) }");
    assert_eq!(tokens(b"\n"), "LateLf");
    assert_eq!(tokens(b"\r"), "BlankLine(Cr)");
    assert_eq!(tokens(b":"), "");
    assert_eq!(tokens(b"\r\n"), "Comment { text: \"\", end: Some(CrLf) }");
    assert_eq!(tokens(b"unkno"), "Unknown { line: \"unkno\", end: None }");
    assert_eq!(tokens(b"wn: x\n"), "Unknown { line: \"wn: x\", end: Some(Lf) }");
    assert_eq!(tokens(b"event"), "");
    assert_eq!(tokens(b"\n"), "Field { field: Event, value: \"\", end: Some(Lf) }");
    assert_eq!(tokens(b"retr"), "");
    assert_eq!(tokens(b"\n"), "Unknown { line: \"retr\", end: None } Unknown { line: \"\", end: Some(Lf) }");
    assert_eq!(tokens(b"dat"), "");
    assert_eq!(tokens(b"a"), "");
    assert_eq!(tokens(b" : x\n"), "Unknown { line: \"data\", end: None } Unknown { line: \" : x\", end: Some(Lf) }");
    assert_eq!(tokens(b"dates\n"), "Unknown { line: \"dates\", end: Some(Lf) }");
}

#[test]
fn a_part_of_a_bom_is_an_unknown_line() {
    for cut in 0..3 {
        let (mut tokenizer, stream) = (Tokenizer::new(), b"\xEF\xBBdata: x\n");
        let mut line = Vec::new();
        for mut chunk in [&stream[..cut], &stream[cut..]] {
            for token in tokenizer.tokens(&mut chunk) {
                let Token::Unknown { line: piece, .. } = token else { panic!("{token:?}") };
                line.extend_from_slice(piece);
            }
        }
        assert_eq!(line, b"\xEF\xBBdata: x");
    }
}

#[test]
fn after_an_error_the_next_call_goes_on() {
    let mut parser = Parser::with_limit(4);
    let mut input = &b"data: a\n\ndata: too long\ndata: b\nid: 1\n\ndata: c\n\n"[..];
    assert_eq!(data(&mut parser, &mut input), some("a"));
    let error = parser.next(&mut input).unwrap_err();
    assert_eq!((error.part, error.limit, error.offset), (Part::Event, 4, 9));
    assert_eq!(data(&mut parser, &mut input), some("c"));
    assert_eq!(parser.last_event_id(), "");
}

#[test]
fn flush_gives_what_a_blank_line_would_dispatch_and_commits_nothing() {
    let mut parser = Parser::new();
    assert_eq!(parser.flush(), None);
    assert_eq!(data(&mut parser, &mut &b"id: 0\n\nid: 1\nevent: t\ndata: a\ndata: b\nretry: 7"[..]), None);
    let event = parser.flush().unwrap();
    assert_eq!((event.event_type(), event.data()), ("t", "a\nb"));
    assert_eq!((event.id(), event.last_event_id()), (Some("1"), "1"));
    assert_eq!(parser.last_event_id(), "0");
    assert_eq!(parser.retry(), None);
    assert_eq!(parser.truncated(), None);
    assert_eq!(parser.flush(), None);
    assert_eq!(parser.finish(), Ok(()), "it was given out");
    assert_eq!(parser.last_event_id(), "0");
}

#[test]
fn flush_without_data_leaves_the_block_as_it_is() {
    let mut parser = Parser::new();
    assert_eq!(data(&mut parser, &mut &b"event: t\nid: 1\n: c"[..]), None);
    assert_eq!(parser.flush(), None);
    assert!(parser.truncated().is_some());
    let mut rest = &b"omment\ndata: a\n\n"[..];
    let event = parser.next(&mut rest).unwrap().unwrap();
    assert_eq!((event.event_type(), event.data(), event.id()), ("t", "a", Some("1")));
}

#[test]
fn what_follows_a_flush_in_the_same_block_is_skipped() {
    for cut in [&b"data: a"[..], b"data: a\n", b"data: a\ndata", b"data: a\nid: 1"] {
        let mut parser = Parser::new();
        assert_eq!(data(&mut parser, &mut &cut[..]), None);
        assert!(parser.flush().is_some());
        let mut rest = &b" and more\ndata: b\n\ndata: c\n\n"[..];
        assert_eq!(data(&mut parser, &mut rest), some("c"), "{}", cut.escape_ascii());
        assert_eq!(parser.last_event_id(), "");
    }
}

#[test]
fn flush_keeps_to_the_limit() {
    let mut parser = Parser::with_limit(4);
    assert_eq!(data(&mut parser, &mut &b"data: abcd"[..]), None);
    assert_eq!(parser.flush(), None, "its line end would be the fifth byte");
    assert!(parser.finish().is_err());

    assert_eq!(data(&mut parser, &mut &b"data: \xFF\xFF"[..]), None);
    assert_eq!(parser.flush(), None, "as text it would have six bytes");
    assert!(parser.finish().is_err());

    assert_eq!(data(&mut parser, &mut &b"data: abc"[..]), None);
    assert_eq!(parser.flush().unwrap().data(), "abc");
    assert!(parser.finish().is_ok());
}

#[test]
fn finish_begins_a_new_stream() {
    let mut parser = Parser::new();
    let mut input = &b"retry: 9\nid: 1\ndata: a\n\nid: 2\nevent: t\ndata: ha"[..];
    assert_eq!(data(&mut parser, &mut input), some("a"));
    assert_eq!(data(&mut parser, &mut input), None);
    assert_eq!(parser.truncated(), Some(parser.clone().finish().unwrap_err()));
    let cut = parser.finish().unwrap_err();
    assert!(cut.had_data && cut.in_line);
    assert_eq!((parser.last_event_id(), parser.retry()), ("1", Some(Duration::from_millis(9))));

    // A BOM of its own, nothing of the type, the data or the id before.
    let mut input = &b"\xEF\xBB\xBFdata: b\n\n"[..];
    let event = parser.next(&mut input).unwrap().unwrap();
    assert_eq!((event.event_type(), event.data(), event.id(), event.last_event_id()), ("message", "b", None, "1"));
    assert_eq!(parser.finish(), Ok(()));
}

#[test]
fn finish_forgets_the_pending_lf() {
    let mut parser = Parser::new();
    assert_eq!(data(&mut parser, &mut &b"data: a\r"[..]), None);
    assert!(!parser.finish().unwrap_err().in_line);
    let mut tokens = Parser::new();
    assert_eq!(data(&mut tokens, &mut &b": c\r"[..]), None);
    assert_eq!(tokens.finish(), Ok(()));
    // If the LF were still awaited, the offset of the block would be 1.
    let mut limited = Parser::with_limit(0);
    assert_eq!(limited.next(&mut &b"\r"[..]), Ok(None));
    assert_eq!(limited.finish(), Ok(()));
    assert_eq!(limited.next(&mut &b"\ndata: a\n\n"[..]).unwrap_err().offset, 1);
    assert_eq!(limited.finish(), Ok(()));
    assert_eq!(limited.next(&mut &b"data: a\n\n"[..]).unwrap_err().offset, 0);
}

#[test]
fn finish_after_too_large_reports_nothing_more() {
    let mut parser = Parser::with_limit(2);
    assert!(parser.next(&mut &b"data: abc"[..]).is_err());
    assert_eq!(parser.next(&mut &b"\ndata: b\nid: 1\nid"[..]), Ok(None));
    assert_eq!(parser.finish(), Ok(()));
}

#[test]
fn an_id_in_the_block_wins_over_one_set_meanwhile() {
    let mut parser = Parser::new();
    assert_eq!(data(&mut parser, &mut &b"id: 1\ndata: a\n"[..]), None);
    parser.set_last_event_id("set").unwrap();
    assert_eq!(parser.last_event_id(), "set");
    let mut rest = &b"\ndata: b\n\n"[..];
    assert_eq!(parser.next(&mut rest).unwrap().unwrap().last_event_id(), "1");
    assert_eq!(parser.next(&mut rest).unwrap().unwrap().last_event_id(), "1");

    assert_eq!(data(&mut parser, &mut &b"data: c\n"[..]), None);
    parser.set_last_event_id("set").unwrap();
    assert_eq!(parser.next(&mut &b"\n"[..]).unwrap().unwrap().last_event_id(), "set");
}

#[test]
fn an_id_that_no_stream_can_send_is_refused() {
    let mut parser = Parser::with_storage(Fixed::new([0; 32]));
    parser.set_last_event_id("kept").unwrap();
    for (id, byte, offset) in [("a\nb", b'\n', 1), ("\r", b'\r', 0), ("ab\0", 0, 2)] {
        let Err(SetLastEventIdError::Invalid(error)) = parser.set_last_event_id(id) else { panic!("{id:?}") };
        assert_eq!((error.field, error.byte, error.offset), (Field::Id, byte, offset));
    }
    assert_eq!(parser.set_last_event_id("123456789"), Err(SetLastEventIdError::TooLong { len: 9, limit: 8 }));
    assert_eq!(parser.last_event_id(), "kept");
    parser.set_last_event_id("é 😀").unwrap();
    assert_eq!(parser.last_event_id(), "é 😀");
    parser.set_last_event_id("12345678").unwrap();
    assert_eq!(parser.last_event_id(), "12345678");
    parser.set_last_event_id("").unwrap();
    assert_eq!(parser.last_event_id(), "");
}

#[test]
fn after_a_flush_the_rest_of_the_cut_line_is_nothing_and_the_next_line_is_one() {
    // Half a retry is none, half a comment neither; but a blank line ends the block that was flushed.
    for (cut, rest, want) in [
        ("data: a\nretry: 30", "00\n\n: c\n", vec!["c"]),
        ("data: a\n: c", "omment\n\n: d\n", vec!["d"]),
        ("data: a\n", "\n: e\n\ndata: b\n\n", vec!["e", "b"]),
    ] {
        let mut parser = Parser::new();
        let mut input = cut.as_bytes();
        assert!(parser.next_item(&mut input).unwrap().is_none());
        assert_eq!(parser.flush().unwrap().data(), "a");
        let (mut input, mut got) = (rest.as_bytes(), Vec::new());
        while let Some(item) = parser.next_item(&mut input).unwrap() {
            got.push(match item {
                Item::Comment(text) => text.to_owned(),
                Item::Event(event) => event.data().to_owned(),
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(got, want, "{cut:?} {rest:?}");
        assert_eq!(parser.retry(), None);
    }
}

#[test]
fn next_and_next_item_in_turns() {
    let mut parser = Parser::new();
    assert_eq!(parser.next(&mut &b": half"[..]), Ok(None));
    let mut input = &b" a comment\n: whole\ndata: a\n\n"[..];
    assert_eq!(parser.next_item(&mut input), Ok(Some(Item::Comment("whole"))));
    assert_eq!(data(&mut parser, &mut input), some("a"));
    assert_eq!(parser.next_item(&mut &b": ha"[..]), Ok(None));
    assert_eq!(parser.next(&mut &b"lf"[..]), Ok(None));
    assert_eq!(parser.next_item(&mut &b"\n: b\n"[..]), Ok(Some(Item::Comment("b"))));
}

/// What `next_item` has kept of a comment that `next` then skips must not become a part of something else.
#[test]
fn a_comment_that_next_skips_leaves_nothing_behind() {
    fn begun<S: Storage>(parser: &mut Parser<S>) {
        assert_eq!(parser.next_item(&mut &b": ha"[..]), Ok(None));
    }
    fn check<S: Storage + Clone>(mut parser: Parser<S>) {
        begun(&mut parser);
        assert_eq!(parser.next(&mut &b"lf\nid: 1"[..]), Ok(None));
        assert_eq!(parser.next(&mut &b"2\ndata: x\n\n"[..]).unwrap().unwrap().id(), Some("12"));
        begun(&mut parser);
        assert_eq!(parser.next(&mut &b"lf\n"[..]), Ok(None));
        assert_eq!(parser.next_item(&mut &b"event: a"[..]), Ok(None));
        assert_eq!(parser.next(&mut &b"b\ndata: x\n\n"[..]).unwrap().unwrap().event_type(), "ab");
        begun(&mut parser);
        assert_eq!(parser.next(&mut &b"lf\n"[..]), Ok(None));
        assert_eq!(parser.next_item(&mut &b": x\xFF\n"[..]), Ok(Some(Item::Comment("x\u{FFFD}"))));
    }
    check(Parser::new());
    check(Parser::with_storage(Fixed::new([0; 64])));
}

#[test]
fn an_event_is_held_across_other_work() {
    let mut parser = Parser::new();
    let chunk = b"data: a\n\ndata: b\n\n".to_vec();
    let mut input = &chunk[..];
    let event = parser.next(&mut input).unwrap().unwrap();
    let rest = input.len();
    let copy = event;
    assert_eq!((event.data(), copy.data(), rest), ("a", "a", 9));
    let owned = EventBuf::from(event);
    assert_eq!(data(&mut parser, &mut input), some("b"));
    drop(chunk);
    assert_eq!(owned.data(), "a");
}

/// The loop of README in an async function: the parser lives across each await, the event is used between two.
async fn collect(chunks: Vec<Vec<u8>>) -> Vec<EventBuf> {
    let mut parser = Parser::new();
    let mut events = Vec::new();
    for chunk in chunks {
        let chunk = std::future::ready(chunk).await;
        let mut input = &chunk[..];
        while let Some(event) = parser.next(&mut input).unwrap() {
            std::future::ready(event.data()).await;
            events.push(event.into());
        }
    }
    events
}

#[test]
fn from_an_async_function_and_from_another_thread() {
    fn on_a_runtime<F: Future + Send>(future: F) -> F::Output {
        let mut future = std::pin::pin!(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        loop {
            if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
        }
    }
    let chunks = vec![b"data: a\n".to_vec(), b"\ndata: b\n\n".to_vec()];
    let events = std::thread::spawn(|| on_a_runtime(collect(chunks))).join().unwrap();
    assert_eq!(events.iter().map(EventBuf::data).collect::<Vec<_>>(), ["a", "b"]);

    let mut parser = Parser::new();
    assert_eq!(data(&mut parser, &mut &b"data: begun here"[..]), None);
    let ended = std::thread::spawn(move || data(&mut parser, &mut &b", ended there\n\n"[..])).join().unwrap();
    assert_eq!(ended, some("begun here, ended there"));
}

#[test]
fn send_sync_unpin() {
    fn all<T: Send + Sync + Unpin + 'static>() {}
    all::<Parser>();
    all::<Parser<Heap>>();
    all::<Parser<Fixed<[u8; 8]>>>();
    all::<Parser<Fixed<&'static mut [u8]>>>();
    all::<Tokenizer>();
    all::<EventBuf>();
    all::<Event<'static>>();
    all::<Item<'static>>();
    all::<ssewire::TooLarge>();
}

#[test]
fn in_a_static() {
    use std::sync::Mutex;
    static HEAP: Mutex<Parser> = Mutex::new(Parser::new());
    static FIXED: Mutex<Parser<Fixed<[u8; 64]>>> = Mutex::new(Parser::with_storage(Fixed::new([0; 64])));
    for _ in 0..3 {
        assert_eq!(data(&mut HEAP.lock().unwrap(), &mut &b"data: a\n\n"[..]), some("a"));
        assert_eq!(data(&mut FIXED.lock().unwrap(), &mut &b"data: a\n\n"[..]), some("a"));
    }
}

#[test]
fn t8_a_cursor_that_is_made_anew_for_each_call_reads_the_same_again() {
    let (mut parser, chunk) = (Parser::new(), &b"data: 1\n\ndata: 2\n\n"[..]);
    for _ in 0..3 {
        assert_eq!(parser.next(&mut &*chunk).unwrap().unwrap().data(), "1");
    }
    let mut cursor = chunk;
    for data in ["1", "2"] {
        assert_eq!(parser.next(&mut cursor).unwrap().unwrap().data(), data);
    }
    assert_eq!(parser.next(&mut cursor), Ok(None));
}

#[test]
fn e2_the_wire_form_is_text() {
    let event = Event::new("a\nb").with_type("t").unwrap();
    assert_eq!(event.encode().to_string(), "event: t\ndata: a\ndata: b\n\n");
    assert_eq!(format!("{}", event.encode()).into_bytes(), event.encode().to_vec());
}

#[test]
fn e3_equality_is_of_one_block_and_identity_of_all() {
    let of = |id: &str, stream: &[u8]| {
        let (mut parser, mut input) = (Parser::new(), stream);
        parser.set_last_event_id(id).unwrap();
        parser.next(&mut input).unwrap().map(EventBuf::from).unwrap()
    };
    let event = of("9", b"data: x\n\n");
    assert!(event == of("other", b"data: x\n\n") && !event.as_event().is_identical(&of("other", b"data: x\n\n").as_event()));
    assert!(event.as_event().is_identical(&of("9", b"data:x\r\r").as_event()));
    for other in [&b"event: message\ndata: x\n\n"[..], b"id: 9\ndata: x\n\n", b"data: y\n\n", b"retry: 1\ndata: x\n\n"] {
        assert!(!event.as_event().is_identical(&of("9", other).as_event()), "{}", other.escape_ascii());
    }
    let (lossy, text) = (of("", b"data: \xFF\n\n"), of("", "data: \u{FFFD}\n\n".as_bytes()));
    assert!(lossy == text && !lossy.as_event().is_identical(&text.as_event()));
}

#[test]
fn equality_is_of_what_was_sent() {
    let parse = |stream: &[u8]| {
        let (mut parser, mut input, mut last) = (Parser::new(), stream, None);
        while let Some(event) = parser.next(&mut input).unwrap() {
            last = Some(EventBuf::from(event));
        }
        last.unwrap()
    };
    let plain = parse(b"data: a\n\n");
    for same in [&b"event: message\ndata: a\n\n"[..], b"event:\ndata:a\n\n", b"id: 5\n\ndata: a\n\n", b"data: a\r\r"] {
        assert_eq!(parse(same), plain, "{}", same.escape_ascii());
    }
    for other in [&b"data: b\n\n"[..], b"event: t\ndata: a\n\n", b"id\ndata: a\n\n", b"retry: 1\ndata: a\n\n"] {
        assert_ne!(parse(other), plain, "{}", other.escape_ascii());
    }
    assert_eq!(parse(b"data: \xFF\n\n"), parse("data: \u{FFFD}\n\n".as_bytes()));
}

#[test]
fn messages_say_what_happened_and_what_to_do() {
    let too_large = Parser::with_limit(1).next(&mut &b"data: ab"[..]).unwrap_err();
    assert_eq!(
        too_large.to_string(),
        "the event in the block at byte 0 of the stream is larger than the limit of 1 bytes: the event was skipped; raise \
         the parser's limit, or give it more storage, if such streams are to be read"
    );
    let mut small = Parser::with_storage(Fixed::new([0; 16]));
    assert_eq!(
        small.next(&mut &b"id: 12345\n"[..]).unwrap_err().to_string(),
        "the last event ID in the block at byte 0 of the stream is larger than the limit of 4 bytes: its event was skipped; give the \
         parser more storage, a quarter of which is for ids, if such streams are to be read"
    );
    assert_eq!(
        Parser::with_limit(1).next_item(&mut &b": ab\n"[..]).unwrap_err().to_string(),
        "the comment in the block at byte 0 of the stream is larger than the limit of 1 bytes: the comment was skipped; the event \
         around it is not affected"
    );
    let mut parser = Parser::new();
    assert_eq!(parser.next(&mut &b"data: ab"[..]), Ok(None));
    assert_eq!(
        parser.finish().unwrap_err().to_string(),
        "the stream ended inside a line of a block with data, and what was read of it is discarded"
    );
    assert_eq!(
        parser.set_last_event_id("a\rb").unwrap_err().to_string(),
        "an event stream cannot carry the byte 0x0d that is at offset 1 of the `id` value; remove it or encode it before \
         the value is set"
    );
}

#[test]
fn an_event_type_that_is_not_text_beside_long_data_that_is() {
    let data = "é".repeat(200);
    let stream = [b"event: \xFF\ndata: ", data.as_bytes(), b"\n\n"].concat();
    for cut in [8, 9, 20, 200, stream.len() - 1] {
        let mut parser = Parser::new();
        assert!(parser.next(&mut &stream[..cut]).unwrap().is_none());
        let mut rest = &stream[cut..];
        let event = parser.next(&mut rest).unwrap().unwrap();
        assert_eq!((event.event_type(), event.data(), event.is_lossy()), ("\u{FFFD}", &data[..], true), "{cut}");
    }
}

/// What is borrowed, owned, joined, long and inherited, in every order of calls, by one parser.
#[test]
fn borrowed_and_owned_in_turns() {
    let long = format!("id: 7\ndata: {}\n\n", "x".repeat(70_000));
    let streams = ["data: a\n\n", "data: b\ndata: c\n\n", ": hi\n\n", "event: t\nid: 8\ndata: d\ndata: e\n\n", "id\n\n", &long];
    let mut stream = String::new();
    for first in streams {
        for second in streams {
            stream.extend([first, second, first]);
        }
    }
    let want: Vec<_> = support::model::read(stream.as_bytes(), "").items;
    for chunk in [100, 1460, 100_000, stream.len()] {
        for pattern in 1..8_u32 {
            let (mut parser, mut turn, mut got) = (Parser::new(), 0, Vec::new());
            for mut input in stream.as_bytes().chunks(chunk) {
                while !input.is_empty() {
                    turn += 1;
                    let owned = pattern >> (turn % 3) & 1 == 1;
                    got.extend(if owned {
                        parser.next_item_owned(&mut input).unwrap().map(|owned| support::item(owned.as_item()))
                    } else {
                        parser.next_item(&mut input).unwrap().map(support::item)
                    });
                }
            }
            assert!(got == want, "chunks of {chunk}, pattern {pattern}");
        }
    }
    let (mut parser, mut input, mut events) = (Parser::new(), stream.as_bytes(), Vec::new());
    while let Some(event) = parser.next_owned(&mut input).unwrap() {
        events.push(support::event(event.as_event()));
    }
    assert!(events.into_iter().eq(want.into_iter().filter(support::model::Out::is_event)));
}

#[test]
fn a_type_and_an_id_that_are_replaced_are_not_lossy_also_if_what_was_replaced_in_them_is_as_long() {
    for name in ["event", "id"] {
        for (first, second, is_lossy) in [(&b"\xF0\x9F\x98"[..], &b"t"[..], false), (b"t", b"\xF0\x9F\x98", true)] {
            let line = |value: &[u8]| [name.as_bytes(), b": ", value, b"\n"].concat();
            let stream = [&line(first)[..], &line(second), b"data: a\n\n"].concat();
            for cut in 0..=stream.len() {
                let mut parser = Parser::new();
                let mut lossy = Vec::new();
                for mut input in [&stream[..cut], &stream[cut..]] {
                    while let Some(event) = parser.next(&mut input).unwrap() {
                        lossy.push(event.is_lossy());
                    }
                }
                assert_eq!(lossy, [is_lossy], "{name}, cut at {cut}");
            }
        }
    }
}

#[test]
#[cfg(target_pointer_width = "64")]
fn beside_its_buffer_a_parser_has_as_much_state_as_the_documentation_says() {
    assert_eq!(size_of::<Parser<Fixed<[u8; 512]>>>() - 512, 296);
}
