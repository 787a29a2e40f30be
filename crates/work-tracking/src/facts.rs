//! The facts that statistics count, and the event behind each of them.

use jiff::SignedDuration;
use work_item::{Transition, WorkItem, WorkItemEvent};

/// A fact that statistics count. One event can be several facts.
///
/// For example, a test run without negative tests at gate L1 is `test_run`, `gate_not_met` and
/// `no_negative_tests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// Its name: one of the constants, or the [kind](work_item::GateFailure::kind) of a
    /// requirement that a test run did not meet.
    pub name: &'static str,
    /// The cycle time of a completion, in microseconds.
    pub cycle_time: Option<i64>,
}

impl Fact {
    /// An item was created.
    pub const CREATED: &str = "created";
    /// An item was completed.
    pub const COMPLETED: &str = "completed";
    /// An item was reopened.
    pub const REOPENED: &str = "reopened";
    /// An item was cancelled.
    pub const CANCELLED: &str = "cancelled";
    /// An item was taken over as finished in another tracker. It is done, but not completed here.
    pub const CLOSED_ELSEWHERE: &str = "closed_elsewhere";
    /// A test run was recorded.
    pub const TEST_RUN: &str = "test_run";
    /// A test run did not meet the gate of its item.
    pub const GATE_NOT_MET: &str = "gate_not_met";

    const fn new(name: &'static str) -> Self {
        Self {
            name,
            cycle_time: None,
        }
    }

    /// The facts of an event. `item` is the state after it.
    #[must_use]
    pub fn of(event: &WorkItemEvent, item: &WorkItem) -> Vec<Self> {
        match event {
            WorkItemEvent::WorkItemCreated { .. } => vec![Self::new(Self::CREATED)],
            WorkItemEvent::WorkItemCompleted { cycle_time, .. } => vec![Self {
                cycle_time: Some(micros(*cycle_time)),
                ..Self::new(Self::COMPLETED)
            }],
            WorkItemEvent::StatusChanged { by, .. } => match by {
                Transition::Reopen => vec![Self::new(Self::REOPENED)],
                Transition::Cancel => vec![Self::new(Self::CANCELLED)],
                Transition::CloseElsewhere => vec![Self::new(Self::CLOSED_ELSEWHERE)],
                _ => Vec::new(),
            },
            WorkItemEvent::TestSuiteExecuted { .. } => {
                let unmet = item.unmet_by(item.latest_test_run());
                let refused = (!unmet.is_empty()).then_some(Self::GATE_NOT_MET);
                let names = [Self::TEST_RUN].into_iter().chain(refused);
                let names = names.chain(unmet.iter().map(|failure| failure.kind()));
                names.map(Self::new).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The whole microseconds of a cycle time. The range of the calendar fits into 63 bits.
fn micros(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
