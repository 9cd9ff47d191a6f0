//! The end of a stream: what is pending there, and the way to the next one
//! ([section 9.2.6](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)).

use super::{
    Cut, Event, Field, Lent, Parser, Slot, Storage, Tokenizer, Truncated, Values, Whole,
    block::{Block, CutLine},
};

impl<S: Storage> Parser<S> {
    /// For the end of the stream: gives the event whose blank line is missing, which [`finish`](Self::finish) would discard. `None` if it has no data,
    /// or if it would pass the limit.
    ///
    /// The standard says to discard it, and browsers do, since it may be half an event. But many servers leave out the last
    /// blank line, so the choice is the caller's. An unfinished line counts as if it had ended;
    /// [`truncated`](Self::truncated) tells beforehand whether there is one. The event shows its id, but the id is not
    /// committed, and an unfinished `retry` line does not set the reconnection time: neither is known to be whole.
    ///
    /// After `Some`, [`finish`](Self::finish) returns `Ok`; after `None`, what it would have returned. If you feed the parser on
    /// instead, the rest of a block with data is skipped, without another word; a block without data is left as it is.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"id: 1\ndata: [DONE]"[..];
    /// assert!(parser.next(&mut input).unwrap().is_none());
    /// assert_eq!(parser.flush().unwrap().data(), "[DONE]");
    /// assert_eq!(parser.flush(), None);
    /// assert_eq!(parser.finish(), Ok(()));
    /// assert_eq!(parser.last_event_id(), "");
    /// ```
    #[must_use = "what it gives out is not given out again"]
    pub fn flush(&mut self) -> Option<Event<'_>> {
        self.free_lent();
        #[cfg(feature = "alloc")]
        self.release();
        let truncated = self.truncated().filter(|truncated| truncated.had_data && !self.block.skipping)?;
        let (mut seen, retry) = (Values::default(), self.retry);
        let ended = match self.tokenizer.cut() {
            Cut::InField(field) => self.field::<false>(field, &[], true, &mut seen).map(|_| ()),
            _ => Ok(()),
        };
        self.store(&mut seen);
        let sealed = ended.and_then(|()| self.seal());
        self.tokenizer.skip_line();
        (self.block.skipping, self.block.flushed, self.block.lost) = (true, true, Some(truncated));
        // What is left of the line is not reported as an unknown one.
        (self.line, self.retry, self.lent) = (CutLine { ignored: truncated.in_line, ..CutLine::NEW }, retry, Lent::Block);
        self.whole = Whole { lossy: sealed.ok()?, has_id: self.storage.text(Slot::Id).is_some(), retry: self.block.retry };
        self.block.lost = None;
        self.count_event();
        let event = self.stored_event();
        // Its id is not committed.
        let last_event_id = self.storage.text(Slot::Id).unwrap_or(event.last_event_id);
        Some(Event { last_event_id, ..event })
    }

    /// What [`finish`](Self::finish) would report now.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"data: half a li"[..];
    /// assert!(parser.next(&mut input)?.is_none());
    /// // Only take what lacks no more than its blank line.
    /// let whole_lines = parser.truncated().is_some_and(|cut| !cut.in_line);
    /// let event = if whole_lines { parser.flush() } else { None };
    /// assert_eq!(event, None);
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    #[must_use]
    pub fn truncated(&self) -> Option<Truncated> {
        if self.block.skipping {
            return self.block.lost;
        }
        let cut = self.tokenizer.cut();
        let matters = match cut {
            Cut::InName | Cut::InField(Field::Data | Field::Event) => true,
            Cut::InField(Field::Id) => !self.line.ignored,
            Cut::InField(Field::Retry) => self.line.number.is_some(),
            Cut::BetweenLines | Cut::InIgnored => false,
        };
        let had_data = cut == Cut::InField(Field::Data) || self.block.has_data;
        let in_line = cut != Cut::BetweenLines;
        (matters || self.block.has_lines).then_some(Truncated { had_data, in_line })
    }

    /// The stream has ended: what comes next is the start of another one, with a BOM and offsets of its own.
    ///
    /// The last event ID and the reconnection time stay; a block without its blank line is discarded, its id with it.
    ///
    /// # Errors
    ///
    /// [`Truncated`] if that block held a `data`, `event` or `id` line, or an unfinished line that could still have mattered
    /// (not a comment, not an unknown field), unless the block was already reported as too large. The parser is reset all the
    /// same; a client that does as browsers do ignores this error.
    ///
    /// ```
    /// use ssewire::Parser;
    ///
    /// let mut parser = Parser::new();
    /// let mut input = &b"id: 7\ndata: a\n\ndata: b, cut o"[..];
    /// assert!(parser.next(&mut input)?.is_some());
    /// let _ = parser.finish();                                                    // the connection is gone
    /// let mut input = &b"data: c\n\n"[..];
    /// let event = parser.next(&mut input)?.unwrap();
    /// assert_eq!((event.data(), event.last_event_id()), ("c", "7"));
    /// # Ok::<_, ssewire::TooLarge>(())
    /// ```
    pub fn finish(&mut self) -> Result<(), Truncated> {
        let truncated = self.truncated();
        self.storage.give_back(false);
        self.tokenizer = Tokenizer::new();
        (self.block, self.line, self.lent) = (Block::starting_at(0), CutLine::NEW, Lent::Nothing);
        (self.stored, self.idle, self.offset) = (false, false, 0);
        #[cfg(feature = "alloc")]
        {
            self.holds = false;
        }
        truncated.map_or(Ok(()), Err)
    }
}
