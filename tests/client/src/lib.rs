//! The shortest client over each HTTP library, as a user would write it. What it would print goes to `say`.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::Empty;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use ssewire::{
    EventSource,
    client::{Error, Resume, blocking},
};

pub async fn reqwest(url: String, mut say: impl FnMut(String)) -> Result<(), Error> {
    let client = reqwest::Client::new();
    let mut events = EventSource::new(move |resume| client.get(&url).headers(resume.headers()).send(), tokio::time::sleep);
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => say(event.data().to_owned()),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => say(error.to_string()),
        }
    }
    Ok(())
}

pub async fn hyper(url: String, mut say: impl FnMut(String)) -> Result<(), Error> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let connect = |resume: Resume| {
        let mut request = hyper::Request::get(&url).body(Empty::new()).expect("a valid URL");
        request.headers_mut().extend(resume.headers());
        client.request(request)
    };
    let mut events = EventSource::new(connect, tokio::time::sleep);
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => say(event.data().to_owned()),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => say(error.to_string()),
        }
    }
    Ok(())
}

pub fn ureq(url: String, mut say: impl FnMut(String)) -> Result<(), Error> {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_per_read(Some(Duration::from_secs(2)));
    let agent: ureq::Agent = config.build().into();
    let connect = |resume: Resume| {
        let request = resume.headers().iter().fold(agent.get(&url), |request, (name, value)| request.header(name, value));
        request.call().map(|response| response.map(ureq::Body::into_reader))
    };
    for event in blocking::EventSource::new(connect, std::thread::sleep) {
        match event {
            Ok(event) => say(event.data().to_owned()),
            Err(error) if error.is_final() => return Err(error),
            Err(error) => say(error.to_string()),
        }
    }
    Ok(())
}
