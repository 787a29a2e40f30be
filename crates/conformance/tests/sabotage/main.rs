//! Proves that every law can fail: each store with a defect fails exactly the laws about it, and
//! the store without a defect fails none.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests, with helpers outside of test functions"
)]

mod append_saboteurs;
mod event_store_table;
mod expectation_saboteurs;
mod fault_saboteurs;
mod handle_saboteurs;
mod harness;
mod id_saboteurs;
mod lease_saboteurs;
mod named_lease_saboteurs;
mod race_saboteurs;
mod read_model_saboteurs;
mod read_saboteurs;
mod record_saboteurs;
mod rewriting;
mod saboteurs;
mod snapshot_harness;
mod snapshot_saboteurs;
mod snapshot_store_table;
mod states;
mod stream_saboteurs;
mod tail_harness;
mod tail_saboteurs;
mod tail_table;
mod transfer_saboteurs;
mod verdicts;
mod wait_saboteurs;
