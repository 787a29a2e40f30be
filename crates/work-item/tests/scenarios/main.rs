//! Owns the scenarios of the work item: given a history, when a command comes, then these events or
//! this refusal.

// Says to the lints that the helpers are tests too.
#![cfg(test)]

mod creation;
mod editing;
mod given;
mod golden;
mod invariants;
mod lifecycle;
mod quality;
mod words;
