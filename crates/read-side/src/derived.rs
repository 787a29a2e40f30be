//! Ids that are derived from their cause.

use sha2::{Digest, Sha256};
use shared_kernel::EventId;
use shared_kernel::jiff::Timestamp;

/// The id of the `n`th event that a consumer writes because of the event `cause`.
///
/// The same cause, consumer and number always give the same id. So an event that is written twice
/// is a repetition, and recorded once. The time in the id is the one in the id of the cause; the
/// random part is the beginning of the SHA-256 of cause, consumer and number.
///
/// ```
/// use read_side::derived_id;
/// use shared_kernel::EventId;
///
/// let cause: EventId = "01890a5d-ac96-774b-bcce-b302099a8057".parse()?;
/// let first = derived_id(cause, "invoices", 0);
/// assert_eq!(first, derived_id(cause, "invoices", 0));
/// assert_ne!(first, derived_id(cause, "invoices", 1));
/// assert_ne!(first, derived_id(cause, "reminders", 0));
/// assert_eq!(first.unix_milliseconds(), cause.unix_milliseconds());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn derived_id(cause: EventId, consumer: &str, n: u32) -> EventId {
    let mut hash = Sha256::new();
    hash.update(cause.as_bytes());
    hash.update(n.to_be_bytes());
    hash.update(consumer);
    let hash = hash.finalize();
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    let millis = i64::try_from(cause.unix_milliseconds()).unwrap_or(i64::MAX);
    let time = Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
    EventId::from_parts(time, random)
}
