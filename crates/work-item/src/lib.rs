//! Work items: tasks that people and agents create, work on and finish, with test results as
//! evidence.
//!
//! A [`WorkItem`] is the state that its [events](WorkItemEvent) produce. Each command is a method
//! that checks the state and returns the new events, or a [`WorkItemError`]. The crate is pure: ids
//! and times are arguments, and it uses no clock, no randomness, no storage and no data format.
//!
//! ```
//! use shared_kernel::snowflake::Snowflake;
//! use shared_kernel::Aggregate;
//! use work_item::{NewWorkItem, Status, WorkItem, WorkItemId, WorkNumber};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let id = WorkItemId::new(Snowflake::new(7001)?, WorkNumber::new(1)?);
//!     let at = "2026-01-09T10:00:00Z".parse()?;
//!
//!     let new = NewWorkItem::new("Write the first event".parse()?);
//!     let created = WorkItem::create(id, new, None, at)?;
//!     let mut item = <WorkItem as Aggregate>::create(&created)?;
//!     for event in item.start(None, at)? {
//!         item.apply(&event)?;
//!     }
//!     assert_eq!(item.status(), Status::InProgress);
//!     assert!(item.start(None, at).is_err());
//!     Ok(())
//! }
//! ```

// Identity
mod alias;
mod work_item_id;
mod work_number;

// Words and texts
mod hidden;
mod priority;
mod status;
mod text;
mod transition;
mod word;
mod work_item_type;

// Quality
mod coverage;
mod evidence_file;
mod gate;
mod risk_tier;
mod test_ratio;
mod test_run;

// Relations to other items
mod blocker_graph;
mod dependency;
mod hindrances;
mod known_statuses;
mod parent;

// The aggregate
mod claim;
mod claim_length;
mod commands;
mod error;
mod event;
mod history;
mod new_work_item;
mod participant;
mod upcasting;
mod work_item;
mod workers;

// Queries over the past
mod difference;
mod status_chain;

pub use alias::{Alias, AliasInvalid};
pub use blocker_graph::BlockerGraph;
pub use claim::{Claim, LostClaim, Touch};
pub use claim_length::{ClaimLength, ClaimLengthInvalid};
pub use coverage::{Coverage, CoverageInvalid};
pub use dependency::{Dependency, DependencyKind};
pub use difference::{Field, FieldChange, FieldValue};
pub use error::WorkItemError;
pub use event::WorkItemEvent;
pub use evidence_file::{
    EvidenceFile, EvidenceInvalid, FileCounts, Sha256, Sha256Invalid, TestPatterns,
};
pub use gate::{GateFailure, GateLevel};
pub use hidden::{first_hidden, mark_hidden};
pub use hindrances::{Hindrance, Hindrances, OpenItem};
pub use known_statuses::KnownStatuses;
pub use new_work_item::NewWorkItem;
pub use parent::Parent;
pub use participant::{Participant, ParticipantInvalid};
pub use priority::Priority;
pub use risk_tier::RiskTier;
pub use status::Status;
pub use status_chain::{Bearing, Link, StatusChain};
pub use test_ratio::{TestKind, TestRatio, TestRatioInvalid};
pub use test_run::TestRun;
pub use text::{
    Description, DescriptionInvalid, FileName, FileNameInvalid, Note, NoteInvalid, Reason,
    ReasonInvalid, TestPattern, TestPatternInvalid, TextProblem, Title, TitleInvalid,
};
pub use transition::Transition;
pub use upcasting::{Upcaster, Upgraded};
pub use word::UnknownWord;
pub use work_item::WorkItem;
pub use work_item_id::WorkItemId;
pub use work_item_type::WorkItemType;
pub use work_number::{InvalidWorkNumber, WorkNumber};
pub use workers::{FirstWork, Work, Workers};

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
