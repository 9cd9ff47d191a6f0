//! [`EventSource`] and its blocking twin against scripted servers, in virtual time.
#![cfg(feature = "client")]

mod support;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, Response};
use http_body::{Body, Frame};
use proptest::prelude::*;
use ssewire::{
    EventBuf, Item, OnTruncated, Parser, Reconnect,
    client::{Cause, Error, EventSource, Notice, Resume, State, blocking},
    reconnect::is_temporary,
};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// What a server does after its head was sent.
#[derive(Clone, Debug)]
enum Step {
    Send(Vec<u8>),
    Wait(u64),
    /// The transfer fails.
    Reset,
    /// Nothing ever comes.
    Hang,
}

use Step::{Hang, Reset, Wait};

/// What a server does with one request.
#[derive(Clone, Debug)]
enum Answer {
    /// No connection is made.
    Nobody,
    /// The head never comes.
    Mute,
    Head(u16, Vec<(&'static str, String)>, Vec<Step>),
}

fn send(text: impl AsRef<[u8]>) -> Step {
    Step::Send(text.as_ref().to_vec())
}

fn stream(steps: impl Into<Vec<Step>>) -> Answer {
    Answer::Head(200, vec![("content-type", "text/event-stream".to_owned())], steps.into())
}

const fn status(status: u16) -> Answer {
    Answer::Head(status, Vec::new(), Vec::new())
}

/// A script that answers one request after the other, by 204 at last, and remembers what it was asked and when, in milliseconds.
#[derive(Clone)]
struct Server(Rc<RefCell<Script>>);

type Answers = Box<dyn FnMut(&Resume) -> Option<Answer>>;

struct Script {
    answers: Answers,
    asked: Vec<(u64, Option<String>)>,
    heads: Vec<HeaderMap>,
}

impl Server {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: VecDeque<_> = answers.into_iter().collect();
        Self::by(move |_| answers.pop_front())
    }

    fn by(answers: impl FnMut(&Resume) -> Option<Answer> + 'static) -> Self {
        Self(Rc::new(RefCell::new(Script { answers: Box::new(answers), asked: Vec::new(), heads: Vec::new() })))
    }

    fn answer(&self, resume: &Resume, now: u64) -> Answer {
        let mut script = self.0.borrow_mut();
        script.asked.push((now, resume.last_event_id().map(str::to_owned)));
        script.heads.push(resume.headers());
        (script.answers)(resume).unwrap_or_else(|| status(204))
    }

    fn asked(&self) -> Vec<(u64, Option<String>)> {
        self.0.borrow().asked.clone()
    }

    fn times(&self) -> Vec<u64> {
        self.asked().into_iter().map(|(time, _)| time).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.asked().into_iter().map(|(_, id)| id.unwrap_or_default()).collect()
    }
}

fn response<B>(answer: Answer, body: impl FnOnce(VecDeque<Step>) -> B) -> io::Result<Response<B>> {
    let Answer::Head(status, headers, steps) = answer else { return Err(io::ErrorKind::ConnectionRefused.into()) };
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(body(steps.into())).unwrap())
}

struct Scripted(VecDeque<Step>, Option<Pin<Box<Sleep>>>);

impl Body for Scripted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            if let Some(timer) = &mut self.1 {
                ready!(timer.as_mut().poll(context));
                self.1 = None;
            }
            return Poll::Ready(match self.0.pop_front() {
                Some(Step::Send(bytes)) => Some(Ok(Frame::data(bytes.into()))),
                Some(Wait(millis)) => {
                    self.1 = Some(Box::pin(sleep(ms(millis))));
                    continue;
                }
                Some(Reset) => Some(Err(io::ErrorKind::ConnectionReset.into())),
                Some(Hang) => {
                    self.0.push_front(Hang);
                    return Poll::Pending;
                }
                None => None,
            });
        }
    }
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A source of that server, without jitter.
fn source(server: &Server) -> impl Stream<Item = Result<EventBuf, Error>> + Unpin {
    source_by(server, Parser::new().with_skipped_ids(), Reconnect::new())
}

type Answering = Pin<Box<dyn Future<Output = io::Result<Response<Scripted>>>>>;

#[allow(clippy::type_complexity, reason = "no user writes it either")]
fn source_by(
    server: &Server,
    parser: Parser,
    reconnect: Reconnect,
) -> EventSource<impl FnMut(Resume) -> Answering, Answering, Scripted, fn(Duration) -> Sleep, Sleep> {
    let (server, start) = (server.clone(), Instant::now());
    let connect = move |resume: Resume| -> Answering {
        let answer = server.answer(&resume, u64::try_from(start.elapsed().as_millis()).unwrap());
        Box::pin(async {
            if let Answer::Mute = answer {
                std::future::pending::<()>().await;
            }
            response(answer, |steps| Scripted(steps, None))
        })
    };
    EventSource::new(connect, sleep as fn(Duration) -> Sleep).with_entropy(|| 0).with_parser(parser).with_reconnect(reconnect)
}

/// Runs in virtual time.
fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(future)
}

