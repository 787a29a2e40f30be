//! The program inside this process, for many runs on a store that stays open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_cli::{OpenStore, OpenStoreError, OpenedStore, Purpose, StorePlace};
use async_trait::async_trait;
use conformance::double::Delegating;
use persistence_postgres::PostgresStore;
use persistence_sqlite::SqliteStore;
use serde_json::{Value, json};
use shared_kernel::lease::{NamedLeases, WorkerLeases};
use shared_kernel::store::LogTransfer;
use shared_kernel::time::Clock;
use shared_kernel::{EventStore, SnapshotStore};
use tempfile::TempDir;

use crate::inside::Inside;
use crate::meeting_store::MeetingStore;

/// The program on an open store. A clone uses the same one.
#[derive(Clone)]
pub(crate) struct HeldProgram {
    opened: OpenedStore,
    events: Arc<Delegating<MeetingStore>>,
    /// The path of a file, or the address of a database.
    store: String,
    actor: String,
    cache: Arc<TempDir>,
}

/// The outcome of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    /// The exit code.
    pub(crate) code: u8,
    /// The JSON answer or error.
    pub(crate) told: Value,
}

impl HeldProgram {
    /// Opens a file or a database for an actor.
    pub(crate) async fn open(store: &str, actor: &str) -> Self {
        let opened = match store.starts_with("postgres://") {
            true => {
                let server = PostgresStore::connect(store).await.unwrap();
                let ports = ports(server.clone());
                OpenedStore {
                    server: Some(server),
                    ..ports
                }
            }
            false => {
                let file = SqliteStore::open(store).await.unwrap();
                let ports = ports(file.clone());
                OpenedStore {
                    file: Some(file),
                    ..ports
                }
            }
        };
        Self {
            events: Arc::new(Delegating::new(MeetingStore::new(opened.events.clone()))),
            opened,
            store: store.to_owned(),
            actor: actor.to_owned(),
            cache: Arc::new(tempfile::tempdir().unwrap()),
        }
    }

    /// The program's handle on the store.
    pub(crate) fn events(&self) -> &MeetingStore {
        &self.events
    }

    /// Runs a command line with `--format json`.
    pub(crate) async fn run(self, words: Vec<String>) -> Answer {
        let mut variables = vec![("ANNALS_ACTOR", &*self.actor)];
        if self.opened.server.is_some() {
            variables.push(("ANNALS_STORE", &*self.store));
        }
        let cache = self.cache.path().to_owned();
        let path = match self.opened.server {
            Some(_) => cache.join("work.annals"),
            None => PathBuf::from(&self.store),
        };
        let inside = Inside {
            cache: Some(cache),
            ..Inside::new(&self, &path, &variables)
        };
        run_in(inside, words).await
    }

    /// Runs a command line that must succeed.
    pub(crate) async fn done(&self, words: &[&str]) -> Value {
        let words = words.iter().map(|word| (*word).to_owned());
        let answer = self.clone().run(words.collect()).await;
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.told
    }

    /// Closes the store.
    pub(crate) async fn close(self) {
        if let Some(file) = &self.opened.file {
            file.close().await;
        }
        if let Some(server) = &self.opened.server {
            server.close().await;
        }
    }
}

fn ports<S>(store: S) -> OpenedStore
where
    S: EventStore + SnapshotStore + LogTransfer + WorkerLeases + NamedLeases + Clone + 'static,
{
    OpenedStore {
        events: Arc::new(store.clone()),
        snapshots: Arc::new(store.clone()),
        combined: None,
        transfer: Arc::new(store.clone()),
        leases: Arc::new(store.clone()),
        named_leases: Arc::new(store),
        file: None,
        server: None,
    }
}

/// Runs a command line with `--format json` in this process, on a given store.
pub(crate) async fn run_on(
    stores: &dyn OpenStore,
    path: &Path,
    actor: &str,
    words: Vec<String>,
) -> Answer {
    let variables = [("ANNALS_ACTOR", actor)];
    run_in(Inside::new(stores, path, &variables), words).await
}

async fn run_in(inside: Inside<'_>, words: Vec<String>) -> Answer {
    let format = ["--format", "json"].map(str::to_owned);
    let run = inside.run(words.into_iter().chain(format)).await;
    let code = run.code.unwrap().try_into().unwrap();
    let told = if code == 0 { run.out } else { run.err };
    Answer {
        code,
        told: serde_json::from_str(&told).unwrap(),
    }
}

/// The environment of the runs: one open store, which no run closes.
#[async_trait]
impl OpenStore for HeldProgram {
    async fn open(
        &self,
        _: &StorePlace,
        _: Purpose,
        _: Arc<dyn Clock>,
    ) -> Result<Option<OpenedStore>, OpenStoreError> {
        Ok(Some(OpenedStore {
            // A combined read would bypass the place where the runs wait for each other.
            events: self.events.clone(),
            file: None,
            server: None,
            ..self.opened.clone()
        }))
    }
}

impl Answer {
    /// The number of the changed item.
    pub(crate) fn number(&self) -> &str {
        self.told["item"]["number"].as_str().unwrap()
    }

    /// The outcome as JSON for another process.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "code": self.code, "told": self.told })
    }

    /// Reads the JSON of another process.
    pub(crate) fn from_json(json: &Value) -> Self {
        Self {
            code: json["code"].as_u64().unwrap().try_into().unwrap(),
            told: json["told"].clone(),
        }
    }
}
