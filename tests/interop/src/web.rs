//! The smallest web server that will do: each path has a body, and every connection ends with it.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

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