/// A line for each thing that a source gave.
fn line(event: Result<EventBuf, Error>) -> String {
    match event {
        Ok(event) => event.data().to_owned(),
        Err(error) => format!("{}{error}", if error.is_final() { "FINAL " } else { "" }),
    }
}

/// All that a source gives.
fn lines(server: &Server) -> Vec<String> {
    run(async { source(server).map(line).collect().await })
}

/// The blocking source of that server. Its waits pass at once, and are counted.
fn blocking_lines(server: &Server, parser: Parser, reconnect: Reconnect) -> Vec<String> {
    let (clock, mut out) = (Rc::new(Cell::new(0)), Vec::new());
    let (now, asked) = (clock.clone(), server.clone());
    let connect = move |resume: Resume| {
        let answer = asked.answer(&resume, now.get());
        response(answer, |steps| Blocking(steps, now.clone()))
    };
    let pass = move |time: Duration| clock.set(clock.get() + u64::try_from(time.as_millis()).unwrap());
    for event in blocking::EventSource::new(connect, pass).with_entropy(|| 0).with_parser(parser).with_reconnect(reconnect) {
        out.push(line(event));
    }
    out
}

struct Blocking(VecDeque<Step>, Rc<Cell<u64>>);

impl io::Read for Blocking {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            return match self.0.pop_front() {
                Some(Step::Send(bytes)) if bytes.is_empty() => continue,
                Some(Step::Send(mut bytes)) => {
                    let length = bytes.len().min(buffer.len());
                    buffer[..length].copy_from_slice(&bytes[..length]);
                    if length < bytes.len() {
                        self.0.push_front(Step::Send(bytes.split_off(length)));
                    }
                    Ok(length)
                }
                Some(Wait(millis)) => {
                    self.1.set(self.1.get() + millis);
                    continue;
                }
                Some(Reset) => Err(io::ErrorKind::ConnectionReset.into()),
                // As after a read timeout of the HTTP library.
                Some(Hang) => {
                    self.0.push_front(Hang);
                    Err(io::ErrorKind::TimedOut.into())
                }
                None => Ok(0),
            };
        }
    }
}

/// What both sources give of a script, which must be the same.
fn both(answers: impl IntoIterator<Item = Answer> + Clone) -> (Vec<String>, Server) {
    let (one, other) = (Server::new(answers.clone()), Server::new(answers));
    let got = lines(&one);
    assert_eq!(blocking_lines(&other, Parser::new().with_skipped_ids(), Reconnect::new()), got);
    assert_eq!(one.asked(), other.asked());
    (got, one)
}

#[test]
fn it_comes_back_from_behind_the_last_event_until_there_is_nothing_more() {
    let (got, server) = both([
        stream([send("retry: 100\nid: 1\ndata: one\n\nid: 2\ndata: cut o")]),
        stream([send("id: 2\nevent: t\r"), send("\ndata: two\r"), Reset]),
        stream([send("id: 2\ndata: two\r\r"), Reset]),
        Answer::Nobody,
        stream([send("\r\ndata: three\n\n")]),
    ]);
    assert_eq!(
        got,
        [
            "one",
            "the stream ended in the middle of an event; trying again in 100ms",
            "the connection was lost; trying again in 200ms",
            "two",
            "the connection was lost; trying again in 100ms",
            "no answer came from the server; trying again in 200ms",
            "three",
            "the server ended the stream; trying again in 100ms",
        ]
    );
    assert_eq!(server.ids(), ["", "1", "1", "2", "2", "2"]);
    assert_eq!(server.times(), [0, 100, 300, 400, 600, 700]);
}

#[test]
fn c2_a_request_says_what_it_wants() {
    let server = Server::new([stream([send("id: 7\ndata: x\n\n")])]);
    lines(&server);
    let heads = &server.0.borrow().heads;
    for head in heads {
        assert_eq!(
            (head["accept"].as_bytes(), head["cache-control"].as_bytes()),
            (&b"text/event-stream"[..], &b"no-cache"[..])
        );
    }
    assert_eq!((heads[0].get("last-event-id"), heads[1]["last-event-id"].as_bytes()), (None, &b"7"[..]));
}

