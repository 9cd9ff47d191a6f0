//! `sse why`, as a user runs it.

mod program;

use program::{out, run};

#[track_caller]
fn says(stream: &[u8], want: &str) {
    let output = run("why", &[], stream);
    assert_eq!(out(&output), want);
    assert_eq!(output.status.code(), Some(i32::from(!want.is_empty())));
}

#[test]
fn a_stream_of_which_all_has_an_effect_is_passed_in_silence() {
    says(b"", "");
    says("\u{FEFF}: c\r\nretry: 5\r\nid\r\nevent: t\r\ndata: a\r\n\r\nid: 7\n\n\n\ndata\r\rdata: x\n\n".as_bytes(), "");
}

/// Also where nothing is to be said, it says what it read: an empty file is not a stream of which all is well.
#[test]
fn at_the_end_it_says_how_much_it_read() {
    for (stream, want) in [
        (&b""[..], "0 bytes, 0 events, 0 comments; everything has its effect"),
        (b": c\n\ndata: a\ndata: b\n\ndata: c\r\r", "31 bytes, 2 events, 1 comment; everything has its effect"),
        (b"dat: c\n\n", "8 bytes, 0 events, 0 comments; see above"),
    ] {
        let output = run("why", &[], stream);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), format!("sse why: {want}\n"));
    }
}

#[test]
fn what_has_no_effect_is_named_with_its_line_and_the_reason() {
    says(
        "Data: 1\n data: 2\ndata : 3\nid: 1\0\nretry: 5s\nretry\n\nevent: lonely\n\n  \n\u{FEFF}data: 4\nfoo: 5\n\ndata: cut"
            .as_bytes(),
        r#"line 1: "Data: 1": names are in lower case
line 2: " data: 2": a space belongs behind the colon, not before the name or behind it
line 3: "data : 3": a space belongs behind the colon, not before the name or behind it
line 4: "id: 1\0": an id with a NUL is ignored
line 5: "retry: 5s": a time is milliseconds, in digits alone
line 6: "retry": a time is milliseconds, in digits alone
line 8: "event: lonely": a block with a type but without data is no event
line 10: "  ": spaces: the line is not blank, so the event goes on
line 11: "\u{feff}data: 4": a BOM that is not at the start of the stream is part of the line
line 12: "foo: 5": no field has that name
line 14: the stream ends before the blank line of this block, which is discarded: end each event with a blank line
"#,
    );
    says(b"<html>", "line 1: \"<html>\": HTML: this is a page, no event stream; look at the status and the address\n");
    says(
        "\u{FEFF}\u{FEFF}data: x\n\n".as_bytes(),
        "line 1: \"\\u{feff}data: x\": a BOM that is not at the start of the stream is part of the line\n",
    );
}

/// What people have sent, and asked why nothing came out.
#[test]
fn what_is_often_sent_in_place_of_a_stream_is_known() {
    let compressed = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, b'\n', b'K', b'I'];
    says(&compressed, "line 1: gzip: decompress it first, or ask for it with `Accept-Encoding: identity`\n");
    let utf16: Vec<u8> = "data: x\n\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let said = "line 1: UTF-16: an event stream is UTF-8, and nothing else\n";
    says(&utf16, said);
    says(&[&[0xFF, 0xFE], &utf16[..]].concat(), said);
    says(&"data".encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), said);
    says(
        b"data: caf\xE9\n\n",
        "line 1: \"data: caf\u{FFFD}\": bytes that are not UTF-8 become U+FFFD; is this Latin-1? Write UTF-8\n",
    );
    says(b"data: data: x\n\n", "line 1: \"data: data: x\": the data begins with the name of a field: was it framed twice?\n");
    says(
        b"data: {\n  \"a\": 1\n}\n\n",
        "line 2: \"  \\\"a\\\": 1\": an indented line continues nothing: `data: ` belongs before each line of the data\n\
         line 3: \"}\": no field has that name; if it belongs to the data, `data: ` belongs before it\n",
    );
    says(
        b"data: {\"i\":0}\ndata: {\"i\":1}\n\n",
        "line 1: several lines of data are each JSON of their own: is a blank line missing between events?\n",
    );
    says(
        b"data: a\\n\\n\n\n",
        "line 1: \"data: a\\\\n\\\\n\": a backslash and an n end no line: a line end itself must be sent\n",
    );
    says(
        b"{\"error\": \"no\"}\n",
        "line 1: \"{\\\"error\\\": \\\"no\\\"}\": JSON without a field: `data: ` belongs before it, and a blank line behind\n",
    );
}

#[test]
fn a_line_that_another_of_its_block_overrides_is_named() {
    says(
        b"event: a\nid: 1\nevent: b\nid: 2\nid: 3\ndata: x\n\nevent: c\ndata: y\n\n",
        &[(1, "event: a"), (2, "id: 1"), (4, "id: 2")]
            .map(|(number, line)| {
                format!(
                    "line {number}: \"{line}\": a later line of the same block sets it again: is a blank line missing between two events?\n"
                )
            })
            .concat(),
    );
}

#[test]
fn what_the_end_cuts_off_is_named_and_what_has_acted_is_not() {
    says(b"retry: 5\n\nretry: 6\n", "");
    says(b"data: x\n\n: half a comm", "");
    says(
        b"data: x\n\nid: 1\r",
        "line 3: the stream ends before the blank line of this block, which is discarded: end each event with a blank line\n",
    );
    for cut in ["data", "da", "data:", "retry", "retry: 5", "id:"] {
        let said = format!("line 3: {cut:?}: the stream ends in this line\n");
        let output = run("why", &[], format!("data: x\n\n{cut}").as_bytes());
        assert!(out(&output).starts_with(&said), "{cut:?}: {}", out(&output));
    }
    says(b"data: x\n\n  ", "line 3: \"  \": spaces: the line is not blank, so the event goes on\n");
    says(b"data \n\n", "line 1: \"data \": a space belongs behind the colon, not before the name or behind it\n");
    says(
        "data: x\n\n\u{FEFF}\n".as_bytes(),
        "line 3: \"\\u{feff}\": a BOM that is not at the start of the stream is part of the line\n",
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let output = run("why", &["no such file"], b"");
    assert_eq!((output.status.code(), out(&output)), (Some(2), ""));
}

#[test]
fn a_url_is_no_file() {
    let output = run("why", &["http://127.0.0.1/events"], b"");
    let said = "sse why: a file is needed; for a URL: curl -sN http://127.0.0.1/events | sse …\n";
    assert_eq!((program::said(&output), output.status.code()), (said, Some(2)));
}
