//! Work items: tasks that people and agents create, work on and finish, with the evidence of their
//! tests.
//!
//! The domain is pure. A [`WorkItem`] is the sum of its [events](WorkItemEvent); its commands are
//! plain methods that look at the state and answer with events or with a
//! [typed refusal](WorkItemError). Ids and times come in as arguments: there is no clock, no
//! randomness, no storage and no format in here.
//!
//! ```
//! use shared_kernel::{Aggregate, Snowflake};
//! use work_item::{NewWorkItem, Status, WorkItem, WorkItemId, WorkNumber};
//!
//! let id = WorkItemId::new(Snowflake::new(7001)?, WorkNumber::new(1)?);
//! let at = "2026-01-09T10:00:00Z".parse()?;
//!
//! let new = NewWorkItem::new("Write the first event".parse()?);
//! let created = WorkItem::create(id, new, None, at)?;
//! let mut item = <WorkItem as Aggregate>::create(&created)?;
//! for event in item.start(at)? {
//!     item.apply(&event)?;
//! }
//! assert_eq!(item.status(), Status::InProgress);
//! assert!(item.start(at).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

// Identity
mod work_item_id;
mod work_number;

// Words and texts
mod priority;
mod status;
mod text;
mod transition;
mod word;
mod work_item_type;

// Quality
mod coverage;
mod gate;
mod risk_tier;
mod test_ratio;
mod test_run;

// The items around
mod blocker_graph;
mod dependency;
mod hindrances;
mod parent;
mod surroundings;

// The aggregate
mod commands;
mod error;
mod event;
mod history;
mod new_work_item;
mod upcasting;
mod work_item;

// The questions
mod difference;
mod status_chain;

pub use blocker_graph::BlockerGraph;
pub use coverage::{Coverage, CoverageInvalid};
pub use dependency::{Dependency, DependencyKind};
pub use difference::{Field, FieldChange, FieldValue};
pub use error::WorkItemError;
pub use event::WorkItemEvent;
pub use gate::{GateFailure, GateLevel};
pub use hindrances::Hindrances;
pub use new_work_item::NewWorkItem;
pub use parent::Parent;
pub use priority::Priority;
pub use risk_tier::RiskTier;
pub use status::Status;
pub use status_chain::{Bearing, Link, StatusChain};
pub use surroundings::{OpenItem, Surroundings};
pub use test_ratio::{TestKind, TestRatio, TestRatioInvalid};
pub use test_run::TestRun;
pub use text::{
    Description, DescriptionInvalid, Note, NoteInvalid, Reason, ReasonInvalid, TextProblem, Title,
    TitleInvalid,
};
pub use transition::Transition;
pub use upcasting::{Upcaster, Upgraded};
pub use word::UnknownWord;
pub use work_item::WorkItem;
pub use work_item_id::WorkItemId;
pub use work_item_type::WorkItemType;
pub use work_number::{InvalidWorkNumber, WorkNumber};
