//! The fields of an event.

use core::fmt;

/// A field that the standard gives a meaning. All other names are ignored; case matters.
///
/// ```
/// assert_eq!(ssewire::decode::Field::Retry.name(), "retry");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// `data`: a line of the event's data.
    Data,
    /// `event`: the event type.
    Event,
    /// `id`: the last event ID.
    Id,
    /// `retry`: the reconnection time in milliseconds.
    Retry,
}

impl Field {
    /// The name on the wire.
    ///
    /// ```
    /// use ssewire::decode::Field;
    ///
    /// assert_eq!(Field::Id.name(), "id");
    /// assert_eq!(Field::Data.to_string(), "data");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Event => "event",
            Self::Id => "id",
            Self::Retry => "retry",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
