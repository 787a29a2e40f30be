//! Owns how payloads of events in older schemas become such of the schema after.
//!
//! Knows no format: a payload comes in and goes out by way of `serde`. Each step is kept for ever,
//! with golden files of what it reads and gives.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Reason, Status, Transition, WorkItemEvent};

/// A step from one schema of an event type to the next, to be registered with a codec.
///
/// ```
/// use work_item::WorkItemEvent;
///
/// let upcaster = WorkItemEvent::UPCASTERS[0];
/// assert_eq!((upcaster.event_type, upcaster.from), ("StatusChanged", 1));
///
/// let old = r#"{"from":"blocked","to":"in_progress","at":"2026-01-09T10:00:00Z"}"#;
/// let new = upcaster.upgrade(&mut serde_json::Deserializer::from_str(old))?;
/// assert_eq!(serde_json::to_value(new)?["by"], "unblock");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Upcaster {
    /// The type of the events that it takes.
    pub event_type: &'static str,
    /// The schema version that it takes; it gives the next one.
    pub from: u32,
    step: Step,
}

/// A payload in the schema after the one that it was written in.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Upgraded(StatusChangedV2);

#[derive(Debug, Clone, Copy)]
enum Step {
    StatusChangedV1,
}

impl WorkItemEvent {
    /// The steps from all older schemas up to the [declared ones](shared_kernel::DomainEvent::TYPES).
    pub const UPCASTERS: &'static [Upcaster] = &[Upcaster {
        event_type: "StatusChanged",
        from: 1,
        step: Step::StatusChangedV1,
    }];
}

impl Upcaster {
    /// Brings a payload up to the next schema.
    ///
    /// # Errors
    /// The error of the format, where the payload is not one of the schema that the step takes.
    pub fn upgrade<'de, D: Deserializer<'de>>(self, payload: D) -> Result<Upgraded, D::Error> {
        match self.step {
            Step::StatusChangedV1 => {
                let old = StatusChangedV1::deserialize(payload)?;
                old.named().map(Upgraded).map_err(D::Error::custom)
            }
        }
    }
}

/// Schema 1 said where a step led and not which it was. That can be told as long as one step at
/// most leads from one state to another, as it was then.
#[derive(Debug, Deserialize)]
struct StatusChangedV1 {
    from: Status,
    to: Status,
    reason: Option<Reason>,
    at: Timestamp,
}

/// Schema 2 names the step.
#[derive(Debug, Clone, Serialize)]
struct StatusChangedV2 {
    by: Transition,
    from: Status,
    to: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    at: Timestamp,
}

impl StatusChangedV1 {
    fn named(self) -> Result<StatusChangedV2, String> {
        let Self {
            from,
            to,
            reason,
            at,
        } = self;
        let by = Transition::between(from, to)
            .ok_or_else(|| format!("no step leads from {from} to {to}"))?;
        Ok(StatusChangedV2 {
            by,
            from,
            to,
            reason,
            at,
        })
    }
}
