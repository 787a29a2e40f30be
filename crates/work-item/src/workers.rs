//! The actors who worked on an item. Their approvals do not count.

use std::collections::BTreeMap;
use std::fmt;

use shared_kernel::event::ActorName;

use crate::{Transition, WorkItemEvent};

/// The way in which an actor worked on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The actor moved it to another status.
    Moved(Transition),
    /// The actor recorded a test run.
    Tested,
}

/// The actors who worked on an item since it was created or last reopened, each with the first such
/// event.
///
/// An actor works on an item by moving it or by recording its test results. A reopening counts as
/// work, but no creation, assignment, edit or note does. Names alone tell actors apart: the work of
/// `agent:ada` is also the work of the person `ada`.
///
/// The events of an item do not name their actors; the caller takes them from the metadata.
///
/// ```
/// use work_item::{Work, Workers};
///
/// let tests: work_item::WorkItemEvent = serde_json::from_str(
///     r#"{"TestSuiteExecuted":{"positive":1,"negative":0,"edge_case":0}}"#,
/// )?;
/// let mut workers = Workers::new();
/// workers.take(&tests, Some(&"ada".parse()?));
/// assert_eq!(workers.work_of(&"ada".parse()?), Some(Work::Tested));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workers {
    work: BTreeMap<ActorName, Work>,
}

impl Workers {
    /// No workers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Processes the next event of the item and its actor.
    pub fn take(&mut self, event: &WorkItemEvent, actor: Option<&ActorName>) {
        let work = match event {
            WorkItemEvent::StatusChanged { by, .. } => Work::Moved(*by),
            WorkItemEvent::TestSuiteExecuted { .. } => Work::Tested,
            _ => return,
        };
        if work == Work::Moved(Transition::Reopen) {
            self.work.clear();
        }
        if let Some(actor) = actor {
            self.work.entry(actor.clone()).or_insert(work);
        }
    }

    /// The first work of an actor; `None` if the actor did not work on the item.
    #[must_use]
    pub fn work_of(&self, actor: &ActorName) -> Option<Work> {
        self.work.get(actor).copied()
    }
}

impl fmt::Display for Work {
    /// Writes a verb in the past: `started it`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Moved(Transition::Start) => "started it",
            Self::Moved(Transition::Block) => "blocked it",
            Self::Moved(Transition::Unblock) => "unblocked it",
            Self::Moved(Transition::Complete) => "completed it",
            Self::Moved(Transition::Cancel) => "cancelled it",
            Self::Moved(Transition::Reopen) => "reopened it",
            Self::Tested => "recorded its test results",
        })
    }
}
