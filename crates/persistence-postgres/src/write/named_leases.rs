//! Named leases, in the rows of the table `leases` with names such as `named/claim-7`.

use postgres_database::{Database, DatabaseError};
use shared_kernel::lease::{LeaseHolder, LeaseName, LeaseTerm, NamedLease, NamedLeaseError};
use sqlx::Row;
use sqlx::postgres::{PgConnection, PgRow};

use crate::read::row::time;

const PREFIX: &str = "named/";

/// The rule of [`NamedLease::after`]. It writes no row if the name is overtaken.
const HOLD: &str = "
    INSERT INTO annals.leases AS l (name, term, holder, not_before, expires_at, floor)
    VALUES ($1, $2, $3, 0, $4, 0)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, term = excluded.term,
        expires_at = CASE WHEN excluded.term > l.term THEN excluded.expires_at
            ELSE greatest(excluded.expires_at, l.expires_at) END
    WHERE excluded.term > l.term OR (excluded.term = l.term AND excluded.holder = l.holder)
    RETURNING name, term, holder, expires_at";

const READ: &str = "
    SELECT name, term, holder, expires_at FROM annals.leases WHERE name = ANY ($1)
    ORDER BY name ASC";

/// Takes or renews the lease of a name. A repetition answers the same.
pub(super) async fn hold(
    database: &Database,
    connection: &mut PgConnection,
    wanted: &NamedLease,
) -> Result<Result<NamedLease, NamedLeaseError>, DatabaseError> {
    let write = sqlx::query(HOLD)
        .bind(row_name(&wanted.name))
        .bind(wanted.term.as_i64())
        .bind(wanted.holder.as_str().to_owned())
        .bind(wanted.expires_at.as_microsecond());
    if let Some(row) = database.write(&mut *connection, write).await?.first() {
        return Ok(Ok(lease(row)?));
    }
    let read = sqlx::query(READ).bind(vec![row_name(&wanted.name)]);
    let rows = database.write(connection, read).await?;
    let row = rows.first();
    let gone = || DatabaseError::Damaged(format!("the lease {} is gone", wanted.name));
    let present = lease(row.ok_or_else(gone)?)?;
    Ok(Err(NamedLeaseError::Overtaken { present }))
}

/// The leases of names.
pub(crate) async fn read(
    database: &Database,
    names: &[LeaseName],
) -> Result<Vec<NamedLease>, DatabaseError> {
    let names: Vec<_> = names.iter().map(row_name).collect();
    let rows = database.rows(|| sqlx::query(READ).bind(names.clone()));
    rows.await?.iter().map(lease).collect()
}

fn row_name(name: &LeaseName) -> String {
    format!("{PREFIX}{name}")
}

fn lease(row: &PgRow) -> Result<NamedLease, DatabaseError> {
    let name: &str = row.try_get(0)?;
    let damaged =
        |e: &dyn std::fmt::Display| DatabaseError::Damaged(format!("the lease {name}: {e}"));
    Ok(NamedLease {
        name: LeaseName::new(name.strip_prefix(PREFIX).unwrap_or(name)).map_err(|e| damaged(&e))?,
        term: LeaseTerm::try_from(row.try_get::<i64, _>(1)?).map_err(|e| damaged(&e))?,
        holder: LeaseHolder::new(row.try_get::<&str, _>(2)?).map_err(|e| damaged(&e))?,
        expires_at: time(row.try_get(3)?)?,
    })
}
