//! The error of a split that gives an event of an undeclared type.

use shared_kernel::event::EventType;
use thiserror::Error;

/// A split gave an event of a type that it does not declare as a target.
///
/// It is the source of [`DecodeError::Upcast`](shared_kernel::codec::DecodeError::Upcast).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the split gave an event `{event_type}`, which is none of its targets; add it to them")]
pub struct UndeclaredEvent {
    /// The event type that it gave.
    pub event_type: String,
    /// The event types of its targets.
    pub declared: Vec<EventType>,
}
