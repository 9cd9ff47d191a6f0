//! EventSource in Chromium, driven by its driver.

#[path = "../../support/cases.rs"]
#[allow(dead_code, reason = "only what is dispatched is compared")]
mod cases;
#[path = "../../model/mod.rs"]
#[allow(dead_code, reason = "only what a case says is used of it")]
mod model;

use std::{
    collections::{BTreeSet, HashMap},
    process::Command,
    time::Duration,
};

use fantoccini::Locator;
use futures_util::StreamExt;
use serde_json::{Value, json};
use ssewire::{EventSource, Parser, Reconnect};
use ssewire_interop::{
    Browser, Live, Program, Redis, here, publish_tricky,
    record::{version_of, works_with},
    until,
    web::{self, Page},
};

fn page(html: &str) -> HashMap<String, Page> {
    let page = Page { content_type: "text/html; charset=utf-8", body: html.as_bytes().to_vec() };
    HashMap::from([("/".to_owned(), page)])
}

/// A page that collects what an EventSource gives it, in `seen`, with the time of each, and connections in `opened` and `lost`.
fn collecting(url: &str, types: &[&str]) -> HashMap<String, Page> {
    let types = json!(types);
    page(&format!(
        r#"<!doctype html><title>collects</title><script>
        var seen = [], opened = [], lost = [], source = new EventSource("{url}");
        var see = e => seen.push({{ type: e.type, id: e.lastEventId, data: e.data }});
        source.onmessage = see;
        for (const type of {types}) source.addEventListener(type, see);
        source.onopen = () => opened.push(performance.now());
        source.onerror = () => lost.push(performance.now());
        </script>"#
    ))
}

/// Where Chromium is known to depart from the standard: a line end right behind the BOM is part of the line for it.
const KNOWN: [&str; 1] = ["BOM: before a CR"];

/// And Firefox: an id without data is not kept, and a NUL ends the stream's life or its own.
const KNOWN_OF_FIREFOX: [&str; 12] = [
    "UTF-8: bad bytes in an id on its own",
    "line end: NUL does not end a line",
    "data: NUL is kept",
    "event: may hold NUL",
    "id: with NUL is ignored",
    "id: with NUL first is ignored",
    "id: with NUL keeps the one before in the block",
    "id: with a late NUL keeps the one before in the block",
    "id: with NUL keeps the inherited one",
    "id: one after an ignored one counts",
    "id: without data is committed",
    "id: without data but with a type is committed",
];

/// The streams of the spec table as pages `/0`, `/1` and so on, and what our parser makes of each.
struct Table {
    pages: HashMap<String, Page>,
    types: BTreeSet<String>,
    cases: Vec<&'static cases::Case>,
    want: Vec<Value>,
}

impl Table {
    fn new() -> Self {
        let cases: Vec<_> = cases::CASES.iter().filter(|case| case.start.is_empty()).collect();
        let (mut pages, mut types, mut want) = (page("<!doctype html><title>cases</title>"), BTreeSet::new(), Vec::new());
        for (number, case) in cases.iter().enumerate() {
            let (mut parser, mut input, mut events) = (Parser::new(), case.input, Vec::new());
            while let Some(event) = parser.next(&mut input).unwrap() {
                types.insert(event.event_type().to_owned());
                events.push(json!({ "type": event.event_type(), "id": event.last_event_id(), "data": event.data() }));
            }
            want.push(Value::Array(events));
            let body = case.input.to_vec();
            pages.insert(format!("/{number}"), Page { content_type: "text/event-stream", body });
        }
        Self { pages, types, cases, want }
    }

