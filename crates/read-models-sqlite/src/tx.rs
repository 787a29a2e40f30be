//! A transaction on the file of a build.

use std::collections::BTreeMap;
use std::fmt;
use std::mem;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use read_side::{Lease, Progress, ReadModelError, Rows, Step};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Row, SqlSafeStr, SqlStr};

use crate::build_file::BuildFile;
use crate::catalog::arguments;
use crate::connection::Connection;
use crate::error::{refused, refused_or_failed};
use crate::phrases::Phrases;
use crate::progress::{COMMIT_STEP, step_values, write_left_out};
use crate::value::{Value, Values};

const PUT: &str = "INSERT INTO annals_rows VALUES (?, ?, ?) \
                   ON CONFLICT DO UPDATE SET document = excluded.document";
const DELETE: &str = "DELETE FROM annals_rows WHERE name = ? AND key = ?";
const GET: &str = "SELECT document FROM annals_rows WHERE name = ? AND key = ?";

/// A transaction on the rows of a build.
///
/// [`execute`](Self::execute) only gathers statements; the next read or the commit sends them, many
/// in one trip. So the order of writes and reads is that of the calls. The transaction takes the
/// write lock of the file at its first trip, not before.
///
/// Dropped, it leaves nothing. A statement that fails makes the whole transaction fail, also if its
/// error is caught. `COMMIT` and `ROLLBACK` are refused: the projector commits the rows together
/// with their position.
pub struct SqliteTx {
    file: BuildFile,
    lease: Lease,
    /// The statements of the user that were not sent.
    statements: Vec<(SqlStr, Vec<Value>)>,
    /// The documents that were not sent; `None` for one that is removed.
    documents: BTreeMap<(String, String), Option<Bytes>>,
    state: State,
}

enum State {
    /// Nothing was sent.
    Fresh,
    Begun(Box<Begun>),
    /// A statement has failed, or its future was dropped.
    Failed,
}

/// A connection with a transaction, and the progress at its beginning.
struct Begun {
    connection: Connection,
    progress: Progress,
}

impl SqliteTx {
    pub(crate) fn new(file: BuildFile, lease: &Lease) -> Self {
        Self {
            file,
            lease: lease.clone(),
            statements: Vec::new(),
            documents: BTreeMap::new(),
            state: State::Fresh,
        }
    }

    /// Gathers a statement that writes. Placeholders are `?` or `?1`. Its errors come with the next
    /// read or the commit.
    ///
    /// A text may have several statements without values, such as those that create tables. Values
    /// do not belong into the text: it stays prepared for the next call.
    pub fn execute(&mut self, sql: impl SqlSafeStr, values: impl Values) {
        self.statements
            .push((sql.into_sql_str(), values.into_values()));
    }

    /// The first row of a query, which sees all earlier writes.
    ///
    /// # Errors
    /// [`ReadModelError::Refused`] if this or an earlier statement is wrong; then the event is one
    /// that cannot be applied. Any other error is a failure of the file.
    pub async fn fetch_optional(
        &mut self,
        sql: impl SqlSafeStr + Send,
        values: impl Values + Send,
    ) -> Result<Option<SqliteRow>, ReadModelError> {
        let rows = self.fetch_all(sql, values).await?;
        Ok(rows.into_iter().next())
    }

    /// The rows of a query, which sees all earlier writes.
    ///
    /// # Errors
    /// As [`fetch_optional`](Self::fetch_optional).
    pub async fn fetch_all(
        &mut self,
        sql: impl SqlSafeStr + Send,
        values: impl Values + Send,
    ) -> Result<Vec<SqliteRow>, ReadModelError> {
        let (sql, values) = (sql.into_sql_str(), values.into_values());
        let mut begun = self.begin().await?;
        self.send(&mut begun).await?;
        let mut arguments = SqliteArguments::default();
        let phrases = &mut begun.connection.phrases;
        let id = self.id(phrases, &sql, &values)?;
        let bound = phrases.bind(id, values, &mut arguments);
        bound.map_err(|error| self.refused(error))?;
        let text = phrases.text(&[id]);
        let rows = begun.connection.fetch(AssertSqlSafe(text), arguments).await;
        let rows = rows.map_err(|error| self.refused(error))?;
        self.state = State::Begun(begun);
        Ok(rows)
    }

    /// Takes the transaction out, which fails unless it is put back.
    async fn begin(&mut self) -> Result<Box<Begun>, ReadModelError> {
        match mem::replace(&mut self.state, State::Failed) {
            State::Begun(begun) => Ok(begun),
            State::Failed => Err(refused(
                &self.lease.build,
                "an earlier statement of this transaction has failed",
            )),
            State::Fresh => {
                let mut connection = self.file.take().await?;
                let segment = self.lease.segment;
                let progress = self.file.begin(&mut connection, segment).await?;
                Ok(Box::new(Begun {
                    connection,
                    progress,
                }))
            }
        }
    }

