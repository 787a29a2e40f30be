//! The one mapping from errors of the database to those of the port. The meaning of each SQLSTATE
//! is in the crate `postgres-database`.

use postgres_database::{
    ConnectError, Database, DatabaseError, Meaning, code, ends_the_session, meaning, reason, state,
};
use read_side::{Build, ReadModelError};

use crate::names::{CATALOG, quoted};

/// The remedy for rows that cannot be read.
const AGAIN: &str = "build the read model again, which fills a new schema";

/// An error of a statement of this crate.
pub(crate) fn failed(database: &Database, error: DatabaseError) -> ReadModelError {
    let is_lost = error.is_connection_lost();
    let location = database.location.clone();
    let error = match error {
        DatabaseError::Busy(_) | DatabaseError::Sql(sqlx::Error::PoolTimedOut) => {
            return ReadModelError::Busy { location };
        }
        DatabaseError::Damaged(problem) => {
            let obstacle = format!("{problem}; {AGAIN}");
            return ReadModelError::Unusable { location, obstacle };
        }
        unreachable @ DatabaseError::Unreachable(_) => return not_connected(location, unreachable),
        DatabaseError::Sql(error) => error,
    };
    let meaning = state(&error).map_or(Meaning::Other, |state| meaning(&state));
    let source = reason(error);
    let obstacle = match meaning {
        Meaning::Busy => return ReadModelError::Busy { location },
        _ if is_lost => return ReadModelError::ConnectionLost { location, source },
        Meaning::Full => "the disk of the server is full".to_owned(),
        Meaning::ReadOnly => format!("the server takes no writes: {source}"),
        Meaning::NotPermitted => {
            let (role, database) = (quoted(database.role()), quoted(database.name()));
            format!(
                "{source}; a role that keeps read models needs: \
                 GRANT CREATE ON DATABASE {database} TO {role}; and if another role owns \
                 {CATALOG}: GRANT USAGE ON SCHEMA {CATALOG} TO {role}; \
                 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {CATALOG} TO {role}; \
                 each role has its own read models"
            )
        }
        Meaning::Damaged => format!("{source}; {AGAIN}"),
        Meaning::Stale | Meaning::LoginRefused | Meaning::Replaced | Meaning::Other => {
            return ReadModelError::Backend { location, source };
        }
    };
    ReadModelError::Unusable { location, obstacle }
}

/// The server cannot be reached, or refuses the connection.
fn not_connected(location: String, error: DatabaseError) -> ReadModelError {
    let error = match ConnectError::connecting(error, &location) {
        ConnectError::Store(error) if error.is_transient() => {
            return ReadModelError::Busy { location };
        }
        ConnectError::Unreachable { location, source } => {
            return ReadModelError::Unreachable { location, source };
        }
        error => error,
    };
    let reason = std::error::Error::source(&error).map(|source| format!(": {source}"));
    let obstacle = format!("{error}{}", reason.unwrap_or_default());
    ReadModelError::Unusable { location, obstacle }
}

/// An error of the user's statements on a build. Those that another text or other values would
/// avoid are [`ReadModelError::Refused`].
pub(crate) fn refused_or_failed(
    build: &Build,
    database: &Database,
    error: DatabaseError,
) -> ReadModelError {
    match error {
        DatabaseError::Sql(error) if is_the_users(&error) => refused(build, reason(error)),
        DatabaseError::Sql(error) if is_not_permitted(&error) => ReadModelError::Unusable {
            location: database.location.clone(),
            obstacle: format!(
                "{}; the SQL of the projection needs this right",
                reason(error)
            ),
        },
        error => failed(database, error),
    }
}

/// Whether the role lacks a right.
pub(crate) fn is_not_permitted(error: &sqlx::Error) -> bool {
    state(error).as_deref() == Some(code::INSUFFICIENT_PRIVILEGE)
}

fn is_the_users(error: &sqlx::Error) -> bool {
    let Some(state) = state(error) else {
        // The driver refuses too many values, a NUL in a text, and an answer that it does not
        // expect, such as that to COPY.
        return matches!(
            error,
            sqlx::Error::Encode(_) | sqlx::Error::TypeNotFound { .. } | sqlx::Error::Protocol(_)
        );
    };
    match state.get(..2) {
        Some("42") => state != code::INSUFFICIENT_PRIVILEGE,
        // A feature that is missing; cardinality, values, constraints, a CHECK of a view; limits;
        // COMMIT in a function; functions and triggers of the user.
        Some("0A" | "21" | "22" | "23" | "2D" | "2F" | "38" | "39" | "3F" | "44" | "54" | "P0") => {
            true
        }
        // A value is missing. A pooler has this code, too, but ends the session with it.
        Some("08") => !ends_the_session(error),
        // VACUUM and the like, which do not run in a transaction.
        _ => state == "25001",
    }
}

/// The rows of a build were refused.
pub(crate) fn refused(
    build: &Build,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ReadModelError {
    ReadModelError::Refused {
        build: build.clone(),
        source: source.into(),
    }
}
