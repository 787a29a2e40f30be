//! The port to the program whose commands the tools run.

use async_trait::async_trait;
use serde_json::Value;

/// The answer of a command.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The exit code: 0 done, 2 wrong usage, 3 refused, 4 conflict, 5 the store failed.
    pub code: u8,
    /// The JSON values of the answer, or one error object. They have no hidden characters.
    pub values: Vec<Value>,
}

/// The program on one open store, for one actor.
#[async_trait]
pub trait Program: Send + Sync + 'static {
    /// Runs a command: its name, then its arguments. A value never becomes an option, because each
    /// option has its value behind `=`, and all other values stand behind `--`. Example:
    /// `note --key=run-1 -- WORK-007 "--actor=x"`.
    ///
    /// A dropped future leaves a command that is done, or not begun.
    async fn run(&self, words: Vec<String>) -> Answer;

    /// Waits until the log has an event past a position. Returns its last position; `None` if the
    /// log cannot be read.
    async fn wait_past(&self, position: u64) -> Option<u64>;

    /// Renews the claims of the actor. An error does no harm: a claim ends earlier.
    async fn renew_claims(&self);
}
