//! One stream: each way to read it, at every cut into two, against the model.

use ssewire::{
    Event, Fixed, Item, Parser, Truncated,
    blocks::{Block, Blocks},
    decode::Storage,
};

use super::{
    Reader,
    model::{self, Out},
    rebuild::Rebuild,
};

/// Enough for every stream that is tried: an id of eight names, and bytes that become three each.
const SMALL: usize = 4 * 48;

/// Too small for many: what is refused must not depend on the cut.
const TINY: usize = 12;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Checks a stream, of which is known how many events are complete before some of its bytes. How many there are in all.
pub fn stream(stream: &[u8], complete: &[Option<usize>]) -> Result<usize, String> {
    let want = Want::new(stream);
    let (mut left_out, mut refused, mut kept) = (None, None, None);
    for (place, complete) in (0..=stream.len()).zip(complete) {
        let (first, second) = stream.split_at(place);
        let chunks = [first, second];
        let failed = |reader: &str, what: String| format!("cut at {place}, {reader}: {what}");

        // A block is held if it is not the first, so: behind a blank line, too. (Not a BOM, which is one only at the start.)
        for before in ["", "\n"].into_iter().filter(|before| before.is_empty() || !stream.starts_with(BOM)) {
            let mut parser = Parser::new();
            let failed = |what, why| failed(what, format!("behind {before:?}: {why}"));
            parser.next(&mut before.as_bytes()).map_err(|error| failed("events", error.to_string()))?;
            events(&mut parser, &want, chunks, *complete).map_err(|what| failed("events", what))?;
            let mut cut_off = want.read.cut;
            if place == 0 {
                let flushed = parser.flush().map(|event| is_event(&event, want.flushed.as_ref()));
                if flushed != want.flushed.as_ref().map(|_| true) {
                    return Err(failed("flush", format!("not {:?}", want.flushed)));
                }
                // What was given out is not reported as cut off.
                cut_off = cut_off.filter(|_| flushed.is_none());
            }
            if parser.finish().err().map(cut) != cut_off {
                return Err(failed("finish", format!("not {cut_off:?}")));
            }
        }

        let mut parser = Parser::with_storage(Fixed::new([0; SMALL]));
        events(&mut parser, &want, chunks, *complete).map_err(|what| failed("Fixed", what))?;

        items(&mut Parser::new(), &want.read.items, chunks).map_err(|what| failed("items", what))?;
        let mut parser = Parser::new().with_all_items();
        items(&mut parser, &want.read.all, chunks).map_err(|what| failed("all items", what))?;
        let counts = parser.counts();
        if (counts.events, counts.comments, counts.ignored) != want.read.counts {
            return Err(failed("counts", format!("{counts:?}")));
        }

        let (mut rebuild, mut out) = (Rebuild::default(), Vec::new());
        chunks.into_iter().for_each(|chunk| rebuild.feed(chunk, &mut out));
        if !out.iter().map(|out| out.as_ref().ok()).eq(want.read.items.iter().map(Some)) {
            return Err(failed("tokens", format!("{out:?}")));
        }

        let fixed = Parser::with_storage(Fixed::new([0; TINY]));
        let few = tiny(fixed, chunks).map_err(|what| failed("a small Fixed", what))?;
        if *refused.get_or_insert_with(|| few.clone()) != few {
            return Err(failed("a small Fixed", format!("{few:?}")));
        }
        let heap = Parser::with_limit(TINY - TINY / 4).with_skipped_ids();
        let few = tiny(heap, chunks).map_err(|what| failed("a small limit", what))?;
        if *kept.get_or_insert_with(|| few.clone()) != few {
            return Err(failed("a small limit, and skipped ids", format!("{few:?}")));
        }

        let (passed, at_once) =
            blocks(&want, "", chunks, |block, out| block.pass(out)).map_err(|what| failed("blocks", what))?;
        if passed != stream {
            return Err(failed("blocks", format!("\"{}\"", passed.escape_ascii())));
        }
        if !stream.starts_with(BOM) {
            let behind = blocks(&want, "\n", chunks, |block, out| block.pass(out))
                .map_err(|what| failed("blocks behind a line end", what))?;
            if behind != ([b"\n", stream].concat(), at_once + 1) {
                return Err(failed(
                    "blocks behind a line end",
                    format!("\"{}\", {} at once", behind.0.escape_ascii(), behind.1),
                ));
            }
        }
        let (rest, _) = blocks(&want, "", chunks, |block, out| block.leave_out(out))
            .map_err(|what| failed("blocks that are left out", what))?;
        if left_out.as_ref() != Some(&rest) {
            nothing_but_ids(&rest, &want).map_err(|what| failed("blocks that are left out", what))?;
            left_out = Some(rest);
        }
    }
    Ok(want.read.counts.0 as usize)
}

/// What the model says.
struct Want {
    read: model::Read,
    flushed: Option<Out>,
}

impl Want {
    fn new(stream: &[u8]) -> Self {
        let read = model::read(stream, "");
        // Only an open event can be flushed.
        let flushed = read.cut.and_then(|_| model::flush(stream, ""));
        Self { read, flushed }
    }

    fn events(&self) -> impl Iterator<Item = &Out> {
        self.read.items.iter().filter(|out| out.is_event())
    }
}

const fn cut(truncated: Truncated) -> (bool, bool) {
    (truncated.had_data, truncated.in_line)
}

fn is_event(event: &Event<'_>, want: Option<&Out>) -> bool {
    matches!(want, Some(Out::Event { event_type, data, id, last_event_id, retry, lossy })
        if event.data() == data
            && event.event_type() == event_type
            && event.id() == id.as_deref()
            && event.last_event_id() == last_event_id
            && event.is_lossy() == *lossy
            && event.retry().map(|time| time.as_millis()) == retry.map(u128::from))
}

