//! Random hostile streams at random cuts: the crate against the slow model, and against itself.
#![cfg(feature = "alloc")]

mod support;

use proptest::prelude::*;
use ssewire::{Fixed, Item, Parser, encode::ItemEncoder};
use support::{
    ByItem, ByNext, Reader, event, model,
    model::Out,
    read_chunks,
    rebuild::Rebuild,
    streams::{cut, long_sizes, long_stream, sizes, stream},
};

fn items(reader: &mut impl Reader, chunks: &[&[u8]]) -> Vec<Out> {
    read_chunks(reader, chunks.iter().copied()).into_iter().map(Result::unwrap).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_reader_gives_what_the_model_reads(stream in stream(), sizes in sizes(), start in "[a-z0-9]{0,3}") {
        let want = model::read(&stream, &start);
        let events: Vec<_> = want.items.iter().filter(|out| out.is_event()).cloned().collect();
        let chunks = cut(&stream, &sizes);

        let mut heap = ByItem(Parser::new());
        heap.0.set_last_event_id(&start).unwrap();
        prop_assert_eq!(items(&mut heap, &chunks), &want.items[..]);
        prop_assert_eq!(heap.0.last_event_id(), &want.last_event_id);
        prop_assert_eq!(heap.0.retry().map(|time| time.as_millis()), want.retry.map(u128::from));
        let cut = |cut: ssewire::Truncated| (cut.had_data, cut.in_line);
        prop_assert_eq!(heap.0.truncated().map(cut), want.cut);
        let last = model::flush(&stream, &start);
        prop_assert_eq!(&heap.0.flush().map(event), &last);
        prop_assert_eq!(heap.0.finish().err().map(cut), want.cut.filter(|_| last.is_none()));

        let mut fixed = ByNext(Parser::with_storage(Fixed::new([0; 4 * 4096])));
        fixed.0.set_last_event_id(&start).unwrap();
        prop_assert_eq!(items(&mut fixed, &chunks), events);
        prop_assert_eq!(fixed.0.flush().map(event), last);

        let mut rebuild = Rebuild::default();
        rebuild.last_event_id = start;
        prop_assert_eq!(items(&mut rebuild, &chunks), want.items);
    }

    #[test]
    fn nothing_is_silent(stream in stream(), sizes in sizes()) {
        let want = model::read(&stream, "");
        let chunks = cut(&stream, &sizes);

        let mut heap = ByItem(Parser::new().with_all_items());
        prop_assert_eq!(items(&mut heap, &chunks), &want.all[..]);
        let mut fixed = ByItem(Parser::with_storage(Fixed::new([0; 4 * 4096])).with_all_items());
        prop_assert_eq!(items(&mut fixed, &chunks), &want.all[..]);
        let mut events = ByNext(Parser::new().with_all_items());
        let found = items(&mut events, &chunks);
        prop_assert_eq!(found, want.items.into_iter().filter(Out::is_event).collect::<Vec<_>>());
        let mut owned = Parser::new();
        for mut chunk in chunks {
            while owned.next_owned(&mut chunk).unwrap().is_some() {}
        }
        let (events, comments, ignored) = want.counts;
        for counts in [heap.0.counts(), fixed.0.counts(), owned.counts()] {
            prop_assert_eq!((counts.events, counts.comments, counts.ignored), (events, comments, ignored));
        }
    }

    /// What all items say can be sent on: a reader of that gets the same.
    #[test]
    fn all_items_come_through_an_encoder(stream in stream(), sizes in sizes()) {
        let mut parser = Parser::new().with_all_items();
        let (mut encoder, mut sent, mut want) = (ItemEncoder::new(), Vec::new(), Vec::new());
        for mut chunk in cut(&stream, &sizes) {
            while let Some(item) = parser.next_item(&mut chunk).unwrap() {
                // At the start of a stream, this line would be another.
                let is_bom = matches!(item, Item::Unknown(line) if line.as_str().starts_with('\u{FEFF}'));
                want.push(match support::item(item) {
                    Out::Unknown(line) if is_bom => Out::Comment(line),
                    // What was replaced is text from then on.
                    Out::Event { event_type, data, id, last_event_id, retry, .. } => Out::Event { event_type, data, id, last_event_id, retry, lossy: false },
                    other => other,
                });
                encoder.encode(item).append_to(&mut sent);
            }
        }
        let got = items(&mut ByItem(Parser::new().with_all_items()), &[&sent]);
        prop_assert_eq!(got, want);
    }

    /// With a limit that many of them pass, the results at any cut, by any storage with that limit, are the same; and what
    /// is given out is among what the model reads.
    #[test]
    fn the_results_under_a_limit_do_not_depend_on_the_cut(
        stream in stream(), sizes in sizes(), other in sizes(), size in 0..120_usize,
    ) {
        let limit = size - size / 4;
        let (one, two) = (cut(&stream, &sizes), cut(&stream, &other));

        let fixed = || Parser::with_storage(Fixed::new(vec![0x80; size]));
        let by_items = read_chunks(&mut ByItem(fixed()), one);
        prop_assert_eq!(&read_chunks(&mut ByItem(fixed()), two.iter().copied()), &by_items);
        let by_events: Vec<_> = by_items
            .iter()
            .filter(|out| match out {
                Ok(out) => out.is_event(),
                Err(error) => error.part != ssewire::Part::Comment,
            })
            .cloned()
            .collect();
        prop_assert_eq!(&read_chunks(&mut ByNext(fixed()), two.iter().copied()), &by_events);

        let heap = || Parser::with_limit(limit);
        let on_heap = read_chunks(&mut ByItem(heap()), two);
        prop_assert_eq!(&read_chunks(&mut ByItem(heap()), cut(&stream, &sizes)), &on_heap);

        // With everything on request, too; and the last event ID is then the same.
        let by_cut = |sizes: &[usize]| {
            let mut fixed = ByItem(fixed().with_all_items().with_skipped_ids());
            let out = read_chunks(&mut fixed, cut(&stream, sizes));
            let mut heap = ByItem(heap().with_all_items().with_skipped_ids());
            let on_heap = read_chunks(&mut heap, cut(&stream, sizes));
            let mut events = ByNext(Parser::with_limit(limit).with_skipped_ids());
            read_chunks(&mut events, cut(&stream, sizes));
            assert_eq!(events.0.last_event_id(), heap.0.last_event_id());
            (out, fixed.0.last_event_id().to_owned(), fixed.0.counts(), on_heap, heap.0.last_event_id().to_owned(), heap.0.counts())
        };
        prop_assert_eq!(by_cut(&sizes), by_cut(&other));

        let model = model::read(&stream, "").items;
        let (mut of_model, mut given) = (model.iter(), 0);
        for out in on_heap.iter().flatten() {
            given += 1;
            prop_assert!(of_model.any(|want| same_but_for_the_inherited_id(want, out)), "{:?} is not read by the model", out);
        }
        let comments_and_events = model.iter().filter(|out| !matches!(out, Out::Retry(_) | Out::LastEventId(_))).count();
        let dropped = on_heap.len() - given;
        prop_assert!(on_heap.len() - dropped <= model.len());
        prop_assert!(given + dropped >= comments_and_events);
    }

    /// A connection that breaks anywhere leaves nothing behind but the id and the retry.
    #[test]
    fn after_finish_the_next_stream_is_read_as_a_first(one in stream(), two in stream(), sizes in sizes()) {
        let mut reader = ByItem(Parser::new());
        items(&mut reader, &cut(&one, &sizes));
        let _ = reader.0.finish();
        let start = reader.0.last_event_id().to_owned();
        prop_assert_eq!(items(&mut reader, &cut(&two, &sizes)), model::read(&two, &start).items);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Long data is kept as text that is checked piece by piece: it is the same whatever it is made of, wherever it is cut,
    /// and when a connection breaks in the middle of it.
    #[test]
    fn long_data_is_what_the_model_reads(
        stream in long_stream(), sizes in long_sizes(), end in any::<proptest::sample::Index>(), limit in 0..20_000_usize,
    ) {
        let mut heap = ByItem(Parser::new());
        for stream in [&stream, &stream[..end.index(stream.len())], &stream] {
            let start = heap.0.last_event_id().to_owned();
            prop_assert!(items(&mut heap, &cut(stream, &sizes)) == model::read(stream, &start).items);
            prop_assert!(heap.0.flush().map(event) == model::flush(stream, &start));
            let _ = heap.0.finish();
        }

        let limited = || ByItem(Parser::with_limit(limit));
        let at_once = read_chunks(&mut limited(), [&stream[..]]);
        prop_assert!(read_chunks(&mut limited(), cut(&stream, &sizes)) == at_once);
    }
}

/// An event that was too large did not commit its id, so a later event may inherit another one than the model says.
fn same_but_for_the_inherited_id(want: &Out, got: &Out) -> bool {
    let mut got = got.clone();
    if let (Out::Event { last_event_id: want, .. }, Out::Event { last_event_id, id: None, .. }) = (want, &mut got) {
        last_event_id.clone_from(want);
    }
    *want == got
}