#[test]
fn every_status_with_and_without_a_time_to_wait() {
    let date = ("date", "Thu, 26 Nov 2026 10:00:00 GMT".to_owned());
    let in_a_minute = ("retry-after", "Thu, 26 Nov 2026 10:01:00 GMT".to_owned());
    let seconds = ("retry-after", "3600".to_owned());
    for (code, temporary) in [
        (201, false),
        (204, false),
        (206, false),
        (301, false),
        (304, false),
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        (408, true),
        (425, true),
        (429, true),
        (431, false),
        (500, true),
        (501, false),
        (502, true),
        (503, true),
        (504, true),
    ] {
        for (headers, wait) in [
            (vec![], 3),
            (vec![seconds.clone()], 3600),
            (vec![date.clone(), in_a_minute.clone()], 60),
            (vec![in_a_minute.clone()], 3),
        ] {
            let sent = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            let answer = Answer::Head(code, headers, vec![send("because"), Hang]);
            let server = Server::new([answer, stream([send("data: x\n\n"), Hang])]);
            let mut errors = Vec::new();
            let data = run(async {
                let mut events =
                    source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary));
                loop {
                    match events.next().await {
                        Some(Ok(event)) => break Some(event.into_data()),
                        Some(Err(error)) => errors.push(error),
                        None => break None,
                    }
                }
            });
            if code == 204 {
                assert_eq!((data, errors.len()), (None, 0));
                continue;
            }
            assert_eq!(errors.len(), 1, "{code}");
            let Cause::Refused { status, headers, body } = errors[0].cause() else { panic!("{errors:?}") };
            assert_eq!((status.as_u16(), &**headers, &**body), (code, &sent, &b"because"[..]));
            assert!(format!("{:?}", errors[0]).contains("\"because\""), "{:?}", errors[0]);
            assert!(
                errors[0].to_string().ends_with(if temporary { "s" } else { "instead of an event stream: because" }),
                "{}",
                errors[0]
            );
            assert_eq!(errors[0].is_final(), !temporary, "{code}");
            assert_eq!(errors[0].retry_in(), temporary.then(|| Duration::from_secs(wait)), "{code}");
            assert_eq!(data, temporary.then(|| "x".to_owned()), "{code}");
        }
    }
}

#[test]
fn c1_an_answer_that_is_no_stream_is_read_for_a_while_and_tells_why() {
    let html = |steps: Vec<Step>| Answer::Head(200, vec![("content-type", "text/html".to_owned())], steps);
    let endless = std::iter::repeat_n(send([b'x'; 1000]), 100_000).collect();
    let dripping = (0..100).flat_map(|_| [send("y"), Wait(400)]).collect();
    for (answer, length, time) in [
        (html(endless), 64 * 1024, 0),
        (html(dripping), 13, 5000),
        (html(vec![Hang]), 0, 5000),
        (html(vec![send("<p>no"), Reset]), 5, 0),
        (Answer::Head(200, vec![], vec![send("no type")]), 7, 0),
        (
            Answer::Head(401, vec![("content-type", "application/json".to_owned())], vec![send(r#"{"error":"#), send("1}")]),
            11,
            0,
        ),
    ] {
        let server = Server::new([answer]);
        run(async {
            let start = Instant::now();
            let mut events =
                source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary));
            let error = events.next().await.unwrap().unwrap_err();
            let Cause::Refused { body, .. } = error.cause() else { panic!("{error:?}") };
            assert!(error.is_final());
            assert_eq!((body.len(), start.elapsed()), (length, ms(time)));
            assert!(events.next().await.is_none());
            assert_eq!(events.state(), State::Closed);
        });
    }
    // What is there is read, also by a timer that is always over.
    let connect = |_| std::future::ready(Response::builder().status(429).body("slow down".to_owned()));
    let mut events = EventSource::new(connect, |_| std::future::ready(())).with_reconnect(Reconnect::new());
    let error = run(async { events.next().await.unwrap().unwrap_err() });
    assert!(matches!(error.cause(), Cause::Refused { body, .. } if body == b"slow down"), "{error}");

    let told = Server::new([Answer::Head(
        401,
        vec![("content-type", "application/json".to_owned())],
        vec![send("{\n  \"error\": \"no key\"\n}\n")],
    )]);
    assert_eq!(
        lines(&told),
        ["FINAL the server answered 401 Unauthorized (application/json) instead of an event stream: { \"error\": \"no key\" }"]
    );
}

#[test]
fn t1_a_body_of_the_right_type_that_is_no_stream_is_told() {
    let told = |body: &[u8]| both([stream([send(body)])]).0;
    let no_stream = |kind: &str, start: &str| format!("the body is no event stream, it looks like {kind}: {start}");
    let again = "the server ended the stream; trying again in 3s";
    // Without a line end, at the end of the body.
    let json = r#"{"error":{"message":"quota exceeded"}}"#;
    assert_eq!(told(json.as_bytes()), [no_stream("JSON", json) + "; trying again in 3s"]);
    // With one, at once, and the stream goes on.
    assert_eq!(told(format!("{json}\n").as_bytes()), [no_stream("JSON", json), again.to_owned()]);
    assert_eq!(told(b"<html>\n<p>busy</p>"), [no_stream("HTML", "<html> <p>busy</p>"), again.to_owned()]);
    assert_eq!(told(b"Internal error"), [no_stream("plain text", "Internal error") + "; trying again in 3s"]);
    assert_eq!(told(b"oops\n\ndata: x\n\n"), ["x", again]);
    for (magic, kind) in
        [(&b"\x1F\x8B\x08\0\0data: x\n\n"[..], "gzip"), (b"\xFF\xFEd\0a\0", "UTF-16"), (b"\x28\xB5\x2F\xFD", "zstd")]
    {
        let got = told(magic);
        assert!(got.len() == 1 && got[0].starts_with(&format!("FINAL {}", no_stream(kind, ""))), "{got:?}");
    }
    for stream in ["", "\n\n", "retry: 5000", ": hello", "data: {}", "id: 7\n\n", "event: t\n\n", "dat", "ping: 1\n", "x"] {
        assert!(!told(stream.as_bytes()).concat().contains("no event stream"), "{stream}");
    }
}

#[test]
fn t6_any_byte_is_a_sign_of_life_and_silence_is_a_loss() {
    let large: Vec<_> = (0..40).map(|_| "data: a piece\n").collect();
    for heartbeat in ["event: ping\n\n", "\n", "ping: 1\n", ": hb\n", "x"] {
        let mut steps: Vec<_> = (0..1000).flat_map(|_| [Wait(44_000), send(heartbeat)]).collect();
        steps.extend([send("\n\ndata: still there\n\n"), Hang]);
        let server = Server::new([stream(steps)]);
        let (got, time) = run(async {
            let start = Instant::now();
            let mut events = source(&server);
            let mut got = Vec::new();
            while let Some(event) = events.next().await {
                got.push(line(event));
                if server.times().len() > 1 {
                    break;
                }
            }
            (got, start.elapsed())
        });
        assert_eq!(got, ["still there", "nothing came for 45s; trying again in 3s"], "{heartbeat:?}");
        assert_eq!(time, Duration::from_secs(44_000 + 45 + 3));
    }
    let mut steps: Vec<_> = large.iter().flat_map(|piece| [Wait(30_000), send(piece)]).collect();
    steps.push(send("\n"));
    assert_eq!(lines(&Server::new([stream(steps)]))[0].lines().count(), 40);
    // No answer is silence, too.
    let server = Server::new([Answer::Mute, stream([send("data: x\n\n")])]);
    assert_eq!(lines(&server)[..2], ["nothing came for 45s; trying again in 3s", "x"]);
    assert_eq!(server.times()[1], 48_000);
    // It can be set, and be off.
    for (silence, want) in [(Some(ms(100)), vec![0, 3100]), (None, vec![0])] {
        let server = Server::new([stream([Hang]), stream([Hang])]);
        run(async {
            let mut events =
                source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary))
                    .with_silence(silence);
            let _ = timeout(ms(4000), async { while events.next().await.is_some() {} }).await;
        });
        assert_eq!(server.times(), want);
    }
}

