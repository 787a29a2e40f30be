//! The one mapping from errors of PostgreSQL and of stored rows to the errors of the ports.

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use thiserror::Error;

/// A store cannot be opened. No message has a password.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The text is not the address of a PostgreSQL database.
    #[error(
        "this is not the address of a PostgreSQL database; write it like \
         postgres://user@host:5432/database"
    )]
    InvalidAddress {
        /// The problem.
        source: FormatError,
    },
    /// The server cannot be reached.
    #[error("{location} cannot be reached")]
    Unreachable {
        /// The database.
        location: String,
        /// The error of the connection.
        source: FormatError,
    },
    /// The server refuses the user or the password.
    #[error("{location} refuses the login")]
    LoginRefused {
        /// The database.
        location: String,
        /// The answer of the server.
        source: FormatError,
    },
    /// The server has no database of this name.
    #[error("there is no database {location}")]
    NoDatabase {
        /// The database.
        location: String,
        /// The answer of the server.
        source: FormatError,
    },
    /// The database has no store, and none was to be created.
    #[error("the database {location} has no store")]
    NoStore {
        /// The database.
        location: String,
    },
    /// The role may not use the store or the database.
    #[error("this role may not use the store {location}")]
    NotAllowed {
        /// The database.
        location: String,
        /// The answer of the server.
        source: FormatError,
    },
    /// The database has no store, and this role may not create one. A role that may create schemas
    /// creates it once, and [grants](crate::PostgresStore::grant_to) the rights.
    #[error("the database {location} has no store, and this role may not create one")]
    MayNotCreate {
        /// The database.
        location: String,
        /// The error of the database.
        source: FormatError,
    },
    /// A newer program wrote the store.
    #[error(
        "the store {location} has the layout {found}, and this program knows layout {known}; use a newer one"
    )]
    NewerLayout {
        /// The database.
        location: String,
        /// The layout of the store.
        found: i32,
        /// The newest layout that this program knows.
        known: i32,
    },
    /// Anything else that the database reported.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An access to the database failed.
#[derive(Debug)]
pub(crate) enum DatabaseError {
    /// PostgreSQL failed, or sqlx on the way to it.
    Sql(sqlx::Error),
    /// The server cannot be reached, so no statement began.
    Unreachable(sqlx::Error),
    /// No program of this kind can have written a row; the text names the row and the reason.
    Damaged(String),
}

impl ConnectError {
    /// The error of opening a connection.
    pub(crate) fn connecting(error: DatabaseError, location: &str) -> Self {
        let DatabaseError::Unreachable(error) = error else {
            return error.at(location).into();
        };
        let state = state(&error);
        let location = location.to_owned();
        match state.as_deref() {
            Some(state) if state.starts_with(code::CLASS_OF_LOGINS) => Self::LoginRefused {
                location,
                source: reason(error),
            },
            Some(code::NO_DATABASE) => Self::NoDatabase {
                location,
                source: reason(error),
            },
            Some(code::INSUFFICIENT_PRIVILEGE) => Self::NotAllowed {
                location,
                source: reason(error),
            },
            // The server has answered, for example that it is starting up.
            Some(_) => DatabaseError::Unreachable(error).at(&location).into(),
            None => Self::Unreachable {
                location,
                source: reason(error),
            },
        }
    }
}

/// The reason of an error, without the names that the driver puts before it.
pub(crate) fn reason(error: sqlx::Error) -> FormatError {
    match error {
        sqlx::Error::Database(error) => error.message().into(),
        sqlx::Error::Io(error) => error.into(),
        other => other.into(),
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Damaged(format!("column {index}: {source}"))
            }
            other => Self::Sql(other),
        }
    }
}

impl DatabaseError {
    /// The error of the port, for the store in the database `location`.
    pub(crate) fn at(self, location: &str) -> StoreError {
        match self {
            Self::Sql(error) => store_error(location, error),
            // The server has answered, for example that it has too many connections.
            Self::Unreachable(error) if state(&error).is_some() => store_error(location, error),
            Self::Unreachable(error) => StoreError::Backend {
                location: location.to_owned(),
                source: error.into(),
            },
            Self::Damaged(problem) => StoreError::Damaged {
                location: location.to_owned(),
                problem,
            },
        }
    }

    /// Whether a statement that is a transaction of its own may have been committed all the same.
    pub(crate) fn may_be_committed(&self) -> bool {
        match self {
            Self::Sql(error) => is_connection_lost(error),
            Self::Unreachable(_) | Self::Damaged(_) => false,
        }
    }

    /// Whether the connection is gone, so that another one may answer.
    pub(crate) fn is_connection_lost(&self) -> bool {
        matches!(self, Self::Sql(error) if is_connection_lost(error))
    }
}

