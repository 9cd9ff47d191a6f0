//! What a call of the parser says that it found: plain values, which borrow nothing of the parser.

/// What a call found. A text is `None` where it is in the storage, or is not at all; else it is a `T`: a slice of the chunk, or
/// whatever a caller makes of it that cannot hold one.
pub(crate) enum Found<T> {
    Event(Texts<T>),
    Comment(Option<T>),
    Retry(u64),
    LastEventId,
}

/// The texts of an event.
pub(crate) struct Texts<T> {
    pub(crate) data: Option<T>,
    pub(crate) event_type: Option<T>,
    pub(crate) id: Option<T>,
    pub(crate) has_id: bool,
    pub(crate) lossy: bool,
    pub(crate) retry: Option<u64>,
}

#[cfg(any(feature = "std", feature = "stream"))]
impl<T> Found<T> {
    /// The same, with other texts.
    #[inline(always)]
    pub(crate) fn map<U>(self, text: impl Fn(T) -> U) -> Found<U> {
        match self {
            Self::Event(texts) => Found::Event(texts.map(text)),
            Self::Comment(comment) => Found::Comment(comment.map(text)),
            Self::Retry(milliseconds) => Found::Retry(milliseconds),
            Self::LastEventId => Found::LastEventId,
        }
    }
}

#[cfg(any(feature = "std", feature = "bytes"))]
impl<T> Texts<T> {
    /// The same, with other texts.
    #[inline(always)]
    pub(crate) fn map<U>(self, text: impl Fn(T) -> U) -> Texts<U> {
        Texts {
            data: self.data.map(&text),
            event_type: self.event_type.map(&text),
            id: self.id.map(&text),
            has_id: self.has_id,
            lossy: self.lossy,
            retry: self.retry,
        }
    }
}
