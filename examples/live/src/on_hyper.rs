//! The same server on hyper alone.

use std::{convert::Infallible, io, sync::Arc};

use http::{HeaderValue, Method, Request, Response, StatusCode, header::ALLOW};
use http_body_util::{BodyExt, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::TcpListener;

use crate::{
    App,
    handlers::{self, Body, MAX_REQUEST, refuse},
    patience::patient,
};

async fn answer(app: Arc<App>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = async { Limited::new(body, MAX_REQUEST).collect().await.map(http_body_util::Collected::to_bytes) };
    Ok(match (&head.method, head.uri.path()) {
        // (hyper sends no body to HEAD.)
        (&Method::GET | &Method::HEAD, "/") => handlers::page(),
        (&Method::GET | &Method::HEAD, "/events") => handlers::events(&app, &head.headers, &head.uri).await,
        (&Method::OPTIONS, "/events") => handlers::preflight(&app, &head.headers),
        (&Method::GET | &Method::HEAD, "/stats") => handlers::stats(&app),
        (&Method::POST, path @ ("/publish" | "/v1/chat/completions")) => match body.await {
            Ok(body) if path == "/publish" => handlers::publish(&app, &head.headers, &body).await,
            Ok(body) => handlers::complete(&app, &body),
            Err(error) => refuse(StatusCode::PAYLOAD_TOO_LARGE, &error.to_string()),
        },
        (_, "/" | "/events" | "/stats") => not_allowed("GET, HEAD"),
        (_, "/publish" | "/v1/chat/completions") => not_allowed("POST"),
        _ => refuse(StatusCode::NOT_FOUND, "nothing here"),
    })
}

fn not_allowed(allowed: &'static str) -> Response<Body> {
    let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "not by this method");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// Until the server is told to stop and all connections have ended.
pub async fn serve(app: Arc<App>, listener: TcpListener) -> io::Result<()> {
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = app.closed() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => patient(stream, app.patience),
            Err(_) => {
                // Out of file descriptors, mostly: until some are free.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let service = {
            let app = app.clone();
            service_fn(move |request| answer(app.clone(), request))
        };
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connections.watch(connection));
    }
    connections.shutdown().await;
    Ok(())
}
