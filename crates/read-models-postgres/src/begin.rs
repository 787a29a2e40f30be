//! The beginning of a transaction that writes.

use std::time::Duration;

/// A transaction of this crate alone that waits for its client this long is ended by the server.
pub(crate) const SILENCE: Duration = Duration::from_secs(2);

/// The beginning of a transaction that writes. The server ends it if it waits for a lock longer
/// than `patience`, or for its client longer than `silence`. The settings end with it, so that they
/// work behind a pooler, too. The default isolation of the server does not count.
pub(crate) fn begin(patience: Duration, silence: Duration) -> String {
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {}; SET LOCAL idle_in_transaction_session_timeout = {};",
        milliseconds(patience),
        milliseconds(silence)
    )
}

/// A timeout as a number of PostgreSQL. 0 would be no timeout at all.
fn milliseconds(timeout: Duration) -> i32 {
    let timeout = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    timeout.max(1)
}
