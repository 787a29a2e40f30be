//! The write path: every write of a handle, in groups that share one commit.
//!
//! ```text
//! append() → Job → Queue ─┐   each caller waits for its own answer
//! append() → Job → Queue ─┤   and polls the one running commit
//! save()   → Job → Queue ─┘
//!                Committer ── takes the queue ──▶ Writer ──▶ one INSERT ──▶ answers
//! ```
//!
//! - [`committer`]: the queue, and whose turn it is.
//! - [`writer`]: serves the jobs of one group.
//! - [`plan`]: accepts or refuses each append of a group, and places the accepted ones.
//! - [`facts`]: what the plan rests on: the end of the log, versions, recorded ids.
//! - [`insert`]: the one statement that writes events.

pub(crate) mod committer;
mod facts;
mod housekeeping;
mod insert;
pub(crate) mod job;
mod plan;
mod repetition;
pub(crate) mod writer;
