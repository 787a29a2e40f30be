//! The workers of an item: the actors that worked on it. Their approvals do not count.

use std::collections::BTreeMap;
use std::fmt;

use shared_kernel::StreamVersion;
use shared_kernel::event::ActorName;

use crate::participant::name_key;
use crate::{Transition, WorkItemEvent};

/// The way in which an actor worked on an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// The actor moved it to another status.
    Moved(Transition),
    /// The actor recorded a test run.
    Tested,
}

/// The first work of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FirstWork {
    /// The work.
    pub work: Work,
    /// The version of the item after it.
    pub version: StreamVersion,
}

/// The actors that worked on an item since it was created or last reopened, each with the first
/// such event.
///
/// An actor works on an item by moving it or by recording its test results. A reopening counts as
/// work, but no creation, assignment, edit or note does. Names alone tell actors apart, in any
/// case: the work of `agent:Ada` is also the work of the person `ada`.
///
/// The payloads of the events do not name their actors; the caller takes them from the metadata.
///
/// ```
/// use work_item::{Work, Workers};
///
/// let tests: work_item::WorkItemEvent = serde_json::from_str(
///     r#"{"TestSuiteExecuted":{"positive":1,"negative":0,"edge_case":0}}"#,
/// )?;
/// let mut workers = Workers::new();
/// workers.take(7.into(), &tests, Some(&"ada".parse()?));
/// let first = workers.work_of(&"Ada".parse()?).unwrap();
/// assert_eq!((first.work, first.version), (Work::Tested, 7.into()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Workers {
    /// The first work of each actor, by the key of the name.
    work: BTreeMap<String, FirstWork>,
    /// The first work by an unknown actor.
    unattributed: Option<FirstWork>,
    /// The actors that recorded approvals in the name of others: approver → actor.
    recorded_by: BTreeMap<String, String>,
}

impl Workers {
    /// No workers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Processes the next event of the item, with the version after it and its actor.
    pub fn take(
        &mut self,
        version: StreamVersion,
        event: &WorkItemEvent,
        actor: Option<&ActorName>,
    ) {
        let actor = actor.map(name_key);
        let work = match (event, &actor) {
            (WorkItemEvent::StatusChanged { by, .. }, _) => Work::Moved(*by),
            (WorkItemEvent::TestSuiteExecuted { .. }, _) => Work::Tested,
            (WorkItemEvent::CompletionApproved { approver, .. }, Some(actor)) => {
                self.recorded_by.insert(name_key(approver), actor.clone());
                return;
            }
            _ => return,
        };
        if work == Work::Moved(Transition::Reopen) {
            *self = Self::new();
        }
        let first = FirstWork { work, version };
        match actor {
            Some(actor) => {
                self.work.entry(actor).or_insert(first);
            }
            None => {
                self.unattributed.get_or_insert(first);
            }
        }
    }

    /// The first work of an approver, or of the actor that recorded the approval; `None` if they
    /// did not work on the item.
    #[must_use]
    pub fn work_of(&self, approver: &ActorName) -> Option<FirstWork> {
        let approver = name_key(approver);
        let by_recorder = || self.work.get(self.recorded_by.get(&approver)?);
        self.work.get(&approver).or_else(by_recorder).copied()
    }

    /// The first work whose actor is unknown. Until the item is reopened, no approval counts,
    /// because each approver could be that actor.
    #[must_use]
    pub fn unattributed(&self) -> Option<FirstWork> {
        self.unattributed
    }
}

impl Work {
    /// The word for programs: the transition, or `test_run`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moved(transition) => transition.as_str(),
            Self::Tested => "test_run",
        }
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
            Self::Moved(Transition::Release) => "released it",
            Self::Moved(Transition::CloseElsewhere) => "closed it elsewhere",
            Self::Tested => "recorded its test results",
        })
    }
}
