//! What lies between: connections that are refused, cut into pieces, delayed, stalled, reset, closed; and servers of bad will.

use std::{
    collections::VecDeque,
    future::Future,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt;
use http::Response;
use http_body::{Body, Frame};
use ssewire::{client::Resume, server::Subscription};
use tokio::time::{Sleep, sleep};

use super::world::World;

/// What happens to a connection, behind so many bytes.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Reset,
    Close,
    Stall,
    /// Another server answers in its place.
    BadWill,
}

pub struct Connection {
    world: Rc<World>,
    source: Option<Subscription>,
    pieces: VecDeque<Bytes>,
    delay: Option<Pin<Box<Sleep>>>,
    fault: Option<(Fault, usize)>,
}

/// Answers a request.
pub async fn connect(world: Rc<World>, resume: Resume) -> io::Result<Response<Connection>> {
    let random = &world.random;
    sleep(random.around(Duration::from_millis(50))).await;
    if world.fails(world.plan.faults / 10) {
        world.tell(|| "no answer comes".to_owned());
        std::future::pending::<()>().await;
    }
    world.owed.set(None);
    world.note_byte();
    let refused = world.fails(world.plan.faults / 4);
    let server = world.server.borrow().clone();
    let Some(server) = server.filter(|_| !refused) else {
        let status = random.of(&[0, 0, 429, 500, 502, 503, 504]);
        world.tell(|| format!("refused: {status}"));
        if status == 0 {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let mut response = Response::builder().status(status).header("content-type", "text/html");
        if random.chance(300) {
            let seconds = random.below(400);
            world.retry_after.set(Some(Duration::from_secs(seconds)));
            world.tell(|| format!("retry after {seconds} s"));
            response = response.header("retry-after", seconds);
        }
        let pieces = [Bytes::from_static(b"<html>down</html>")].into();
        return Ok(response.body(Connection { world, source: None, pieces, delay: None, fault: None }).expect("a head"));
    };
    let fault = world.fails(world.plan.faults).then(|| {
        let fault = random.of(&[Fault::Reset, Fault::Reset, Fault::Close, Fault::Stall, Fault::BadWill]);
        (fault, random.below(random.of(&[30, 300, 3000])) as usize)
    });
    let fault = fault.map(|(fault, at)| (fault, at.max(usize::from(matches!(fault, Fault::BadWill)))));
    world.tell(|| format!("connected with {:?}, {fault:?}", resume.last_event_id()));
    let (source, pieces) = match fault {
        Some((Fault::BadWill, _)) => (None, bad_will(&world)),
        _ => {
            world.owed.set(Some(world.place(resume.last_event_id().unwrap_or_default())));
            (Some(server.subscribe(resume.last_event_id())), VecDeque::new())
        }
    };
    let response = Response::builder().header("content-type", "text/event-stream");
    Ok(response.body(Connection { world, source, pieces, delay: None, fault }).expect("a head"))
}

/// What no server should send. Its ids are not those of anybody else.
fn bad_will(world: &World) -> VecDeque<Bytes> {
    let random = &world.random;
    (0..1 + random.below(6))
        .map(|_| match random.below(9) {
            0 => Bytes::from_static(b"retry: 0\n\n"),
            1 if random.chance(100) => Bytes::from_static(b"retry: 99999999999999999999999\n\n"),
            2 => Bytes::from_static(b"id: nobody's\ndata: bad\n\n"),
            3 => Bytes::from_static("id: überall\r\r".as_bytes()),
            4 => Bytes::from_static(b"\xFF\xC3: \0\nnothing\n\n\n:\n"),
            5 => Bytes::from_static(b"data: bad \xF0\x9F\xA6\r\ndata\rid: no\0body\r\n\r\n"),
            6 => {
                world.is_beyond.set(true);
                Bytes::from(format!("id: far\ndata: bad {}\n", "x".repeat(random.below(200_000) as usize)))
            }
            7 => {
                world.is_beyond.set(true);
                Bytes::from(format!("id: {}\ndata: bad\n\n", "i".repeat(random.below(8_000) as usize)))
            }
            _ => Bytes::from(format!("retry: {}\ndata: bad\nid\n\n", random.below(20_000))),
        })
        .collect()
}

impl Connection {
    /// Cuts what comes in one go.
    fn cut(&mut self, mut bytes: Bytes) {
        let longest = self.world.random.of(&[1, 7, 50, 4096]);
        while !bytes.is_empty() {
            let length = 1 + self.world.random.below(longest);
            self.pieces.push_back(bytes.split_to(bytes.len().min(length as usize)));
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            if let Some(delay) = &mut self.delay {
                ready!(delay.as_mut().poll(context));
                self.delay = None;
            }
            if let Some((fault, 0)) = self.fault {
                self.world.tell(|| format!("{fault:?}"));
                self.fault = None;
                match fault {
                    Fault::Reset => return Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
                    Fault::Close | Fault::BadWill => return Poll::Ready(None),
                    Fault::Stall => self.fault = Some((Fault::Stall, usize::MAX)),
                }
            }
            if let Some((Fault::Stall, usize::MAX)) = self.fault {
                return Poll::Pending;
            }
            if let Some(mut piece) = self.pieces.pop_front() {
                if let Some((fault, left)) = &mut self.fault {
                    let length = if matches!(fault, Fault::BadWill) { piece.len() } else { piece.len().min(*left) };
                    let rest = piece.split_off(length);
                    *left = if matches!(fault, Fault::BadWill) { self.pieces.len() } else { *left - length };
                    if !rest.is_empty() {
                        self.pieces.push_front(rest);
                    }
                }
                return Poll::Ready(Some(Ok(piece)));
            }
            let Some(source) = &mut self.source else { return Poll::Ready(None) };
            let Some(bytes) = ready!(source.poll_next_unpin(context)) else { return Poll::Ready(None) };
            self.cut(bytes);
            if self.world.random.chance(200) {
                self.delay = Some(Box::pin(sleep(self.world.random.around(Duration::from_millis(300)))));
            }
        }
    }
}

impl Body for Connection {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let next = ready!(this.poll(context));
        if let Some(Ok(bytes)) = &next {
            this.world.received.borrow_mut().extend_from_slice(bytes);
            this.world.note_byte();
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }
}
