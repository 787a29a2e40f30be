//! Scenarios of the work item: given a history, when a command runs, then it returns these events
//! or this error.

// Says to the lints that the helpers are tests too.
#![cfg(test)]

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