#[test]
fn r1_a_server_of_heartbeats_that_is_cut_every_minute_is_away_for_the_reconnection_time() {
    let connection = stream((0..4).flat_map(|_| [Wait(15_000), send(": hb\n\n")]).collect::<Vec<_>>());
    let (got, server) = both(std::iter::repeat_n(connection, 24 * 60));
    assert_eq!(got.len(), 24 * 60);
    let times = server.times();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 63_000), "{times:?}");
    // The same with bytes that mean nothing: a minute is life by itself.
    let connection = stream((0..5).flat_map(|_| [send("ping: 1\n"), Wait(15_000)]).collect::<Vec<_>>());
    let server = Server::new(std::iter::repeat_n(connection, 100));
    lines(&server);
    assert!(server.times().windows(2).all(|pair| pair[1] - pair[0] == 78_000));
    // One that hangs up at once is backed off.
    let (_, server) = both(std::iter::repeat_n(stream([]), 9));
    assert_eq!(server.times(), [0, 3, 9, 21, 45, 93, 189, 381, 681, 981].map(|seconds| seconds * 1000));
}

#[test]
fn r6_an_id_that_no_header_carries_is_not_sent_and_431_forgets_it() {
    let large = "x".repeat(8 << 20);
    let (_, server) = both([stream([send(format!("id: {large}\ndata: x\n\n"))]), stream([send("id: a\u{1}b\ndata: x\n\n")])]);
    assert_eq!(server.ids(), ["", "", ""]);
    let (got, server) = both([stream([send("id: 7\ndata: x\n\n")]), status(431), stream([send("data: y\n\n")]), status(431)]);
    assert_eq!(server.ids(), ["", "7", "", ""]);
    assert!(got.last().unwrap().starts_with("FINAL the server answered 431"), "{got:?}");
    let (got, server) = both([status(431)]);
    assert_eq!((got.len(), server.ids().len()), (1, 1), "there was no id to forget");
}

#[test]
fn r7_a_client_gets_past_an_event_that_is_too_large() {
    let events = ["id: 41\ndata: x\n\n", "id: 42\ndata: far too large\n\n", "id: 43\ndata: y\n\n"];
    for (parser, want) in [(Parser::with_limit(8).with_skipped_ids(), "43"), (Parser::with_limit(8), "41")] {
        // It sends one event a connection.
        let server = Server::by(move |resume| {
            let next = resume.last_event_id().map_or(0, |id| id.parse::<usize>().unwrap() - 40);
            events.get(next).map(|event| stream([send(event)]))
        });
        run(async {
            let mut events = source_by(&server, parser, Reconnect::new().with_max_attempts(5));
            while events.next().await.is_some() {}
            assert_eq!(events.last_event_id(), want);
        });
    }
}

