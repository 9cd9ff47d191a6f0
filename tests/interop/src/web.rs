//! The smallest web server that will do: each path has a body, and every connection ends with it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

pub struct Page {
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

/// Serves these pages until the test ends; where.
pub async fn serve(pages: HashMap<String, Page>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pages = Arc::new(pages);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let pages = pages.clone();
            tokio::spawn(async move { answer(socket, &pages).await });
        }
    });
    address
}

async fn answer(mut socket: TcpStream, pages: &HashMap<String, Page>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && socket.read_buf(&mut head).await? > 0 {}
    let head = String::from_utf8_lossy(&head);
    let path = head.split(' ').nth(1).unwrap_or_default();
    match pages.get(path) {
        Some(Page { content_type, body }) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nConnection: close\r\n\r\n");
            socket.write_all(&[head.as_bytes(), body].concat()).await?;
        }
        None => socket.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?,
    }
    socket.shutdown().await
}

/// What the readers of scripts have asked for: the last event ID of each request, by path.
pub type Asked = Arc<Mutex<HashMap<String, Vec<String>>>>;

/// Serves `page` at `/`, and at `/READER/NUMBER` the answers of a script one after the other, each as it is on the wire, and 204 at last.
pub async fn serve_scripts(page: &'static str, scripts: Vec<Vec<Vec<u8>>>) -> (SocketAddr, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (scripts, asked) = (Arc::new(scripts), Asked::default());
    let told = asked.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (scripts, asked) = (scripts.clone(), told.clone());
            tokio::spawn(async move { follow_script(socket, page, &scripts, &asked).await });
        }
    });
    (address, asked)
}

async fn follow_script(mut socket: TcpStream, page: &str, scripts: &[Vec<Vec<u8>>], asked: &Asked) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        // Browsers connect ahead, too.
        if socket.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let path = head.split(' ').nth(1).unwrap_or_default();
    let number = path.rsplit('/').next().and_then(|number| number.parse::<usize>().ok());
    let answer = match number.and_then(|number| scripts.get(number)) {
        Some(script) => {
            let id = head.lines().find_map(|line| line.strip_prefix("last-event-id: ")).unwrap_or_default().to_owned();
            let mut asked = asked.lock().unwrap();
            let ids = asked.entry(path.to_owned()).or_default();
            ids.push(id);
            script
                .get(ids.len() - 1)
                .cloned()
                .unwrap_or_else(|| b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".to_vec())
        }
        None => format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n{page}").into_bytes(),
    };
    socket.write_all(&answer).await?;
    socket.shutdown().await
}