fn is_item(item: &Item<'_>, want: Option<&Out>) -> bool {
    match (item, want) {
        (Item::Event(event), want) => is_event(event, want),
        (Item::Comment(text), Some(Out::Comment(want))) => text == want,
        (Item::Retry(time), Some(Out::Retry(want))) => time.as_millis() == u128::from(*want),
        (Item::LastEventId(id), Some(Out::LastEventId(want))) => id.as_str() == want,
        (Item::Unknown(line), Some(Out::Unknown(want))) => line.as_str() == want,
        (Item::NoData(block), Some(Out::NoData { event_type, id, retry })) => {
            block.event_type() == event_type
                && block.id() == id.as_deref()
                && block.retry().map(|time| time.as_millis()) == retry.map(u128::from)
        }
        _ => false,
    }
}

fn events<S: Storage>(parser: &mut Parser<S>, want: &Want, chunks: [&[u8]; 2], complete: Option<usize>) -> Result<(), String> {
    let (mut wanted, mut count) = (want.events(), 0);
    for (chunk, complete) in chunks.into_iter().zip([complete, None]) {
        let mut input = chunk;
        while let Some(event) = parser.next(&mut input).map_err(|error| error.to_string())? {
            count += 1;
            let wanted = wanted.next();
            if !is_event(&event, wanted) {
                return Err(format!("{event:?}, not {wanted:?}"));
            }
        }
        if !input.is_empty() {
            return Err("not all was read".to_owned());
        }
        if complete.is_some_and(|complete| complete != count) {
            return Err(format!("{count} events from the first chunk, not {complete:?}"));
        }
    }
    if let Some(missing) = wanted.next() {
        return Err(format!("nothing, not {missing:?}"));
    }
    let (id, retry, truncated) = (parser.last_event_id(), parser.retry(), parser.truncated().map(cut));
    if id != want.read.last_event_id
        || retry.map(|time| time.as_millis()) != want.read.retry.map(u128::from)
        || truncated != want.read.cut
    {
        return Err(format!("{id:?}, {retry:?}, {truncated:?} at the end, not {:?}", want.read));
    }
    Ok(())
}

fn items(parser: &mut Parser, want: &[Out], chunks: [&[u8]; 2]) -> Result<(), String> {
    let mut wanted = want.iter();
    for mut input in chunks {
        while let Some(item) = parser.next_item(&mut input).map_err(|error| error.to_string())? {
            let wanted = wanted.next();
            if !is_item(&item, wanted) {
                return Err(format!("{item:?}, not {wanted:?}"));
            }
        }
    }
    wanted.next().map_or(Ok(()), |missing| Err(format!("nothing, not {missing:?}")))
}

/// What a parser gives that has too little room, in few words: the length of each event's texts, or where what is refused begins; and the
/// last event ID.
fn tiny<S: Storage>(mut parser: Parser<S>, chunks: [&[u8]; 2]) -> Result<(Vec<(bool, u64)>, String), String> {
    let mut found = Vec::new();
    for mut input in chunks {
        loop {
            match parser.next(&mut input) {
                Ok(Some(event)) if event.data().len() + event.id().map_or(0, str::len) > TINY => {
                    return Err(format!("{event:?} is larger than the buffer"));
                }
                Ok(Some(event)) => found.push((true, (event.data().len() + 100 * event.last_event_id().len()) as u64)),
                Ok(None) => break,
                Err(too_large) => found.push((false, too_large.offset)),
            }
        }
    }
    Ok((found, parser.last_event_id().to_owned()))
}

/// What passes of these bytes and these chunks; and how much of it before the second chunk has come.
fn blocks(
    want: &Want,
    before: &str,
    chunks: [&[u8]; 2],
    put: impl Fn(&Block<'_>, &mut Vec<u8>),
) -> Result<(Vec<u8>, usize), String> {
    let (mut blocks, mut out, mut wanted, mut at_once) = (Blocks::new(), Vec::new(), want.events(), 0);
    let mut each = |block: &Block<'_>, is_cut: bool, out: &mut Vec<u8>| {
        put(block, out);
        let Some(event) = block.event() else { return Ok(()) };
        let wanted = if is_cut { want.flushed.as_ref() } else { wanted.next() };
        // Where the end cuts off a `retry`, too, the model has it, and the block has not.
        let is_right =
            is_event(&event, wanted) || is_cut && matches!(wanted, Some(Out::Event { data, .. }) if event.data() == data);
        if is_right { Ok(()) } else { Err(format!("{event:?}, not {wanted:?}")) }
    };
    for (place, mut input) in [before.as_bytes(), chunks[0], chunks[1]].into_iter().enumerate() {
        if place == 2 {
            at_once = out.len();
        }
        while let Some(block) = blocks.next(&mut input) {
            each(&block, false, &mut out)?;
        }
    }
    if let Some(block) = blocks.finish() {
        each(&block, true, &mut out)?;
    }
    wanted.next().map_or(Ok((out, at_once)), |missing| Err(format!("nothing, not {missing:?}")))
}

/// What is left of a stream without its events: the same last event ID and the same retry.
fn nothing_but_ids(rest: &[u8], want: &Want) -> Result<(), String> {
    let (mut parser, mut input) = (Parser::new(), rest);
    let event = parser.next(&mut input).map_err(|error| error.to_string())?.map(|event| format!("{event:?}"));
    let (id, retry) = (parser.last_event_id(), parser.retry().map(|time| time.as_millis()));
    if event.is_some() || id != want.read.last_event_id || retry != want.read.retry.map(u128::from) {
        return Err(format!("\"{}\" is {event:?}, {id:?}, {retry:?}", rest.escape_ascii()));
    }
    Ok(())
}
