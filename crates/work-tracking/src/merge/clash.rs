//! The reasons why two branches cannot be merged.

use std::fmt;

use shared_kernel::StreamId;
use work_item::WorkItemId;

/// A stream that cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeClash {
    /// The stream.
    pub stream: StreamId,
    /// The item of the stream, with its number in this store; `None` for another stream.
    pub item: Option<WorkItemId>,
    /// The reason.
    pub reason: ClashReason,
}

/// The reason why a stream cannot be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClashReason {
    /// Both stores have events of their own in it.
    BothChanged,
    /// An event has another content in the other store.
    Altered,
    /// It would be closed, and have a child that the other store does not know.
    ClosedWithNewChild,
    /// It would be closed, and have a child that the other store has opened again.
    ClosedWithOpenChild,
    /// It would wait for itself.
    Circle,
}

impl ClashReason {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BothChanged => "both_changed",
            Self::Altered => "altered",
            Self::ClosedWithNewChild => "closed_with_new_child",
            Self::ClosedWithOpenChild => "closed_with_open_child",
            Self::Circle => "circle",
        }
    }
}

impl fmt::Display for ClashReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BothChanged => "both stores changed it",
            Self::Altered => "an event has another content in the other store",
            Self::ClosedWithNewChild => {
                "one store closed it, and in the other one it got a new child"
            }
            Self::ClosedWithOpenChild => {
                "one store closed it, and in the other one a child of it is open"
            }
            Self::Circle => "it would wait for itself",
        })
    }
}

impl fmt::Display for MergeClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            Some(item) => write!(f, "{item}: {}", self.reason),
            None => write!(f, "stream {}: {}", self.stream, self.reason),
        }
    }
}
