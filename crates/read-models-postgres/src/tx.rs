//! A transaction on the schema of a build.

use std::fmt;
use std::mem;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use postgres_database::{DatabaseError, Session, Statement};
use read_side::{Lease, ReadModelError, Rows, Step};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Execute, Row};

use crate::build_schema::BuildSchema;
use crate::documents::{Documents, LARGEST, statements};
use crate::error::{refused, refused_or_failed};
use crate::progress::{WRITE_STEP, bind_lease, bind_step, left_out};

const GET: &str = "SELECT document FROM {schema}.annals_rows WHERE name = $1 AND key = $2";

/// Lets the transactions of other segments wait, if there are any.
const LOCK: &str = "
    SELECT FROM {schema}.annals_build WHERE 1 < (SELECT count(*) FROM {schema}.annals_progress)
    FOR UPDATE";

/// The first words of statements that would end the transaction, or begin one within it.
const ENDS: [&str; 9] = [
    "abort",
    "begin",
    "commit",
    "end",
    "prepare",
    "release",
    "rollback",
    "savepoint",
    "start",
];

/// The first words of statements whose effect would outlive the transaction, on the connection
/// that the next transaction uses.
const LASTS: [&str; 5] = ["discard", "listen", "load", "reset", "set"];

/// The second words of `SET` whose effect ends with the transaction.
const LOCAL: [&str; 3] = ["constraints", "local", "transaction"];

/// A transaction on the rows of a build. Names of its tables need no schema. Everything else needs
/// one, such as `public.similarity(a, b)`, so that no name is that of a table of another program.
///
/// Each statement is one trip to the server. Dropped, the transaction leaves nothing. A statement
/// that fails makes the whole transaction fail, also if its error is caught. `COMMIT` and
/// `ROLLBACK` are refused: the projector commits the rows together with their position.
///
/// The segments of a build write at the same time. A row that several of them change needs one
/// statement (`UPDATE … SET count = count + 1`), or `SELECT … FOR UPDATE` before it.
///
/// The server ends a transaction that waits for its program for longer than the lease, 5 s by
/// default: a frozen program must not hold up the next owner.
pub struct PostgresTx {
    schema: BuildSchema,
    lease: Lease,
    /// `None` once a statement has failed, or its future was dropped.
    session: Option<Session>,
    /// The documents that were not sent.
    documents: Documents,
    /// Whether a document was read.
    has_lock: bool,
}

impl PostgresTx {
    pub(crate) fn new(schema: BuildSchema, lease: &Lease, session: Session) -> Self {
        Self {
            schema,
            lease: lease.clone(),
            session: Some(session),
            documents: Documents::new(),
            has_lock: false,
        }
    }

    /// Runs one statement, and returns the number of rows that it changed. Placeholders are `$1`,
    /// `$2` and so on. Its text stays prepared, so values do not belong into it.
    ///
    /// # Errors
    /// [`ReadModelError::Refused`] if the statement is wrong; then the event is one that cannot be
    /// applied. Any other error is a failure of the database.
    pub async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, ReadModelError> {
        let statement = self.prefixed(statement)?;
        let mut session = self.flushed().await?;
        let changed = session.execute(statement).await;
        let changed = changed.map_err(|error| self.refused(error))?;
        self.session = Some(session);
        Ok(changed)
    }