    /// Compares what a browser has seen, but for the cases in which it is known to depart from the standard.
    fn check(&self, got: &Value, known: &[&str]) -> String {
        let got = got.as_array().unwrap();
        assert_eq!(got.len(), self.cases.len());
        let (mut events, mut differ) = (0, Vec::new());
        for ((case, want), got) in self.cases.iter().zip(&self.want).zip(got) {
            if got == want {
                events += want.as_array().unwrap().len();
            } else {
                println!("{}: {}: {got}, not {want}", case.name, case.input.escape_ascii());
                differ.push(case.name);
            }
        }
        assert_eq!(differ, known);
        format!(
            "{} of {} streams, {events} events, as our parser reads them",
            self.cases.len() - differ.len(),
            self.cases.len()
        )
    }
}

const TABLE: &str = "every stream of the spec table: CR, LF, CRLF, BOM, NUL, bad UTF-8, joined lines";

#[tokio::test]
async fn chromium_reads_the_spec_table_as_we_do() {
    let mut table = Table::new();
    let address = web::serve(std::mem::take(&mut table.pages)).await;
    let browser = Browser::start("cases").await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    let script = format!(
        r#"const [types, done] = arguments, all = [];
        const read = number => new Promise(resolve => {{
            const events = [], source = new EventSource("/" + number);
            // The browser has events of its own that are called `open` and `error`.
            const see = e => "data" in e && events.push({{ type: e.type, id: e.lastEventId, data: e.data }});
            for (const type of types) source.addEventListener(type, see);
            source.onerror = e => {{ if (!("data" in e)) {{ source.close(); resolve(events); }} }};
        }});
        (async () => {{
            for (let number = 0; number < {}; number++) all.push(await read(number));
            done(all);
        }})();"#,
        table.cases.len()
    );
    let got = browser.page.execute_async(&script, vec![json!(table.types)]).await.unwrap();
    works_with("Chromium, EventSource", &version_of("chromium", "--version"), TABLE, &table.check(&got, &KNOWN));
    browser.close().await;
}

#[tokio::test]
async fn firefox_reads_the_spec_table_as_we_do() {
    let mut table = Table::new();
    let address = web::serve(std::mem::take(&mut table.pages)).await;
    let (url, count, types) = (format!("http://{address}/"), table.cases.len().to_string(), json!(table.types).to_string());
    let got = tokio::task::spawn_blocking(move || {
        let mut firefox = Command::new("node");
        let mut firefox = Program::start(firefox.arg(here("node/firefox.mjs")).args([url, count, types]));
        (firefox.json_lines(1).remove(0), firefox.wait())
    });
    let (got, status) = got.await.unwrap();
    assert!(status.success());
    works_with("Firefox, EventSource", &version_of("firefox-esr", "--version"), TABLE, &table.check(&got, &KNOWN_OF_FIREFOX));
}

