//! [`Reconnect`]: the standard's section on reconnecting as a table, and bounds for every delay. R1 to R8 are inputs from public reports.

use std::time::Duration;

use proptest::prelude::*;
use ssewire::{
    Fixed, Parser, Reconnect,
    reconnect::{Next, Refused, is_temporary},
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
        let _ = used.ended(Some(ms(5)), ms(9), 7);
        used.alive();
        assert_eq!(used.connected(status, content_type, Some(ms(1)), 9), next, "{status} {content_type}");
    }
}

/// (Without a heap, since `Reconnect` needs none.)
const fn parser(buffer: &mut [u8]) -> Parser<Fixed<&mut [u8]>> {
    Parser::with_storage(Fixed::new(buffer))
}

/// The delay behind a connection that showed nothing.
fn hung_up(reconnect: &mut Reconnect, time: Option<Duration>, entropy: u64) -> Duration {
    after(reconnect.ended(time, Duration::ZERO, entropy))
}

fn after(next: Next) -> Duration {
    match next {
        Next::After(delay) => delay,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_end_of_a_connection_is_reason_to_connect_again() {
    assert_eq!(hung_up(&mut Reconnect::new(), None, 0), Reconnect::DEFAULT_TIME);
    assert_eq!(hung_up(&mut Reconnect::new(), Some(ms(1500)), 0), ms(1500));
}

#[test]
fn r1_a_connection_that_showed_life_starts_over_and_one_that_hangs_up_is_backed_off() {
    // Ten times: connected, three comments, ended.
    let (mut buffer, mut reconnect) = ([0; 64], Reconnect::new());
    let mut parser = parser(&mut buffer);
    for _ in 0..10 {
        assert_eq!(reconnect.connected(200, "text/event-stream", None, 0), Next::Read);
        let mut input = &b": hb\n\n: hb\n\n: hb\n\n"[..];
        while parser.next_item(&mut input).unwrap().is_some() {
            reconnect.alive();
        }
        assert_eq!(after(reconnect.ended(parser.retry(), ms(45_000), 0)), ms(3000));
    }
    // A minute of life, whatever came.
    for _ in 0..10 {
        assert_eq!(after(reconnect.ended(None, ms(60_000), 0)), ms(3000));
    }
    // At once, or nearly.
    let mut reconnect = Reconnect::new();
    let delays: Vec<_> = (0..9).map(|_| after(reconnect.ended(None, ms(59_999), 0)).as_secs()).collect();
    assert_eq!(delays, [3, 6, 12, 24, 48, 96, 192, 300, 300]);
}

#[test]
fn r2_never_less_than_the_server_asked_for() {
    assert_eq!(hung_up(&mut Reconnect::new(), Some(ms(600_000)), 0), ms(600_000));
    let mut reconnect = Reconnect::new().with_retryable(is_temporary);
    assert_eq!(after(reconnect.connected(503, "", Some(ms(3_600_000)), 0)), ms(3_600_000));
    // The next is doubled, but no less than the time.
    let mut reconnect = Reconnect::new().with_bounds(ms(1), ms(1000));
    assert_eq!([600, 600, 600].map(|time| hung_up(&mut reconnect, Some(ms(time)), 0)), [600, 1000, 1000].map(ms));
    assert_eq!(hung_up(&mut reconnect, Some(ms(5000)), 0), ms(5000));
    // Absurd values have a ceiling of a day, or of one's own.
    let day = Duration::from_secs(86_400);
    assert_eq!(hung_up(&mut Reconnect::new(), Some(Duration::MAX), 0), day);
    assert_eq!(after(Reconnect::new().with_retryable(is_temporary).connected(429, "", Some(Duration::MAX), 0)), day);
    assert_eq!(hung_up(&mut Reconnect::new().with_ceiling(ms(50)), None, 0), ms(50));
}

#[test]
fn r3_jitter_comes_on_top_at_the_cap_too() {
    let at_cap = |entropy| {
        let mut reconnect = Reconnect::new();
        for _ in 0..20 {
            let _ = hung_up(&mut reconnect, None, 0);
        }
        hung_up(&mut reconnect, None, entropy)
    };
    assert_eq!(at_cap(0), ms(300_000));
    assert_eq!(at_cap(1 << 63), ms(375_000));
    assert_eq!(hung_up(&mut Reconnect::new(), Some(ms(300_000)), 1 << 63), ms(375_000));
    assert_eq!(hung_up(&mut Reconnect::new(), Some(Duration::MAX), 1 << 63), Duration::from_secs(86_400 + 86_400 / 4));
}

#[test]
fn r4_the_time_of_the_client_holds_before_any_stream() {
    let mut reconnect = Reconnect::new().with_bounds(ms(0), ms(300_000)).with_time(ms(200)).with_retryable(is_temporary);
    assert_eq!(after(reconnect.connected(503, "", None, 0)), ms(200));
    assert_eq!(hung_up(&mut reconnect, None, 0), ms(400));
    assert_eq!(hung_up(&mut reconnect, Some(ms(10)), 0), ms(40), "the server's replaces it");
    assert_eq!(after(reconnect.connected(503, "", None, 0)), ms(80), "and is remembered");
}

#[test]
fn r5_attempts_are_counted_and_can_be_bounded_and_delays_can_be_constant() {
    let mut reconnect = Reconnect::new().with_factor(1).with_max_attempts(20).with_retryable(is_temporary);
    for attempt in 0..20 {
        assert_eq!(reconnect.attempts(), attempt);
        assert_eq!(hung_up(&mut reconnect, None, 0), ms(3000));
    }
    assert_eq!(reconnect.ended(None, ms(0), 0), Next::GiveUp(Refused::Attempts(20)));
    assert_eq!(reconnect.connected(503, "", None, 0), Next::GiveUp(Refused::Attempts(20)));
    assert_eq!(reconnect.connected(431, "", None, 0), Next::GiveUp(Refused::Attempts(20)));
    assert_eq!(reconnect.connected(200, "text/event-stream", None, 0), Next::Read);
    reconnect.alive();
    assert_eq!((reconnect.attempts(), hung_up(&mut reconnect, None, 0)), (0, ms(3000)));
    assert_eq!(Reconnect::new().with_max_attempts(0).ended(None, ms(0), 0), Next::GiveUp(Refused::Attempts(0)));
    let mut tripled = Reconnect::new().with_factor(3).with_bounds(ms(1), ms(3_600_000));
    assert_eq!([0; 4].map(|_| hung_up(&mut tripled, Some(ms(10)), 0)), [10, 30, 90, 270].map(ms));
    let mut zero = Reconnect::new().with_factor(0);
    assert_eq!([0; 2].map(|_| hung_up(&mut zero, None, 0)), [3000, 3000].map(ms));
}

#[test]
fn r6_no_header_is_too_long_and_431_forgets_the_id_once() {
    assert_eq!(Reconnect::header_value(&"x".repeat(4096)).map(str::len), Some(4096));
    assert_eq!(Reconnect::header_value(&"x".repeat(4097)), None);
    assert_eq!(Reconnect::header_value(&"x".repeat(8 << 20)), None);

    let mut reconnect = Reconnect::new();
    assert_eq!(reconnect.connected(431, "", None, 0), Next::ForgetId(ms(3000)));
    assert_eq!(reconnect.connected(431, "", None, 0), Next::GiveUp(Refused::Status(431)));
    let mut reconnect = Reconnect::new().with_retryable(|status| status == 431);
    assert_eq!(reconnect.connected(431, "", Some(ms(9000)), 0), Next::ForgetId(ms(9000)));
    assert_eq!(reconnect.connected(431, "", None, 0), Next::After(ms(6000)));
    assert_eq!(reconnect.connected(200, "text/event-stream", None, 0), Next::Read);
    assert_eq!(reconnect.connected(431, "", None, 0), Next::ForgetId(ms(12_000)));
}

#[test]
fn r8_only_a_sign_of_life_resets_the_backoff() {
    let mut reconnect = Reconnect::new().with_bounds(ms(1), ms(10_000));
    let time = Some(ms(1000));
    let mut delays = Vec::new();
    for _ in 0..6 {
        // It answers, sends what is too large, and hangs up.
        assert_eq!(reconnect.connected(200, "text/event-stream", None, 0), Next::Read);
        assert!(parser(&mut [0; 4]).next(&mut &b"data: too large\n\n"[..]).is_err());
        delays.push(hung_up(&mut reconnect, time, 0));
    }
    assert_eq!(delays, [1000, 2000, 4000, 8000, 10_000, 10_000].map(ms));
    reconnect.alive();
    assert_eq!(hung_up(&mut reconnect, time, 0), ms(1000));
    assert_eq!(hung_up(&mut reconnect, time, 0), ms(2000));
    assert_eq!(hung_up(&mut reconnect, Some(ms(10)), 0), ms(40), "a new time counts at once");
}

#[test]
fn retry_has_a_floor() {
    let bounds = || Reconnect::new().with_bounds(ms(200), ms(10_000));
    assert_eq!(hung_up(&mut bounds(), Some(Duration::ZERO), 0), ms(200));
    assert_eq!(hung_up(&mut bounds(), Some(ms(199)), 0), ms(200));
    assert_eq!(hung_up(&mut bounds(), Some(ms(201)), 0), ms(201));
    assert_eq!(
        hung_up(&mut Reconnect::new().with_bounds(ms(20), ms(10)), Some(ms(1)), 0),
        ms(20),
        "the cap bounds the doubling"
    );
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
    assert_eq!(reconnect.connected(404, "", None, 0), Next::GiveUp(Refused::Status(404)));
    assert_eq!(reconnect.connected(204, "", None, 0), Next::Stop);
    for status in 100..600 {
        assert_eq!(is_temporary(status), [408, 425, 429, 500, 502, 503, 504].contains(&status), "{status}");
    }
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
    let delay = |entropy| hung_up(&mut Reconnect::new(), Some(ms(1000)), entropy);
    assert_eq!(delay(0), ms(1000));
    assert_eq!(delay(1 << 63), ms(1250));
    assert!(delay(u64::MAX) > ms(1499) && delay(u64::MAX) <= ms(1500));
}

proptest! {
    #[test]
    fn every_delay_is_within_its_bounds(
        floor in any::<u64>(), cap in any::<u64>(), ceiling in any::<u64>(), retry in proptest::option::of(any::<u64>()),
        factor in 0..5_u32, attempts in 0..200_u32, entropy in any::<u64>(), retry_after in proptest::option::of(any::<u64>()),
    ) {
        let (retry_after, time) = (retry_after.map(ms), retry.map(ms));
        let mut reconnect = Reconnect::new()
            .with_bounds(ms(floor), ms(cap)).with_ceiling(ms(ceiling)).with_factor(factor).with_retryable(|_| true);
        let least = time.unwrap_or(Reconnect::DEFAULT_TIME).max(ms(floor)).min(ms(ceiling));
        let most = least.max(ms(cap)).min(ms(ceiling));
        let with_jitter = |delay: Duration| delay.saturating_add(delay / 2);
        let mut before = Duration::ZERO;
        for _ in 0..=attempts {
            let delay = hung_up(&mut reconnect, time, 0);
            prop_assert!(delay >= least && delay <= most);
            prop_assert!(delay >= before, "without jitter it never falls");
            before = delay;
        }
        let delay = hung_up(&mut reconnect, time, entropy);
        prop_assert!(delay >= before && delay <= with_jitter(most));
        let delay = after(reconnect.connected(503, "", retry_after, entropy));
        let asked = retry_after.unwrap_or_default().min(ms(ceiling));
        prop_assert!(delay >= before.max(asked) && delay <= with_jitter(most.max(asked)));
    }

    /// However often, without an event in between.
    #[test]
    fn no_attempt_count_overflows(entropy in any::<u64>()) {
        let mut reconnect = Reconnect::new().with_bounds(Duration::MAX, Duration::MAX).with_ceiling(Duration::MAX);
        for _ in 0..100 {
            prop_assert!(hung_up(&mut reconnect, Some(Duration::MAX), entropy) == Duration::MAX);
        }
    }
}