#[test]
fn r5_attempts_can_be_bounded_and_none_means_that_every_loss_is_final() {
    let reconnect = Reconnect::new().with_max_attempts(0);
    for answer in [stream([send("data: x\n\n")]), stream([send("data: x\n\n"), Reset])] {
        let server = Server::new([answer]);
        let got = run(async { source_by(&server, Parser::new(), reconnect.clone()).map(line).collect::<Vec<_>>().await });
        assert_eq!(got[0], "x");
        assert!(got.len() == 2 && got[1].starts_with("FINAL "), "{got:?}");
        assert_eq!(server.times().len(), 1);
    }
    let server = Server::by(|_| Some(Answer::Nobody));
    let got = blocking_lines(&server, Parser::new(), Reconnect::new().with_max_attempts(3));
    assert_eq!((got.len(), got[3].as_str()), (4, "FINAL no answer came from the server"));
}

#[test]
fn a_hundred_reconnections_lose_nothing_and_give_nothing_twice() {
    let server = Server::by(|resume| {
        let seen: u32 = resume.last_event_id().map_or(0, |id| id.parse().unwrap());
        let (next, cut) = (seen + 1, seen + 2);
        (seen < 100).then(|| stream([send(format!("id: {next}\ndata: {next}\n\nid: {cut}\ndata: {cut}\n"))]))
    });
    let got: Vec<_> = lines(&server).into_iter().filter(|line| !line.contains("trying")).collect();
    assert_eq!(got, (1..=100).map(|id| id.to_string()).collect::<Vec<_>>());
}

#[test]
fn states_notices_and_items() {
    let server = Server::new([
        Answer::Nobody,
        Answer::Head(503, vec![], vec![Wait(10)]),
        stream([send("retry: 150\n: hello\n\nid: 7\n\ndata: x\n\n")]),
    ]);
    run(async {
        let mut updates = source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary))
            .items()
            .notices();
        assert_eq!(updates.state(), State::Connecting);
        assert!(matches!(updates.next().await, Some(Err(error)) if error.retry_in() == Some(ms(3000))));
        assert_eq!(updates.state(), State::Waiting(ms(3000)));
        assert!(matches!(updates.next().await, Some(Err(error)) if matches!(error.cause(), Cause::Refused { .. })));
        let Some(Ok(Notice::Open(head))) = updates.next().await else { panic!() };
        assert_eq!((head.status.as_u16(), updates.state()), (200, State::Open));
        let mut items = Vec::new();
        while let Some(Ok(Notice::Event(item))) = updates.next().await {
            items.push(match item.as_item() {
                Item::Event(event) => format!("event {}", event.data()),
                Item::Comment(text) => format!("comment {text}"),
                Item::Retry(time) => format!("retry {time:?}"),
                Item::LastEventId(id) => format!("id {id}"),
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(items, ["retry 150ms", "comment hello", "id 7", "event x"]);
        assert_eq!((updates.state(), updates.last_event_id()), (State::Waiting(ms(150)), "7"));
        assert_eq!(updates.parser().counts().events, 1);
        assert!(updates.next().await.is_none());
        assert_eq!(updates.state(), State::Closed);
        assert!(format!("{updates:?}").contains("Closed"));
    });
}

#[test]
fn close_from_elsewhere_ends_it_at_once_wherever_it_is() {
    for answer in [Answer::Mute, stream([Hang]), status(503), Answer::Nobody, Answer::Head(404, vec![], vec![Hang])] {
        for wait in [0, 1, 1000] {
            let server = Server::new([answer.clone()]);
            run(async {
                let mut events =
                    source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary));
                let handle = events.handle();
                let start = Instant::now();
                let end = async { while events.next().await.is_some() {} };
                let close = async {
                    sleep(ms(wait)).await;
                    handle.close();
                    handle.reconnect();
                };
                tokio::join!(end, close);
                assert_eq!((start.elapsed(), server.times().len()), (ms(wait), usize::from(wait > 0) + usize::from(wait == 0)));
                assert!(events.next().await.is_none());
            });
        }
    }
}

#[test]
fn reconnect_from_elsewhere_connects_without_a_delay() {
    let server =
        Server::new([stream([send("id: 1\ndata: x\n\ndata: half"), Hang]), status(503), stream([send("\ndata: y\n\n"), Hang])]);
    run(async {
        let mut events = source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary));
        let handle = events.handle();
        assert_eq!(events.next().await.unwrap().unwrap().data(), "x");
        handle.reconnect();
        assert!(events.next().await.unwrap().is_err());
        assert!(matches!(events.state(), State::Waiting(_)));
        handle.reconnect();
        assert_eq!(events.next().await.unwrap().unwrap().data(), "y");
        assert_eq!((server.times(), server.ids()), (vec![0; 3], vec![String::new(), "1".to_owned(), "1".to_owned()]));
    });
}

