//! Events from clocks far ahead, as the checks of the stores report them.

use jiff::Timestamp;
use serde::Serialize;

/// Events that a clock far ahead has recorded: later than an event after them. They are no damage:
/// later events are recorded by their own clocks ([law 18](crate::laws#law-18)).
///
/// For example, the events 57 and 58 were recorded in 2099, and event 59 in 2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FarAhead {
    /// The position of the first of the events.
    pub first: u64,
    /// The position of the last of them.
    pub last: u64,
    /// The time of the last of them.
    pub recorded_at: Timestamp,
    /// The time of the event after them, or of the store's clock if they are the end of the log.
    pub next: Timestamp,
}
