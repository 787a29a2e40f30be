//! The mark of a frozen store: while it is there, `annals.append_1` writes nothing.

use std::time::Duration;

use postgres_database::{Database, DatabaseError};
use shared_kernel::store::Destination;
use shared_kernel::{GlobalPosition, StoreError};
use sqlx::Row;
use sqlx::postgres::PgConnection;

use super::group::milliseconds;
use super::job::moved;

const FREEZE: &str = "SELECT head, frozen_for FROM annals.freeze_1($1, $2)";

/// Freezes the store for a destination, or lets it take appends again. Returns the position of the
/// last event.
pub(super) async fn change(
    database: &Database,
    connection: &mut PgConnection,
    destination: Option<&Destination>,
    busy_timeout: Duration,
) -> Result<Result<Option<GlobalPosition>, StoreError>, DatabaseError> {
    let statement = sqlx::query(FREEZE)
        .bind(milliseconds(busy_timeout))
        .bind(destination.map(ToString::to_string));
    let rows = database.write(connection, statement).await?;
    let no_answer = || DatabaseError::Damaged("annals.freeze_1 has no answer".to_owned());
    let answer = rows.first().ok_or_else(no_answer)?;
    let found: Option<String> = answer.try_get(1)?;
    if let (Some(destination), Some(to)) = (destination, &found)
        && to != destination.as_str()
    {
        return Ok(Err(moved(&database.location, to)));
    }
    let head = GlobalPosition::try_from(answer.try_get::<i64, _>(0)?);
    let head = head.map_err(|e| DatabaseError::Damaged(e.to_string()))?;
    Ok(Ok(Some(head).filter(|head| *head > GlobalPosition::START)))
}
