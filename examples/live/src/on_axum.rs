//! The server on axum.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
    serve::Listener,
};
use bytes::Bytes;
use http::{HeaderMap, Response, Uri};
use tokio::net::TcpListener;

use crate::{
    App,
    handlers::{self, MAX_REQUEST},
    patience::{Patient, patient},
};

type Shared = State<Arc<App>>;

async fn page() -> Response<Body> {
    handlers::page().map(Body::new)
}

async fn events(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response<Body> {
    handlers::events(&app, &headers, &uri).await.map(Body::new)
}

async fn preflight(State(app): Shared, headers: HeaderMap) -> Response<Body> {
    handlers::preflight(&app, &headers).map(Body::new)
}

async fn publish(State(app): Shared, headers: HeaderMap, body: Bytes) -> Response<Body> {
    handlers::publish(&app, &headers, &body).await.map(Body::new)
}

async fn complete(State(app): Shared, body: Bytes) -> Response<Body> {
    handlers::complete(&app, &body).map(Body::new)
}

async fn stats(State(app): Shared) -> Response<Body> {
    handlers::stats(&app).map(Body::new)
}

/// Until the server is told to stop and all connections have ended.
pub async fn serve(app: Arc<App>, listener: TcpListener) -> io::Result<()> {
    let listener = PatientListener { listener, patience: app.patience };
    let closed = app.clone();
    let routes = Router::new()
        .route("/", get(page))
        .route("/events", get(events).options(preflight))
        .route("/publish", post(publish))
        .route("/v1/chat/completions", post(complete))
        .route("/stats", get(stats))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app);
    axum::serve(listener, routes).with_graceful_shutdown(async move { closed.closed().await }).await
}

struct PatientListener {
    listener: TcpListener,
    patience: Duration,
}

impl Listener for PatientListener {
    type Io = Patient;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Patient, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (patient(stream, self.patience), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
