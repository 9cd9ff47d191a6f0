//! What a gateway costs that looks at the type of each event and lets everything pass, beside reading alone: `Blocks` and `Relay` to `Parser`, in turns.
//! `passing [ROUNDS [PART OF A STREAM'S NAME]]` prints a line for each row.

use std::{
    convert::Infallible,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Instant,
};

use bytes::Bytes;
use compare::rows::rows;
use futures_util::{Stream, stream};
use ssewire::{
    Parser,
    blocks::Blocks,
    relay::{Relay, Verdict},
};

/// The bytes that pass, and how often the type is not that of a plain message.
type Totals = (usize, usize);

#[inline(never)]
fn parser(chunks: &[Bytes]) -> Totals {
    let (mut parser, mut types) = (Parser::new(), 0);
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Ok(Some(event)) = parser.next(&mut input) {
            types += usize::from(event.event_type() != "message");
        }
    }
    (chunks.iter().map(Bytes::len).sum(), types)
}

#[inline(never)]
fn blocks(chunks: &[Bytes]) -> Totals {
    let (mut blocks, mut types, mut bytes) = (Blocks::new(), 0, 0);
    let mut passes = |[head, tail]: [&[u8]; 2]| bytes += head.len() + tail.len();
    for chunk in chunks {
        let mut input = &chunk[..];
        while let Some(block) = blocks.next(&mut input) {
            types += usize::from(block.event().is_some_and(|event| event.event_type() != "message"));
            passes(block.bytes());
        }
    }
    blocks.finish().iter().for_each(|block| passes(block.bytes()));
    (bytes, types)
}

#[inline(never)]
fn relay(chunks: &[Bytes]) -> Totals {
    let (mut types, mut bytes) = (0, 0);
    let body = stream::iter(chunks.iter().cloned().map(Ok::<_, Infallible>));
    {
        let mut relay = pin!(Relay::new(body, |event| {
            types += usize::from(event.event_type() != "message");
            Verdict::Pass
        }));
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(Ok(passes))) = relay.as_mut().poll_next(&mut context) {
            bytes += passes.len();
        }
    }
    (bytes, types)
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().map_or(20, |rounds| rounds.parse().expect("a number"));
    let name = arguments.next().unwrap_or_default();
    let ways: [fn(&[Bytes]) -> Totals; 3] = [parser, blocks, relay];
    println!(
        "| stream | chunks | `Parser`: ns | `Blocks`: ns | to `Parser` | `Relay`: ns | to `Parser` |\n|---|---|---|---|---|---|---|"
    );
    let (mut logs, mut count) = ([0.0; 2], 0);
    for row in rows(rounds == 1).iter().filter(|row| row.stream.contains(&name) && row.events > 0) {
        let mut best = [f64::MAX; 3];
        for _ in 0..rounds {
            let mut totals = None;
            for (way, best) in ways.iter().zip(&mut best) {
                let started = Instant::now();
                for _ in 0..row.times {
                    let got = black_box(way(black_box(&row.chunks)));
                    assert_eq!(*totals.get_or_insert(got), got, "all passes, and all are seen");
                }
                *best = best.min(started.elapsed().as_nanos() as f64 / row.events as f64);
            }
        }
        let ratios = [best[1] / best[0], best[2] / best[0]];
        println!(
            "| {} | {} | {:.1} | {:.1} | **{:.2}** | {:.1} | {:.2} |",
            row.stream, row.chunks_of, best[0], best[1], ratios[0], best[2], ratios[1]
        );
        logs.iter_mut().zip(ratios).for_each(|(log, ratio)| *log += ratio.ln());
        count += 1;
    }
    let mean = |log: f64| (log / f64::from(count)).exp();
    println!(
        "\nIn the geometric mean, `Blocks` take {:.2} times as long as `Parser`, and `Relay` {:.2} times.",
        mean(logs[0]),
        mean(logs[1])
    );
}
