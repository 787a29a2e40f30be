//! Servers, connections and processes that end while rows are written: rows and position agree.

use std::error::Error;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use jiff::Timestamp;
use persistence_memory::MemoryEventStore;
use persistence_postgres::{PostgresOptions, PostgresStore};
use postgres_server::{Durability, Server};
use read_models_postgres::{PostgresReadModels, sqlx};
use read_side::{
    ApplyError, Build, Options, Projector, Reaction, Reactor, ReactorRunner, ReadModelStore, Start,
};
use shared_kernel::codec::EncodedEvent;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::time::ManualClock;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::sync::oneshot;

use crate::fixture::{
    Lamps, TTL, World, dim, holder, leased, model, models, projector, step, value,
};

const EVENTS: u32 = 4_000;

/// One change for each event up to the position.
const DIFFERENCE: &str =
    "SELECT (SELECT count(*) FROM changes) - (SELECT through FROM annals_progress)";

async fn fill(log: &MemoryEventStore) {
    for number in 0..EVENTS {
        let percent = (number % 100).to_string();
        dim(log, &format!("lamp-{}", number % 7), &percent).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_and_position_agree_when_the_server_is_killed_in_the_middle() {
    const KILLS: u64 = 5;
    // Says so, and skips, where there is no PostgreSQL.
    drop(World::new());
    let server = Server::start(Durability::Kept).unwrap();
    let address = server.new_database().unwrap();
    let log = MemoryEventStore::new();
    let lamps = projector(Lamps, &log, models(&address).await);
    lamps.catch_up().await.unwrap();
    let build = lamps.live().await.unwrap().record.build;
    fill(&log).await;

    let (stop, stopped) = oneshot::channel::<()>();
    let follower = lamps.clone();
    // It waits while the server is away.
    let running = tokio::spawn(async move { follower.run(stopped.map(drop)).await });
    for kill in 1..=KILLS {
        let goal = kill * u64::from(EVENTS) / (KILLS + 1);
        while lamps.live().await.unwrap().through().get() < goal {
            assert!(!running.is_finished(), "the runner has ended");
            tokio::task::yield_now().await;
        }
        server.crash().unwrap();
        let away = lamps.catch_up().await.unwrap_err();
        assert!(texts(&away).contains("cannot be reached"), "{away:?}");
        server.resume().unwrap();
        assert_eq!(value(lamps.models(), &build, DIFFERENCE).await, 0);
    }
    lamps
        .wait_until(EVENTS, Duration::from_secs(60))
        .await
        .unwrap();
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert_eq!(value(lamps.models(), &build, DIFFERENCE).await, 0);
    assert!(lamps.prove().await.unwrap().holds());
}

/// An error with its sources.
fn texts(error: &dyn Error) -> String {
    let source = error.source().map(texts).unwrap_or_default();
    format!("{error} {source}")
}

/// Answers each event of a lamp.
struct Answers;

#[async_trait]
impl Reactor for Answers {
    const NAME: &'static str = "answers";

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        if event.stream.as_str() == "answers" {
            return Ok(Reaction::none());
        }
        let answer = EncodedEvent {
            event_type: EventType::new("Answered")?,
            schema_version: SchemaVersion::FIRST,
            payload: "1".into(),
        };
        let answers = StreamId::new("answers")?;
        Ok(Reaction::none().write(answers, ExpectedVersion::Any, [answer]))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_follow_a_log_on_a_server_that_restarts() {
    const EACH: u32 = 50;
    drop(World::new());
    let server = Server::start(Durability::Kept).unwrap();
    let address = server.new_database().unwrap();
    let options = Options::new(holder("test")).ttl(Duration::from_secs(1));
    let busy = Duration::from_millis(500);
    let store = PostgresOptions::new().with_busy_timeout(busy);
    let log = PostgresStore::connect_with(&address, store).await.unwrap();
    let rows = models(&address).await;
    let lamps = Projector::with_options(Lamps, log.clone(), rows.clone(), options.clone()).unwrap();
    let answers =
        ReactorRunner::new(Answers, log.clone(), rows, Start::Beginning, options).unwrap();

    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = stopped.map(drop).shared();
    let (follower, reactor, at_end) = (lamps.clone(), answers.clone(), stopped.clone());
    let following = tokio::spawn(async move { follower.run(at_end).await });
    let reacting = tokio::spawn(async move { reactor.run(stopped).await });
    for round in 1..=4 {
        for number in 0..EACH {
            let event = NewEvent::with_fresh_id(EventType::new("Dimmed").unwrap(), "40").unwrap();
            let lamp = StreamId::new(format!("lamp-{}", number % 7)).unwrap();
            let appended = log.append_to(lamp, ExpectedVersion::Any, vec![event]);
            appended.await.unwrap();
        }
        server.crash().unwrap();
        server.resume().unwrap();
        // The lamps, and an answer to each.
        let reached = lamps.wait_until(round * 2 * EACH, Duration::from_secs(60));
        reached.await.unwrap();
    }
    stop.send(()).unwrap();
    following.await.unwrap().unwrap();
    reacting.await.unwrap().unwrap();
    let all = log.read_whole_stream(StreamId::new("answers").unwrap());
    assert_eq!(all.await.unwrap().len(), 4 * EACH as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_goes_on_when_its_connections_are_ended() {
    let world = World::new();
    let log = MemoryEventStore::new();
    fill(&log).await;
    let lamps = projector(Lamps, &log, world.models().await);
    lamps.catch_up().await.unwrap();
    lamps.rebuild().await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let follower = lamps.clone();
    let running = tokio::spawn(async move { follower.run(async { drop(stopped.await) }).await });
    let mut head = EVENTS;
    for _ in 0..10 {
        for number in 0..100 {
            dim(&log, "lamp-1", &number.to_string()).await;
        }
        head += 100;
        let end_all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        world.sql(end_all).unwrap();
    }
    lamps
        .wait_until(head, Duration::from_secs(60))
        .await
        .unwrap();
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    let live = lamps.live().await.unwrap();
    assert_eq!(
        value(lamps.models(), &live.record.build, DIFFERENCE).await,
        0
    );
    assert!(lamps.prove().await.unwrap().holds());
}

#[tokio::test]
async fn rows_and_position_are_equal_after_the_kill_of_a_process() {
    const SUM: &str = "SELECT (SELECT count(*) FROM t) - (SELECT through - 1 FROM annals_progress
        WHERE segment = 0)";
    let world = World::new();
    let models = world.models().await;
    for kill_after in [1, 20, 150] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::writes_until_it_is_killed"])
            .args(["--ignored", "--nocapture"])
            .env("MODELS_ADDRESS", &world.address)
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
    reason = "the parent hands the address over by the environment, and reads the lines"
)]
async fn writes_until_it_is_killed() {
    let address = std::env::var("MODELS_ADDRESS").unwrap();
    let models = PostgresReadModels::connect(&address).await.unwrap();
    let lease = leased(&models).await;
    for through in 1.. {
        let mut tx = models.begin(&lease).await.unwrap();
        let row = sqlx::query("INSERT INTO t VALUES ($1)").bind(i64::from(through));
        tx.execute(row).await.unwrap();
        models
            .commit(tx, &lease, step(through, through + 1))
            .await
            .unwrap();
        println!("committed {} {}", lease.build.number, through + 1);
    }
}
