//! Connections that are given up if their other end stops reading.
//!
//! A subscriber that is merely slow is cut off when it is too many events behind. One that has stopped reading is never asked for
//! the next event, so that nobody would notice: its connection fails once a write has waited for too long.

use std::{pin::Pin, time::Duration};

use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;

pub type Patient = Pin<Box<TimeoutStream<TcpStream>>>;

pub fn patient(stream: TcpStream, patience: Duration) -> Patient {
    // Events are small, and not to wait for each other.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(patience));
    Box::pin(stream)
}
