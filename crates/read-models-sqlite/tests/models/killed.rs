//! A process that is killed while it writes. It is this very test binary, started again.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use read_models_sqlite::SqliteReadModels;
use read_side::{Build, ReadModelStore};
use shared_kernel::time::ManualClock;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::fixture::{TTL, World, holder, leased, model, step, value};

const SUM: &str = "SELECT (SELECT count(*) FROM t) - (SELECT through - 1 FROM annals_progress \
                   WHERE segment = 0)";

#[tokio::test]
async fn rows_and_position_are_equal_after_a_kill() {
    let world = World::new();
    let models = world.models().with_busy_timeout(Duration::from_secs(10));
    for kill_after in [1, 20, 150] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::writes_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env("MODELS_FOLDER", world.folder())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut committed = None;
        for _ in 0..kill_after {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some(words) = line.strip_prefix("committed ") {
                    let (number, through) = words.split_once(' ').unwrap();
                    let number: u32 = number.parse().unwrap();
                    committed = Some((number, through.parse::<u64>().unwrap()));
                    break;
                }
            }
        }
        child.kill().await.unwrap();
        let (number, committed) = committed.unwrap();
        let build = Build {
            model: model("lamps"),
            version: 1,
            number,
        };
        let progress = models.progress(&build).await.unwrap();
        assert!(progress[0].through.get() >= committed);
        assert_eq!(value(&models, &build, SUM).await, 0);

        // Its segment is taken over when its time is over.
        let later = Timestamp::from_second(4_000_000_000).unwrap();
        let later = models.clone().with_clock(Arc::new(ManualClock::at(later)));
        let lease = later.claim(&build, 0, &holder("next"), TTL).await.unwrap();
        assert_eq!(lease.term.get(), 2);
    }
}

#[tokio::test]
#[ignore = "the process that is killed"]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the parent hands the folder over by the environment, and reads the lines"
)]
async fn writes_until_it_is_killed() {
    let folder = std::env::var_os("MODELS_FOLDER").unwrap();
    let models = SqliteReadModels::open(PathBuf::from(folder));
    let lease = leased(&models).await;
    for through in 1.. {
        let mut tx = models.begin(&lease).await.unwrap();
        tx.execute("INSERT INTO t VALUES (?)", (through,));
        models
            .commit(tx, &lease, step(through, through + 1))
            .await
            .unwrap();
        println!("committed {} {}", lease.build.number, through + 1);
    }
}
