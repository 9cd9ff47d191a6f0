//! Prices that go up and down, so that there is something to see.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::App;

#[derive(Serialize)]
struct Price<'a> {
    symbol: &'a str,
    price: f64,
}

/// Publishes a price after each `pause`, and now and then a plain message.
pub async fn run(app: &App, pause: Duration) {
    let mut prices = [("AAPL", 189.5), ("MSFT", 402.25), ("GOOG", 141.75), ("NVDA", 615.0)];
    // Any numbers that look like chance will do.
    let mut state = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64) | 1;
    for turn in 0_usize.. {
        tokio::time::sleep(pause).await;
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (symbol, price) = &mut prices[turn % 4];
        // Quarters, which JSON shows as they are.
        *price = (*price + ((state >> 60) as f64 - 7.5).round() / 4.0).max(1.0);
        let Ok(data) = serde_json::to_string(&Price { symbol, price: *price }) else { continue };
        if let Err(error) = app.publish("priceUpdate", &data).await {
            eprintln!("live: no price: {}", error.why);
        }
        if turn % 20 == 19 {
            let _ = app.publish("", &format!("{} prices so far\nand more to come", turn + 1)).await;
        }
    }
}
