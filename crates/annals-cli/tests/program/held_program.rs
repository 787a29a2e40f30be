//! The program inside this process, for many runs on a file that stays open.

use std::path::Path;
use std::sync::Arc;

use annals_cli::{OpenStore, OpenStoreError, OpenedStore, Purpose, StorePlace};
use async_trait::async_trait;
use conformance::double::Delegating;
use persistence_sqlite::SqliteStore;
use serde_json::{Value, json};
use shared_kernel::time::Clock;

use crate::inside::Inside;
use crate::meeting_store::MeetingStore;

/// The program on an open file. A clone uses the same file.
#[derive(Clone)]
pub(crate) struct HeldProgram {
    file: SqliteStore,
    events: Arc<Delegating<MeetingStore>>,
    actor: String,
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
    /// Opens the file for an actor.
    pub(crate) async fn open(path: &Path, actor: &str) -> Self {
        let file = SqliteStore::open(path).await.unwrap();
        Self {
            events: Arc::new(Delegating::new(MeetingStore::new(file.clone()))),
            file,
            actor: actor.to_owned(),
        }
    }

    /// The program's handle on the file.
    pub(crate) fn events(&self) -> &MeetingStore {
        &self.events
    }

    /// Runs a command line with `--format json`.
    pub(crate) async fn run(self, words: Vec<String>) -> Answer {
        run_on(&self, self.file.path(), &self.actor, words).await
    }

    /// Runs a command line that must succeed.
    pub(crate) async fn done(&self, words: &[&str]) -> Value {
        let words = words.iter().map(|word| (*word).to_owned());
        let answer = self.clone().run(words.collect()).await;
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.told
    }

    /// Closes the file.
    pub(crate) async fn close(self) {
        self.file.close().await;
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
    let inside = Inside::new(stores, path, &variables);
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
            events: self.events.clone(),
            snapshots: Arc::new(self.file.clone()),
            // A combined read would bypass the place where the runs wait for each other.
            combined: None,
            transfer: Arc::new(self.file.clone()),
            leases: Arc::new(self.file.clone()),
            named_leases: Arc::new(self.file.clone()),
            file: None,
            server: None,
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
