//! The database of a store, and the connections to it.

use std::io::ErrorKind;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{ConnectOptions, Connection, Executor, Row, postgres::PgArguments};

use crate::address;
use crate::error::{ConnectError, DatabaseError};
use crate::options::{Interrupt, PostgresOptions};
use crate::read::row::EventRows;

/// A statement with its values.
pub(crate) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Begins a transaction behind a pooler. A caller that is gone in the middle of an append must not
/// hold the end of the log, so the server ends a transaction that waits for its client this long.
const BEGIN: &str = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '2s'";

/// The origin of a setting that each connection makes in its first message.
const ORIGIN: &str = "SELECT source FROM pg_settings WHERE name = 'application_name'";

/// The database of a store.
pub(crate) struct Database {
    /// The address without the password, for errors.
    pub(crate) location: String,
    connect: PgConnectOptions,
    /// How long opening a connection may take.
    timeout: Duration,
    readers: PgPool,
    interrupt: Option<Interrupt>,
    is_pooled: bool,
}

impl Database {
    pub(crate) fn new(address: &str, options: &PostgresOptions) -> Result<Self, ConnectError> {
        let connect = address::parse(address)?.disable_statement_logging();
        // Poolers refuse startup parameters that they do not know.
        let connect = connect.extra_float_digits(None);
        let connect = match connect.get_application_name() {
            Some(_) => connect,
            None => connect.application_name("annals"),
        };
        let readers = PgPoolOptions::new()
            .max_connections(options.readers.get())
            .acquire_timeout(options.busy_timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);
        Ok(Self {
            location: address::location(&connect),
            readers: readers.connect_lazy_with(connect.clone()),
            connect,
            timeout: options.busy_timeout,
            interrupt: options.interrupt.clone(),
            is_pooled: false,
        })
    }

    /// Finds out whether the connections lead to a pooler, such as pgbouncer in transaction mode.
    /// It may give each transaction another session of the server, so a statement that was prepared
    /// before is missing, or is that of another program. Behind a pooler each statement is prepared
    /// in a transaction of its own.
    ///
    /// A pooler keeps the first message of a client, and makes its settings by `SET` later.
    pub(crate) async fn look_for_a_pooler(
        &mut self,
        connection: &mut PgConnection,
    ) -> Result<(), DatabaseError> {
        let row = connection.fetch_one(ORIGIN).await?;
        self.is_pooled = row.try_get::<&str, _>(0)? != "client";
        Ok(())
    }

    /// Whether the connections lead to a pooler.
    pub(crate) fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    pub(crate) fn connect_options(&self) -> PgConnectOptions {
        self.connect.clone()
    }

    /// Opens a connection.
    pub(crate) async fn connection(&self) -> Result<PgConnection, DatabaseError> {
        // A host that drops all packets would keep the caller for minutes.
        let connection = tokio::time::timeout(self.timeout, self.connect.connect()).await;
        let connection = connection.unwrap_or_else(|_| {
            let problem = format!("no answer within {:?}", self.timeout);
            Err(std::io::Error::new(ErrorKind::TimedOut, problem).into())
        });
        connection.map_err(DatabaseError::Unreachable)
    }

    /// The rows of a statement that reads.
    pub(crate) async fn rows<'q>(
        &self,
        statement: impl Fn() -> Statement<'q>,
    ) -> Result<Vec<PgRow>, DatabaseError> {
        self.read(statement, keep).await
    }

    /// The events of a statement that reads. Each is taken when its row comes, while the server
    /// sends the rows after it.
    pub(crate) async fn events<'q>(
        &self,
        statement: impl Fn() -> Statement<'q>,
    ) -> Result<EventRows, DatabaseError> {
        let take = |events: &mut EventRows, row| events.take(&row);
        self.read(statement, take).await
    }

    /// Takes each row of a statement that reads. A connection that the server has closed is
    /// replaced: the statement runs once more.
    async fn read<'q, T: Default>(
        &self,
        statement: impl Fn() -> Statement<'q>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        for _ in 0..self.readers.options().get_max_connections() {
            match self.try_read(statement(), &take).await {
                Err(error) if error.is_connection_lost() && !self.readers.is_closed() => {}
                read => return read,
            }
        }
        self.try_read(statement(), &take).await
    }

    async fn try_read<T: Default>(
        &self,
        statement: Statement<'_>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let connection = match self.readers.acquire().await {
            // Nobody else has a connection, so the server is away. This says why.
            Err(sqlx::Error::PoolTimedOut) if self.readers.size() == 0 => {
                return Err(match self.connection().await {
                    Err(unreachable) => unreachable,
                    Ok(_) => sqlx::Error::PoolTimedOut.into(),
                });
            }
            acquired => acquired?,
        };
        let mut borrowed = Borrowed {
            connection,
            closes: self.is_pooled,
        };
        let read = self.fetch(&mut borrowed.connection, statement, take).await;
        // The state of a lost connection is unknown.
        borrowed.closes = matches!(&read, Err(error) if error.is_connection_lost());
        read
    }

    /// The rows of a statement on a connection that writes.
    pub(crate) fn write<'c>(
        &'c self,
        connection: &'c mut PgConnection,
        statement: Statement<'c>,
    ) -> BoxFuture<'c, Result<Vec<PgRow>, DatabaseError>> {
        Box::pin(self.fetch(connection, statement, keep))
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.readers.is_closed()
    }

    /// Takes each row of a statement, in the order in which they come.
    async fn fetch<T: Default>(
        &self,
        connection: &mut PgConnection,
        statement: Statement<'_>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let fails = || self.interrupt.as_ref().is_some_and(|fails| fails());
        let cut = || {
            let error = std::io::Error::from(ErrorKind::ConnectionReset);
            Err(DatabaseError::from(sqlx::Error::Io(error)))
        };
        if fails() {
            return cut();
        }
        let taken = if self.is_pooled {
            let mut transaction = connection.begin_with(BEGIN).await?;
            let statement = statement.persistent(false);
            let taken = take_all(&mut transaction, statement, take).await?;
            transaction.commit().await?;
            taken
        } else {
            take_all(connection, statement, take).await?
        };
        match fails() {
            true => cut(),
            false => Ok(taken),
        }
    }
}

async fn take_all<T: Default>(
    connection: &mut PgConnection,
    statement: Statement<'_>,
    take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
) -> Result<T, DatabaseError> {
    let mut taken = T::default();
    let mut rows = statement.fetch(connection);
    while let Some(row) = rows.try_next().await? {
        take(&mut taken, row)?;
    }
    Ok(taken)
}

/// Keeps a row.
#[expect(clippy::unnecessary_wraps, reason = "taking a row can fail elsewhere")]
fn keep(rows: &mut Vec<PgRow>, row: PgRow) -> Result<(), DatabaseError> {
    rows.push(row);
    Ok(())
}

/// A connection of the pool that reads. Behind a pooler a reader that is dropped in the middle
/// would leave a transaction, which keeps a session from others. So its connection is closed.
struct Borrowed {
    connection: PoolConnection<Postgres>,
    closes: bool,
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if self.closes {
            self.connection.close_on_drop();
        }
    }
}
