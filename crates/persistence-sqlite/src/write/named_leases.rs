//! Named leases, in the rows of the table `leases` with names such as `named/claim-7`.

use shared_kernel::lease::{LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError};
use shared_kernel::time::from_micros;
use sqlite_file::{FileError, Readers, get};
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use crate::read::row::json_list;

const PREFIX: &str = "named/";

/// The rule of [`NamedLease::after`]. It writes no row if the name is overtaken.
const HOLD: &str = "
    INSERT INTO leases (name, term, holder, not_before, expires_at, floor)
    VALUES (?1, ?2, ?3, 0, ?4, 0)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, term = excluded.term,
        expires_at = iif(excluded.term > term, excluded.expires_at,
            max(excluded.expires_at, expires_at))
    WHERE excluded.term > term OR (excluded.term = term AND excluded.holder = holder)
    RETURNING name, term, holder, expires_at";

const READ: &str = "
    SELECT name, term, holder, expires_at FROM leases
    WHERE name IN (SELECT value FROM json_each(?1)) ORDER BY name ASC";

/// Takes or renews the lease of a name.
pub(super) async fn hold(
    connection: &mut SqliteConnection,
    wanted: &NamedLease,
) -> Result<Result<NamedLease, NamedLeaseError>, FileError> {
    let written = sqlx::query(HOLD)
        .bind(row_name(&wanted.name))
        .bind(wanted.term.as_i64())
        .bind(wanted.holder.as_str().to_owned())
        .bind(wanted.expires_at.as_microsecond())
        .fetch_optional(&mut *connection)
        .await?;
    if let Some(row) = written {
        return Ok(Ok(lease(&row)?));
    }
    let names = json_list([row_name(&wanted.name)]);
    let row = sqlx::query(READ).bind(names).fetch_one(connection).await?;
    let present = lease(&row)?;
    Ok(Err(NamedLeaseError::Overtaken { present }))
}

/// The leases of names.
pub(crate) async fn read(
    readers: &Readers,
    names: &[LeaseName],
) -> Result<Vec<NamedLease>, FileError> {
    let names = json_list(names.iter().map(row_name));
    let rows = readers.fetch_all(sqlx::query(READ).bind(names)).await?;
    rows.iter().map(lease).collect()
}

fn row_name(name: &LeaseName) -> String {
    format!("{PREFIX}{name}")
}

fn lease(row: &SqliteRow) -> Result<NamedLease, FileError> {
    let name: &str = get(row, 0)?;
    let damaged = |e: &dyn std::fmt::Display| FileError::Damaged(format!("the lease {name}: {e}"));
    Ok(NamedLease {
        name: LeaseName::new(name.strip_prefix(PREFIX).unwrap_or(name)).map_err(|e| damaged(&e))?,
        term: LeaseTerm::try_from(get::<i64>(row, 1)?).map_err(|e| damaged(&e))?,
        holder: LeaseHolder::new(get::<&str>(row, 2)?).map_err(|e| damaged(&e))?,
        expires_at: from_micros(get(row, 3)?).map_err(|e| damaged(&e))?,
    })
}
