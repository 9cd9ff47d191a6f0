//! [`Relay`]: what goes on is that of [`Blocks`], in the memory in which it came.
#![cfg(all(feature = "stream", feature = "server"))]

mod support;

use std::{cell::Cell, convert::Infallible, io};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use http_body::Body;
use proptest::prelude::*;
use ssewire::{
    Event, EventBuf,
    blocks::{Blocks, OnTooLarge},
    relay::{Relay, Verdict},
};
use support::streams::{cut, sizes, stream};

fn body(chunks: &[&[u8]]) -> impl stream::Stream<Item = Result<Bytes, Infallible>> + use<> {
    stream::iter(chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect::<Vec<_>>())
}

/// By the type, and now and then by the data.
fn judge(event: Event<'_>) -> Verdict {
    match event.event_type() {
        "t" => Verdict::LeaveOut,
        _ if event.data().len() % 3 == 1 => Verdict::Replace(EventBuf::from(event.with_data("by another"))),
        _ => Verdict::Pass,
    }
}

fn by_blocks(mut blocks: Blocks, chunks: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut each = |block: ssewire::blocks::Block<'_>| match block.event().map_or(Verdict::Pass, judge) {
        Verdict::Pass => block.pass(&mut out),
        Verdict::LeaveOut => block.leave_out(&mut out),
        Verdict::Replace(event) => block.replace(event.as_event(), &mut out),
    };
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(block) = blocks.next(&mut input) {
            each(block);
        }
    }
    blocks.finish().into_iter().for_each(each);
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_gives_what_the_blocks_give(stream in stream(), sizes in sizes(), limit in 0..60_usize) {
        let chunks = cut(&stream, &sizes);
        for blocks in [
            Blocks::new(),
            Blocks::new().canonical(),
            Blocks::with_limit(limit),
            Blocks::with_limit(limit).on_too_large(OnTooLarge::Pass),
        ] {
            let relay = Relay::with_blocks(body(&chunks), blocks.clone(), judge);
            let out: Vec<Bytes> = relay.try_collect().now_or_never().unwrap().unwrap();
            prop_assert!(out.iter().all(|bytes| !bytes.is_empty()));
            prop_assert_eq!(out.concat(), by_blocks(blocks, &chunks));
        }
    }
}

#[test]
fn what_is_not_changed_is_not_copied() {
    let text = "data: 1\n\n: c\n\nid: 5\n\ndata: 2\r\n\r\nx: y\n\n".repeat(50);
    let chunks = [Bytes::from(text.clone()), Bytes::from(text.clone() + "data: cut"), Bytes::from("\n\ndata: 3\n\n")];
    let seen = Cell::new(0);
    let relay = Relay::new(stream::iter(chunks.clone().map(Ok::<_, Infallible>)), |_| {
        seen.set(seen.get() + 1);
        Verdict::Pass
    });
    let out: Vec<_> = relay.try_collect().now_or_never().unwrap().unwrap();
    let places = |bytes: &Bytes| (bytes.as_ptr(), bytes.len());
    // Of a cut event, what is held is copied, and nothing else.
    assert_eq!(out.len(), 4);
    assert_eq!(places(&out[0]), places(&chunks[0]));
    assert_eq!(places(&out[1]), (chunks[1].as_ptr(), text.len()));
    assert_eq!(&out[2][..], b"data: cut");
    assert_eq!(places(&out[3]), places(&chunks[2]));
    assert_eq!(seen.get(), 2 * 50 * 2 + 2);

    // Around what is changed, too.
    let chunk = Bytes::from("data: 1\n\nevent: t\ndata: 2\n\n: c\ndata: 33\n\n");
    let relay = Relay::new(stream::iter([Ok::<_, Infallible>(chunk.clone())]), |event| match event.event_type() {
        "t" => Verdict::LeaveOut,
        _ => Verdict::Pass,
    });
    let out: Vec<_> = relay.try_collect().now_or_never().unwrap().unwrap();
    assert_eq!(out, [chunk.slice(..9), chunk.slice(27..)]);
    assert_eq!((out[0].as_ptr(), out[1].as_ptr()), (chunk.as_ptr(), chunk[27..].as_ptr()));
}

#[test]
fn what_need_not_wait_goes_on_while_an_event_is_open() {
    let (sender, receiver) = futures_channel();
    let mut relay = Relay::new(receiver, |_| Verdict::Pass);
    let mut go = |chunk: &'static str| {
        sender.borrow_mut().push_back(Bytes::from(chunk));
        let mut out = Vec::new();
        while let Some(Some(Ok(bytes))) = relay.next().now_or_never() {
            out.extend_from_slice(&bytes);
        }
        String::from_utf8(out).unwrap()
    };
    for (chunk, out) in [
        (": hear", ": hear"),
        ("tbeat\n", "tbeat\n"),
        ("data: x", ""),
        ("\n: in the block\n", ""),
        ("\n: behind\n", "data: x\n: in the block\n\n: behind\n"),
        ("\n", "\n"),
    ] {
        assert_eq!(go(chunk), out);
    }
}

type Queue = std::rc::Rc<std::cell::RefCell<std::collections::VecDeque<Bytes>>>;

/// A stream of what is put into the queue.
fn futures_channel() -> (Queue, impl stream::Stream<Item = Result<Bytes, Infallible>> + Unpin) {
    let queue = Queue::default();
    let chunks = queue.clone();
    let next = stream::poll_fn(move |_| match chunks.borrow_mut().pop_front() {
        Some(chunk) => std::task::Poll::Ready(Some(Ok(chunk))),
        None => std::task::Poll::Pending,
    });
    (queue, next)
}

#[test]
fn an_error_passes_and_the_end_comes_once() {
    let chunks = [Ok("data: 1\n\ndata: ha"), Err(io::ErrorKind::TimedOut), Ok("lf")];
    let mut relay = Relay::new(stream::iter(chunks), |_| Verdict::Pass);
    let mut next = || relay.next().now_or_never().unwrap();
    assert_eq!(next(), Some(Ok("data: 1\n\n".into())));
    assert_eq!(next(), Some(Err(io::ErrorKind::TimedOut)));
    assert_eq!(next(), Some(Ok("data: half".into())));
    assert_eq!((next(), next()), (None, None));
    assert_eq!(relay.blocks().parser().last_event_id(), "");
    assert!(format!("{relay:?}").starts_with("Relay"));
}

#[test]
fn it_is_a_body() {
    let mut relay = std::pin::pin!(Relay::new(body(&[b"data: 1\n\n"]), |_| Verdict::Pass));
    let frame = std::future::poll_fn(|context| relay.as_mut().poll_frame(context)).now_or_never().unwrap();
    assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "data: 1\n\n");
    fn sent<T: Send>(_: &T) {}
    sent(&Relay::new(body(&[]), |_| Verdict::Pass));
}
