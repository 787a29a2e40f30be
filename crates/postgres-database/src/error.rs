//! The one mapping from errors of PostgreSQL and of stored rows to the errors of the ports: the
//! function [`meaning`].

use shared_kernel::StoreError;
use shared_kernel::codec::FormatError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use thiserror::Error;

/// A database, or the store in it, cannot be opened. No message has a password.
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
    /// The certificate of the server is not trusted.
    #[error(
        "the certificate of {location} is not trusted; name the file of its authority with \
         sslrootcert=FILE in the address"
    )]
    Untrusted {
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
    /// The database keeps its texts in an encoding that lacks most characters.
    #[error(
        "the database {location} has the encoding {found}; create one with ENCODING 'UTF8' and \
         TEMPLATE template0"
    )]
    Encoding {
        /// The database.
        location: String,
        /// Its encoding, for example `LATIN1`.
        found: String,
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
    /// creates it once, and grants the rights.
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
pub enum DatabaseError {
    /// PostgreSQL failed, or sqlx on the way to it.
    Sql(sqlx::Error),
    /// The server cannot be reached, so no statement began.
    Unreachable(sqlx::Error),
    /// No program of this kind can have written a row; the text names the row and the reason.
    Damaged(String),
    /// Another session is in the way; the text is the reason.
    Busy(String),
}

impl ConnectError {
    /// The error of opening a connection.
    #[must_use]
    pub fn connecting(error: DatabaseError, location: &str) -> Self {
        let DatabaseError::Unreachable(error) = error else {
            return error.at(location).into();
        };
        let location = location.to_owned();
        let state = state(&error);
        match state.as_deref() {
            Some(code::NO_DATABASE) => Self::NoDatabase {
                location,
                source: reason(error),
            },
            Some(state) => match meaning(state) {
                Meaning::LoginRefused => Self::LoginRefused {
                    location,
                    source: reason(error),
                },
                Meaning::NotPermitted => Self::NotAllowed {
                    location,
                    source: reason(error),
                },
                // The server has answered, for example that it is starting up.
                _ => DatabaseError::Unreachable(error).at(&location).into(),
            },
            None if is_untrusted(&error) => Self::Untrusted {
                location,
                source: reason(error),
            },
            None => Self::Unreachable {
                location,
                source: reason(error),
            },
        }
    }
}

/// Whether the certificate of the server was refused.
fn is_untrusted(error: &sqlx::Error) -> bool {
    let sqlx::Error::Io(error) = error else {
        return false;
    };
    let tls = error.get_ref().and_then(|error| error.downcast_ref());
    matches!(tls, Some(rustls::Error::InvalidCertificate(_)))
}

/// The reason of an error, without the names that the driver puts before it.
#[must_use]
pub fn reason(error: sqlx::Error) -> FormatError {
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
    #[must_use]
    pub fn at(self, location: &str) -> StoreError {
        let is_away = matches!(self, Self::Unreachable(_)) || self.is_connection_lost();
        let location = location.to_owned();
        let error = match self {
            Self::Sql(sqlx::Error::PoolClosed) => return StoreError::Closed { location },
            Self::Sql(sqlx::Error::PoolTimedOut) => {
                let obstacle = "all its connections that read are in use".to_owned();
                return StoreError::Busy { location, obstacle };
            }
            Self::Sql(error) | Self::Unreachable(error) => error,
            Self::Busy(obstacle) => return StoreError::Busy { location, obstacle },
            Self::Damaged(problem) => return StoreError::Damaged { location, problem },
        };
        let problem = match error.as_database_error() {
            Some(error) => error.message().to_owned(),
            None => error.to_string(),
        };
        let state = state(&error);
        let is_away = is_away && state.is_none() && !is_untrusted(&error);
        let source = Box::new(error);
        match state.map_or(Meaning::Other, |state| meaning(&state)) {
            _ if is_away => StoreError::Unreachable { location, source },
            Meaning::Busy => StoreError::Busy {
                location,
                obstacle: problem,
            },
            Meaning::Full => StoreError::Full { location, source },
            Meaning::ReadOnly | Meaning::NotPermitted => StoreError::ReadOnly {
                location,
                obstacle: problem,
            },
            Meaning::Damaged => StoreError::Damaged { location, problem },
            Meaning::Replaced => StoreError::Replaced { location },
            Meaning::Stale | Meaning::LoginRefused | Meaning::Other => {
                StoreError::Backend { location, source }
            }
        }
    }

    /// The error of a read, for the store in the database `location`.
    #[must_use]
    pub fn of_reading(self, location: &str) -> StoreError {
        match self.at(location) {
            // The role may not even read.
            StoreError::ReadOnly { location, obstacle } => StoreError::Backend {
                location,
                source: obstacle.into(),
            },
            error => error,
        }
    }

    /// Whether a statement that is a transaction of its own may have been committed all the same.
    #[must_use]
    pub fn may_be_committed(&self) -> bool {
        self.is_connection_lost()
    }

    /// Whether the connection is gone or of no use any more, so that another one may answer.
    #[must_use]
    pub fn is_connection_lost(&self) -> bool {
        let Self::Sql(error) = self else {
            return false;
        };
        if error.as_database_error().is_none() {
            return !matches!(
                error,
                sqlx::Error::PoolClosed
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::Encode(_)
                    | sqlx::Error::Decode(_)
            );
        }
        ends_the_session(error)
            || state(error).is_some_and(|state| meaning(&state) == Meaning::Stale)
    }

    /// Whether a session waited for a lock until its timeout.
    #[must_use]
    pub fn is_lock_timeout(&self) -> bool {
        matches!(self, Self::Sql(error) if state(error).as_deref() == Some(code::LOCK_NOT_AVAILABLE))
    }
}

/// The meaning of an error of PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The same call can succeed later.
    Busy,
    /// The disk is full.
    Full,
    /// The server takes no writes: it is a standby, or was set to read-only.
    ReadOnly,
    /// The role may not do that.
    NotPermitted,
    /// The server refuses the login.
    LoginRefused,
    /// The session is of no use any more. Nothing was written, unless the session has ended.
    Stale,
    /// Rows or tables are missing or unreadable.
    Damaged,
    /// The store was removed, or a newer program has replaced its functions.
    Replaced,
    /// Anything else.
    Other,
}

