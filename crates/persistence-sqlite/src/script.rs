//! Owns how statements that write rows are put together and run. Only values are bound; the text of a statement
//! depends on nothing but how many places for rows it has.

use futures_util::TryStreamExt;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Either, Executor};

/// How many rows one statement writes at most.
const MOST_ROWS: usize = 256;

/// For how many rows a statement has places. Few sizes make few texts, so that they stay prepared;
/// places that stay empty cost little.
const PLACES: [usize; 7] = [1, 4, 16, 32, 64, 128, MOST_ROWS];

/// The statements that write rows into one table, by their places.
pub(crate) struct Statements {
    columns: usize,
    texts: [String; PLACES.len()],
}

impl Statements {
    pub(crate) fn new(insert_into: &str, columns: &[&str]) -> Self {
        let into = format!("{insert_into} ({})", columns.join(", "));
        let row = format!("({})", vec!["?"; columns.len()].join(","));
        let text = |places| match places {
            1 => format!("{into} VALUES {row};"),
            _ => {
                // The limit comes first, so that values may be missing at the end; and not as a plain
                // parameter, for which SQLite would prepare the statement anew each time.
                let rows = vec![row.as_str(); places].join(",");
                format!(
                    "WITH taken (places) AS (VALUES (?)) {into} \
                     SELECT * FROM (VALUES {rows}) LIMIT (SELECT places FROM taken);"
                )
            }
        };
        Self {
            columns: columns.len(),
            texts: PLACES.map(text),
        }
    }
}

/// Statements that run one after the other, and what is bound in them.
#[derive(Default)]
pub(crate) struct Script {
    texts: Vec<&'static str>,
    pub(crate) values: SqliteArguments,
    /// How many values the places that are empty at the end would have.
    missing: usize,
    /// How many statements at the end nobody waits for.
    unawaited: usize,
}

impl Script {
    pub(crate) fn add(&mut self, statement: &'static str) {
        self.texts.push(statement);
    }

    /// How many statements have been added.
    pub(crate) fn awaited(&self) -> usize {
        self.texts.len()
    }

    /// Adds statements that write `rows`, each with a value for each of the columns.
    pub(crate) fn insert<R>(
        &mut self,
        statements: &'static Statements,
        rows: Vec<R>,
        bind: impl Fn(&mut SqliteArguments, R) -> Result<(), BoxDynError>,
    ) -> Result<(), BoxDynError> {
        let mut rows = rows.into_iter();
        while rows.len() > 0 {
            let taken = rows.len().min(MOST_ROWS);
            self.fill()?;
            let mut fitting = PLACES.into_iter().zip(&statements.texts);
            let (places, text) = fitting
                .find(|(places, _)| *places >= taken)
                .ok_or("no statement has places for so many rows")?;
            self.add(text);
            self.values.reserve(places * statements.columns + 1, 0);
            if places > 1 {
                self.values.add(i64::try_from(taken)?)?;
            }
            for row in rows.by_ref().take(taken) {
                bind(&mut self.values, row)?;
            }
            self.missing = (places - taken) * statements.columns;
        }
        Ok(())
    }

    /// Adds a statement with one value for whose end nobody waits.
    pub(crate) fn end_with(
        &mut self,
        statement: &'static str,
        value: Option<String>,
    ) -> Result<(), BoxDynError> {
        self.fill()?;
        self.add(statement);
        self.unawaited += 1;
        self.values.add(value)
    }

    /// Fills the places that are empty, before another statement: values are told apart by their order alone.
    pub(crate) fn fill(&mut self) -> Result<(), BoxDynError> {
        for _ in 0..std::mem::take(&mut self.missing) {
            self.values.add(None::<i64>)?;
        }
        Ok(())
    }

    pub(crate) async fn run(self, connection: &mut SqliteConnection) -> Result<(), Failed> {
        let mut done = 0;
        let all = self.texts.len() - self.unawaited;
        let mut results = match self.texts.as_slice() {
            [one] => connection.fetch_many(sqlx::query_with(*one, self.values)),
            several => {
                let text = AssertSqlSafe(several.concat());
                connection.fetch_many(sqlx::query_with(text, self.values))
            }
        };
        // After the last of them nothing more is waited for.
        while done < all {
            match results.try_next().await {
                Ok(Some(Either::Left(_))) => done += 1,
                Ok(Some(Either::Right(_))) => {}
                Ok(None) => break,
                Err(error) => return Err(Failed { done, error }),
            }
        }
        Ok(())
    }
}

/// A statement of several failed.
pub(crate) struct Failed {
    /// How many were done before it.
    pub(crate) done: usize,
    pub(crate) error: sqlx::Error,
}
