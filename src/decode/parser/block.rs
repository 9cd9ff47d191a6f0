//! What a parser remembers of the block that it is in: plain values.

use crate::{
    Truncated,
    decode::{found::Texts, place::place_in, token::Values, utf8},
};

/// The block that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    /// The stream offset of its first byte.
    pub(super) start: u64,
    /// The counter that the limit bounds.
    pub(super) used: usize,
    /// A data, event or id line has ended in it.
    pub(super) has_lines: bool,
    /// Its own reconnection time, in milliseconds.
    pub(super) retry: Option<u64>,
    pub(super) skipping: Option<Skipping>,
    /// A comment in it has been counted as a block that needs little memory.
    pub(super) passed: bool,
}

/// Why the rest of a block is skipped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Skipping {
    TooLarge,
    /// What `flush` gave out, `finish` still has to report.
    Flushed(Truncated),
}

impl Block {
    pub(super) const fn starting_at(start: u64) -> Self {
        Self { start, used: 0, has_lines: false, retry: None, skipping: None, passed: false }
    }
}

/// What has been read of a line of which an earlier chunk held a piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct CutLine {
    /// The bytes of its value.
    pub(super) length: usize,
    /// An id with a NUL, or a comment that is not kept: the rest of it is nothing.
    pub(super) ignored: bool,
    /// A `retry` value.
    pub(super) digits: Digits,
}

impl CutLine {
    pub(super) const NEW: Self = Self { length: 0, ignored: false, digits: Digits::None };
}

/// A `retry` value as far as it has been read: one or more ASCII digits, or nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Digits {
    None,
    /// Saturates: a number too large for the type is a very long time, not an error.
    Number(u64),
    NotANumber,
}

impl Digits {
    pub(super) fn read(self, value: &[u8]) -> Self {
        value.iter().fold(self, |so_far, byte| match (so_far, byte) {
            (Self::None, b'0'..=b'9') => Self::Number(u64::from(byte & 0x0F)),
            (Self::Number(number), b'0'..=b'9') => {
                Self::Number(number.saturating_mul(10).saturating_add(u64::from(byte & 0x0F)))
            }
            _ => Self::NotANumber,
        })
    }
}

/// What the storage still holds of what the last call gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stale {
    Nothing,
    Comment,
    Block,
}

// In the parser: what of the block lies whole in the chunk of this call and has not been stored. Each value overrides a stored one, but
// `data` is there only if none is stored.
impl<'i> Values<'i> {
    #[inline(always)]
    pub(super) const fn is_empty(&self) -> bool {
        self.data.is_none() && self.event_type.is_none() && self.id.is_none()
    }

    /// What the counter of a block of these lines stands at.
    #[inline(always)]
    pub(super) fn counted(&self) -> usize {
        let line = |value: Option<&[u8]>| value.map_or(0, |value| value.len().saturating_add(1));
        line(self.data).saturating_add(line(self.event_type)).saturating_add(line(self.id))
    }

    /// The texts of an event that is nowhere but here, if there is one and all of it is UTF-8.
    #[inline]
    pub(super) fn texts(&self, retry: Option<u64>) -> Option<Texts<&'i str>> {
        let text = |bytes: Option<&'i [u8]>| bytes.map(|bytes| utf8::check(bytes).ok_or(())).transpose().ok();
        let (data, event_type, id) = (Some(text(Some(self.data?))??), text(self.event_type)?, text(self.id)?);
        Some(Texts { data, event_type, id, has_id: id.is_some(), lossy: false, retry })
    }

    /// The same for values that lie in `block`, between which nothing but ASCII lies: one look at all of it costs less than one at each,
    /// and none if it is part of a `known` text.
    #[inline(always)]
    pub(super) fn texts_in(&self, block: &'i [u8], known: Option<&'i str>) -> Option<Texts<&'i str>> {
        let data = self.data?;
        if known.is_none() && self.event_type.is_none() && self.id.is_none() {
            let data = Some(utf8::check(data)?);
            return Some(Texts { data, event_type: None, id: None, has_id: false, lossy: false, retry: None });
        }
        let all = known.map_or_else(|| utf8::check(block), Some)?;
        let text = |value: &[u8]| all.get(place_in(all.as_bytes(), value));
        let (event_type, id) = (self.event_type.and_then(text), self.id.and_then(text));
        Some(Texts { data: Some(text(data)?), event_type, id, has_id: id.is_some(), lossy: false, retry: None })
    }
}
