//! Owns what the tests share: a folder with a store in it, and events to put there.

use std::path::PathBuf;

use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::{EventIdGenerator, EventType, NewEvent, StreamId, StreamVersion};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
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

    /// Puts an event where it does not belong, past the store and behind the index, without the name of its stream. Its id
    /// tells its position.
    pub(crate) async fn forge(&self, key: i64, version: i64, position: i64, recorded_at: i64) {
        let id = format!("019000000000700080{position:014x}");
        let id = &id[..32];
        let forged = format!(
            "INSERT INTO runs VALUES ({position}, unhex('{id}'), \
                '[{position},{key},{version},{recorded_at},[2,\"T\",1,[],{{}}]]', NULL)"
        );
        let forged = sqlx::AssertSqlSafe(forged);
        sqlx::Executor::execute(&mut self.shell().await, forged)
            .await
            .unwrap();
    }

    /// A connection past the store, as somebody with an SQL shell has it.
    pub(crate) async fn shell(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.store_path())
            .foreign_keys(false)
            .connect()
            .await
            .unwrap()
    }

    /// The same, once it has done away with these guards.
    pub(crate) async fn shell_without(&self, triggers: &[&str]) -> SqliteConnection {
        let mut shell = self.shell().await;
        for trigger in triggers {
            let drop = sqlx::AssertSqlSafe(format!("DROP TRIGGER {trigger}"));
            sqlx::Executor::execute(&mut shell, drop).await.unwrap();
        }
        shell
    }

    pub(crate) fn file_names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
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