#[test]
fn connecting_anew_forgets_what_was_cut() {
    let server = Server::new([stream([send("data: x\n\ndata: half"), Hang]), stream([send("data: y\n\n"), Hang])]);
    run(async {
        let mut events = source_by(&server, Parser::new(), Reconnect::new());
        let handle = events.handle();
        assert_eq!(events.next().await.unwrap().unwrap().data(), "x");
        assert!(timeout(ms(10), events.next()).await.is_err(), "the half event is read");
        handle.reconnect();
        assert_eq!(events.next().await.unwrap().unwrap().data(), "y");
    });
}

#[test]
fn connecting_anew_starts_over_with_the_delays() {
    let server = Server::new([Answer::Nobody, Answer::Nobody, Answer::Nobody]);
    run(async {
        let mut events = source_by(&server, Parser::new(), Reconnect::new());
        let handle = events.handle();
        let mut delays = Vec::new();
        for _ in 0..3 {
            delays.push(events.next().await.unwrap().unwrap_err().retry_in());
            if delays.len() == 2 {
                handle.reconnect();
            }
        }
        assert_eq!(delays, [3000, 6000, 3000].map(|time| Some(ms(time))));
    });
}

#[test]
fn a_connection_that_ends_soon_without_a_sign_of_life_is_a_failed_attempt() {
    let again = |time: &str| format!("the server ended the stream; trying again in {time}");
    let (got, _) = both(vec![stream([Wait(1000)]); 3]);
    assert_eq!(got, [again("3s"), again("6s"), again("12s")]);
}

#[test]
fn a_delay_is_told_to_tenths_of_a_second_or_to_milliseconds_if_it_is_shorter() {
    let again = |time: &str| format!("the server ended the stream; trying again in {time}");
    let (got, _) = both(["123", "1000", "1234", "1250"].map(|time| stream([send(format!("retry: {time}\n\n: x\n\n"))])));
    assert_eq!(got, [again("123ms"), again("1s"), again("1.2s"), again("1.3s")]);
}

/// Every second read is interrupted, the first one, too.
struct Interrupted(&'static [u8], bool);

impl io::Read for Interrupted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 { Err(io::ErrorKind::Interrupted.into()) } else { self.0.read(buffer) }
    }
}

#[test]
fn reads_that_are_interrupted_are_made_again() {
    let answers = [(429, &b"slow down"[..]), (200, b"data: a\n\n"), (204, b"")];
    let mut answers = answers.into_iter();
    let connect = move |_| {
        let (status, body) = answers.next().unwrap();
        let answer = Response::builder().status(status).header("content-type", "text/event-stream");
        answer.body(Interrupted(body, false))
    };
    let mut events = blocking::EventSource::new(connect, |_| {}).with_entropy(|| 0);
    let error = events.next().unwrap().unwrap_err();
    assert!(matches!(error.cause(), Cause::Refused { body, .. } if body == b"slow down"), "{error}");
    assert_eq!(events.next().unwrap().unwrap().data(), "a");
    let error = events.next().unwrap().unwrap_err();
    assert!(matches!(error.cause(), Cause::Ended(None)), "{error}");
    assert!(events.next().is_none());

    // Another error ends the body.
    let connect = |_| {
        let steps = [send("no"), Reset, send("more")].into();
        Response::builder().status(401).body(Blocking(steps, Rc::default()))
    };
    let error = blocking::EventSource::new(connect, |_| {}).next().unwrap().unwrap_err();
    assert!(matches!(error.cause(), Cause::Refused { body, .. } if body == b"no"), "{error}");
}

#[test]
fn an_event_that_the_end_cuts_off_is_given_out_on_request_and_not_reported_as_lost() {
    let connections = || Server::new([stream([send("data: a\n\ndata: [DONE]")]), stream([send("data: b\n"), Reset])]);
    let server = connections();
    let got = run(async {
        source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary))
            .on_truncated(OnTruncated::Deliver)
            .map(line)
            .collect::<Vec<_>>()
            .await
    });
    let end = "the server ended the stream; trying again in 3s";
    assert_eq!(got, ["a", "[DONE]", end, "the connection was lost; trying again in 6s"]);
    let (server, asked) = (connections(), Rc::new(Cell::new(0)));
    let connect = move |resume| response(server.answer(&resume, 0), |steps| Blocking(steps, asked.clone()));
    let source = blocking::EventSource::new(connect, |_| {}).with_entropy(|| 0).on_truncated(OnTruncated::Deliver);
    assert_eq!(source.map(line).collect::<Vec<_>>(), got);
}

