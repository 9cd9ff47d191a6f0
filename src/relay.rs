//! A body through a closure on its events: [`Relay`]. Feature `stream`.

use alloc::{collections::VecDeque, vec::Vec};
use core::{
    fmt, mem,
    ops::Range,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::{
    Event, EventBuf,
    blocks::{Block, Blocks},
};

/// What becomes of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It passes as it came.
    #[default]
    Pass,
    /// Only its retry and its id go on.
    LeaveOut,
    /// This goes on in its place, with the retry and the id of the block if it has none.
    Replace(EventBuf),
}

pin_project! {
    /// A stream of bytes, such as a response body, through a closure that sees each event: a `Stream` of `Bytes`, and with the feature
    /// `client` or `server` an `http_body::Body`.
    ///
    /// What the closure lets pass goes on as it came, in the memory in which it came: a chunk in which nothing is changed is not copied. Comments
    /// and all else between events never wait. [`Blocks`] is the machine.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use futures_util::{TryStreamExt, stream};
    /// use ssewire::relay::{Relay, Verdict};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let body = stream::iter([Ok::<_, std::io::Error>(Bytes::from("event: ping\ndata\n\ndata: a se")), Ok("cret\n\n:\n".into())]);
    /// let relay = Relay::new(body, |event| match event.event_type() {
    ///     "ping" => Verdict::LeaveOut,
    ///     _ if event.data().contains("secret") => Verdict::Replace(event.with_data("***").into()),
    ///     _ => Verdict::Pass,
    /// });
    /// assert_eq!(relay.try_collect::<Vec<_>>().await?.concat(), b"\ndata: ***\n\n:\n");
    /// # Ok::<_, std::io::Error>(()) }).unwrap();
    /// ```
    #[must_use = "streams do nothing unless they are polled"]
    pub struct Relay<S, F> {
        #[pin]
        inner: S,
        gate: Gate<F>,
        has_ended: bool,
    }
}

/// What is done to a chunk.
struct Gate<F> {
    judge: F,
    blocks: Blocks,
    /// What is to go on.
    out: VecDeque<Bytes>,
    /// What was written anew, and goes on behind it.
    written: Vec<u8>,
}

impl<S, F: FnMut(Event<'_>) -> Verdict> Relay<S, F> {
    /// What `judge` says of each event of `inner`, with a limit of 16 MiB. Blocks above it are left out. (A closure that is not written in this place names
    /// its argument: `|event: Event<'_>| …`.)
    ///
    /// Look at the head of the answer first: what is compressed, or is no event stream, has no events, and passes unseen.
    pub const fn new(inner: S, judge: F) -> Self {
        Self::with_blocks(inner, Blocks::new(), judge)
    }

    /// The same by these blocks: with a limit of your own, in canonical form, with what is too large passing.
    pub const fn with_blocks(inner: S, blocks: Blocks, judge: F) -> Self {
        let gate = Gate { judge, blocks, out: VecDeque::new(), written: Vec::new() };
        Self { inner, gate, has_ended: false }
    }

    /// The blocks, with the parser and its last event ID.
    pub const fn blocks(&self) -> &Blocks {
        &self.gate.blocks
    }

    /// The inner stream.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<F: FnMut(Event<'_>) -> Verdict> Gate<F> {
    /// What of a chunk goes on, or the first part of it: the others are in `out`.
    fn read(&mut self, chunk: Bytes) -> Option<Bytes> {
        let mut input = &chunk[..];
        // What is to go on as it came, and was not put there yet.
        let mut run = 0..0;
        while let Some(block) = self.blocks.next(&mut input) {
            let [head, tail] = block.bytes();
            // (The tail lies in the chunk, unless it is empty.)
            let tail_start = (tail.as_ptr() as usize).wrapping_sub(chunk.as_ptr() as usize);
            let verdict = block.event().map_or(Verdict::Pass, &mut self.judge);
            let between = if verdict == Verdict::Pass { (head.len(), tail.len()) } else { block.between() };
            if !head.is_empty() {
                put_run(&mut self.out, &mut self.written, &chunk, &mut run);
                self.written.extend_from_slice(head.get(..between.0).unwrap_or_default());
            }
            if between.1 > 0 {
                if run.end != tail_start || !self.written.is_empty() {
                    put_run(&mut self.out, &mut self.written, &chunk, &mut run);
                    run.start = tail_start;
                }
                run.end = tail_start.saturating_add(between.1);
            }
            if verdict != Verdict::Pass {
                put_run(&mut self.out, &mut self.written, &chunk, &mut run);
                instead(&block, &verdict, &mut self.written);
            }
        }
        if run != (0..chunk.len()) || chunk.is_empty() {
            put_run(&mut self.out, &mut self.written, &chunk, &mut run);
        } else if self.out.is_empty() {
            return Some(chunk);
        } else {
            self.out.push_back(chunk);
        }
        self.out.pop_front()
    }

    fn finish(&mut self) -> Option<Bytes> {
        if let Some(block) = self.blocks.finish() {
            match block.event().map_or(Verdict::Pass, &mut self.judge) {
                Verdict::Pass => block.pass(&mut self.written),
                Verdict::LeaveOut => block.leave_out(&mut self.written),
                Verdict::Replace(event) => block.replace(event.as_event(), &mut self.written),
            }
            put_run(&mut self.out, &mut self.written, &Bytes::new(), &mut (0..0));
        }
        self.out.pop_front()
    }
}

/// What goes on in the place of a block whose event does not pass.
fn instead(block: &Block<'_>, verdict: &Verdict, out: &mut Vec<u8>) {
    match verdict {
        Verdict::Pass => {}
        Verdict::LeaveOut => block.write_residue(out),
        Verdict::Replace(event) => block.write_instead(event.as_event(), out),
    }
}

/// Puts what was written anew and this part of the chunk where they go on from. Only one of them is there.
fn put_run(out: &mut VecDeque<Bytes>, written: &mut Vec<u8>, chunk: &Bytes, run: &mut Range<usize>) {
    let run = mem::replace(run, 0..0);
    if !written.is_empty() {
        out.push_back(mem::take(written).into());
    }
    if !run.is_empty() {
        out.push_back(chunk.slice(run));
    }
}

impl<S, B, E, F> Stream for Relay<S, F>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    F: FnMut(Event<'_>) -> Verdict,
{
    type Item = Result<Bytes, E>;

    /// What goes on. An error of the inner stream passes; what is held at that time waits for the end.
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let mut next = this.gate.out.pop_front();
        while next.is_none() && !*this.has_ended {
            next = match ready!(this.inner.as_mut().poll_next(context)) {
                Some(Ok(chunk)) => this.gate.read(chunk.into()),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    *this.has_ended = true;
                    this.gate.finish()
                }
            };
        }
        Poll::Ready(next.map(Ok))
    }
}

#[cfg(any(feature = "client", feature = "server"))]
impl<S, B, E, F> http_body::Body for Relay<S, F>
where
    S: Stream<Item = Result<B, E>>,
    B: Into<Bytes>,
    F: FnMut(Event<'_>) -> Verdict,
{
    type Data = Bytes;
    type Error = E;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<http_body::Frame<Bytes>, E>>> {
        self.poll_next(context).map(|bytes| bytes.map(|bytes| bytes.map(http_body::Frame::data)))
    }
}

impl<S: fmt::Debug, F> fmt::Debug for Relay<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").field("inner", &self.inner).field("blocks", &self.gate.blocks).finish_non_exhaustive()
    }
}
