//! The server, followed by our client.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use futures_util::StreamExt;
use ssewire::EventSource;

#[tokio::test]
async fn it_resumes_where_a_client_left_off() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_server")).arg("0").stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let client = reqwest::Client::new();
    let mut events = EventSource::new(|resume| client.get(url.trim()).headers(resume.headers()).send(), tokio::time::sleep);
    let handle = events.handle();
    let mut prices: Vec<u32> = Vec::new();
    while prices.len() < 4 {
        prices.push(events.next().await.unwrap().unwrap().data().parse().unwrap());
        // From behind the last event, without a price lost or doubled.
        handle.reconnect();
    }
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(prices.windows(2).all(|pair| pair[1] == pair[0] + 1), "{prices:?}");
    assert_eq!(events.parser().retry().unwrap().as_secs(), 3);
}
