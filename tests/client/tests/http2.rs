//! HTTP/2: a `Broadcast` behind hyper, read by many sources over one connection. The connection is lost, and nothing else.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, future::join_all};
use http_body_util::Empty;
use hyper::{Version, server::conn::http2, service::service_fn};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use ssewire::{
    Broadcast, Event, EventBuf, EventSource, LAST_EVENT_ID, Replay,
    client::{Error, Resume},
    server::response,
};
use tokio::{net::TcpListener, task::JoinHandle};

const SOURCES: usize = 40;
const EVENTS: usize = 100;

type Connections = Arc<Mutex<Vec<JoinHandle<()>>>>;

async fn serve(prices: Broadcast) -> (SocketAddr, Connections) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, connections) = (listener.local_addr().unwrap(), Connections::default());
    let all = connections.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let prices = prices.clone();
            let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                assert_eq!(request.version(), Version::HTTP_2);
                let answer = response(prices.subscribe(request.headers().get(LAST_EVENT_ID)));
                async { Ok::<_, Infallible>(answer) }
            });
            let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service);
            all.lock().unwrap().push(tokio::spawn(async { drop(connection.await) }));
        }
    });
    (address, connections)
}

/// Reads up to the last event. How often it was told of a loss.
async fn read(mut events: impl Stream<Item = Result<EventBuf, Error>> + Unpin) -> usize {
    let (mut got, mut losses) = (Vec::new(), 0);
    while got.len() < EVENTS {
        match events.next().await.expect("it comes back") {
            Ok(event) => got.push(event.into_data()),
            Err(error) => {
                assert!(!error.is_final(), "{error}");
                losses += 1;
            }
        }
    }
    assert_eq!(got, (0..EVENTS).map(|number| number.to_string()).collect::<Vec<_>>());
    losses
}

/// How many connections there were.
async fn each_source_gets_each_event_once<R: Future<Output = usize>>(source: impl Fn(String) -> R) -> usize {
    let prices = Broadcast::new(Replay::numbered("7").unwrap(), tokio::time::sleep).with_retry(Duration::from_millis(50));
    let (address, connections) = serve(prices.clone()).await;
    let reading = join_all((0..SOURCES).map(|_| source(format!("http://{address}/"))));
    let publishing = async {
        while prices.counts().subscribers < SOURCES as u64 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        for number in 0..EVENTS {
            if number == EVENTS / 2 {
                connections.lock().unwrap().iter().for_each(JoinHandle::abort);
            }
            prices.publish(&Event::new(&number.to_string()));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let both = async { tokio::join!(reading, publishing) };
    let (losses, ()) = tokio::time::timeout(Duration::from_secs(60), both).await.expect("within a minute");
    assert!(losses.iter().all(|losses| *losses > 0), "{losses:?}");
    connections.lock().unwrap().len()
}

#[tokio::test]
async fn by_hyper() {
    let client: Client<_, Empty<Bytes>> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let connections = each_source_gets_each_event_once(|url| {
        let client = client.clone();
        async move {
            let connect = |resume: Resume| {
                let mut request = hyper::Request::get(&url).body(Empty::new()).unwrap();
                request.headers_mut().extend(resume.headers());
                client.request(request)
            };
            read(EventSource::new(connect, tokio::time::sleep)).await
        }
    })
    .await;
    assert_eq!(connections, 2, "one before the loss and one behind it");
}

#[tokio::test]
async fn by_reqwest() {
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let connections = each_source_gets_each_event_once(|url| {
        let client = client.clone();
        async move {
            let connect = |resume: Resume| client.get(&url).headers(resume.headers()).send();
            read(EventSource::new(connect, tokio::time::sleep)).await
        }
    })
    .await;
    assert_eq!(connections, 2, "one before the loss and one behind it");
}
