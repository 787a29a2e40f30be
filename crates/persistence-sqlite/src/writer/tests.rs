//! What the writer tells SQLite's thread, and what becomes of its connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc as std_mpsc};

use jiff::Timestamp;
use shared_kernel::{Append, EventId, EventType, ExpectedVersion, NewEvent, StreamId, SystemClock};
use sqlx::query_scalar;

use super::*;
use crate::append_job::{Answer, AppendJob};
use crate::encoded_run::encode;
use crate::linger::{LINGER, tests::told};
use crate::migration::migrate;

type Reply = oneshot::Receiver<Box<AppendJob>>;

async fn writer(connect: SqliteConnectOptions) -> Writer {
    let (_, queue) = mpsc::channel(1);
    let (head, _) = watch::channel(GlobalPosition::START);
    let known = KnownLog::new(Arc::default(), Arc::default());
    let (clock, lag) = (Arc::new(SystemClock), NonZeroUsize::MAX);
    let writer = Writer::open(connect, queue, head, clock, known, lag);
    writer.await.unwrap()
}

/// A writer whose thread lingers after every commit but the first until it is let go, and tells of which turn.
async fn lingering_writer() -> (Writer, Arc<Mutex<Vec<String>>>, std_mpsc::Sender<()>) {
    let (let_go, held) = std_mpsc::channel();
    let (turns, held) = (Arc::new(Mutex::new(Vec::new())), Mutex::new(held));
    let told_turns = Arc::clone(&turns);
    let (linger, connect) = told(move |turn| {
        told_turns.lock().unwrap().push(turn.to_owned());
        let _ = held.lock().unwrap().recv();
    });
    let mut writer = writer(SqliteConnectOptions::new().in_memory(true)).await;
    writer.linger = linger;
    writer.connection = connect.connect().await.unwrap();
    migrate(&mut writer.connection).await.unwrap();
    let prepared = writer.connection.execute(PREPARE_CONNECTION);
    prepared.await.unwrap();
    (writer, turns, let_go)
}

/// An append of an event, and where its answer comes.
fn append(stream: &str) -> (Request, Reply) {
    static EVENTS: AtomicUsize = AtomicUsize::new(0);
    let mut chance = [0; 10];
    chance[..8].copy_from_slice(&EVENTS.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    let id = EventId::from_parts(Timestamp::UNIX_EPOCH, chance);
    let event = NewEvent::new(id, EventType::new("Noted").unwrap(), "{}");
    let stream = StreamId::new(stream).unwrap();
    let append = Append::new().write(stream, ExpectedVersion::Any, vec![event]);
    let runs = encode(&append).unwrap();
    let (reply, answer) = oneshot::channel();
    let job = AppendJob::new("memory".into(), append, runs, reply);
    (Request::Write(job), answer)
}

/// Serves one group of appends, each to a stream of its own.
async fn serve(writer: &mut Writer, streams: usize) -> Vec<Answer> {
    let appends = (0..streams).map(|number| append(&format!("note-{number}")));
    let (mut requests, replies): (Vec<_>, Vec<_>) = appends.unzip();
    let mut closing = Vec::new();
    let group = writer.gather(&mut requests, streams, &mut closing).await;
    let rest = writer.serve_drafted(group).await;
    writer.serve_asking(rest).await;
    let answers = replies
        .into_iter()
        .map(|mut reply| reply.try_recv().unwrap().into_answer());
    answers.map(Option::unwrap).collect()
}

fn turns_of(turns: &Mutex<Vec<String>>) -> Vec<String> {
    turns.lock().unwrap().clone()
}

#[tokio::test]
async fn the_connection_of_a_writer_knows_how_to_linger() {
    let mut writer = writer(SqliteConnectOptions::new().in_memory(true)).await;
    let linger = sqlx::query(LINGER).bind("no turn");
    linger.execute(&mut writer.connection).await.unwrap();
}

#[tokio::test]
async fn a_thread_lingers_between_an_answer_and_the_next_command() {
    // Of one append, and of some that leave places of their statements empty.
    for appends in [1, 2, 3] {
        let (mut writer, turns, let_go) = lingering_writer().await;
        // What is looked up and what is committed; nobody came soon before.
        assert!(serve(&mut writer, appends).await.iter().all(Result::is_ok));
        assert_eq!(turns_of(&turns), [""; 0]);
        for served in 1..=2 {
            // Answered, although the thread lingers until it is let go.
            let answers = serve(&mut writer, appends);
            let answers = tokio::time::timeout(std::time::Duration::from_secs(60), answers);
            assert!(answers.await.unwrap().iter().all(Result::is_ok));
            let_go.send(()).unwrap();
            // The thread has lingered before it does something else.
            writer.connection.ping().await.unwrap();
            // A command more than in the last one; those who linger wait for the next.
            assert_eq!(turns_of(&turns)[served - 1..], [(2 + served).to_string()]);
        }
    }
}

#[tokio::test]
async fn a_thread_does_not_linger_after_many_appends() {
    let (mut writer, turns, let_go) = lingering_writer().await;
    drop(let_go);
    for _ in 0..3 {
        assert!(serve(&mut writer, 5).await.iter().all(Result::is_ok));
    }
    writer.connection.ping().await.unwrap();
    assert_eq!(turns_of(&turns), [""; 0]);
}

#[tokio::test]
async fn what_the_file_is_asked_ends_the_lingering_as_well() {
    let (mut writer, turns, let_go) = lingering_writer().await;
    serve(&mut writer, 1).await;
    writer.known.forget();
    let_go.send(()).unwrap();
    serve(&mut writer, 1).await;
    writer.connection.ping().await.unwrap();
    assert_eq!(turns_of(&turns), ["4"]);
    let (request, _reply) = append("note-0");
    let Request::Write(job) = request else {
        unreachable!()
    };
    writer.serve_asking(vec![job]).await;
    let_go.send(()).unwrap();
    serve(&mut writer, 1).await;
    writer.connection.ping().await.unwrap();
    // Asking began a transaction; and what is known was forgotten and looked up again.
    assert_eq!(turns_of(&turns), ["4", "7"]);
}

#[tokio::test]
async fn a_connection_whose_commit_failed_is_replaced() {
    let (mut writer, _, _let_go) = lingering_writer().await;
    let orphans = "CREATE TABLE parents (id INTEGER PRIMARY KEY);
        CREATE TABLE children (parent REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER orphans AFTER INSERT ON runs BEGIN INSERT INTO children VALUES (1); END;";
    writer.connection.execute(orphans).await.unwrap();
    let (mut requests, _replies): (Vec<_>, Vec<_>) =
        ["note-1", "note-2"].map(append).into_iter().unzip();
    let mut closing = Vec::new();
    let group = writer.gather(&mut requests, 2, &mut closing).await;
    assert!(writer.serve_drafted(group).await.is_empty());
    // A fresh one has a fresh database in memory.
    let tables = query_scalar("SELECT count(*) FROM sqlite_schema");
    let tables: i64 = tables.fetch_one(&mut writer.connection).await.unwrap();
    assert_eq!(tables, 0);
}
