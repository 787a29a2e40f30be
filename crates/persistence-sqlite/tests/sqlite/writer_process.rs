//! A process of its own that appends to a store and prints the acknowledged events.
//!
//! It is this very test binary, started again for the one ignored test below.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;

use persistence_sqlite::{Durability, SqliteOptions, SqliteStore};
use shared_kernel::{
    AppendError, EventId, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, StreamVersion,
};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::fixture::{events, stream};

/// How many streams all writers share, so that they get into each other's way.
const STREAMS: usize = 5;

/// An acknowledged event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) id: EventId,
    pub(crate) stream: String,
    pub(crate) version: StreamVersion,
    pub(crate) position: GlobalPosition,
}

/// A running process that appends.
pub(crate) struct WriterProcess {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl WriterProcess {
    /// Starts `writers` tasks in a process; each makes `appends` appends of `batch` events with an
    /// exact expected version.
    pub(crate) fn start(store: &Path, writers: usize, appends: usize, batch: usize) -> Self {
        Self::start_in(store, writers, appends, batch, Vec::new())
    }

    /// The same, with variables in its environment.
    pub(crate) fn start_in(
        store: &Path,
        writers: usize,
        appends: usize,
        batch: usize,
        environment: Vec<(&str, PathBuf)>,
    ) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writer_process::appends_until_done_or_killed"])
            .args(["--ignored", "--nocapture"])
            .env("WRITER_STORE", store)
            .env("WRITER_PLAN", format!("{writers} {appends} {batch}"))
            .envs(environment)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next event that was acknowledged, `None` when the process has ended.
    pub(crate) async fn next(&mut self) -> Option<Acknowledged> {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            if let Some(words) = line.strip_prefix("acknowledged ") {
                let words: Vec<&str> = words.split(' ').collect();
                // A line cut short by a kill was not told.
                let [id, stream, version, position, "."] = words[..] else {
                    continue;
                };
                return Some(Acknowledged {
                    id: id.parse().unwrap(),
                    stream: stream.to_owned(),
                    version: StreamVersion::new(version.parse().unwrap()).unwrap(),
                    position: GlobalPosition::new(position.parse().unwrap()).unwrap(),
                });
            }
        }
        None
    }

    /// Ends the process as `kill -9` does. Returns the events that it printed before.
    pub(crate) async fn kill(mut self) -> Vec<Acknowledged> {
        self.child.kill().await.unwrap();
        self.rest().await
    }

    /// Waits for the process to end by itself and gives all that it told.
    pub(crate) async fn finish(mut self) -> Vec<Acknowledged> {
        let told = self.rest().await;
        assert!(self.child.wait().await.unwrap().success());
        told
    }

    async fn rest(&mut self) -> Vec<Acknowledged> {
        let mut told = Vec::new();
        while let Some(acknowledged) = self.next().await {
            told.push(acknowledged);
        }
        told
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a process of its own, started by the tests that need one"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands its plan over by the environment"
)]
async fn appends_until_done_or_killed() {
    let store = PathBuf::from(std::env::var_os("WRITER_STORE").unwrap());
    let plan = std::env::var("WRITER_PLAN").unwrap();
    let plan: Vec<usize> = plan
        .split(' ')
        .map(|number| number.parse().unwrap())
        .collect();
    let [writers, appends, batch] = plan[..] else {
        panic!("{plan:?}")
    };
    // A thread of its own prints: a full pipe must not hold up a task that may be in the middle of
    // a transaction.
    let (tell, told) = mpsc::channel::<String>();
    let teller = thread::spawn(move || {
        let mut out = std::io::stdout().lock();
        writeln!(out).unwrap();
        for lines in told {
            out.write_all(lines.as_bytes()).unwrap();
            out.flush().unwrap();
        }
    });
    let durability = match std::env::var("WRITER_DURABILITY").as_deref() {
        Ok("weaker") => Durability::MayLoseLastAppendsOnPowerLoss,
        _ => Durability::Full,
    };
    let options = SqliteOptions::new().with_durability(durability);
    let store = SqliteStore::open_with(store, options).await.unwrap();
    let tasks = (0..writers)
        .map(|writer| tokio::spawn(write(store.clone(), tell.clone(), writer, appends, batch)));
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    store.close().await;
    drop(tell);
    teller.join().unwrap();
}

async fn write(
    store: SqliteStore,
    tell: mpsc::Sender<String>,
    writer: usize,
    appends: usize,
    batch: usize,
) {
    for turn in 0..appends {
        let name = format!("s-{}", (writer + turn) % STREAMS);
        let new = events(batch);
        let receipt = loop {
            let version = store.stream_version(&stream(&name)).await.unwrap();
            let expected = ExpectedVersion::Exact(version);
            match store.append_to(stream(&name), expected, new.clone()).await {
                Ok(receipt) => break receipt,
                Err(AppendError::Conflict(conflict)) => assert_ne!(conflict.actual, version),
                Err(error) if error.is_transient() => {}
                Err(error) => panic!("{error:?}"),
            }
        };
        let last = receipt.versions[0].1.get();
        let mut lines = String::new();
        for (index, (event, position)) in new.iter().zip(&receipt.positions).enumerate() {
            let version = last - (batch - 1 - index) as u64;
            writeln!(
                lines,
                "acknowledged {} {name} {version} {position} .",
                event.id
            )
            .unwrap();
        }
        tell.send(lines).unwrap();
    }
}
