//! The write path: every write of a handle, in groups that share one commit.
//!
//! ```text
//! append() → Job → Queue ─┐   each caller waits for its own answer
//! append() → Job → Queue ─┤   and polls the one running commit
//! save()   → Job → Queue ─┘
//!             GroupCommit ── takes the queue ──▶ Writer ──▶ one INSERT ──▶ answers
//! ```
//!
//! - [`group_commit`]: the queue, and the commit that runs.
//! - [`writer`]: serves the jobs of one group.
//! - [`plan`]: accepts or refuses each append of a group, and places the accepted ones.
//! - [`facts`]: the basis of the plan: the end of the log, and the versions of streams.
//! - [`repetition`]: the verdicts on repeated appends.
//! - [`insert`]: the one statement that writes events.
//! - [`import`]: places the events of another log.
//! - [`freeze`]: the mark of a frozen store.

pub(crate) mod facts;
pub(crate) mod freeze;
mod housekeeping;
mod import;
mod insert;
pub(crate) mod job;
pub(crate) mod leases;
pub(crate) mod named_leases;
mod plan;
mod repetition;
pub(crate) mod snapshots;
pub(crate) mod writer;