#[test]
fn a_blocking_source_is_closed_and_connected_anew_from_elsewhere_too() {
    let server = Server::new([stream([send("id: 1\ndata: x\n\ndata: half")]), status(503), stream([send("\ndata: y\n\n")])]);
    let (clock, asked) = (Rc::new(Cell::new(0)), server.clone());
    let (now, slept) = (clock.clone(), clock.clone());
    let connect = move |resume: Resume| response(asked.answer(&resume, now.get()), |steps| Blocking(steps, now.clone()));
    let pass = move |time: Duration| slept.set(slept.get() + u64::try_from(time.as_millis()).unwrap());
    let mut events = blocking::EventSource::new(connect, pass).with_entropy(|| 0);
    let handle = events.handle();
    assert_eq!(events.next().unwrap().unwrap().data(), "x");
    handle.reconnect();
    assert!(matches!(events.next(), Some(Err(error)) if error.retry_in() == Some(ms(3000))), "by default 503 is temporary");
    assert_eq!(events.state(), State::Waiting(ms(3000)));
    handle.reconnect();
    assert_eq!(events.next().unwrap().unwrap().data(), "y");
    assert_eq!((server.times(), server.ids()), (vec![0; 3], vec![String::new(), "1".to_owned(), "1".to_owned()]));
    handle.close();
    assert!(events.next().is_none() && events.next().is_none());
    assert_eq!((events.state(), clock.get()), (State::Closed, 0));
}

#[test]
fn a_cancelled_next_loses_nothing() {
    let steps: Vec<_> =
        (0..50).flat_map(|id| [send(format!("id: {id}\nda")), Wait(7), send(format!("ta: {id}\n\n"))]).collect();
    let server = Server::new([status(503), Answer::Nobody, stream(steps)]);
    run(async {
        let mut events = source_by(&server, Parser::new().with_skipped_ids(), Reconnect::new().with_retryable(is_temporary));
        let mut got = Vec::new();
        loop {
            match timeout(ms(3), events.next()).await {
                Ok(Some(Ok(event))) => got.push(event.into_data()),
                Ok(Some(Err(_))) | Err(_) => {}
                Ok(None) => break,
            }
        }
        assert_eq!(got, (0..50).map(|id| id.to_string()).collect::<Vec<_>>());
    });
}

#[test]
fn a_dropped_source_drops_its_connection() {
    struct Told(Scripted, Rc<Cell<bool>>);
    impl Body for Told {
        type Data = Bytes;
        type Error = io::Error;
        fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
            Pin::new(&mut self.0).poll_frame(context)
        }
    }
    impl Drop for Told {
        fn drop(&mut self) {
            self.1.set(true);
        }
    }
    let is_dropped = Rc::new(Cell::new(false));
    let seen = is_dropped.clone();
    run(async {
        let connect = move |_| {
            let body = Told(Scripted([send("data: x\n\n"), Hang].into(), None), seen.clone());
            async { Response::builder().header("content-type", "text/event-stream").body(body) }
        };
        let mut events = EventSource::new(connect, sleep);
        assert!(events.next().await.unwrap().is_ok());
        assert!(!is_dropped.get());
        drop(events);
        assert!(is_dropped.get());
    });
}

#[test]
fn sources_can_be_sent_where_their_parts_can() {
    fn check<T: Send>(_: &T) {}
    let source = EventSource::new(|_| async { io::Result::Ok(Response::new(String::new())) }, sleep);
    check(&source);
    fn both<T: Send + Sync + Clone>() {}
    both::<ssewire::client::Handle>();
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    error::<Error>();
}

#[test]
fn the_source_of_an_error_is_that_of_the_library() {
    let server = Server::new([Answer::Nobody, stream([send("data: half"), Reset]), stream([send("data: half")])]);
    let errors: Vec<_> = run(async { source(&server).map(|event| event.unwrap_err()).collect().await });
    let sources: Vec<_> = errors.iter().map(|error| std::error::Error::source(error).unwrap().to_string()).collect();
    assert_eq!(sources[..2], ["connection refused", "connection reset"]);
    assert!(sources[2].contains("inside a line"), "{}", sources[2]);
}

/// What `LaunchDarkly`'s public contract harness for SSE clients checks, in cases of our own. (It also checks redirects, which are the HTTP
/// library's, and other methods, which are the closure's.)
#[test]
fn the_contract_of_a_client() {
    let again = "the server ended the stream; trying again in 3s";
    let large = "x".repeat(100_000);
    let large_stream = format!("data: {large}\n\n");
    let large_pieces: Vec<_> = large_stream.as_bytes().chunks(1000).map(send).collect();
    for (what, steps, want) in [
        ("one event in one piece", vec![send("data: a\n\n")], vec!["a"]),
        ("two events in one piece", vec![send("data: a\n\ndata: b\n\n")], vec!["a", "b"]),
        ("an event in many pieces", "event: t\nid: 1\ndata: a\n\n".as_bytes().chunks(1).map(send).collect(), vec!["a"]),
        ("data in many lines", vec![send("data: a\ndata: b\ndata:\n\n")], vec!["a\nb\n"]),
        ("a field without a space", vec![send("data:a\n\ndata:  b\n\n")], vec!["a", " b"]),
        ("a field without a colon", vec![send("data\n\n")], vec![""]),
        ("unknown fields", vec![send("x: y\ndata: a\nz\n\n")], vec!["a"]),
        ("an event without data", vec![send("event: t\n\ndata: a\n\n")], vec!["a"]),
        ("comments", vec![send(": c\n:\ndata: a\n: d\n\n")], vec!["a"]),
        ("line ends", vec![send("data: a\r\rdata: b\r\n\r\ndata: c\n\n")], vec!["a", "b", "c"]),
        (
            "a CRLF in two pieces",
            vec![send("data: a\r"), Wait(10), send("\ndata: b\r"), Wait(10), send("\n\r"), send("\n")],
            vec!["a\nb"],
        ),
        ("Unicode", vec![send("data: €豆腐\u{1F600}\n\n")], vec!["€豆腐\u{1F600}"]),
        ("a character in two pieces", vec![send(b"data: \xE2\x82"), Wait(10), send(b"\xAC\n\n")], vec!["€"]),
        ("a BOM", vec![send("\u{FEFF}data: a\n\n")], vec!["a"]),
        ("a large message", large_pieces, vec![&*large]),
    ] {
        let (got, _) = both([stream(steps)]);
        assert_eq!(got, [want, vec![again]].concat(), "{what}");
    }
    // An event's id and type, by the first stream; the retry, by the second; an empty id, by the third.
    let (_, server) = both([
        stream([send("id: abc\ndata: a\n\n")]),
        stream([send("retry: 1500\ndata: b\n\n")]),
        stream([send("retry: no\nid\ndata: c\n\n")]),
        stream([send("id: \0\ndata: d\n\n")]),
    ]);
    assert_eq!(server.ids(), ["", "abc", "abc", "", ""]);
    assert_eq!(server.times(), [0, 3000, 4500, 6000, 7500]);
}

