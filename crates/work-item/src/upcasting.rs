//! Upcasters: each converts an event payload from one schema version to the next.
//!
//! They work with any data format that has a `serde` deserializer. An upcaster is never removed;
//! golden tests fix its input and output.

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Reason, Status, Transition, WorkItemEvent};

/// Converts payloads of one event type from one schema version to the next. Register it with the
/// codec.
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
    /// The event type, for example `StatusChanged`.
    pub event_type: &'static str,
    /// The schema version of its input; its output has the next one.
    pub from: u32,
    step: Step,
}

/// The payload that an upcaster returns; serialize it to get its content.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Upgraded(StatusChangedV2);

#[derive(Debug, Clone, Copy)]
enum Step {
    StatusChangedV1,
}

impl WorkItemEvent {
    /// The steps from all older schemas up to the
    /// [declared ones](shared_kernel::DomainEvent::TYPES).
    pub const UPCASTERS: &'static [Upcaster] = &[Upcaster {
        event_type: "StatusChanged",
        from: 1,
        step: Step::StatusChangedV1,
    }];
}

impl Upcaster {
    /// Converts a payload to the next schema version.
    ///
    /// # Errors
    /// The error of the data format if the payload does not have the schema version
    /// [`from`](Self::from).
    pub fn upgrade<'de, D: Deserializer<'de>>(self, payload: D) -> Result<Upgraded, D::Error> {
        match self.step {
            Step::StatusChangedV1 => {
                let old = StatusChangedV1::deserialize(payload)?;
                old.with_transition()
                    .map(Upgraded)
                    .map_err(D::Error::custom)
            }
        }
    }
}

/// Schema 1 stores the two statuses and not the transition. The upcaster finds it, because at most
/// one transition leads from one status to another: blocked → in_progress is `unblock`.
#[derive(Debug, Deserialize)]
struct StatusChangedV1 {
    from: Status,
    to: Status,
    reason: Option<Reason>,
    at: Timestamp,
}

/// Schema 2 also stores the transition, `by`.
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
    fn with_transition(self) -> Result<StatusChangedV2, String> {
        let Self {
            from,
            to,
            reason,
            at,
        } = self;
        let by = Transition::between(from, to)
            .filter(|by| *by != Transition::CloseElsewhere)
            .ok_or_else(|| format!("no transition leads from {from} to {to}"))?;
        Ok(StatusChangedV2 {
            by,
            from,
            to,
            reason,
            at,
        })
    }
}
