//! A connection that was taken from the pool, and a transaction on it.

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnection, PgRow, Postgres};
use sqlx::{AssertSqlSafe, Connection, Executor, raw_sql};

use crate::database::Statement;
use crate::error::DatabaseError;

/// A connection of the pool. Behind a pooler a reader that is dropped in the middle would leave a
/// transaction, which keeps a session from others. So its connection is closed.
pub(crate) struct Borrowed {
    pub(crate) connection: PoolConnection<Postgres>,
    pub(crate) closes: bool,
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if self.closes {
            self.connection.close_on_drop();
        }
    }
}

/// A connection of the pool with an open transaction. Dropped, it is closed, so that the server
/// rolls back.
pub struct Session {
    borrowed: Borrowed,
    /// Behind a pooler no statement stays prepared.
    prepares: bool,
}

impl Session {
    pub(crate) fn new(connection: PoolConnection<Postgres>, prepares: bool) -> Self {
        let closes = true;
        Self {
            borrowed: Borrowed { connection, closes },
            prepares,
        }
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// [`DatabaseError`]. The session is of no use any more.
    pub async fn fetch(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>, DatabaseError> {
        let statement = statement.persistent(self.prepares);
        Ok(statement.fetch_all(self.connection()).await?)
    }

    /// Runs a statement, and returns the number of rows that it changed.
    ///
    /// # Errors
    /// [`DatabaseError`]. The session is of no use any more.
    pub async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, DatabaseError> {
        let statement = statement.persistent(self.prepares);
        Ok(statement.execute(self.connection()).await?.rows_affected())
    }

    /// Runs a text of several statements without values, and returns their rows.
    ///
    /// # Errors
    /// [`DatabaseError`]. The session is of no use any more.
    pub async fn script(&mut self, text: String) -> Result<Vec<PgRow>, DatabaseError> {
        let script = raw_sql(AssertSqlSafe(text));
        Ok(script.fetch_all(self.connection()).await?)
    }

    /// Forgets the prepared statements, and the types that were looked up by name: both may be
    /// those of another schema.
    ///
    /// # Errors
    /// [`DatabaseError`]. The session is of no use any more.
    pub async fn forget(&mut self) -> Result<(), DatabaseError> {
        Ok(self.connection().clear_cached_statements().await?)
    }

    /// The connection, for rows that are taken when they come.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.borrowed.connection
    }

    /// Ends the transaction with `COMMIT`, and gives the connection back.
    ///
    /// # Errors
    /// [`DatabaseError`]. If the connection was lost, the transaction was committed or not.
    pub async fn commit(self) -> Result<(), DatabaseError> {
        self.end("COMMIT").await
    }

    /// Ends the transaction with `ROLLBACK`, and gives the connection back.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn roll_back(self) -> Result<(), DatabaseError> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, how: &'static str) -> Result<(), DatabaseError> {
        self.connection().execute(how).await?;
        self.borrowed.closes = false;
        Ok(())
    }
}