    /// Sends everything that was gathered.
    async fn send(&mut self, begun: &mut Begun) -> Result<(), ReadModelError> {
        let mut statements = mem::take(&mut self.statements);
        for ((name, key), document) in mem::take(&mut self.documents) {
            statements.push(match document {
                Some(document) => (PUT.into_sql_str(), (name, key, document).into_values()),
                None => (DELETE.into_sql_str(), (name, key).into_values()),
            });
        }
        self.send_all(begun, statements).await
    }

    async fn send_all(
        &self,
        begun: &mut Begun,
        statements: Vec<(SqlStr, Vec<Value>)>,
    ) -> Result<(), ReadModelError> {
        let phrases = &mut begun.connection.phrases;
        phrases.begin();
        let mut sequence = Vec::with_capacity(statements.len());
        for (sql, values) in &statements {
            let id = self.id(phrases, sql, values)?;
            sequence.push(id);
        }
        let mut statements = statements.into_iter();
        let mut rest = sequence.as_slice();
        while !rest.is_empty() {
            let phrases = &mut begun.connection.phrases;
            let (count, text) = phrases.next(rest);
            let (phrase, after) = rest.split_at(count);
            rest = after;
            let mut arguments = SqliteArguments::default();
            for (id, (_, values)) in phrase.iter().zip(&mut statements) {
                let bound = phrases.bind(*id, values, &mut arguments);
                bound.map_err(|error| self.refused(error))?;
            }
            let executed = begun.connection.execute(text, arguments).await;
            executed.map_err(|error| self.refused(error))?;
        }
        Ok(())
    }

    /// Commits the rows and a step.
    pub(crate) async fn commit(
        mut self,
        lease: &Lease,
        step: &Step,
        now: Timestamp,
    ) -> Result<(), ReadModelError> {
        if (&lease.build, lease.segment) != (&self.lease.build, self.lease.segment) {
            let problem = format!("the transaction is one of segment {}", self.lease.segment);
            return Err(refused(&self.lease.build, problem));
        }
        let mut begun = self.begin().await?;
        begun.progress.check(lease)?;
        step.check(lease, begun.progress.through)?;
        self.send(&mut begun).await?;
        let left_out = write_left_out(step).into_iter();
        let left_out = left_out.map(|(sql, values)| (sql.into_sql_str(), values));
        self.send_all(&mut begun, left_out.collect()).await?;
        let mut connection = begun.connection;
        if connection.has_lost_its_transaction() {
            let problem = "a statement has ended the transaction; leave COMMIT and ROLLBACK away";
            return Err(refused(&lease.build, problem));
        }
        let values = step_values(lease.segment, step, &lease.renewed(now));
        let arguments = arguments(&self.file.path, values)?;
        let committed = connection.commit(COMMIT_STEP, arguments).await;
        committed.map_err(|error| self.refused(error))?;
        self.file.give_back(connection);
        Ok(())
    }

    /// The id of a statement that has these values.
    fn id(
        &self,
        phrases: &mut Phrases,
        sql: &SqlStr,
        values: &[Value],
    ) -> Result<usize, ReadModelError> {
        let id = phrases.id(sql.as_str());
        let id = id.map_err(|problem| self.wrong(sql, problem))?;
        let count = phrases.count(id);
        if count != values.len() {
            let problem = format!("it has {count} placeholders and {} values", values.len());
            return Err(self.wrong(sql, &problem));
        }
        Ok(id)
    }

    fn refused(&self, error: sqlx::Error) -> ReadModelError {
        refused_or_failed(&self.lease.build, &self.file.path, error)
    }

    fn wrong(&self, sql: &SqlStr, problem: &str) -> ReadModelError {
        let sql: String = sql.as_str().chars().take(200).collect();
        refused(&self.lease.build, format!("{problem}: {sql}"))
    }
}

#[async_trait]
impl Rows for SqliteTx {
    async fn get(&mut self, table: &str, key: &str) -> Result<Option<Bytes>, ReadModelError> {
        let own = self.documents.get(&(table.to_owned(), key.to_owned()));
        if let Some(written) = own {
            return Ok(written.clone());
        }
        let mut begun = self.begin().await?;
        let mut arguments = SqliteArguments::default();
        let mut values = [table, key].into_values().into_iter();
        let bound = values.try_for_each(|value| value.bind(&mut arguments));
        bound.map_err(|error| self.refused(error))?;
        let rows = begun.connection.fetch(GET, arguments).await;
        let rows = rows.map_err(|error| self.refused(error))?;
        self.state = State::Begun(begun);
        let document = rows.first().map(|row| row.try_get::<Vec<u8>, _>(0));
        let document = document
            .transpose()
            .map_err(|error| self.file.failed(error))?;
        Ok(document.map(Bytes::from))
    }

    fn put(&mut self, table: &str, key: &str, document: Bytes) {
        let key = (table.to_owned(), key.to_owned());
        self.documents.insert(key, Some(document));
    }

    fn delete(&mut self, table: &str, key: &str) {
        let key = (table.to_owned(), key.to_owned());
        self.documents.insert(key, None);
    }
}

impl fmt::Debug for SqliteTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteTx")
            .field("build", &self.lease.build)
            .field("statements", &self.statements.len())
            .field("documents", &self.documents.len())
            .finish_non_exhaustive()
    }
}