/// A server that has so many events, and how it treats each connection: after how many bytes of what is left to send it ends, how, and in
/// which pieces it sends.
fn hostile() -> impl Strategy<Value = (usize, Vec<(usize, u8, usize)>)> {
    (0..12_usize, proptest::collection::vec((0..80_usize, any::<u8>(), 1..20_usize), 0..12))
}

/// As lines end in each part of the stream.
const LINE_ENDS: [&str; 3] = ["\n", "\r", "\r\n"];

/// And for each connection the shortest delay that must follow it, in milliseconds.
fn hostile_server(events: usize, connections: Vec<(usize, u8, usize)>) -> (Server, Rc<RefCell<Vec<u64>>>) {
    let (mut connections, delays) = (connections.into_iter(), Rc::<RefCell<Vec<u64>>>::default());
    let (mut time, told) = (3000, delays.clone());
    let server = Server::by(move |resume| {
        let seen: usize = resume.last_event_id().map_or(0, |id| id.parse().unwrap());
        if seen == events {
            return None;
        }
        let rest: String = (seen + 1..=events)
            .map(|id| format!("id: {id}\n: c\nevent: t\ndata: {id}\ndata: ü\n\n").replace('\n', LINE_ENDS[id % 3]))
            .collect();
        let (answer, asked) = match connections.next() {
            None => (stream([send(rest)]), 0),
            Some((_, 0 | 8, _)) => (Answer::Nobody, 0),
            Some((_, 1 | 9, _)) => (status(503), 0),
            Some((seconds, 2 | 10, _)) => {
                let header = ("retry-after", (seconds * 20).to_string());
                (Answer::Head(429, vec![header], vec![]), 20_000 * seconds as u64)
            }
            Some((length, how, piece)) => {
                let retry = if how % 2 == 0 { String::new() } else { format!("retry: {}\n", u64::from(how) * 100) };
                let body = retry.clone() + &rest;
                let sent = &body.as_bytes()[..length.min(body.len())];
                if !retry.is_empty() && sent.starts_with(retry.as_bytes()) {
                    time = u64::from(how) * 100;
                }
                let mut steps: Vec<_> = sent.chunks(piece).flat_map(|chunk| [send(chunk), Wait(u64::from(how))]).collect();
                steps.extend(match how % 8 {
                    3 => Some(Reset),
                    4 => Some(Hang),
                    _ => None,
                });
                (stream(steps), 0)
            }
        };
        told.borrow_mut().push(asked.max(time));
        Some(answer)
    });
    (server, delays)
}

fn with_retries() -> Reconnect {
    Reconnect::new().with_retryable(|status| status >= 429)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the connections, the events are those of one that is never lost.
    #[test]
    fn random_scripts_give_what_one_unbroken_stream_would_have_given((events, connections) in hostile()) {
        let want: Vec<_> = (1..=events).map(|id| format!("{id}\nü")).collect();
        let only_events = |lines: Vec<String>| lines.into_iter().filter(|line| line.ends_with('ü')).collect::<Vec<_>>();
        let (one, delays) = hostile_server(events, connections.clone());
        let got = run(async { source_by(&one, Parser::new(), with_retries()).map(line).collect::<Vec<_>>().await });
        prop_assert_eq!(only_events(got), &want[..]);
        let (other, _) = hostile_server(events, connections);
        prop_assert_eq!(only_events(blocking_lines(&other, Parser::new(), with_retries())), want);
        prop_assert_eq!(one.ids(), other.ids());
        // No delay is below the server's or the client's.
        for (pair, least) in one.times().windows(2).zip(&*delays.borrow()) {
            prop_assert!(pair[1] - pair[0] >= *least, "{:?}, {:?}", one.times(), delays);
        }
    }
}
