//! The state of the steps on the program. The program runs in this process, on the store of the
//! scenario, with an environment of its own.

mod answers;
mod contexts;
mod evidence;
mod moving;
mod overviews;
mod running;
mod servers;
mod stores;
mod toon;

use std::collections::HashMap;
use std::fmt;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use annals_cli::{Environment, OpenStore, Outlet, Stores};
use serde_json::Value;
use shared_kernel::time::ManualClock;
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) use self::running::decoded;
use self::stores::MemoryStores;
use crate::world::AnnalsWorld;

/// The runs of the scenario.
#[derive(Default)]
pub(crate) struct ProgramNotes {
    /// The stores that are not in files.
    stores: Option<Arc<MemoryStores>>,
    /// A path that replaces the store of the scenario.
    elsewhere: Option<PathBuf>,
    /// The role `{role}` of the server.
    role: Option<String>,
    /// The folder below that of the files in which the program runs without `ANNALS_STORE`.
    folder: Option<PathBuf>,
    /// The value of `ANNALS_STORE` in that folder.
    variable: Option<PathBuf>,
    /// Files for the program to read.
    files: Option<TempDir>,
    /// The runs since the last Given step.
    runs: Vec<Run>,
    /// The runs that follow events while others run the program.
    followers: HashMap<String, Beside>,
}

impl ProgramNotes {
    /// Stops the followers.
    pub(crate) fn stop_following(&mut self) {
        self.followers.clear();
    }

    /// The folder of the files for the program.
    fn files(&mut self) -> &Path {
        let files = self
            .files
            .get_or_insert_with(|| tempfile::tempdir().unwrap());
        files.path()
    }

    fn last(&self) -> &Run {
        self.runs.last().expect("the program was run")
    }
}

/// One run of the program.
#[derive(Debug)]
struct Run {
    code: u8,
    out: String,
    err: String,
}

impl Run {
    /// The JSON answer.
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect("one JSON")
    }

    /// The JSON answer with one value in each line.
    fn json_lines(&self) -> Vec<Value> {
        let lines = self.out.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .expect("a JSON in each line")
    }
}

/// The settings of a run, without its arguments.
struct Desk {
    who: String,
    /// Whether only the user database of the system has the name.
    is_in_database: bool,
    folder: Option<PathBuf>,
    store: Option<PathBuf>,
    cache: Option<PathBuf>,
    clock: Arc<ManualClock>,
    stores: Arc<dyn OpenStore>,
}

impl Desk {
    async fn run(self, words: Vec<String>) -> Run {
        self.run_on(Vec::new(), words).await
    }

    /// Runs the program with this standard input.
    async fn run_on(self, input: Vec<u8>, words: Vec<String>) -> Run {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let variable = |name: &str| match name {
            "ANNALS_STORE" => self.store.clone().map(PathBuf::into_os_string),
            "ANNALS_ACTOR" if !self.is_in_database => Some(self.who.clone().into()),
            _ => None,
        };
        let environment = Environment {
            input: Box::new(Cursor::new(input)),
            out: Outlet {
                to: &mut out,
                shows_colours: true,
            },
            err: Outlet {
                to: &mut err,
                shows_colours: true,
            },
            reader_gone: &|| Box::pin(std::future::pending()),
            variable: &variable,
            folder: self.folder,
            default_store: None,
            cache: self.cache,
            user: &|| self.is_in_database.then(|| self.who.clone()),
            width: None,
            editor: None,
            draws_progress: false,
            clock: self.clock,
            stores: &*self.stores,
        };
        let code = annals_cli::run(words, environment).await;
        Run {
            code,
            out: String::from_utf8(out).unwrap(),
            err: String::from_utf8(err).unwrap(),
        }
    }
}

/// A run beside the steps of the scenario; dropping it ends the run.
struct Beside {
    task: JoinHandle<Option<Run>>,
    _goes_on: oneshot::Sender<()>,
}

impl Beside {
    fn start(desk: Desk, words: Vec<String>) -> Self {
        let (goes_on, ends) = oneshot::channel::<()>();
        let runtime = Handle::current();
        let run_or_end = async move || {
            tokio::select! {
                run = desk.run(words) => Some(run),
                _ = ends => None,
            }
        };
        Self {
            task: tokio::task::spawn_blocking(move || runtime.block_on(run_or_end())),
            _goes_on: goes_on,
        }
    }

    /// Waits for the run to end by itself.
    async fn finish(self) -> Run {
        self.task.await.unwrap().expect("it goes on until it ends")
    }
}

impl AnnalsWorld {
    /// The settings for running the program on the store of the scenario.
    fn desk(&mut self, who: &str) -> Desk {
        let clock = self.clock().clone();
        let (own, stores): (PathBuf, Arc<dyn OpenStore>) = match self.place().named() {
            Some(name) => (name, Arc::new(Stores)),
            None => {
                let stores = match &self.program.stores {
                    Some(stores) => Arc::clone(stores),
                    None => Arc::new(MemoryStores::with_own(self.place())),
                };
                self.program.stores = Some(Arc::clone(&stores));
                (PathBuf::from(stores::OWN), stores)
            }
        };
        let folder = self.program.folder.clone();
        let store = match &folder {
            Some(_) => self.program.variable.clone(),
            None => Some(self.program.elsewhere.clone().unwrap_or(own)),
        };
        Desk {
            who: who.to_owned(),
            is_in_database: false,
            folder,
            store,
            cache: Some(self.program.files().join("cache")),
            clock,
            stores,
        }
    }
}

impl fmt::Debug for ProgramNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProgramNotes")
            .field("runs", &self.runs)
            .finish_non_exhaustive()
    }
}
