//! The tables of a store, and their layout.

use postgres_database::{ConnectError, DatabaseError, code, is_created_meanwhile, reason, state};
use sqlx::postgres::PgConnection;
use sqlx::{Executor, Row, raw_sql};

/// The layout that this program writes.
const LAYOUT: i32 = 1;

pub(crate) const SCHEMA: &str = include_str!("../schema.sql");

/// How often the script begins anew because another program creates the same store.
const ATTEMPTS: u32 = 20;

/// Makes sure that the database has a store of a known layout. If it has none, it is created, or an
/// error.
pub(crate) async fn prepare(
    connection: &mut PgConnection,
    location: &str,
    creates: bool,
) -> Result<(), ConnectError> {
    let failed = |error: sqlx::Error| ConnectError::from(DatabaseError::from(error).at(location));
    for attempt in 1.. {
        let layout = layout(connection)
            .await
            .map_err(|error| match state(&error).as_deref() {
                Some(code::INSUFFICIENT_PRIVILEGE) => ConnectError::NotAllowed {
                    location: location.to_owned(),
                    source: reason(error),
                },
                _ => failed(error),
            })?;
        match layout {
            Some(LAYOUT) => return Ok(()),
            Some(found) if found > LAYOUT => {
                return Err(ConnectError::NewerLayout {
                    location: location.to_owned(),
                    found,
                    known: LAYOUT,
                });
            }
            None if !creates => {
                return Err(ConnectError::NoStore {
                    location: location.to_owned(),
                });
            }
            _ => {}
        }
        let Err(error) = create(connection).await else {
            continue;
        };
        if state(&error).as_deref() == Some(code::INSUFFICIENT_PRIVILEGE) {
            return Err(ConnectError::MayNotCreate {
                location: location.to_owned(),
                source: reason(error),
            });
        }
        if !is_created_meanwhile(&error) || attempt == ATTEMPTS {
            return Err(failed(error));
        }
    }
    Ok(())
}

/// The layout of the store; `None` if there is no store.
async fn layout(connection: &mut PgConnection) -> Result<Option<i32>, sqlx::Error> {
    match connection
        .fetch_optional("SELECT layout FROM annals.store")
        .await
    {
        Ok(row) => row.map(|row| row.try_get(0)).transpose(),
        Err(error) => match state(&error).as_deref() {
            Some(code::UNDEFINED_TABLE | code::INVALID_SCHEMA) => Ok(None),
            _ => Err(error),
        },
    }
}

/// Runs the script in one transaction.
async fn create(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let script = format!("BEGIN; {SCHEMA} COMMIT;");
    let created = raw_sql(sqlx::AssertSqlSafe(script))
        .execute(&mut *connection)
        .await;
    if created.is_err() {
        let _ = connection.execute("ROLLBACK").await;
    }
    created.map(drop)
}
