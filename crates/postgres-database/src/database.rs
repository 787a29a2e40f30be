//! The connections to a database.

use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow, Postgres};
use sqlx::query::Query;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, Row, Transaction, postgres::PgArguments,
};

use crate::address;
use crate::error::{ConnectError, DatabaseError};
use crate::session::{Borrowed, Session};

/// Is called before and after each statement, and returns whether the connection must fail there.
pub type Interrupt = Arc<dyn Fn() -> bool + Send + Sync>;

/// A statement with its values.
pub type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Begins a transaction behind a pooler. A caller that is gone in the middle of an append must not
/// hold the end of the log, so the server ends a transaction that waits for its client this long.
/// Commits wait for the disk.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
    SET LOCAL idle_in_transaction_session_timeout = '2s'; \
    SELECT set_config('synchronous_commit', 'on', true) \
    WHERE current_setting('synchronous_commit') = 'off'";

/// The origin of a setting in the first message of a connection, and the encoding of the database.
const FIRST: &str = "SELECT source, current_setting('server_encoding') FROM pg_settings \
    WHERE name = 'application_name'";

/// Each statement sees the commits before it, and commits wait for the disk, whatever the defaults.
const SETTINGS: &str = "SET default_transaction_isolation = 'read committed'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') = 'off'";

/// The settings of the connections.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// How long a caller waits for a free connection, and for a new one to open.
    pub timeout: Duration,
    /// The most connections of the pool.
    pub connections: NonZeroU32,
    /// Lets tests cut the connection.
    #[doc(hidden)]
    pub interrupt: Option<Interrupt>,
}

impl Settings {
    /// Settings with a pool of this size.
    #[must_use]
    pub fn new(timeout: Duration, connections: NonZeroU32) -> Self {
        Self {
            timeout,
            connections,
            interrupt: None,
        }
    }
}

/// A database, with a pool of connections to it. They are opened when they are needed.
pub struct Database {
    /// The address without the password, for errors.
    pub location: String,
    connect: PgConnectOptions,
    /// How long opening a connection may take.
    timeout: Duration,
    pool: PgPool,
    interrupt: Option<Interrupt>,
    is_pooled: bool,
}

impl Database {
    /// Connects to the database of an address. Returns the first connection, too.
    ///
    /// It finds out whether the connections lead to a pooler, such as pgbouncer in transaction
    /// mode. That may give each transaction another session of the server, so a statement that was
    /// prepared before is missing, or is that of another program. Behind a pooler each statement is
    /// prepared in a transaction of its own.
    ///
    /// # Errors
    /// [`ConnectError`] names the database and the remedy.
    pub async fn connect(
        address: &str,
        settings: &Settings,
    ) -> Result<(Self, PgConnection), ConnectError> {
        let mut database = Self::new(address, settings)?;
        let opened = database.open().await;
        let mut connection =
            opened.map_err(|error| ConnectError::connecting(error, &database.location))?;
        let looked = connection.fetch_one(FIRST).await;
        let at = |error| DatabaseError::from(error).at(&database.location);
        let row = looked.map_err(at)?;
        let encoding: &str = row.try_get(1).map_err(at)?;
        if encoding != "UTF8" {
            return Err(ConnectError::Encoding {
                location: database.location,
                found: encoding.to_owned(),
            });
        }
        // A pooler keeps the first message of a client, and makes its settings by `SET` later.
        let is_pooled = row.try_get::<&str, _>(0).map_err(at)? != "client";
        if !is_pooled {
            connection.execute(SETTINGS).await.map_err(at)?;
        }
        database.is_pooled = is_pooled;
        Ok((database, connection))
    }

