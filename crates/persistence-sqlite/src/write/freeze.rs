//! The mark of a frozen store: while it is there, a trigger refuses all batches.

use shared_kernel::store::Destination;
use shared_kernel::{GlobalPosition, StoreError};
use sqlite_file::{FileError, get_optional};
use sqlx::sqlite::SqliteConnection;

use super::job::moved;

const FREEZE: &str = "UPDATE store SET moves_to = ?1 WHERE moves_to IS NULL";

const UNFREEZE: &str = "UPDATE store SET moves_to = NULL";

/// The parameter lets sqlx keep the statement prepared.
const READ: &str = "
    SELECT moves_to, (SELECT max(last_position) FROM batches) FROM store WHERE only_one = ?1";

/// Freezes the store for a destination, or lets it take appends again. Returns the position of the
/// last event. No event follows it once the mark is committed, so it is read afterwards.
pub(super) async fn change(
    connection: &mut SqliteConnection,
    location: &str,
    destination: Option<&Destination>,
) -> Result<Result<Option<GlobalPosition>, StoreError>, FileError> {
    let statement = match destination {
        Some(destination) => sqlx::query(FREEZE).bind(destination.to_string()),
        None => sqlx::query(UNFREEZE),
    };
    statement.execute(&mut *connection).await?;
    let row = sqlx::query(READ).bind(1).fetch_one(connection).await?;
    let found = get_optional::<&str>(&row, 0)?;
    if let (Some(destination), Some(to)) = (destination, found)
        && to != destination.as_str()
    {
        return Ok(Err(moved(location, to)));
    }
    let head = get_optional::<i64>(&row, 1)?.map(GlobalPosition::try_from);
    let head = head.transpose();
    Ok(Ok(head.map_err(|e| FileError::Damaged(e.to_string()))?))
}
