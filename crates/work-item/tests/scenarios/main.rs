//! Scenarios of the work item: given a history, when a command runs, then it returns these events
//! or this error.

// Lets the lints treat the helpers as tests.
#![cfg(test)]

mod approvals;
mod claims;
mod creation;
mod dependencies;
mod differences;
mod editing;
mod every_pair;
mod given;
mod golden;
mod hierarchy;
mod invariants;
mod lifecycle;
mod notes;
mod quality;
mod status_chain;
mod upcasting;
mod waiting;
mod words;