/// The page that knows nothing but the URL, on another origin.
#[tokio::test]
async fn a_page_from_another_origin_works_as_it_is() {
    let live = Live::start_at("localhost:3000", &["--origin", "*"]).await;
    let html = r#"<!doctype html><title>plain</title><script>
        var prices = [], messages = [], opened = 0, errors = 0;
        const source = new EventSource("http://localhost:3000/events");
        source.addEventListener("priceUpdate", e => prices.push(JSON.parse(e.data)));
        source.onmessage = e => messages.push(e.data);
        source.onopen = () => opened++;
        source.onerror = () => errors++;
        </script>"#;
    let address = web::serve(page(html)).await;
    let browser = Browser::start("origin").await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    live.subscribers(1).await;
    live.publish("priceUpdate", r#"{"symbol":"AAPL","price":189.5}"#).await;
    live.publish("", "plain\nmessage").await;
    until("message", async || browser.run("return messages.length").await == 1).await;
    let got = browser.run("return [prices, messages, opened, errors]").await;
    assert_eq!(got, json!([[{ "symbol": "AAPL", "price": 189.5 }], ["plain\nmessage"], 1, 0]));

    // Closed by the page: that is a normal end, on both sides.
    browser.run("source.close()").await;
    live.subscribers(0).await;
    live.publish("", "to nobody").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(browser.run("return [messages.length, errors, source.readyState]").await, json!([1, 0, 2]));

    // Who is not named may not read: the browser keeps it from the page.
    drop(live);
    let live = Live::start(&["--origin", "http://elsewhere.example"]).await;
    let address = web::serve(collecting(&live.events(), &[])).await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    until("refusal", async || browser.run("return lost.length").await == 1).await;
    assert_eq!(browser.run("return [opened.length, source.readyState]").await, json!([0, 2]));
    works_with(
        "Chromium, a page from another origin",
        &version_of("chromium", "--version"),
        "`new EventSource(\"http://localhost:3000/events\")` as it is; `close()`; an origin that is not allowed",
        "price and message in, no error",
    );
    browser.close().await;
}

/// The server dies in mid-stream and comes back: nothing is lost, nothing comes twice, and the browser waits as it was told.
#[tokio::test]
async fn a_server_that_dies_and_comes_back_loses_nothing() {
    for stack in ["axum", "hyper"] {
        let retry = 700;
        let options = ["--retry", &retry.to_string(), "--stack", stack];
        let mut live = Live::start(&options).await;
        let address = web::serve(collecting(&live.events(), &["priceUpdate", "typ with ünïcode", "empty", "gap"])).await;
        let browser = Browser::start("restart").await;
        browser.page.goto(&format!("http://{address}/")).await.unwrap();
        live.subscribers(1).await;
        let mut want = publish_tricky(&live).await;
        until("events", async || browser.run("return seen.length").await == want.len()).await;

        let listen = format!("127.0.0.1:{}", live.port());
        live.kill();
        until("loss", async || browser.run("return lost.length").await != 0).await;
        let live = Live::start_at(&listen, &options).await;
        // Before the browser is back.
        let missed = publish_tricky(&live).await;
        // (The ids are of another run of the server, which says so.)
        let first = missed[0]["id"].as_str().unwrap();
        let floor = format!("{}-0", first.split_once('-').unwrap().0);
        want.push(json!({ "type": "gap", "id": floor, "data": first }));
        want.extend(missed);
        live.subscribers(1).await;
        want.extend(publish_tricky(&live).await);
        until("events", async || browser.run("return seen.length").await.as_u64() >= Some(want.len() as u64)).await;
        let got = browser.run("return seen").await;
        assert_eq!(got, json!(want));
        // (There may have been attempts before the server was back.)
        let waited = browser.run("return opened[1] - lost.filter(at => at < opened[1]).pop()").await.as_f64().unwrap();
        let is_as_asked = (f64::from(retry)..2500.0).contains(&waited);
        assert!(is_as_asked, "back after {waited} ms, {retry} were asked for; of itself it waits for 3 s");
        works_with(
            &format!("Chromium, server on {stack}"),
            &version_of("chromium", "--version"),
            "server killed in mid-stream and started again; types, ids, multi-line data; `retry`",
            &format!("{} events, none lost or doubled; back {waited:.0} ms after the loss, {retry} asked for", want.len()),
        );
        browser.close().await;
    }
}

/// With Redis, other servers go on while one is dead: events never stop, and the browser misses none.
#[tokio::test]
async fn a_server_that_is_killed_while_events_come_loses_none() {
    const EVENTS: usize = 300;
    let redis = Redis::start().await;
    let options = ["--redis", &redis.url, "--retry", "200"];
    let (mut live, other) = (Live::start(&options).await, Live::start(&options).await);
    let address = web::serve(collecting(&live.events(), &["priceUpdate", "gap"])).await;
    let browser = Browser::start("killed").await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    until("connection", async || browser.run("return opened.length").await == 1).await;
    let listen = format!("127.0.0.1:{}", live.port());
    let mut want = Vec::new();
    for number in 0..EVENTS {
        let data = number.to_string();
        want.push(json!({ "type": "priceUpdate", "id": other.publish("priceUpdate", &data).await, "data": data }));
        tokio::time::sleep(Duration::from_millis(5)).await;
        match number {
            100 => live.kill(),
            150 => live = Live::start_at(&listen, &options).await,
            _ => {}
        }
    }
    until("events", async || browser.run("return seen.length").await.as_u64() >= Some(EVENTS as u64)).await;
    assert_eq!(browser.run("return seen").await, json!(want));
    assert!(browser.run("return opened.length").await.as_u64() >= Some(2));
    works_with(
        "Chromium, two servers and Redis",
        &version_of("chromium", "--version"),
        "one server killed and started again while the other publishes, an event each 5 ms",
        &format!("{EVENTS} events, none lost or doubled, in order"),
    );
    browser.close().await;
}

/// A block without data sets the id all the same, in the browser, too: that is how a client knows where it is before its first event.
#[tokio::test]
async fn the_greeting_sets_the_id() {
    let mut live = Live::start(&["--retry", "100"]).await;
    live.publish("", "before").await;
    let address = web::serve(collecting(&live.events(), &["gap"])).await;
    let browser = Browser::start("greeting").await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    until("connection", async || browser.run("return opened.length").await == 1).await;
    // The greeting is right behind the head.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let listen = format!("127.0.0.1:{}", live.port());
    live.kill();
    until("loss", async || browser.run("return lost.length").await != 0).await;
    let live = Live::start_at(&listen, &["--retry", "100"]).await;
    live.publish("", "after").await;
    until("events", async || browser.run("return seen.length").await == 2).await;
    assert_eq!(browser.run("return seen.map(e => e.type)").await, json!(["gap", "message"]));
    browser.close().await;
}

/// Scripts that begin with a stream which sets a short reconnection time and an id.
fn scripts() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let stream = |body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n{body}").into_bytes()
    };
    let first = || stream("retry: 150\nid: 1\ndata: one\n\ndata: half");
    let cut = |body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n{body}")
            .into_bytes()
    };
    let status = |status: &str| {
        format!("HTTP/1.1 {status}\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    };
    let mut scripts = vec![
        ("nothing", vec![]),
        (
            "the end of a stream, half an event",
            vec![first(), stream("data: two\r\rid: 2\ndata: three\n\n"), stream("data: four\n\n")],
        ),
        (
            "a transfer that fails",
            vec![first(), cut("event: t\r\ndata: two\r\n\r"), cut("id: 3\r\ndata: thr"), cut(""), stream("id: 3\n\n")],
        ),
        ("no answer", vec![first(), b"".to_vec(), stream("data: two\n\n")]),
        (
            "ids",
            vec![
                first(),
                stream("id: 2\0\ndata: two\n\n"),
                stream("id\ndata: three\n\n"),
                stream("id: \u{e4}\ndata: four\n\n"),
            ],
        ),
        ("comments alone", vec![first(), stream(": hb\n\n: hb\n\n"), stream(""), stream("data: two\n\n")]),
        (
            "another type",
            vec![first(), b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\ndata: two\n\n".to_vec()],
        ),
        ("no type", vec![first(), b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\ndata: two\n\n".to_vec()]),
        ("JSON of that type", vec![first(), stream("{\"error\": 1}"), stream("data: two\n\n")]),
        (
            "a redirection",
            vec![
                first(),
                b"HTTP/1.1 307 Temporary Redirect\r\nLocation: ?again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    .to_vec(),
            ],
        ),
    ];
    for code in [
        "201 Created",
        "206 Partial Content",
        "304 Not Modified",
        "400 Bad Request",
        "401 Unauthorized",
        "404 Not Found",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
    ] {
        scripts.push((code, vec![first(), status(code), stream("data: two\n\n")]));
    }
    scripts
}

/// The browser's EventSource and ours come back in the same cases, with the same ids, and see the same events. (Status 431 is left out: there
/// ours forgets the id and comes back once.)
#[tokio::test]
async fn chromium_and_our_event_source_come_back_in_the_same_cases() {
    let (names, answers): (Vec<_>, Vec<_>) = scripts().into_iter().unzip();
    let (address, asked) = web::serve_scripts("<!doctype html><title>scripts</title>", answers).await;
    let browser = Browser::start("scripts").await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    let script = format!(
        r#"const done = arguments[0];
        const read = number => new Promise(resolve => {{
            const events = [], source = new EventSource("/chromium/" + number);
            const see = e => events.push([e.type, e.lastEventId, e.data].join("|"));
            source.onmessage = see;
            source.addEventListener("t", see);
            source.onerror = () => {{ if (source.readyState == EventSource.CLOSED) resolve(events); }};
        }});
        Promise.all([...Array({}).keys()].map(read)).then(done);"#,
        names.len()
    );
    let theirs = browser.page.execute_async(&script, Vec::new()).await.unwrap();
    browser.close().await;
    let client = reqwest::Client::new();
    let (mut events_seen, mut requests) = (0, 0);
    for (number, name) in names.iter().enumerate() {
        let url = format!("http://{address}/ours/{number}");
        let mut source = EventSource::new(|resume| client.get(&url).headers(resume.headers()).send(), tokio::time::sleep)
            .with_reconnect(Reconnect::new());
        let mut events = Vec::new();
        while let Some(event) = source.next().await {
            match event {
                Ok(event) => events.push(format!("{}|{}|{}", event.event_type(), event.last_event_id(), event.data())),
                Err(error) => assert!(error.is_final() || error.retry_in().is_some(), "{name}: {error}"),
            }
        }
        assert_eq!(theirs[number], json!(events), "{name}");
        let ids = |reader: &str| asked.lock().unwrap().get(&format!("/{reader}/{number}")).cloned().unwrap_or_default();
        assert_eq!(ids("chromium"), ids("ours"), "{name}");
        events_seen += events.len();
        requests += ids("ours").len();
    }
    let version = version_of("chromium", "--version");
    let checked = "comes back in the same cases as our `EventSource` with the browser's rules, with the same ids and events";
    works_with(
        "Chromium, `EventSource`",
        &version,
        checked,
        &format!("{} scripts, {requests} requests, {events_seen} events each", names.len()),
    );
}

/// The page of the example shows prices, ids, heartbeats and reconnections.
#[tokio::test]
async fn the_page_of_the_example_shows_what_happens() {
    let options = ["--heartbeat", "400", "--retry", "300"];
    let mut live = Live::start(&options).await;
    let browser = Browser::start("page").await;
    browser.page.goto(&live.url).await.unwrap();
    live.subscribers(1).await;
    let publish = async |live: &Live, prices: &[(&str, f64)]| {
        for (symbol, price) in prices {
            live.publish("priceUpdate", &json!({ "symbol": symbol, "price": price }).to_string()).await;
        }
    };
    publish(&live, &[("AAPL", 189.5), ("MSFT", 402.25), ("GOOG", 141.75), ("AAPL", 190.0), ("MSFT", 401.5)]).await;
    live.publish("", "a message\nof two lines").await;
    let text = async || browser.page.find(Locator::Css("body")).await.unwrap().text().await.unwrap();
    until("heartbeat", async || text().await.contains("heartbeat")).await;
    let listen = format!("127.0.0.1:{}", live.port());
    live.kill();
    until("loss", async || text().await.contains("connection lost")).await;
    let live = Live::start_at(&listen, &options).await;
    until("reconnection", async || text().await.contains("reconnected")).await;
    publish(&live, &[("GOOG", 140.25), ("AAPL", 190.75)]).await;
    until("price", async || text().await.contains("190.75")).await;
    let shown = text().await;
    for part in ["Live prices", "open", "140.25", "401.50", "a message\nof two lines", "connected", "events were missed"] {
        assert!(shown.contains(part), "{part:?} is not shown:\n{shown}");
    }
    std::fs::write(here("target/page.png"), browser.page.screenshot().await.unwrap()).unwrap();
    browser.close().await;
}