    /// The first row of a query, which sees all earlier writes.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn fetch_optional(
        &mut self,
        query: Statement<'_>,
    ) -> Result<Option<PgRow>, ReadModelError> {
        Ok(self.fetch_all(query).await?.into_iter().next())
    }

    /// The rows of a query, which sees all earlier writes.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn fetch_all(&mut self, query: Statement<'_>) -> Result<Vec<PgRow>, ReadModelError> {
        let query = self.prefixed(query)?;
        let mut session = self.flushed().await?;
        let rows = session.fetch(query).await;
        let rows = rows.map_err(|error| self.refused(error))?;
        self.session = Some(session);
        Ok(rows)
    }

    /// Runs a text of several statements without values, such as those that create tables.
    ///
    /// # Errors
    /// As [`execute`](Self::execute).
    pub async fn script(&mut self, statements: &str) -> Result<(), ReadModelError> {
        let mut session = self.flushed().await?;
        // `EXECUTE` refuses the commands of transactions.
        let literal = statements.replace('\'', "''").replace('\\', "\\\\");
        let block = format!("BEGIN EXECUTE E'{literal}'; END");
        let block = block.replace('\'', "''").replace('\\', "\\\\");
        let done = session.script(format!("DO E'{block}'")).await;
        done.map_err(|error| self.refused(error))?;
        self.session = Some(session);
        Ok(())
    }

    /// The statement with the name of the schema before it. So it stays prepared for this build
    /// alone: the same text may mean other columns in another build.
    fn prefixed<'q>(&self, mut statement: Statement<'q>) -> Result<Statement<'q>, ReadModelError> {
        let arguments = statement.take_arguments();
        let arguments = arguments.map_err(|error| refused(&self.lease.build, error))?;
        let sql = statement.sql();
        let sql = sql.as_str();
        if let Some(problem) = problem_of(sql) {
            let problem = format!("{problem}: {}", short(sql));
            return Err(refused(&self.lease.build, problem));
        }
        let sql = AssertSqlSafe(format!("/* {} */ {sql}", self.schema.name));
        Ok(sqlx::query_with(sql, arguments.unwrap_or_default()))
    }

    /// Takes the session out, which fails unless it is put back, and sends the documents.
    async fn flushed(&mut self) -> Result<Session, ReadModelError> {
        let mut session = self.take()?;
        let statements = statements(mem::take(&mut self.documents), &self.schema);
        let statements = statements.map_err(|(table, bytes)| {
            let problem =
                format!("a document of {table} has {bytes} bytes, at most {LARGEST} are allowed");
            refused(&self.lease.build, problem)
        })?;
        let sent = async {
            for statement in statements {
                session.execute(statement).await?;
            }
            Ok(())
        };
        sent.await.map_err(|error| self.refused(error))?;
        Ok(session)
    }

    fn take(&mut self) -> Result<Session, ReadModelError> {
        self.session.take().ok_or_else(|| {
            let problem = "an earlier statement of this transaction has failed";
            refused(&self.lease.build, problem)
        })
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
        let mut session = self.flushed().await?;
        let failed = |error| self.schema.failed(error);
        for statement in left_out(step, |sql| self.schema.statement(sql)) {
            session.execute(statement).await.map_err(failed)?;
        }
        let write = self.schema.statement(WRITE_STEP);
        let write = bind_lease(write, lease.segment, &lease.renewed(now));
        let written = session
            .execute(bind_step(write, step))
            .await
            .map_err(failed)?;
        if written == 0 || step.through < step.from {
            let _ = session.roll_back().await;
            let progress = self.schema.segment(lease.segment).await?;
            progress.check(lease)?;
            step.check(lease, progress.through)?;
            // The owner changed twice meanwhile.
            let location = self.schema.database.location.clone();
            return Err(ReadModelError::Busy { location });
        }
        session.commit().await.map_err(|error| self.refused(error))
    }

    fn refused(&self, error: DatabaseError) -> ReadModelError {
        refused_or_failed(&self.lease.build, &self.schema.database, error)
    }
}

/// The reason why a statement does not belong into a projection.
fn problem_of(sql: &str) -> Option<&'static str> {
    let (first, rest) = first_word(sql);
    let is_one_of = |words: &[&str], word: &str| {
        let mut words = words.iter();
        words.any(|one| one.eq_ignore_ascii_case(word))
    };
    if is_one_of(&ENDS, first) {
        return Some(
            "only the projector ends the transaction; leave COMMIT, ROLLBACK and the like away",
        );
    }
    let lasts = is_one_of(&LASTS, first) && !is_one_of(&LOCAL, first_word(rest).0);
    lasts.then_some(
        "its effect would last longer than the transaction; use SET LOCAL, or leave it away",
    )
}

