//! [`Reconnect`]: the standard's section on reconnecting as a table, and bounds for every delay.

use std::time::Duration;

use proptest::prelude::*;
use ssewire::{
    Reconnect,
    reconnect::{Next, Refused},
};

const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn what_an_answer_means() {
    for (status, content_type, next) in [
        (200, "text/event-stream", Next::Read),
        (200, "text/event-stream;charset=utf-8", Next::Read),
        (200, "TEXT/event-stream", Next::Read),
        (200, "text/html", Next::GiveUp(Refused::ContentType)),
        (200, "application/json", Next::GiveUp(Refused::ContentType)),
        (200, "", Next::GiveUp(Refused::ContentType)),
        (204, "text/event-stream", Next::Stop),
        (204, "", Next::Stop),
        (201, "text/event-stream", Next::GiveUp(Refused::Status(201))),
        (206, "text/event-stream", Next::GiveUp(Refused::Status(206))),
        (304, "", Next::GiveUp(Refused::Status(304))),
        (400, "text/event-stream", Next::GiveUp(Refused::Status(400))),
        (401, "", Next::GiveUp(Refused::Status(401))),
        (404, "", Next::GiveUp(Refused::Status(404))),
        (429, "", Next::GiveUp(Refused::Status(429))),
        (500, "text/event-stream", Next::GiveUp(Refused::Status(500))),
        (503, "", Next::GiveUp(Refused::Status(503))),
    ] {
        assert_eq!(Reconnect::new().connected(status, content_type, None, 0), next, "{status} {content_type}");
        // What has happened before does not matter.
        let mut used = Reconnect::new();
        let _ = used.ended(Some(ms(5)), 7);
        used.dispatched();
        assert_eq!(used.connected(status, content_type, Some(ms(1)), 9), next, "{status} {content_type}");
    }
}

#[test]
fn every_end_of_a_connection_is_reason_to_connect_again() {
    assert_eq!(Reconnect::new().ended(None, 0), Reconnect::DEFAULT_TIME);
    assert_eq!(Reconnect::new().ended(Some(ms(1500)), 0), ms(1500));
}

#[test]
fn retry_has_a_floor_and_a_cap() {
    let bounds = || Reconnect::new().with_bounds(ms(200), ms(10_000));
    assert_eq!(bounds().ended(Some(Duration::ZERO), 0), ms(200));
    assert_eq!(bounds().ended(Some(ms(199)), 0), ms(200));
    assert_eq!(bounds().ended(Some(ms(201)), 0), ms(201));
    assert_eq!(bounds().ended(Some(ms(u64::MAX)), u64::MAX), ms(10_000));
    assert_eq!(Reconnect::new().with_bounds(ms(20), ms(10)).ended(None, 0), ms(10), "the cap holds");
}

#[test]
fn only_a_dispatched_event_resets_the_backoff() {
    let mut reconnect = Reconnect::new().with_bounds(ms(1), ms(10_000));
    let time = Some(ms(1000));
    let mut delays = Vec::new();
    for _ in 0..6 {
        // It answers, and hangs up at once.
        assert_eq!(reconnect.connected(200, "text/event-stream", None, 0), Next::Read);
        delays.push(reconnect.ended(time, 0));
    }
    assert_eq!(delays, [1000, 2000, 4000, 8000, 10_000, 10_000].map(ms));
    reconnect.dispatched();
    assert_eq!(reconnect.ended(time, 0), ms(1000));
    assert_eq!(reconnect.ended(time, 0), ms(2000));
    assert_eq!(reconnect.ended(Some(ms(10)), 0), ms(40), "a new time counts at once");
}

#[test]
fn retryable_statuses_and_retry_after() {
    let mut reconnect =
        Reconnect::new().with_bounds(ms(100), ms(60_000)).with_retryable(|status| status == 429 || status >= 500);
    assert_eq!(reconnect.connected(503, "", None, 0), Next::After(ms(3000)));
    assert_eq!(
        reconnect.connected(429, "", Some(ms(20_000)), 0),
        Next::After(ms(20_000)),
        "at least as long as the server asks for"
    );
    assert_eq!(reconnect.connected(500, "", Some(ms(1)), 0), Next::After(ms(12_000)), "but never shorter than the backoff");
    assert_eq!(reconnect.connected(500, "", Some(ms(u64::MAX)), 0), Next::After(ms(60_000)));
    assert_eq!(reconnect.connected(404, "", None, 0), Next::GiveUp(Refused::Status(404)));
    assert_eq!(reconnect.connected(204, "", None, 0), Next::Stop);
}

#[test]
fn there_is_no_header_for_an_empty_id() {
    assert_eq!(Reconnect::header_value(""), None);
    assert_eq!(Reconnect::header_value("7"), Some("7"));
    assert_eq!(Reconnect::header_value(" \té\u{FEFF}~"), Some(" \té\u{FEFF}~"));
    for control in ["\u{1}", "\u{B}", "\u{1F}", "\u{7F}"] {
        assert_eq!(Reconnect::header_value(&format!("7{control}8")), None, "no library sends it");
    }
}

#[test]
fn entropy_spreads_the_delays_over_half_of_them() {
    let delay = |entropy| Reconnect::new().ended(Some(ms(1000)), entropy);
    assert_eq!(delay(0), ms(1000));
    assert_eq!(delay(1 << 63), ms(1250));
    assert!(delay(u64::MAX) > ms(1499) && delay(u64::MAX) <= ms(1500));
}

proptest! {
    #[test]
    fn every_delay_is_within_its_bounds(
        floor in any::<u64>(), cap in any::<u64>(), retry in proptest::option::of(any::<u64>()),
        attempts in 0..200_u32, entropy in any::<u64>(), retry_after in proptest::option::of(any::<u64>()),
    ) {
        let mut reconnect = Reconnect::new().with_bounds(ms(floor), ms(cap)).with_retryable(|_| true);
        let time = retry.map(ms);
        let least = time.unwrap_or(Reconnect::DEFAULT_TIME).max(ms(floor));
        let mut before = Duration::ZERO;
        for _ in 0..=attempts {
            let delay = reconnect.ended(time, 0);
            prop_assert!(delay >= least.min(ms(cap)) && delay <= ms(cap));
            prop_assert!(delay >= before, "without jitter it never falls");
            before = delay;
        }
        let delay = reconnect.ended(time, entropy);
        prop_assert!(delay >= before && delay <= ms(cap));
        let Next::After(delay) = reconnect.connected(503, "", retry_after.map(ms), entropy) else { panic!() };
        prop_assert!(delay >= before.max(retry_after.map(ms).unwrap_or_default()).min(ms(cap)) && delay <= ms(cap));
    }

    /// However often, without an event in between.
    #[test]
    fn no_attempt_count_overflows(entropy in any::<u64>()) {
        let mut reconnect = Reconnect::new().with_bounds(Duration::MAX, Duration::MAX);
        for _ in 0..100 {
            prop_assert_eq!(reconnect.ended(Some(Duration::MAX), entropy), Duration::MAX);
        }
    }
}
