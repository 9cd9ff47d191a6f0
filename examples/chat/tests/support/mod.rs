//! A server that follows a script, and the programs.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

/// What the server does on a connection, once it has read the request.
#[derive(Clone)]
pub enum Do {
    Send(String),
    Bytes(&'static [u8]),
    Wait(u64),
    /// Waits for the client to go.
    Stay,
}

pub fn send(text: &str) -> Do {
    Do::Send(text.to_owned())
}

/// An answer with an event stream, which ends with the connection.
pub fn stream() -> Do {
    send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nConnection: close\r\n\r\n")
}

/// An answer that is whole.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<Do> {
    vec![Do::Send(format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()))]
}

/// Follows one script for each connection; its URL, and the requests as they come.
pub fn serve(connections: Vec<Vec<Do>>) -> (String, Receiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let (requests, received) = channel();
    std::thread::spawn(move || {
        for script in connections {
            let (mut socket, _) = listener.accept().unwrap();
            let request = read_request(&socket);
            // (A test need not look.)
            let _ = requests.send(request);
            for step in script {
                match step {
                    // The client may have gone.
                    Do::Send(text) => drop(socket.write_all(text.as_bytes())),
                    Do::Bytes(bytes) => drop(socket.write_all(bytes)),
                    Do::Wait(time) => std::thread::sleep(Duration::from_millis(time)),
                    Do::Stay => drop(socket.read(&mut [0])),
                }
            }
        }
    });
    (url, received)
}

/// The head and the body.
fn read_request(socket: &TcpStream) -> Vec<u8> {
    let (mut reader, mut request) = (BufReader::new(socket), Vec::new());
    while !request.ends_with(b"\r\n\r\n") {
        assert!(reader.read_until(b'\n', &mut request).unwrap() > 0);
    }
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.extend(body);
    request
}

/// What a program prints, what it says, and how it ends.
pub fn run(program: &str, arguments: &[&str]) -> (String, String, Option<i32>) {
    let Output { status, stdout, stderr } = Command::new(program).args(arguments).output().unwrap();
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), status.code())
}
