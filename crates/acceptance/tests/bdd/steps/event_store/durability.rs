//! Steps: the store as a file that is reopened, shared, copied, checked and tampered with.

use std::path::PathBuf;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use persistence_sqlite::{CheckReport, OpenError, Problem, SqliteStore};
use shared_kernel::Append;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};

use super::whole_log;
use crate::steps::words::{Expectation, all_rows, deposits, stream};
use crate::world::AnnalsWorld;

/// The error code after a trigger has refused a statement: SQLITE_CONSTRAINT_TRIGGER.
const REFUSED_BY_TRIGGER: &str = "1811";

const LETTER: &str = "Dear reader, this is no database.\n";

/// The results of steps about files.
#[derive(Debug, Default)]
pub(super) struct FileNotes {
    backup: Option<PathBuf>,
    report: Option<CheckReport>,
    statements: Vec<Result<u64, sqlx::Error>>,
    letter: Option<OpenError>,
}

#[when("the store is closed and opened again")]
async fn reopens(world: &mut AnnalsWorld) {
    world.place_mut().reopen().await;
}

#[when(
    expr = "{word} opens the same file and appends {int} event(s) to {string} expecting {expectation}"
)]
async fn appends_through_another_opening(
    world: &mut AnnalsWorld,
    writer: String,
    count: usize,
    name: String,
    expected: Expectation,
) {
    let own = world.place().open_once_more().await;
    let append = Append::new().write(stream(&name), expected.0, deposits(count));
    world.attempt_through(&own, &writer, append).await;
    own.close().await;
}

#[when("a backup of the store is made")]
async fn backs_up(world: &mut AnnalsWorld) {
    let path = world.place().beside("backup.annals");
    world.place().file().backup(&path).await.unwrap();
    world.log.file.backup = Some(path);
}

#[then(expr = "the backup opens as a store with {int} events")]
async fn backup_opens(world: &mut AnnalsWorld, count: usize) {
    let path = world.log.file.backup.clone().unwrap();
    let backup = SqliteStore::open(path).await.unwrap();
    let events = whole_log(&backup).await;
    assert_eq!(events, whole_log(&*world.events()).await[..count]);
    assert!(backup.check(|_| ()).await.unwrap().is_clean());
    backup.close().await;
}

#[when("the store is checked")]
async fn checks(world: &mut AnnalsWorld) {
    let report = world.place().file().check(|_| ()).await.unwrap();
    world.log.file.report = Some(report);
}

#[then(expr = "nothing is found wrong with {int} events in {int} streams")]
fn is_sound(world: &mut AnnalsWorld, events: u64, streams: u64) {
    let report = world.log.file.report.as_ref().unwrap();
    assert_eq!(report.problems, []);
    assert_eq!((report.events, report.streams), (events, streams));
}

#[then(expr = "the check misses position {int}")]
fn misses(world: &mut AnnalsWorld, missing: u64) {
    let problems = &world.log.file.report.as_ref().unwrap().problems;
    assert!(
        problems.contains(&Problem::PositionGap { missing }),
        "{problems:?}"
    );
}

#[given(expr = "somebody tears the event at position {int} out of the file")]
async fn tears_out(world: &mut AnnalsWorld, position: i64) {
    let mut shell = shell(world).await;
    shell
        .execute("DROP TRIGGER batches_are_never_deleted")
        .await
        .unwrap();
    let torn =
        sqlx::query("DELETE FROM batches WHERE last_position = ?1 AND count = 1").bind(position);
    let torn = torn.execute(&mut shell).await.unwrap();
    assert_eq!(torn.rows_affected(), 1);
}

#[when("somebody gives the file these SQL statements:")]
async fn gives_statements(world: &mut AnnalsWorld, step: &Step) {
    world.log.before = whole_log(&*world.events()).await;
    for row in all_rows(step) {
        let statement = AssertSqlSafe(row[0].clone());
        let done = shell(world).await.execute(statement).await;
        let done = done.map(|done| done.rows_affected());
        world.log.file.statements.push(done);
    }
}

#[then("the storage refuses each of them")]
fn storage_refuses(world: &mut AnnalsWorld) {
    assert!(!world.log.file.statements.is_empty());
    for done in &world.log.file.statements {
        let Err(sqlx::Error::Database(error)) = done else {
            panic!("{done:?}")
        };
        assert_eq!(error.code().as_deref(), Some(REFUSED_BY_TRIGGER));
    }
}

/// A direct connection to the file, as an SQL shell has one.
async fn shell(world: &AnnalsWorld) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(world.place().file().path());
    options.connect().await.unwrap()
}

#[when("a letter is opened as if it were a store")]
async fn opens_a_letter(world: &mut AnnalsWorld) {
    let path = world.place().beside("letter.txt");
    std::fs::write(&path, LETTER).unwrap();
    world.log.file.letter = SqliteStore::open(path).await.err();
}

#[then("it is refused because it is no database")]
fn letter_is_refused(world: &mut AnnalsWorld) {
    let Some(OpenError::NotADatabase { path }) = &world.log.file.letter else {
        panic!("{:?}", world.log.file.letter)
    };
    assert_eq!(*path, world.place().beside("letter.txt"));
}

#[then("the letter is as it was")]
fn letter_is_unchanged(world: &mut AnnalsWorld) {
    let letter = std::fs::read_to_string(world.place().beside("letter.txt"));
    assert_eq!(letter.unwrap(), LETTER);
}