/// The meaning of each SQLSTATE (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
/// The errors that end a session are also told by their severity.
#[must_use]
pub fn meaning(state: &str) -> Meaning {
    match state {
        // A deadlock, a lock timeout, statement_timeout or a cancelled statement.
        "40001" | code::DEADLOCK | code::LOCK_NOT_AVAILABLE | "57014" => Meaning::Busy,
        // Too many connections, out of memory or locks; the server starts or stops.
        "53000" | "53200" | "53300" | "53400" | "57P01" | "57P02" | "57P03" => Meaning::Busy,
        "53100" => Meaning::Full,
        "25006" => Meaning::ReadOnly,
        code::INSUFFICIENT_PRIVILEGE => Meaning::NotPermitted,
        // The statement was prepared before a change of its tables, or in another session.
        "0A000" | "26000" => Meaning::Stale,
        // A missing row of `annals.head`; a table, column or file.
        "P0002" | code::UNDEFINED_TABLE | "42703" | "58P01" => Meaning::Damaged,
        "3F000" | "42883" => Meaning::Replaced,
        _ => match state.get(..2) {
            // A connection exception.
            Some("08") => Meaning::Stale,
            Some("28") => Meaning::LoginRefused,
            // Events that are there already, or unreadable pages and indexes.
            Some("23") => Meaning::Damaged,
            Some("XX") if state != code::INTERNAL => Meaning::Damaged,
            _ => Meaning::Other,
        },
    }
}

/// The codes that are looked for by name.
pub mod code {
    /// The role may not do that.
    pub const INSUFFICIENT_PRIVILEGE: &str = "42501";
    /// There is no database of this name.
    pub const NO_DATABASE: &str = "3D000";
    /// There is no table of this name.
    pub const UNDEFINED_TABLE: &str = "42P01";
    /// There is no schema of this name.
    pub const INVALID_SCHEMA: &str = "3F000";
    /// A lock was not free in time.
    pub const LOCK_NOT_AVAILABLE: &str = "55P03";
    /// Two transactions wait for each other.
    pub const DEADLOCK: &str = "40P01";
    /// Also "tuple concurrently updated".
    pub const INTERNAL: &str = "XX000";
}

/// The SQLSTATE of an error, if it is PostgreSQL's.
#[must_use]
pub fn state(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Whether the server has ended the session with this error, for example because of an operator.
#[must_use]
pub fn ends_the_session(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    let error = error.and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    let severity = error.map(PgDatabaseError::severity);
    matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic))
}

/// Whether two programs created the same object at the same time.
#[must_use]
pub fn is_created_meanwhile(error: &sqlx::Error) -> bool {
    matches!(
        state(error).as_deref(),
        Some(
            // A duplicate row of a catalog, schema, table, function or trigger.
            "23505" | "42P06" | "42P07" | "42723" | "42710"
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

    #[test]
    fn a_statement_that_the_session_has_forgotten_is_sent_on_another_one() {
        for state in ["26000", "0A000", "08P01"] {
            assert_eq!(meaning(state), Meaning::Stale, "{state}");
        }
    }
}