/// Codes of SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(crate) mod code {
    /// All codes of refused logins begin with it.
    pub(crate) const CLASS_OF_LOGINS: &str = "28";
    pub(crate) const NO_DATABASE: &str = "3D000";
    pub(crate) const READ_ONLY: &str = "25006";
    pub(crate) const SERIALIZATION_FAILURE: &str = "40001";
    pub(crate) const DEADLOCK: &str = "40P01";
    pub(crate) const INSUFFICIENT_PRIVILEGE: &str = "42501";
    pub(crate) const DISK_FULL: &str = "53100";
    pub(crate) const TOO_MANY_CONNECTIONS: &str = "53300";
    pub(crate) const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub(crate) const QUERY_CANCELED: &str = "57014";
    pub(crate) const ADMIN_SHUTDOWN: &str = "57P01";
    pub(crate) const CRASH_SHUTDOWN: &str = "57P02";
    pub(crate) const CANNOT_CONNECT_NOW: &str = "57P03";
    pub(crate) const DATABASE_DROPPED: &str = "57P04";
    pub(crate) const IDLE_SESSION_TIMEOUT: &str = "57P05";
    pub(crate) const UNDEFINED_FILE: &str = "58P01";
    pub(crate) const UNDEFINED_TABLE: &str = "42P01";
    pub(crate) const UNDEFINED_COLUMN: &str = "42703";
    pub(crate) const UNDEFINED_FUNCTION: &str = "42883";
    pub(crate) const INVALID_SCHEMA: &str = "3F000";
    pub(crate) const DATA_CORRUPTED: &str = "XX001";
    pub(crate) const INDEX_CORRUPTED: &str = "XX002";
    pub(crate) const UNIQUE_VIOLATION: &str = "23505";
    pub(crate) const DUPLICATE_SCHEMA: &str = "42P06";
    pub(crate) const DUPLICATE_TABLE: &str = "42P07";
    pub(crate) const DUPLICATE_OBJECT: &str = "42710";
    pub(crate) const INTERNAL: &str = "XX000";
}

/// The SQLSTATE of an error, if it is PostgreSQL's.
pub(crate) fn state(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Whether the connection ended, so that the outcome of its statement is unknown.
fn is_connection_lost(error: &sqlx::Error) -> bool {
    match state(error) {
        Some(state) => {
            let ends = [
                code::ADMIN_SHUTDOWN,
                code::CRASH_SHUTDOWN,
                code::DATABASE_DROPPED,
                code::IDLE_SESSION_TIMEOUT,
            ];
            state.starts_with("08") || ends.contains(&state.as_str())
        }
        None => !matches!(
            error,
            sqlx::Error::PoolClosed
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::Encode(_)
                | sqlx::Error::Decode(_)
        ),
    }
}

/// The error of the port for `error`, for the store in the database `location`.
fn store_error(location: &str, error: sqlx::Error) -> StoreError {
    let location = location.to_owned();
    match error {
        sqlx::Error::PoolClosed => return StoreError::Closed { location },
        sqlx::Error::PoolTimedOut => return StoreError::Busy { location },
        _ => {}
    }
    let problem = error.to_string();
    let state = state(&error);
    let source = Box::new(error);
    match state.as_deref() {
        Some(
            code::SERIALIZATION_FAILURE
            | code::DEADLOCK
            | code::TOO_MANY_CONNECTIONS
            | code::LOCK_NOT_AVAILABLE
            | code::QUERY_CANCELED
            | code::CANNOT_CONNECT_NOW,
        ) => StoreError::Busy { location },
        Some(code::DISK_FULL) => StoreError::Full { location, source },
        Some(code::READ_ONLY | code::INSUFFICIENT_PRIVILEGE) => StoreError::ReadOnly {
            location,
            obstacle: problem,
        },
        Some(
            code::DATA_CORRUPTED
            | code::INDEX_CORRUPTED
            | code::UNDEFINED_FILE
            | code::UNDEFINED_TABLE
            | code::UNDEFINED_COLUMN
            | code::UNDEFINED_FUNCTION
            | code::INVALID_SCHEMA,
        ) => StoreError::Damaged { location, problem },
        _ => StoreError::Backend { location, source },
    }
}

/// Whether two programs created the same object at the same time.
pub(crate) fn is_created_meanwhile(error: &sqlx::Error) -> bool {
    let state = state(error);
    matches!(
        state.as_deref(),
        Some(
            code::UNIQUE_VIOLATION
                | code::DUPLICATE_SCHEMA
                | code::DUPLICATE_TABLE
                | code::DUPLICATE_OBJECT
                | code::DEADLOCK
                // "tuple concurrently updated", of CREATE OR REPLACE.
                | code::INTERNAL
        )
    )
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn only_a_lost_connection_leaves_the_outcome_open() {
        let lost = || sqlx::Error::Io(Error::from(ErrorKind::ConnectionReset));
        assert!(DatabaseError::from(lost()).may_be_committed());
        assert!(!DatabaseError::Unreachable(lost()).may_be_committed());
        for error in [sqlx::Error::PoolClosed, sqlx::Error::PoolTimedOut] {
            assert!(!DatabaseError::from(error).may_be_committed());
        }
        assert!(!DatabaseError::Damaged(String::new()).may_be_committed());
    }

    #[test]
    fn a_closed_store_and_a_busy_one_are_told_apart() {
        let location = "postgres://localhost/annals";
        let closed = DatabaseError::from(sqlx::Error::PoolClosed).at(location);
        assert!(matches!(closed, StoreError::Closed { .. }));
        let busy = DatabaseError::from(sqlx::Error::PoolTimedOut).at(location);
        assert!(busy.is_transient());
        let damaged = DatabaseError::Damaged("position 7 is missing".to_owned()).at(location);
        assert!(
            damaged.to_string().contains("position 7 is missing"),
            "{damaged}"
        );
    }
}
