//! The parser as WebAssembly in a page, with the body of a `fetch`: ci/wasm.sh builds and runs it.

#[path = "../../support/cases.rs"]
#[allow(dead_code, reason = "only the events are compared")]
mod cases;
#[path = "../../model/mod.rs"]
#[allow(dead_code, reason = "only what a case says is used of it")]
mod model;

use std::{collections::HashMap, fs};

use serde_json::{Value, json};
use ssewire_interop::{
    Browser, here,
    record::version_of,
    web::{self, Page},
};

#[tokio::test]
async fn a_page_reads_the_spec_table_from_fetch() {
    let example = |file: &str| fs::read(here("../../examples/wasm").join(file)).expect("run ci/wasm.sh");
    let program = example("target/wasm32-unknown-unknown/release/ssewire_wasm.wasm");
    let size = program.len();
    let mut pages = HashMap::from([
        ("/".to_owned(), Page { content_type: "text/html; charset=utf-8", body: example("index.html") }),
        ("/ssewire_wasm.wasm".to_owned(), Page { content_type: "application/wasm", body: program }),
    ]);
    let cases: Vec<_> = cases::CASES.iter().filter(|case| case.start.is_empty()).collect();
    let mut want = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let events = model::read(case.input, "").items.into_iter().filter_map(|out| match out {
            model::Out::Event { event_type, data, last_event_id, .. } => {
                Some(json!({ "type": event_type, "data": data, "id": last_event_id }))
            }
            _ => None,
        });
        want.push(Value::Array(events.collect()));
        pages.insert(format!("/{number}"), Page { content_type: "text/event-stream", body: case.input.to_vec() });
    }
    let address = web::serve(pages).await;
    let browser = Browser::start("wasm").await;
    browser.page.goto(&format!("http://{address}/")).await.unwrap();
    let script = format!(
        r#"const done = arguments[0], all = [];
        (async () => {{
            while (!window.events) await new Promise(resolve => setTimeout(resolve, 10));
            for (let number = 0; number < {}; number++) {{
                const seen = [];
                for await (const event of window.events(await fetch("/" + number))) seen.push(event);
                all.push(seen);
            }}
            done(all);
        }})().catch(error => done(String(error)));"#,
        cases.len()
    );
    let got = browser.page.execute_async(&script, Vec::new()).await.unwrap();
    let got = got.as_array().unwrap_or_else(|| panic!("{got}"));
    for ((case, want), got) in cases.iter().zip(&want).zip(got) {
        assert_eq!(got, want, "{}: {}", case.name, case.input.escape_ascii());
    }
    assert_eq!(got.len(), cases.len());
    println!("{}: {} streams by fetch and {size} bytes of WebAssembly", version_of("chromium", "--version"), cases.len());
    browser.close().await;
}