/// The first word of a statement, after spaces, semicolons and comments, and the text after it.
fn first_word(sql: &str) -> (&str, &str) {
    let mut rest = sql;
    loop {
        rest =
            rest.trim_start_matches(|c: char| c == ';' || c.is_ascii_whitespace() || c == '\x0B');
        rest = if let Some(comment) = rest.strip_prefix("--") {
            comment.find(['\n', '\r']).map_or("", |end| &comment[end..])
        } else if let Some(comment) = rest.strip_prefix("/*") {
            after_comment(comment)
        } else {
            let end = rest.find(|c: char| !c.is_ascii_alphabetic());
            return rest.split_at(end.unwrap_or(rest.len()));
        };
    }
}

/// The text after the end of a comment, which may have comments in it.
fn after_comment(mut rest: &str) -> &str {
    let mut depth = 1;
    while depth > 0 {
        let (open, close) = (rest.find("/*"), rest.find("*/"));
        rest = match (open, close) {
            (Some(open), Some(close)) if open < close => {
                depth += 1;
                &rest[open + 2..]
            }
            (_, Some(close)) => {
                depth -= 1;
                &rest[close + 2..]
            }
            (_, None) => return "",
        };
    }
    rest
}

fn short(sql: &str) -> String {
    sql.chars().take(200).collect()
}

#[async_trait]
impl Rows for PostgresTx {
    async fn get(&mut self, table: &str, key: &str) -> Result<Option<Bytes>, ReadModelError> {
        let own = self.documents.get(&(table.to_owned(), key.to_owned()));
        if let Some(written) = own {
            return Ok(written.clone());
        }
        let mut session = self.take()?;
        let has_lock = mem::replace(&mut self.has_lock, true);
        let read = async {
            if !has_lock {
                session.fetch(self.schema.statement(LOCK)).await?;
            }
            let get = self.schema.statement(GET).bind(table).bind(key);
            let rows = session.fetch(get).await?;
            let document = rows.first().map(|row| row.try_get::<Vec<u8>, _>(0));
            Ok(document.transpose()?)
        };
        let document = read
            .await
            .map_err(|error: DatabaseError| self.refused(error))?;
        self.session = Some(session);
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

impl fmt::Debug for PostgresTx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresTx")
            .field("build", &self.lease.build)
            .field("documents", &self.documents.len())
            .field("has_failed", &self.session.is_none())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_stands_behind_spaces_and_comments() {
        for sql in [
            "COMMIT",
            " ;\n\tCOMMIT;",
            "-- a comment\nCOMMIT",
            "/* a /* nested */ comment */COMMIT AND CHAIN",
            "--\r/**/COMMIT",
        ] {
            assert_eq!(first_word(sql).0, "COMMIT", "{sql}");
        }
        for sql in [
            "",
            "-- COMMIT",
            "/* COMMIT",
            "/* /* COMMIT */ COMMIT",
            "(SELECT 1)",
        ] {
            assert_eq!(first_word(sql).0, "", "{sql}");
        }
    }

    #[test]
    fn a_statement_whose_effect_outlives_the_transaction_is_a_problem() {
        for sql in [
            "COMMIT",
            "SET default_transaction_read_only = on",
            "set /* all */ session role app",
            "RESET ALL",
            "LISTEN lamps",
            "discard temp",
        ] {
            assert!(problem_of(sql).is_some(), "{sql}");
        }
        for sql in [
            "SET LOCAL work_mem = '64MB'",
            "SET -- now\n CONSTRAINTS ALL DEFERRED",
            "set transaction read only",
            "INSERT INTO sets VALUES (1)",
            "SETTLE",
        ] {
            assert_eq!(problem_of(sql), None, "{sql}");
        }
    }
}
