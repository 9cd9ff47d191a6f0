//! Server-Sent Events, the wire format `text/event-stream`, as a pure state machine.
//!
//! Bytes go in, in chunks cut anywhere, and events come out, borrowed from the chunk where they lie in it whole. (For the compiler they borrow from the
//! parser, too: none outlives the next call. Keep [`EventBuf`]s.) Events go in, and
//! bytes come out, framed so that no text can inject. There is no I/O, no clock and no runtime: clients, servers, proxies and
//! firmware plug it in. The crate is `no_std`, needs no heap, and has no `unsafe`.
//!
//! # Read a stream
//!
//! ```
//! use ssewire::Parser;
//!
//! let body: [&[u8]; 3] = [b"data: {\"delta\":\"Hel", b"lo\"}\n\ndata: [DO", b"NE]\n\n"];
//! let mut shown = Vec::new();
//!
//! let mut parser = Parser::new();
//! 'body: for chunk in body {
//!     let mut input = chunk;
//!     loop {
//!         match parser.next(&mut input) {
//!             Ok(Some(event)) if event.data() == "[DONE]" => break 'body,
//!             Ok(Some(event)) => shown.push(event.data().to_owned()),
//!             Ok(None) => break,                              // input is empty: feed more
//!             Err(too_large) => eprintln!("{too_large}"),     // that event is skipped, the stream goes on
//!         }
//!     }
//! }
//! assert_eq!(shown, [r#"{"delta":"Hello"}"#]);
//! ```
//!
//! # Write a stream
//!
//! ```
//! use ssewire::{Event, EventWriter};
//!
//! let event = Event::new("189.5").with_type("priceUpdate")?.with_id("7")?;
//! assert_eq!(event.encode().to_vec(), b"event: priceUpdate\nid: 7\ndata: 189.5\n\n");
//!
//! let (mut writer, mut out) = (EventWriter::new(), Vec::new());
//! let mut event = writer.begin(&mut out)?;
//! serde_json::to_writer(&mut event, &["straight", "onto the wire"])?;
//! event.end()?;
//! assert_eq!(out, b"data: [\"straight\",\"onto the wire\"]\n\n");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # Read a stream without a heap
//!
//! ```
//! use ssewire::{Fixed, Parser};
//!
//! let mut parser = Parser::with_storage(Fixed::new([0; 256]));
//! let mut price = 0.0;
//! for byte in b"event: priceUpdate\r\nid: 7\r\ndata: 189.5\r\n\r\n" {
//!     let mut input = core::slice::from_ref(byte);            // a UART gives one byte at a time
//!     if let Ok(Some(event)) = parser.next(&mut input) {
//!         assert_eq!(event.event_type(), "priceUpdate");
//!         price = event.data().parse().unwrap_or_default();
//!     }
//! }
//! assert_eq!(price, 189.5);
//! assert_eq!(parser.last_event_id(), "7");
//! ```
//!
//! Nothing panics, whatever the input. (One exception: `put_into` a `bytes::BufMut` that is too small, as its own methods do.)
//! docs/testing.md lists what the crate promises, and the command that checks each promise.
//!
//! # Which layer do I need?
//!
//! ```text
//!  bytes ──► Tokenizer ──► Parser<S> ──► Event<'_> / Item<'_> ──► EventBuf / ItemBuf
//!            field values  joins data,   borrowed                 owned
//!            in pieces,    keeps ids,
//!            no storage    bounded
//!                            ▲
//!                         Storage: Heap | Fixed
//!
//!  Event, Item ──► Encoded: the wire form ──► &mut [u8] | Vec | Bytes | io::Write | encode::EncodedReader: Buf
//!  data in pieces ──► EventWriter: the same, when the payload is not yet whole
//! ```
//!
//! - [`Parser::next`]: events, with everything the standard says about them. Nearly everybody.
//! - [`Parser::next_item`]: the same, and comments, `retry` and blocks that only set the id: heartbeats, proxies, logs.
//! - [`Tokenizer`](decode::Tokenizer): the fields as they lie in the chunk, in pieces, without joining, limits or UTF-8: payloads
//!   too large to hold, bytes that are not text, tools that must see every line end.
//! - [`Event::encode`]: an event that is whole. [`ItemEncoder`](encode::ItemEncoder): what a parser read, sent on.
//! - [`EventWriter`]: an event whose payload comes in pieces.
//! - [`adapters`]: owned events from a `BufRead`, a stream of `Bytes` or a framed socket.
//! - [`server`]: events to all who listen, with what they missed. [`Replay`], the machine in it: what a server remembers.
//! - [`relay`]: a body through a closure on its events, for gateways. [`blocks`], the machine in it: each block as it came and as it reads.
//! - [`client`]: events over all connections, as the browser's `EventSource`. [`Reconnect`], the machine in it: when to connect again.
//!
//! [`recipes`] has the lines for axum, actix-web, hyper, poem, Rocket, reqwest, ureq, gateways and firmware; [`format`](mod@format) is the
//! format from the beginning; [why nothing came out](decode#why-nothing-came-out) is in [`decode`]; [`migration`] is for who comes from
//! another crate.
//!
//! # Features
//!
//! - `std` (default): `io::Write` for the encoder, and the widest vectors of the processor, chosen at run time, to find line ends and
//!   to check UTF-8. Implies `alloc`.
//! - `alloc`: [`Heap`], the storage of [`Parser::new`], [`EventBuf`], `to_vec`, and [`blocks`].
//! - `bytes` (default): the wire form as `Bytes` and as a `bytes::Buf`, and [`Replay`]. Implies `alloc`.
//! - `stream`: [`EventStream`], and [`relay`]. Implies `bytes`. `codec`: [`EventCodec`]. Implies `bytes` and `std`.
//! - `client`: [`EventSource`]. Implies `stream` and `std`. `server`: [`Broadcast`]. Implies `bytes` and `std`.
//!
//! Without `alloc` there is [`Parser::with_storage`] over a [`Fixed`] buffer, and everything below it. The type is then
//! `Parser<Fixed<[u8; 512]>>` in full, [`Encoded::copy_to`] stands for `to_vec`, and an [`EventWriter`] is used without a sink
//! (`writer.data(piece).reader()`, which goes on where a small buffer was full).
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(all(feature = "client", feature = "codec", feature = "server")),
    allow(rustdoc::broken_intra_doc_links, reason = "the texts name what the features bring")
)]
#![deny(unreachable_pub)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used,
        reason = "no input may make this crate panic"
    )
)]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "alloc")]
pub mod adapters;
#[cfg(feature = "alloc")]
pub mod blocks;
#[cfg(feature = "client")]
pub mod client;
pub mod decode;
pub mod encode;
pub mod reconnect;
#[cfg(feature = "stream")]
pub mod relay;
#[cfg(feature = "bytes")]
pub mod replay;
#[cfg(feature = "server")]
pub mod server;