    fn new(address: &str, settings: &Settings) -> Result<Self, ConnectError> {
        let connect = address::parse(address)?.disable_statement_logging();
        // Poolers refuse startup parameters that they do not know.
        let connect = connect.extra_float_digits(None);
        let connect = match connect.get_application_name() {
            Some(_) => connect,
            None => connect.application_name("annals"),
        };
        let pool = PgPoolOptions::new()
            .max_connections(settings.connections.get())
            .acquire_timeout(settings.timeout)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None);
        Ok(Self {
            location: address::location(&connect),
            pool: pool.connect_lazy_with(connect.clone()),
            connect,
            timeout: settings.timeout,
            interrupt: settings.interrupt.clone(),
            is_pooled: false,
        })
    }

    /// The name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        self.connect.get_database().unwrap_or(self.role())
    }

    /// The role of the connections.
    #[must_use]
    pub fn role(&self) -> &str {
        self.connect.get_username()
    }

    /// Whether the connections lead to a pooler.
    #[must_use]
    pub fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// The options of a connection.
    #[must_use]
    pub fn connect_options(&self) -> PgConnectOptions {
        self.connect.clone()
    }

    /// Opens a connection beside the pool.
    ///
    /// # Errors
    /// [`DatabaseError::Unreachable`].
    pub async fn connection(&self) -> Result<PgConnection, DatabaseError> {
        let mut connection = self.open().await?;
        if !self.is_pooled {
            connection.execute(SETTINGS).await?;
        }
        Ok(connection)
    }

    async fn open(&self) -> Result<PgConnection, DatabaseError> {
        // A host that drops all packets would keep the caller for minutes.
        let opened = tokio::time::timeout(self.timeout, self.connect.connect()).await;
        let connection = opened.unwrap_or_else(|_| {
            let problem = format!("no answer within {:?}", self.timeout);
            Err(std::io::Error::new(ErrorKind::TimedOut, problem).into())
        });
        connection.map_err(DatabaseError::Unreachable)
    }

    /// The rows of a statement that reads.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn rows<'q>(
        &self,
        statement: impl Fn() -> Statement<'q>,
    ) -> Result<Vec<PgRow>, DatabaseError> {
        self.read(statement, keep).await
    }

    /// Takes each row of a statement that reads, when it comes, while the server sends the rows
    /// after it. A connection that the server has closed is replaced: the statement runs once more.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn read<'q, T: Default>(
        &self,
        statement: impl Fn() -> Statement<'q>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.again(|| self.try_read(statement(), &take)).await
    }

    /// Tries until the connection is not one that the server has closed.
    async fn again<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, DatabaseError>
    where
        F: Future<Output = Result<T, DatabaseError>>,
    {
        for _ in 0..self.pool.options().get_max_connections() {
            match attempt().await {
                Err(error) if error.is_connection_lost() && !self.pool.is_closed() => {}
                done => return done,
            }
        }
        attempt().await
    }

    async fn try_read<T: Default>(
        &self,
        statement: Statement<'_>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let mut borrowed = Borrowed {
            connection: self.acquire().await?,
            closes: self.is_pooled,
        };
        let read = self.fetch(&mut borrowed.connection, statement, take).await;
        // The state of a lost connection is unknown.
        borrowed.closes = matches!(&read, Err(error) if error.is_connection_lost());
        read
    }

    /// Takes each row of a query, as `COPY … TO STDOUT (FORMAT binary)` sends it. A connection that
    /// the server has closed is replaced: the query runs once more.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn copy<T: Default>(
        &self,
        query: &str,
        take: impl Fn(&mut T, &[u8]) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let statement = format!("COPY ({query}) TO STDOUT (FORMAT binary)");
        self.again(|| self.try_copy(&statement, &take)).await
    }

    async fn try_copy<T: Default>(
        &self,
        statement: &str,
        take: impl Fn(&mut T, &[u8]) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        // A reader that is dropped in the middle leaves rows on its connection.
        let mut borrowed = Borrowed {
            connection: self.acquire().await?,
            closes: true,
        };
        self.check_interrupt()?;
        let mut taken = T::default();
        let mut rows = borrowed.connection.copy_out_raw(statement).await?;
        while let Some(row) = rows.try_next().await? {
            take(&mut taken, &row)?;
        }
        drop(rows);
        self.check_interrupt()?;
        borrowed.closes = false;
        Ok(taken)
    }

    async fn acquire(&self) -> Result<PoolConnection<Postgres>, DatabaseError> {
        match self.pool.acquire().await {
            // No caller has a connection, so the server is away. This says why.
            Err(sqlx::Error::PoolTimedOut) if self.pool.size() == 0 => {
                Err(match self.connection().await {
                    Err(unreachable) => unreachable,
                    Ok(_) => sqlx::Error::PoolTimedOut.into(),
                })
            }
            Err(error @ (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed)) => Err(error.into()),
            // It was opened in vain.
            acquired => acquired.map_err(DatabaseError::Unreachable),
        }
    }

    /// Takes a connection, and sends statements that begin a transaction and write nothing: a
    /// connection that the server has closed is replaced. Returns their rows.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn session(&self, begin: &str) -> Result<(Session, Vec<PgRow>), DatabaseError> {
        self.again(|| self.try_session(begin)).await
    }

    async fn try_session(&self, begin: &str) -> Result<(Session, Vec<PgRow>), DatabaseError> {
        let mut session = Session::new(self.acquire().await?, !self.is_pooled);
        let rows = session.script(begin.to_owned()).await?;
        Ok((session, rows))
    }

    /// Begins a transaction of a reader with this text. It has no prepared statement and no type of
    /// an earlier one, which may have read another schema by the same names.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn reader(
        &self,
        begin: &str,
    ) -> Result<Transaction<'static, Postgres>, DatabaseError> {
        self.again(|| self.try_reader(begin)).await
    }

    async fn try_reader(
        &self,
        begin: &str,
    ) -> Result<Transaction<'static, Postgres>, DatabaseError> {
        let begin = AssertSqlSafe(begin.to_owned());
        let mut reader = self.pool.begin_with(begin).await?;
        reader.clear_cached_statements().await?;
        Ok(reader)
    }

    /// The rows of a statement on a connection that writes.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn write<'c>(
        &'c self,
        connection: &'c mut PgConnection,
        statement: Statement<'c>,
    ) -> BoxFuture<'c, Result<Vec<PgRow>, DatabaseError>> {
        Box::pin(self.fetch(connection, statement, keep))
    }

    /// Closes the pool. Later reads fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Whether the pool was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.pool.is_closed()
    }

    /// Takes each row of a statement, in the order in which they come.
    async fn fetch<T: Default>(
        &self,
        connection: &mut PgConnection,
        statement: Statement<'_>,
        take: impl Fn(&mut T, PgRow) -> Result<(), DatabaseError>,
    ) -> Result<T, DatabaseError> {
        self.check_interrupt()?;
        let taken = if self.is_pooled {
            let mut transaction = connection.begin_with(BEGIN).await?;
            let statement = statement.persistent(false);
            let taken = take_all(&mut transaction, statement, take).await?;
            transaction.commit().await?;
            taken
        } else {
            take_all(connection, statement, take).await?
        };
        self.check_interrupt()?;
        Ok(taken)
    }

    /// Fails if a test cuts the connection here.
    fn check_interrupt(&self) -> Result<(), DatabaseError> {
        match self.interrupt.as_ref().is_some_and(|fails| fails()) {
            true => Err(sqlx::Error::Io(ErrorKind::ConnectionReset.into()).into()),
            false => Ok(()),
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
