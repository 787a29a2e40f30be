//! The processes that work. Each is this very test binary, started again for the ignored test of
//! [`work`](crate::work).

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub(crate) struct Worker {
    name: u32,
    address: String,
    folder: PathBuf,
    child: Child,
    reading: tokio::task::JoinHandle<()>,
    acknowledged: Arc<Mutex<Vec<String>>>,
}

impl Worker {
    pub(crate) fn start(name: u32, address: &str, folder: &Path, seed: u64) -> Self {
        let acknowledged = Arc::default();
        let (child, reading) = start(name, address, folder, seed, &acknowledged);
        Self {
            name,
            address: address.to_owned(),
            folder: folder.to_owned(),
            child,
            reading,
            acknowledged,
        }
    }

    pub(crate) fn restart(&mut self, seed: u64) {
        let told = &self.acknowledged;
        (self.child, self.reading) = start(self.name, &self.address, &self.folder, seed, told);
    }

    /// Ends the process as `kill -9` does.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
        (&mut self.reading).await.unwrap();
    }

    /// A process ends only if it has found something wrong.
    pub(crate) fn check(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "process {} has ended: {ended:?}",
            self.name
        );
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// The ids of the events that were acknowledged to all processes of this name.
    pub(crate) fn acknowledged(&self) -> Vec<String> {
        self.acknowledged.lock().unwrap().clone()
    }
}

fn start(
    name: u32,
    address: &str,
    folder: &Path,
    seed: u64,
    acknowledged: &Arc<Mutex<Vec<String>>>,
) -> (Child, tokio::task::JoinHandle<()>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "work::works_until_it_is_killed"])
        .args(["--ignored", "--nocapture"])
        .env("MIXED_PLAN", format!("{name} {seed}"))
        .env("MIXED_ADDRESS", address)
        .env("MIXED_FOLDER", folder)
        // glibc keeps freed memory for each thread, which would look like growth.
        .env("MALLOC_ARENA_MAX", "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let told = Arc::clone(acknowledged);
    let reading = tokio::spawn(async move {
        while let Some(line) = lines.next_line().await.unwrap() {
            // A line that a kill has cut has no point at its end.
            let id = line
                .strip_prefix("acknowledged ")
                .and_then(|it| it.strip_suffix('.'));
            told.lock().unwrap().extend(id.map(str::to_owned));
        }
    });
    (child, reading)
}
