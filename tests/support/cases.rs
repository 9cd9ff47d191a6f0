//! The table: what a reader of event streams must make of which bytes, and which rule or trap each case is there for.
//!
//! The rules are those of the standard's section 9.2; the traps are the mistakes that well-known parsers have made.

use super::model::Out;

/// One stream, and everything that comes out of it.
pub struct Case {
    /// The rule or the trap, and the case of it.
    pub name: &'static str,
    pub input: &'static [u8],
    pub want: &'static [Want],
    /// What the end of the stream cuts off: was there data, did the cut fall inside a line.
    pub cut: Option<(bool, bool)>,
    /// The last event ID that the reader starts with.
    pub start: &'static str,
}

/// An [`Out`] that can stand in a table.
#[derive(Clone, Copy)]
pub enum Want {
    Event(Ev),
    Comment(&'static str),
    Retry(u64),
    Id(&'static str),
}

#[derive(Clone, Copy)]
pub struct Ev {
    event_type: &'static str,
    data: &'static str,
    id: Option<&'static str>,
    last: &'static str,
    retry: Option<u64>,
    lossy: bool,
}

impl Want {
    pub fn out(&self) -> Out {
        match *self {
            Self::Event(ev) => Out::Event {
                event_type: ev.event_type.to_owned(),
                data: ev.data.to_owned(),
                id: ev.id.map(str::to_owned),
                last_event_id: ev.last.to_owned(),
                retry: ev.retry,
                lossy: ev.lossy,
            },
            Self::Comment(text) => Out::Comment(text.to_owned()),
            Self::Retry(time) => Out::Retry(time),
            Self::Id(id) => Out::LastEventId(id.to_owned()),
        }
    }

    /// With this event type.
    const fn of(self, event_type: &'static str) -> Self {
        let Self::Event(ev) = self else { return self };
        Self::Event(Ev { event_type, ..ev })
    }

    /// With an id of its own.
    const fn id(self, id: &'static str) -> Self {
        let Self::Event(ev) = self else { return self };
        Self::Event(Ev { id: Some(id), last: id, ..ev })
    }

    /// With an inherited last event ID.
    const fn last(self, last: &'static str) -> Self {
        let Self::Event(ev) = self else { return self };
        Self::Event(Ev { last, ..ev })
    }

    /// With a retry of its own.
    const fn retry(self, retry: u64) -> Self {
        let Self::Event(ev) = self else { return self };
        Self::Event(Ev { retry: Some(retry), ..ev })
    }

    /// With text that was replaced.
    const fn lossy(self) -> Self {
        let Self::Event(ev) = self else { return self };
        Self::Event(Ev { lossy: true, ..ev })
    }
}

const fn ev(data: &'static str) -> Want {
    Want::Event(Ev { event_type: "message", data, id: None, last: "", retry: None, lossy: false })
}

const fn comment(text: &'static str) -> Want {
    Want::Comment(text)
}

const fn retry(time: u64) -> Want {
    Want::Retry(time)
}

const fn id(id: &'static str) -> Want {
    Want::Id(id)
}

const fn case(name: &'static str, input: &'static [u8], want: &'static [Want]) -> Case {
    Case { name, input, want, cut: None, start: "" }
}

impl Case {
    /// The end cuts off a block that matters.
    const fn cut(self, data: bool, in_line: bool) -> Self {
        Self { cut: Some((data, in_line)), ..self }
    }

    const fn start(self, start: &'static str) -> Self {
        Self { start, ..self }
    }
}

/// Up to 40 bytes a case where it can be: those are cut into three pieces at every two places, too.
pub const CASES: &[Case] = &[
    // ---- Rule 1: UTF-8, and one BOM at the start
    case("BOM: dropped", b"\xEF\xBB\xBFdata: a\n\n", &[ev("a")]),
    case("BOM: alone", b"\xEF\xBB\xBF", &[]),
    case("BOM: before a blank line", b"\xEF\xBB\xBF\n\ndata: a\n\n", &[ev("a")]),
    case("BOM: before a comment", b"\xEF\xBB\xBF: c\n", &[comment("c")]),
    case("BOM: before a CR", b"\xEF\xBB\xBF\rdata: a\r\r", &[ev("a")]),
    case("BOM: only one is dropped, the second starts an unknown field", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\n\n", &[]),
    case("BOM: the line after a second BOM counts", b"\xEF\xBB\xBF\xEF\xBB\xBFdata: a\ndata: b\n\n", &[ev("b")]),
    case("BOM: not at byte 0 it is content", b"\n\xEF\xBB\xBFdata: a\n\n", &[]),
    case("BOM: after the first event it is content", b"data: a\n\n\xEF\xBB\xBFdata: b\n\n", &[ev("a")]),
    case("BOM: at the start of a value it is kept", b"data: \xEF\xBB\xBFa\n\n", &[ev("\u{FEFF}a")]),
    case("BOM: one byte of it is content", b"\xEFdata: a\ndata: b\n\n", &[ev("b")]),
    case("BOM: two bytes of it are content", b"\xEF\xBBdata: a\ndata: b\n\n", &[ev("b")]),
    case("BOM: two bytes of it, then a blank line", b"\xEF\xBB\n\ndata: a\n\n", &[ev("a")]),
    case("BOM: one byte of it, then the whole", b"\xEF\xEF\xBB\xBFdata: a\ndata: b\n\n", &[ev("b")]),
    case("BOM: in UTF-16 it is nothing", b"\xFF\xFEdata: a\ndata: b\n\n", &[ev("b")]),
    case("UTF-8: two, three and four bytes", "data: é€😀\n\n".as_bytes(), &[ev("é€😀")]),
    case("UTF-8: the first and last of each length", "data: \u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\n\n".as_bytes(),
        &[ev("\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}")]),
    case("UTF-8: in a type, an id and a comment", ": é\nevent: é\nid: é\ndata: é\n\n".as_bytes(),
        &[comment("é"), ev("é").of("é").id("é")]),
    case("UTF-8: a stray continuation byte", b"data: a\x80b\n\n", &[ev("a\u{FFFD}b").lossy()]),
    case("UTF-8: one bad byte does not end the stream", b"data: \xFF\n\ndata: b\n\n", &[ev("\u{FFFD}").lossy(), ev("b")]),
    case("UTF-8: a sequence cut off by the line end is one U+FFFD", b"data: \xE2\x82\n\n", &[ev("\u{FFFD}").lossy()]),
    case("UTF-8: a sequence cut off by a CR is one U+FFFD", b"data: \xF0\x9F\x98\r\r", &[ev("\u{FFFD}").lossy()]),
    case("UTF-8: a sequence does not go on over a line end", b"data: \xE2\ndata: \x82\xAC\n\n",
        &[ev("\u{FFFD}\n\u{FFFD}\u{FFFD}").lossy()]),
    case("UTF-8: a surrogate is three U+FFFD", b"data: \xED\xA0\x80\n\n", &[ev("\u{FFFD}\u{FFFD}\u{FFFD}").lossy()]),
    case("UTF-8: an overlong slash is two U+FFFD", b"data: \xC0\xAF\n\n", &[ev("\u{FFFD}\u{FFFD}").lossy()]),
    case("UTF-8: an overlong of three bytes is three U+FFFD", b"data: \xE0\x80\xAF\n\n",
        &[ev("\u{FFFD}\u{FFFD}\u{FFFD}").lossy()]),
    case("UTF-8: above U+10FFFF is four U+FFFD", b"data: \xF4\x90\x80\x80\n\n",
        &[ev("\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}").lossy()]),
    case("UTF-8: an overlong LF ends no line", b"data: a\xC0\x8Ab\n\n", &[ev("a\u{FFFD}\u{FFFD}b").lossy()]),
    case("UTF-8: bad bytes in the type", b"event: \xFF\ndata: a\n\n", &[ev("a").of("\u{FFFD}").lossy()]),
    case("UTF-8: bad bytes in the id", b"id: 1\xFF2\ndata: a\n\n", &[ev("a").id("1\u{FFFD}2").lossy()]),
    case("UTF-8: bad bytes in an id on its own", b"id: \xC3\n\ndata: a\n\n", &[id("\u{FFFD}"), ev("a").last("\u{FFFD}")]),
    case("UTF-8: bad bytes in a comment", b": \xE2\x82\n", &[comment("\u{FFFD}")]),
    case("UTF-8: bad bytes in type, id and data at once", b"event: \xC3\nid: \xFF\xFE\ndata: \x80\n\n",
        &[ev("\u{FFFD}").of("\u{FFFD}").id("\u{FFFD}\u{FFFD}").lossy()]),
    case("UTF-8: bad bytes in a type that is replaced do no harm", b"event: \xFF\nevent: t\ndata: a\n\n", &[ev("a").of("t")]),
    case("UTF-8: bad bytes in an id that is replaced do no harm", b"id: \xFF\nid: 1\ndata: a\n\n", &[ev("a").id("1")]),
    case("UTF-8: bad bytes in an id behind the type and before another", b"id: \xFF\nevent: long one\ndata: \xFE\n\n",
        &[ev("\u{FFFD}").of("long one").id("\u{FFFD}").lossy()]),
    case("UTF-8: a type and an id that are a character only side by side", b"event: \xC3\nid: \xA9\ndata: a\n\n",
        &[ev("a").of("\u{FFFD}").id("\u{FFFD}").lossy()]),
    case("UTF-8: an id and a type that are a character only side by side", b"id: 1\xE2\nevent: \x82\xAC\ndata: a\n\n",
        &[ev("a").of("\u{FFFD}\u{FFFD}").id("1\u{FFFD}").lossy()]),
    case("UTF-8: a replaced id and a type that are a character only side by side", b"id: \xC3\nevent: \xA9\nid: 1\ndata: a\n\n",
        &[ev("a").of("\u{FFFD}").id("1").lossy()]),
    case("UTF-8: replaced texts that are a character side by side, and an empty one in it",
        b"event: \xC3\nevent\nid: \xA9\nid: 1\ndata: a\n\n", &[ev("a").id("1")]),
    case("UTF-8: a U+FFFD that was sent is not lossy", "data: \u{FFFD}\n\n".as_bytes(), &[ev("\u{FFFD}")]),
    case("UTF-8: bad bytes in a name make it unknown", b"da\xFFta: a\ndata: b\n\n", &[ev("b")]),
    case("UTF-8: lossy does not last", b"data: \xFF\n\nevent: t\nid: 1\ndata: b\n\n",
        &[ev("\u{FFFD}").lossy(), ev("b").of("t").id("1")]),

    // ---- Rule 2: LF, CR, CRLF, mixed freely, and nothing else
    case("line end: LF", b"data: a\ndata: b\n\n", &[ev("a\nb")]),
    case("line end: CR", b"data: a\rdata: b\r\r", &[ev("a\nb")]),
    case("line end: CRLF", b"data: a\r\ndata: b\r\n\r\n", &[ev("a\nb")]),
    case("line end: LF then CR is a line end and a blank line", b"data: a\n\rdata: b\n\n", &[ev("a"), ev("b")]),
    case("line end: LF then CRLF", b"data: a\n\r\ndata: b\n\n", &[ev("a"), ev("b")]),
    case("line end: CR then CRLF", b"data: a\r\r\ndata: b\r\r", &[ev("a"), ev("b")]),
    case("line end: CRLF then CR", b"data: a\r\n\rdata: b\n\n", &[ev("a"), ev("b")]),
    case("line end: CRLF then LF", b"data: a\r\n\ndata: b\n\n", &[ev("a"), ev("b")]),
    case("line end: each line another", b"data: a\rdata: b\ndata: c\r\n\r", &[ev("a\nb\nc")]),
    case("line end: CR CR LF LF is a line end and two blank lines", b"data: a\r\r\n\n", &[ev("a")]),
    case("line end: LF LF CR CR", b"data: a\n\n\r\rdata: b\n\n", &[ev("a"), ev("b")]),
    case("line end: VT does not end a line", b"data: a\x0Bdata: b\n\n", &[ev("a\u{B}data: b")]),
    case("line end: FF does not end a line", b"data: a\x0Cdata: b\n\n", &[ev("a\u{C}data: b")]),
    case("line end: NEL does not end a line", b"data: a\xC2\x85data: b\n\n", &[ev("a\u{85}data: b")]),
    case("line end: NEL as one byte does not end a line", b"data: a\x85b\n\n", &[ev("a\u{FFFD}b").lossy()]),
    case("line end: U+2028 does not end a line", b"data: a\xE2\x80\xA8b\n\n", &[ev("a\u{2028}b")]),
    case("line end: U+2029 does not end a line", b"data: a\xE2\x80\xA9b\n\n", &[ev("a\u{2029}b")]),
    case("line end: the separators FS, GS and RS do not end a line", b"data: a\x1Cb\x1Dc\x1Ed\n\n", &[ev("a\u{1C}b\u{1D}c\u{1E}d")]),
    case("line end: NUL does not end a line", b"data: a\0b\n\n", &[ev("a\0b")]),
    case("line end: a backslash and an n are no line end", b"data: a\\nb\n\n", &[ev("a\\nb")]),
    case("CR at the end: the event is out", b"data: a\r\r", &[ev("a")]),
    case("CR at the end: a late LF is swallowed", b"data: a\r\r\ndata: b\r\r\n", &[ev("a"), ev("b")]),
    case("split CRLF: no false blank line between data lines", b"data: a\r\ndata: b\r\n\r\n", &[ev("a\nb")]),
    case("split CRLF: no false blank line after event", b"event: t\r\ndata: b\r\n\r\n", &[ev("b").of("t")]),
    case("split CRLF: no false blank line after id", b"id: 1\r\ndata: b\r\n\r\n", &[ev("b").id("1")]),
    case("split CRLF: no false blank line after retry", b"data: a\r\nretry: 1\r\ndata: b\r\n\r\n", &[retry(1), ev("a\nb").retry(1)]),
    case("split CRLF: no false blank line after a comment", b"data: a\r\n: c\r\ndata: b\r\n\r\n", &[comment("c"), ev("a\nb")]),
    case("split CRLF: no false blank line after an unknown field", b"data: a\r\nx: c\r\ndata: b\r\n\r\n", &[ev("a\nb")]),
    case("split CRLF: no false blank line after a bare name", b"data\r\ndata\r\n\r\n", &[ev("\n")]),
    case("split CRLF: two blank lines", b"data: a\r\n\r\n\r\ndata: b\r\n\r\n", &[ev("a"), ev("b")]),
    case("CRLF: every field", b"id: 1\r\nevent: t\r\nretry: 5\r\ndata: a\r\n\r\n", &[retry(5), ev("a").of("t").id("1").retry(5)]),

    // ---- Rule 3: names, values, the colon, the space
    case("space: one is dropped", b"data: a\n\n", &[ev("a")]),
    case("space: none is needed", b"data:a\n\n", &[ev("a")]),
    case("space: only one is dropped", b"data:  a\n\n", &[ev(" a")]),
    case("space: trailing ones stay", b"data: a  \n\n", &[ev("a  ")]),
    case("space: one alone", b"data: \n\n", &[ev("")]),
    case("space: two alone", b"data:  \n\n", &[ev(" ")]),
    case("space: a tab stays", b"data:\ta\n\n", &[ev("\ta")]),
    case("space: a tab after the space stays", b"data: \ta\n\n", &[ev("\ta")]),
    case("space: U+00A0 stays", "data:\u{A0}a\n\n".as_bytes(), &[ev("\u{A0}a")]),
    case("space: before the colon makes the name unknown", b"data : x\ndata: a\n\n", &[ev("a")]),
    case("space: before the name makes it unknown", b" data: x\ndata: a\n\n", &[ev("a")]),
    case("space: a line of one is not blank", b"data: a\n \ndata: b\n\n", &[ev("a\nb")]),
    case("space: a line of a tab is not blank", b"data: a\n\t\ndata: b\n\n", &[ev("a\nb")]),
    case("space: in a type", b"event:  t \ndata: a\n\n", &[ev("a").of(" t ")]),
    case("space: in an id", b"id:  1 \ndata: a\n\n", &[ev("a").id(" 1 ")]),
    case("space: in a comment", b":  c \n", &[comment(" c ")]),
    case("colon: in a value", b"data: a: b:c\n\n", &[ev("a: b:c")]),
    case("colon: at the start of a value", b"data::a\n\n", &[ev(":a")]),
    case("colon: alone as the value", b"data: :\n\n", &[ev(":")]),
    case("colon: none is a field without a value", b"data\n\n", &[ev("")]),
    case("colon: none, before CR", b"data\r\r", &[ev("")]),
    case("colon: none, for event", b"event: t\nevent\ndata: a\n\n", &[ev("a")]),
    case("colon: none, for id", b"id\ndata: a\n\n", &[ev("a").id("")]),
    case("colon: none, for retry", b"retry\ndata: a\n\n", &[ev("a")]),
    case("name: case matters, Data", b"Data: x\ndata: a\n\n", &[ev("a")]),
    case("name: case matters, DATA", b"DATA: x\ndata: a\n\n", &[ev("a")]),
    case("name: case matters, Event", b"Event: x\ndata: a\n\n", &[ev("a")]),
    case("name: case matters, ID", b"ID: 5\ndata: a\n\n", &[ev("a")]),
    case("name: case matters, Retry", b"Retry: 5\ndata: a\n\n", &[ev("a")]),
    case("name: a longer one is unknown, datax", b"datax: x\ndata: a\n\n", &[ev("a")]),
    case("name: a longer one is unknown, events", b"events: x\ndata: a\n\n", &[ev("a")]),
    case("name: a longer one is unknown, ids", b"ids: 5\ndata: a\n\n", &[ev("a")]),
    case("name: a longer one is unknown, retry2", b"retry2: 5\ndata: a\n\n", &[ev("a")]),
    case("name: a longer one without a colon is unknown", b"datadata\n\ndata: a\n\n", &[ev("a")]),
    case("name: a shorter one is unknown, dat", b"dat: x\ndata: a\n\n", &[ev("a")]),
    case("name: a shorter one is unknown, d, e, i, r", b"d\ne\ni\nr\ndata: a\n\n", &[ev("a")]),
    case("name: a shorter one before CR is unknown", b"da\rdata: a\r\r", &[ev("a")]),
    case("name: an empty one is a comment", b":\ndata: a\n\n", &[comment(""), ev("a")]),
    case("name: with NUL is unknown", b"data\0: x\ndata: a\n\n", &[ev("a")]),
    case("name: unknown with a value like a field", b"x: data: b\ndata: a\n\n", &[ev("a")]),
    case("name: unknown alone dispatches nothing", b"x: y\n\n", &[]),
    case("name: unknown without a colon", b"hello\n\ndata: a\n\n", &[ev("a")]),
    case("name: names that start as another's", b"date: x\nevents\nidea\nretries\ndata: a\n\n", &[ev("a")]),
    case("name: an HTTP status line is unknown", b"HTTP/1.1 200 OK\n\ndata: a\n\n", &[ev("a")]),
    case("name: JSON is unknown", b"{\"data\": 1}\n\ndata: a\n\n", &[ev("a")]),
    case("name: a very long unknown one", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: x\ndata: a\n\n", &[ev("a")]),
    case("comment: alone", b": c\n", &[comment("c")]),
    case("comment: with its blank line dispatches nothing", b": c\n\n", &[comment("c")]),
    case("comment: neither ends nor resets a block", b"event: t\ndata: a\n: c\ndata: b\n\n", &[comment("c"), ev("a\nb").of("t")]),
    case("comment: between type and data", b"event: t\n:\nid: 1\n:\ndata: a\n\n", &[comment(""), comment(""), ev("a").of("t").id("1")]),
    case("comment: without a space", b":c\n", &[comment("c")]),
    case("comment: with colons", b"::\n", &[comment(":")]),
    case("comment: like a field", b":data: x\n\n", &[comment("data: x")]),
    case("comment: many in a row", b":a\n:b\r\n:c\r:d\n", &[comment("a"), comment("b"), comment("c"), comment("d")]),
    case("comment: with NUL", b":a\0b\n", &[comment("a\0b")]),
    case("comment: a keep-alive between events", b"data: a\n\n:\n\ndata: b\n\n", &[ev("a"), comment(""), ev("b")]),

    // ---- Rule 4: data
    case("data: one line", b"data: a\n\n", &[ev("a")]),
    case("data: three lines", b"data: a\ndata: b\ndata: c\n\n", &[ev("a\nb\nc")]),
    case("data: empty is dispatched", b"data:\n\n", &[ev("")]),
    case("data: two empty lines are one LF", b"data\ndata\n\n", &[ev("\n")]),
    case("data: two empty lines with colons are one LF", b"data:\ndata:\n\n", &[ev("\n")]),
    case("data: three empty lines are two LF", b"data:\ndata:\ndata:\n\n", &[ev("\n\n")]),
    case("data: only one trailing LF is dropped", b"data: a\ndata:\n\n", &[ev("a\n")]),
    case("data: an empty line first", b"data:\ndata: a\n\n", &[ev("\na")]),
    case("data: lines apart", b"data: a\nid: 1\ndata: b\nevent: t\ndata: c\n\n", &[ev("a\nb\nc").of("t").id("1")]),
    case("data: does not carry over", b"data: a\n\ndata: b\n\n", &[ev("a"), ev("b")]),
    case("data: of 31, 32 and 33 bytes, where the search changes hands", b"data: 0123456789012345678901234567890\ndata: 01234567890123456789012345678901\ndata: 012345678901234567890123456789012\n\n",
        &[ev("0123456789012345678901234567890\n01234567890123456789012345678901\n012345678901234567890123456789012")]),
    case("data: NUL is kept", b"data: \0\n\n", &[ev("\0")]),
    case("data: [DONE] is nothing special", b"data: [DONE]\n\n", &[ev("[DONE]")]),
    case("data: JSON", b"data: {\"a\":[1,2]}\n\n", &[ev("{\"a\":[1,2]}")]),

    // ---- Rule 4: event
    case("event: sets the type", b"event: t\ndata: a\n\n", &[ev("a").of("t")]),
    case("event: after the data", b"data: a\nevent: t\n\n", &[ev("a").of("t")]),
    case("event: the last one wins", b"event: t\nevent: u\ndata: a\n\n", &[ev("a").of("u")]),
    case("event: a shorter last one wins whole", b"event: longer\nevent: u\ndata: a\n\n", &[ev("a").of("u")]),
    case("event: an empty one clears", b"event: t\nevent:\ndata: a\n\n", &[ev("a")]),
    case("event: an empty one with a space clears", b"event: t\nevent: \ndata: a\n\n", &[ev("a")]),
    case("event: empty is the type message", b"event:\ndata: a\n\n", &[ev("a")]),
    case("event: does not carry over", b"event: t\ndata: a\n\ndata: b\n\n", &[ev("a").of("t"), ev("b")]),
    case("event: without data dispatches nothing", b"event: t\n\n", &[]),
    case("event: without data is cleared", b"event: t\n\ndata: a\n\n", &[ev("a")]),
    case("event: may hold NUL", b"event: t\0u\ndata: a\n\n", &[ev("a").of("t\0u")]),
    case("event: `message` said aloud", b"event: message\ndata: a\n\n", &[ev("a")]),
    case("event: `error` and `open` are names like others", b"event: error\ndata: a\n\nevent: open\ndata:\n\n", &[ev("a").of("error"), ev("").of("open")]),

    // ---- Rule 4: id
    case("id: is the event's and the last", b"id: 1\ndata: a\n\n", &[ev("a").id("1")]),
    case("id: after the data", b"data: a\nid: 1\n\n", &[ev("a").id("1")]),
    case("id: carries over", b"id: 1\ndata: a\n\ndata: b\n\n", &[ev("a").id("1"), ev("b").last("1")]),
    case("id: the last one wins", b"id: 1\nid: 2\ndata: a\n\n", &[ev("a").id("2")]),
    case("id: empty clears", b"id: 1\ndata: a\n\nid:\ndata: b\n\ndata: c\n\n", &[ev("a").id("1"), ev("b").id(""), ev("c")]),
    case("id: an empty one after another in the block clears", b"id: 1\nid:\ndata: a\n\n", &[ev("a").id("")]),
    case("id: with NUL is ignored", b"id: 1\0\ndata: a\n\n", &[ev("a")]),
    case("id: with NUL first is ignored", b"id: \x001\ndata: a\n\n", &[ev("a")]),
    case("id: with NUL keeps the one before in the block", b"id: 1\nid: 2\x003\ndata: a\n\n", &[ev("a").id("1")]),
    case("id: with a late NUL keeps the one before in the block", b"id: first\nid: longer than the first\0\ndata: a\n\n", &[ev("a").id("first")]),
    case("id: with NUL keeps the inherited one", b"id: 1\n\nid: 2\0\ndata: a\n\n", &[id("1"), ev("a").last("1")]),
    case("id: one after an ignored one counts", b"id: \0\nid: 2\ndata: a\n\n", &[ev("a").id("2")]),
    case("id: with NUL alone dispatches nothing", b"id: \0\n\n", &[]),
    case("id: without data is committed", b"id: 1\n\ndata: a\n\n", &[id("1"), ev("a").last("1")]),
    case("id: without data can clear", b"id: 1\n\nid:\n\ndata: a\n\n", &[id("1"), id(""), ev("a")]),
    case("id: without data, said twice, comes out twice", b"id: 1\n\nid: 1\n\n", &[id("1"), id("1")]),
    case("id: without data but with a type is committed", b"id: 1\nevent: t\n\ndata: a\n\n", &[id("1"), ev("a").last("1")]),
    case("id: is text, not a number", b"id: 007\ndata: a\n\n", &[ev("a").id("007")]),
    case("id: same again", b"id: 1\ndata: a\n\nid: 1\ndata: b\n\n", &[ev("a").id("1"), ev("b").id("1")]),
    case("id: a shorter one replaces whole", b"id: long\ndata: a\n\nid: s\ndata: b\n\n", &[ev("a").id("long"), ev("b").id("s")]),

    // ---- Rule 4: retry
    case("retry: acts on its own", b"retry: 3000\n\n", &[retry(3000)]),
    case("retry: acts at its line", b"retry: 3000\n", &[retry(3000)]),
    case("retry: is repeated by its event", b"retry: 3000\ndata: a\n\n", &[retry(3000), ev("a").retry(3000)]),
    case("retry: is the block's own", b"retry: 3000\n\ndata: a\n\n", &[retry(3000), ev("a")]),
    case("retry: the last one of a block wins", b"retry: 1\ndata: a\nretry: 2\n\n", &[retry(1), retry(2), ev("a").retry(2)]),
    case("retry: 0", b"retry: 0\n\n", &[retry(0)]),
    case("retry: without a space", b"retry:5\n\n", &[retry(5)]),
    case("retry: leading zeros are decimal", b"retry: 0010\n\n", &[retry(10)]),
    case("retry: a plus is no digit", b"retry: +5\n\n", &[]),
    case("retry: a minus is no digit", b"retry: -5\n\n", &[]),
    case("retry: a trailing space is no digit", b"retry: 10 \n\n", &[]),
    case("retry: a second leading space is no digit", b"retry:  10\n\n", &[]),
    case("retry: a point is no digit", b"retry: 1.5\n\n", &[]),
    case("retry: hexadecimal is not digits", b"retry: 0x10\n\n", &[]),
    case("retry: an exponent is not digits", b"retry: 1e3\n\n", &[]),
    case("retry: an underscore is no digit", b"retry: 1_000\n\n", &[]),
    case("retry: empty is not digits", b"retry:\n\n", &[]),
    case("retry: words are not digits", b"retry: soon\n\n", &[]),
    case("retry: NUL is no digit", b"retry: 1\0\n\n", &[]),
    case("retry: digits of other scripts are not digits", "retry: ١٢\n\n".as_bytes(), &[]),
    case("retry: full-width digits are not digits", "retry: １２\n\n".as_bytes(), &[]),
    case("retry: bad bytes are no digits", b"retry: 1\xFF\n\n", &[]),
    case("retry: a bad one keeps the one before", b"retry: 5\nretry: x\ndata: a\n\n", &[retry(5), ev("a").retry(5)]),
    case("retry: the largest u64", b"retry: 18446744073709551615\n\n", &[retry(u64::MAX)]),
    case("retry: one above it saturates", b"retry: 18446744073709551616\n\n", &[retry(u64::MAX)]),
    case("retry: sixty digits saturate", b"retry: 999999999999999999999999999999999999999999999999999999999999\n\n", &[retry(u64::MAX)]),
    case("retry: many leading zeros", b"retry: 000000000000000000000000000007\n\n", &[retry(7)]),
    case("retry: a comment between does not matter", b"retry: 1\n: c\ndata: a\n\n", &[retry(1), comment("c"), ev("a").retry(1)]),

    // ---- Rule 5: dispatch
    case("dispatch: nothing", b"", &[]),
    case("dispatch: a blank line alone", b"\n", &[]),
    case("dispatch: many blank lines", b"\n\n\r\n\r\r\n\n", &[]),
    case("dispatch: blank lines before and after", b"\n\ndata: a\n\n\n\n", &[ev("a")]),
    case("dispatch: several events", b"data: a\n\ndata: b\n\ndata: c\n\n", &[ev("a"), ev("b"), ev("c")]),
    case("dispatch: no phantom after an event", b"data: a\n\n\n\nid: 1\n\n", &[ev("a"), id("1")]),
    case("dispatch: the standard's example of two", b"data: YHOO\ndata: +2\ndata: 10\n\n", &[ev("YHOO\n+2\n10")]),
    case("dispatch: the standard's example of four blocks", b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        &[comment("test stream"), ev("first event").id("1"), ev("second event").id(""), ev(" third event")]),
    case("dispatch: the standard's example of empty data", b"data\n\ndata\ndata\n\ndata:", &[ev(""), ev("\n")]).cut(true, true),
    case("dispatch: the standard's example of the space", b"data:test\n\ndata: test\n\n", &[ev("test"), ev("test")]),

    // ---- A start value
    case("start: is inherited", b"data: a\n\n", &[ev("a").last("7")]).start("7"),
    case("start: a blank line does not clear it", b"\n\ndata: a\n\n", &[ev("a").last("7")]).start("7"),
    case("start: a block without id does not clear it", b"event: t\n\nretry: 1\n\ndata: a\n\n", &[retry(1), ev("a").last("7")]).start("7"),
    case("start: an id replaces it", b"id: 8\ndata: a\n\n", &[ev("a").id("8")]).start("7"),
    case("start: an empty id clears it", b"id\ndata: a\n\n", &[ev("a").id("")]).start("7"),
    case("start: an ignored id does not", b"id: \0\ndata: a\n\n", &[ev("a").last("7")]).start("7"),

    // ---- Rule 6: the end of the stream
    case("end: an unfinished line of data", b"data: a", &[]).cut(true, true),
    case("end: a finished line without its blank line", b"data: a\n", &[]).cut(true, false),
    case("end: a finished line, by CR", b"data: a\r", &[]).cut(true, false),
    case("end: in the second line", b"data: a\ndata: b", &[]).cut(true, true),
    case("end: after an event", b"data: a\n\ndata: b\n", &[ev("a")]).cut(true, false),
    case("end: an id is not committed", b"id: 1\n", &[]).cut(false, false),
    case("end: an event type", b"event: t\n", &[]).cut(false, false),
    case("end: an event with an id of its own", b"id: 1\ndata: a\n\nid: 2\ndata: b\n", &[ev("a").id("1")]).cut(true, false),
    case("end: an event that inherits its id", b"id: 1\ndata: a\n\ndata: b", &[ev("a").id("1")]).cut(true, true),
    case("end: in an id", b"id: 1", &[]).cut(false, true),
    case("end: in an id that is ignored", b"id: 1\0", &[]),
    case("end: an ignored id is an id line", b"id: 1\0\n", &[]).cut(false, false),
    case("end: in a name that may become one", b"da", &[]).cut(false, true),
    case("end: in the name data, whole", b"data", &[]).cut(true, true),
    case("end: in the name event, whole", b"event", &[]).cut(false, true),
    case("end: in a name that cannot become one", b"dx", &[]),
    case("end: in a longer name", b"datax", &[]),
    case("end: in a comment", b": c", &[]),
    case("end: in a comment in a block", b"data: a\n: c", &[]).cut(true, true),
    case("end: in an unknown field", b"x: y", &[]),
    case("end: in retry", b"retry: 30", &[]).cut(false, true),
    case("end: in retry without digits yet", b"retry:", &[]).cut(false, true),
    case("end: in a bad retry", b"retry: 3x", &[]),
    case("end: after retry it has acted", b"retry: 30\n", &[retry(30)]),
    case("end: after a comment nothing is lost", b"data: a\n\n: c\n", &[ev("a"), comment("c")]),
    case("end: in a character", b"data: \xE2\x82", &[]).cut(true, true),
    case("end: in a BOM", b"\xEF\xBB", &[]),
    case("end: a CR that was the blank line", b"data: a\n\r", &[ev("a")]),
];
