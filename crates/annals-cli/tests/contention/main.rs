//! Law 31 on one file: 50 tasks with 20 commands each on one aggregate lose no command within the
//! default time limit, in one process and in each of two.
//!
//! The second process is this test binary, started again for the ignored test below. It opens the
//! file, writes `ready`, and begins when it reads a line. The tests are a separate program, so no
//! other test of this crate competes for the machine.

#![expect(clippy::unwrap_used, reason = "a test says by a panic what it found")]

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use persistence_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};
use serialization::{JsonEventCodec, JsonStateCodec};
use shared_kernel::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable, StreamId};

const TASKS: u64 = 50;
const COMMANDS: u64 = 20;
const READY: &str = "contender: ready";

#[derive(Serialize, Deserialize, DomainEvent)]
struct Counted {
    number: u64,
}

/// A counter with a snapshot every 100 events. Each event carries the next number, so an event that
/// was decided on an old state cannot be applied.
#[derive(Serialize, Deserialize)]
struct Counter {
    number: u64,
}

impl Counter {
    fn count(&self) -> Counted {
        Counted {
            number: self.number + 1,
        }
    }
}

impl Aggregate for Counter {
    type Event = Counted;
    const TYPE: &'static str = "counter";

    fn create(event: &Counted) -> Result<Self, Inapplicable> {
        Ok(Self {
            number: event.number,
        })
    }

    fn apply(&mut self, event: &Counted) -> Result<(), Inapplicable> {
        if event.number != self.number + 1 {
            return Err(Inapplicable::new("counted twice"));
        }
        self.number = event.number;
        Ok(())
    }
}

fn counter() -> StreamId {
    StreamId::of::<Counter>("1").unwrap()
}

async fn counters(file: &Path) -> EventSourcedRepository<Counter> {
    let codec = JsonEventCodec::<Counted>::new().unwrap();
    let store = SqliteStore::open(file).await.unwrap();
    let states = JsonStateCodec::<Counter>::new();
    EventSourcedRepository::snapshotted(store, codec, states)
}

/// Executes all commands, and returns the number of their attempts.
async fn contend(counters: &EventSourcedRepository<Counter>) -> u64 {
    let tasks = (0..TASKS).map(|_| {
        let counters = counters.clone();
        tokio::spawn(async move {
            let mut attempts = 0;
            for _ in 0..COMMANDS {
                let done = counters.execute(&counter(), Counter::count).await;
                attempts += u64::from(done.unwrap().attempts);
            }
            attempts
        })
    });
    let mut attempts = 0;
    for task in tasks.collect::<Vec<_>>() {
        attempts += task.await.unwrap();
    }
    attempts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_of_one_process_on_one_aggregate_lose_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let counters = counters(&folder.path().join("counted.annals")).await;
    let zero = Counted { number: 0 };
    counters.create(&counter(), zero).await.unwrap();
    let attempts = contend(&counters).await;
    let counted = counters.get(&counter()).await.unwrap();
    assert_eq!(counted.state().number, TASKS * COMMANDS);
    // Commands collide before there is a queue; after that they take turns. Without turns, a
    // command needs about six attempts.
    assert!(attempts < 2 * TASKS * COMMANDS, "{attempts} attempts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_of_two_processes_on_one_aggregate_lose_no_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("counted.annals");
    let counters = counters(&file).await;
    let zero = Counted { number: 0 };
    counters.create(&counter(), zero).await.unwrap();

    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "second_process_of_the_contention_test"])
        .args(["--ignored", "--nocapture"])
        .env("CONTENDED_FILE", &file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains(READY)));
    writeln!(other.stdin.take().unwrap(), "go").unwrap();
    contend(&counters).await;
    lines.for_each(|line| drop(line.unwrap()));
    assert!(other.wait().unwrap().success());

    let counted = counters.get(&counter()).await.unwrap();
    assert_eq!(counted.state().number, 2 * TASKS * COMMANDS);
}

#[test]
#[ignore = "a process of its own, started by the test above"]
#[expect(
    clippy::disallowed_methods,
    reason = "the parent hands the file over by the environment"
)]
fn second_process_of_the_contention_test() {
    let file = PathBuf::from(std::env::var_os("CONTENDED_FILE").unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let counters = counters(&file).await;
        println!("{READY}");
        io::stdin().lock().read_line(&mut String::new()).unwrap();
        contend(&counters).await;
    });
}