mod error;
mod event;
mod field;
mod item;
#[cfg(feature = "alloc")]
mod owned;

#[cfg(feature = "codec")]
#[doc(inline)]
pub use adapters::EventCodec;
#[cfg(feature = "std")]
#[doc(inline)]
pub use adapters::{EventReader, ReadError};
#[cfg(feature = "stream")]
#[doc(inline)]
pub use adapters::{EventStream, StreamError};
#[cfg(feature = "client")]
#[doc(inline)]
pub use client::EventSource;
pub use error::{InvalidField, Part, SetLastEventIdError, TooLarge, Truncated};
pub use event::Event;
pub use item::{Id, Item, UnknownLine};
#[cfg(feature = "bytes")]
#[doc(inline)]
pub use replay::Replay;
#[cfg(feature = "server")]
#[doc(inline)]
pub use server::Broadcast;
#[cfg(feature = "alloc")]
#[doc(inline)]
pub use {
    adapters::OnTruncated,
    decode::Heap,
    owned::{EventBuf, ItemBuf},
};
#[doc(inline)]
pub use {
    decode::{Fixed, Parser},
    encode::{Encoded, EventWriter, KEEP_ALIVE},
    reconnect::{CONTENT_TYPE, LAST_EVENT_ID, Reconnect, is_event_stream},
};

#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../docs/format.md")]
pub mod format {}

#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../docs/migration.md")]
pub mod migration {}

#[cfg(all(doc, not(doctest)))]
#[doc = include_str!("../docs/recipes.md")]
pub mod recipes {}

/// The code in README.md, compiled and run.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
mod readme {}
