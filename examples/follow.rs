//! Follows an event stream over plain HTTP, with std's `TcpStream` and small libraries for the response, reconnecting as a browser
//! does:
//!
//! ```text
//! follow http://HOST[:PORT]/PATH [--max EVENTS]
//! ```
//!
//! Prints `TYPE ID DATA` for each event, and to standard error what happens to the connection. Ends after `--max` events, when the
//! server says 204, or when it answers something that is not an event stream (exit status 1; 2 for wrong usage).

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lexopt::prelude::{Long, Short, Value, ValueExt};
use ssewire::{CONTENT_TYPE, EventReader, LAST_EVENT_ID, Parser, ReadError, Reconnect, reconnect::Next};

const USAGE: &str = "usage: follow http://HOST[:PORT]/PATH [--max EVENTS]";

/// The longest head of a response that is read.
const MAX_HEAD: u64 = 64 * 1024;

/// Silence after which a connection counts as dead: a server sends heartbeats more often.
const SILENCE: Duration = Duration::from_secs(60);

struct Url {
    /// With the port.
    address: String,
    host: String,
    path: String,
}

impl Url {
    fn parse(url: &str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or("only http:// is spoken here")?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.is_empty() || url.contains(|c: char| c.is_ascii_control() || c == ' ') {
            return Err(format!("{url} is not a URL"));
        }
        let address = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        Ok(Self { address, host: host.to_owned(), path: format!("/{path}") })
    }
}

/// An answer, and its body.
struct Response {
    status: u16,
    content_type: Vec<u8>,
    retry_after: Option<Duration>,
    body: Box<dyn Read>,
}

/// Asks for the stream, from behind the last event ID.
fn connect(url: &Url, last_event_id: Option<&str>) -> io::Result<Response> {
    let mut socket = TcpStream::connect(&url.address)?;
    socket.set_read_timeout(Some(SILENCE))?;
    let mut request =
        format!("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: {CONTENT_TYPE}\r\nCache-Control: no-cache\r\n", url.path, url.host);
    if let Some(id) = last_event_id {
        // As UTF-8: an id has no line ends, so it cannot end the header either.
        request += &format!("{LAST_EVENT_ID}: {id}\r\n");
    }
    request += "Connection: close\r\n\r\n";
    socket.write_all(request.as_bytes())?;
    read_head(BufReader::new(socket))
}

fn invalid(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn read_head(mut reader: BufReader<TcpStream>) -> io::Result<Response> {
    let mut head = Vec::new();
    let mut limited = (&mut reader).take(MAX_HEAD);
    while !head.ends_with(b"\r\n\r\n") {
        if limited.read_until(b'\n', &mut head)? == 0 {
            return Err(invalid("the head of the response is cut off or too long"));
        }
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(&head).map_err(invalid)?;
    let status = response.code.ok_or_else(|| invalid("no status"))?;
    let header =
        |name: &str| response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value);
    let content_type = header("content-type").unwrap_or_default().to_vec();
    let retry_after =
        header("retry-after").and_then(|value| str::from_utf8(value).ok()?.trim().parse().ok()).map(Duration::from_secs);
    let chunked = header("transfer-encoding").is_some_and(|value| value.trim_ascii().eq_ignore_ascii_case(b"chunked"));
    let length = header("content-length").and_then(|value| str::from_utf8(value).ok()?.trim().parse().ok());
    let body: Box<dyn Read> = match (chunked, length) {
        (true, _) => Box::new(chunked_transfer::Decoder::new(reader)),
        (false, Some(length)) => Box::new(reader.take(length)),
        (false, None) => Box::new(reader),
    };
    Ok(Response { status, content_type, retry_after, body })
}

/// Good enough to keep clients apart.
fn entropy() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (u64::from(now.subsec_nanos()) ^ u64::from(std::process::id())).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Follows until there is nothing more to follow.
fn follow(url: &Url, max: u64) -> Result<(), ExitCode> {
    let (mut parser, mut reconnect, mut events) = (Parser::new(), Reconnect::new(), 0);
    while events < max {
        let next = match connect(url, Reconnect::header_value(parser.last_event_id())) {
            Ok(response) => {
                match reconnect.connected(response.status, &response.content_type, response.retry_after, entropy()) {
                    Next::Read => {
                        eprintln!("follow: connected");
                        let mut reader = EventReader::with_parser(BufReader::new(response.body), parser);
                        events += print_events(&mut reader, &mut reconnect, max - events)?;
                        parser = reader.into_parts().1;
                        Next::After(reconnect.ended(parser.retry(), entropy()))
                    }
                    next => next,
                }
            }
            Err(error) => {
                eprintln!("follow: {error}");
                Next::After(reconnect.ended(parser.retry(), entropy()))
            }
        };
        match next {
            Next::After(delay) if events < max => {
                eprintln!("follow: connecting again after {} ms", delay.as_millis());
                std::thread::sleep(delay);
            }
            Next::GiveUp(why) => {
                eprintln!("follow: {why}");
                return Err(ExitCode::from(1));
            }
            Next::Stop => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

/// Prints up to `max` events; how many there were.
fn print_events<R: BufRead>(reader: &mut EventReader<R>, reconnect: &mut Reconnect, max: u64) -> Result<u64, ExitCode> {
    let mut events = 0;
    while events < max {
        match reader.next() {
            Some(Ok(event)) => {
                reconnect.dispatched();
                events += 1;
                let line = format!("{} {} {}\n", event.event_type(), event.last_event_id(), event.data().escape_debug());
                let mut out = io::stdout().lock();
                // Nobody reads on: that is the end.
                out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(|_| ExitCode::SUCCESS)?;
            }
            None => break,
            Some(Err(ReadError::TooLarge(error))) => eprintln!("follow: {error}"),
            Some(Err(error)) => {
                eprintln!("follow: {error}");
                break;
            }
        }
    }
    Ok(events)
}

fn options() -> Result<Option<(Url, u64)>, lexopt::Error> {
    let (mut arguments, mut url, mut max) = (lexopt::Parser::from_env(), None, u64::MAX);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("max") => max = arguments.value()?.parse()?,
            Long("help") | Short('h') => return Ok(None),
            Value(value) if url.is_none() => url = Some(Url::parse(&value.string()?)?),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some((url.ok_or("missing URL")?, max)))
}

fn main() -> ExitCode {
    match options() {
        Ok(Some((url, max))) => follow(&url, max).map_or_else(|code| code, |()| ExitCode::SUCCESS),
        Ok(None) => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("follow: {error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}
