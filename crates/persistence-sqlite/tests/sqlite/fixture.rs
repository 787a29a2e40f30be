//! A folder with a store in it, and events for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use futures_util::TryStreamExt;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::event::{EventIdGenerator, EventType};
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId, StreamVersion};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use tempfile::TempDir;

/// A folder that is removed with everything in it.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store_path(&self) -> PathBuf {
        self.path("store.annals")
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        self.store_with(SqliteOptions::new()).await
    }

    pub(crate) async fn store_with(&self, options: SqliteOptions) -> SqliteStore {
        SqliteStore::open_with(self.store_path(), options)
            .await
            .unwrap()
    }

    /// Writes a batch of one event past the store and its guards, with the rows of the indexes that
    /// lead to it. The stream is listed if it is not yet. Its id ends with its position.
    pub(crate) async fn forge(&self, stream: &str, version: i64, position: i64, recorded_at: i64) {
        let id = format!("01900000000070008{:015x}", position % (1 << 60));
        let forged = format!(
            "INSERT INTO streams (name) SELECT '{stream}' \
                WHERE NOT EXISTS (SELECT 1 FROM streams WHERE name = '{stream}'); \
             INSERT INTO batches VALUES ({position}, 1, {recorded_at}, \
                '[{position},\"{stream}\",{version},{recorded_at},[\"{id}\",2,\"T\",1,[],{{}}]]', NULL, \
                (SELECT leap FROM batches ORDER BY last_position DESC LIMIT 1)); \
             INSERT INTO recent_batches SELECT stream_key, {version}, {position} \
                FROM streams WHERE name = '{stream}'; \
             INSERT INTO event_ids VALUES (unhex('{id}'), {position});"
        );
        self.tamper(&forged).await;
    }

    /// Runs a statement while the file has no triggers, and puts them back.
    pub(crate) async fn tamper(&self, statement: &str) {
        let mut shell = self.shell().await;
        let triggers: Vec<(String, String)> =
            sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
                .fetch_all(&mut shell)
                .await
                .unwrap();
        let drop = triggers
            .iter()
            .map(|(name, _)| format!("DROP TRIGGER {name};"));
        let create = triggers.iter().map(|(_, sql)| format!("{sql};"));
        let script: String = ["BEGIN IMMEDIATE;".to_owned()]
            .into_iter()
            .chain(drop)
            .chain([format!("{statement};")])
            .chain(create)
            .chain(["COMMIT;".to_owned()])
            .collect();
        shell.execute(sqlx::AssertSqlSafe(script)).await.unwrap();
    }

    /// The number that a statement of a shell returns.
    pub(crate) async fn number(&self, statement: &'static str) -> i64 {
        let number = sqlx::query_scalar(statement);
        number.fetch_one(&mut self.shell().await).await.unwrap()
    }

    /// A connection past the store, as an SQL shell has it.
    pub(crate) async fn shell(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.store_path())
            .foreign_keys(false)
            .connect()
            .await
            .unwrap()
    }

    pub(crate) fn file_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

/// Runs another program, which never shares the locks of this process.
pub(crate) fn program(words: &[&str], paths: &[&Path]) {
    let mut command = Command::new(words[0]);
    let status = command.args(&words[1..]).args(paths).status();
    assert!(status.unwrap().success(), "{words:?} {paths:?}");
}

/// The path of a file beside a store, for example its log with `-wal`.
pub(crate) fn beside(path: &Path, end: &str) -> PathBuf {
    format!("{}{end}", path.display()).into()
}

/// Copies the files of a store that are there, as a crash of its process leaves them.
pub(crate) fn copy_files(from: &Path, to: &Path, ends: &[&str]) {
    for end in ends {
        let (from, to) = (beside(from, end), beside(to, end));
        if from.exists() {
            program(&["cp"], &[&from, &to]);
        }
    }
}

/// Appends events to the stream `a-1`.
pub(crate) async fn append(store: &SqliteStore, count: usize) {
    let any = ExpectedVersion::Any;
    let appended = store.append_to(stream("a-1"), any, events(count));
    appended.await.unwrap();
}

/// The number of events in the log.
pub(crate) async fn count(store: &SqliteStore) -> usize {
    let all: Vec<_> = store.read_log(LogQuery::new()).try_collect().await.unwrap();
    all.len()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) fn version(number: u32) -> StreamVersion {
    StreamVersion::from(number)
}

pub(crate) fn event(payload: &'static str) -> NewEvent {
    let id = EventIdGenerator::default().generate().unwrap();
    NewEvent::new(id, EventType::new("Happened").unwrap(), payload)
}

pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event("{}")).collect()
}

/// How long a test waits for something that takes milliseconds, before it calls it hanging.
pub(crate) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
