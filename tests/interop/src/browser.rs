//! A browser with a profile of its own.

use std::process::Command;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{Program, free_port, log};

/// Chromium, driven by its driver.
pub struct Browser {
    pub page: Client,
    // The order matters: the driver goes before what it writes to.
    _driver: Program,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub async fn start(name: &str) -> Self {
        let port = free_port();
        let mut command = Command::new("chromedriver");
        command.arg(format!("--port={port}")).stderr(log(&format!("chromedriver-{name}")));
        let driver = Program::listening(&mut command, port).await;
        let profile = tempfile::tempdir().unwrap();
        let user_data = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1000,800",
            &user_data,
        ];
        let options = json!({ "goog:chromeOptions": { "args": arguments } });
        let page = ClientBuilder::new(HttpConnector::new())
            .capabilities(options.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts Chromium");
        Self { page, _driver: driver, _profile: profile }
    }

    pub async fn run(&self, script: &str) -> Value {
        self.page.execute(script, Vec::new()).await.unwrap()
    }

    pub async fn close(self) {
        self.page.close().await.unwrap();
    }
}
