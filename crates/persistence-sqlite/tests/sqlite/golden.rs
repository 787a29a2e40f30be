//! Law 38, and the bytes on disk: a file written by an earlier build opens with its content.
//!
//! The golden file is committed. A change of the layout before the first release may renew it:
//! delete it, and run the ignored test that writes it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use jiff::Timestamp;
use persistence_sqlite::{SqliteOptions, SqliteStore};
use shared_kernel::event::{
    ActorKind, CausationId, CorrelationId, EventType, MetadataKey, SchemaVersion,
};
use shared_kernel::lease::{LeaseHolder, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::{LogQuery, StreamsQuery};
use shared_kernel::time::ManualClock;
use shared_kernel::{
    Actor, Append, EventId, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, Metadata,
    NewEvent, RecordedEvent, SnapshotStore, StreamId, StreamVersion,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Executor};

use crate::fixture::{Place, stream, version};

fn golden_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/layout-1.annals")
}

/// The time of the appends numbered 1, 2, 3 …
fn time(append: i64) -> Timestamp {
    Timestamp::from_microsecond(1_768_000_000_123_456 + append * 1_000_000).unwrap()
}

fn new(number: u8, event_type: &str, payload: impl Into<bytes::Bytes>) -> NewEvent {
    let id = EventId::from_parts(Timestamp::from_second(1_700_000_000).unwrap(), [number; 10]);
    NewEvent::new(id, EventType::new(event_type).unwrap(), payload)
}

fn metadata() -> Metadata {
    Metadata::new()
        .with_correlation(CorrelationId::new("c-1").unwrap())
        .with_causation(CausationId::new("d \"2\"").unwrap())
        .with_actor(Actor::new(ActorKind::Agent, "plånner").unwrap())
        .with_pair(MetadataKey::new("k").unwrap(), "v \"w\"")
}

/// The appends of the golden file: the writes of each, in their order.
fn appends() -> Vec<Vec<(&'static str, Vec<NewEvent>)>> {
    let large = format!("\"{}\"", "é".repeat(4_500));
    let mut upgraded = new(7, "Dimmed", r#"{"percent":40}"#);
    upgraded.schema_version = SchemaVersion::new(3).unwrap();
    let by_ada = Metadata::new().with_actor(Actor::new(ActorKind::Person, "ada").unwrap());
    vec![
        vec![(
            "lamp-1",
            vec![
                new(1, "Noted", "{}"),
                new(2, "Noted \"so\"", r#" {"a" : 1.0} "#).with_metadata(metadata()),
            ],
        )],
        vec![
            (
                "lamp-2",
                vec![new(3, "Sent", &b"\0\xff"[..]), new(4, "Grown", large)],
            ),
            (
                "\"lamp\\3\"",
                vec![new(5, "Noted", "null").with_metadata(by_ada.clone())],
            ),
            ("lamp-1", vec![new(6, "Noted", "").with_metadata(by_ada)]),
        ],
        vec![("lamp-1", vec![upgraded])],
        vec![(
            "many-1",
            (10..150)
                .map(|number| new(number, "Counted", number.to_string()))
                .collect(),
        )],
        vec![("lamp-2", vec![new(8, "Noted", "[1]")])],
    ]
}

/// The events of the golden file.
fn expected() -> Vec<RecordedEvent> {
    let mut versions = std::collections::HashMap::new();
    let mut events = Vec::new();
    for (append, writes) in (1..).zip(appends()) {
        for (name, new) in writes {
            for new in new {
                let version = versions.entry(name).or_insert(0);
                *version += 1;
                let position = u64::try_from(events.len()).unwrap() + 1;
                events.push(RecordedEvent {
                    stream: stream(name),
                    version: StreamVersion::new(*version).unwrap(),
                    position: GlobalPosition::new(position).unwrap(),
                    recorded_at: time(append),
                    id: new.id,
                    event_type: new.event_type,
                    schema_version: new.schema_version,
                    payload: new.payload,
                    metadata: new.metadata,
                });
            }
        }
    }
    events
}

fn snapshot() -> SnapshotRecord {
    SnapshotRecord {
        stream: stream("lamp-1"),
        version: version(2),
        schema: StateSchema::new("lamp/1").unwrap(),
        taken_at: time(2),
        payload: bytes::Bytes::from_static(b"\x01\xfe state"),
    }
}

fn holder() -> LeaseHolder {
    LeaseHolder::new("golden").unwrap()
}

const TTL: Duration = Duration::from_secs(3_600);

/// Everything that makes up the layout of a file.
async fn layout(path: &Path) -> Vec<(String, String, Option<String>)> {
    let mut connection = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .connect()
        .await
        .unwrap();
    let mut layout: Vec<(String, String, Option<String>)> =
        sqlx::query_as("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    for pragma in ["application_id", "user_version", "encoding", "journal_mode"] {
        let value = format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}");
        let value = sqlx::query_scalar(sqlx::AssertSqlSafe(value));
        let value: String = value.fetch_one(&mut connection).await.unwrap();
        layout.push(("pragma".into(), pragma.into(), Some(value)));
    }
    layout
}

async fn log(store: &SqliteStore, query: LogQuery) -> Vec<RecordedEvent> {
    store.read_log(query).try_collect().await.unwrap()
}

async fn copy(place: &Place) {
    std::fs::copy(golden_file(), place.store_path()).unwrap();
}

#[tokio::test]
async fn the_golden_file_has_its_content_for_every_reader() {
    let place = Place::new();
    copy(&place).await;
    let store = place.store().await;
    let expected = expected();
    assert_eq!(log(&store, LogQuery::new()).await, expected);
    let mut backward = log(&store, LogQuery::new().backward()).await;
    backward.reverse();
    assert_eq!(backward, expected);
    for event in &expected {
        let found = store.find_event(event.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(event));
    }
    let listed = store.list_streams(&StreamsQuery::default()).await.unwrap();
    let listed: Vec<_> = listed
        .items
        .iter()
        .map(|listed| (listed.stream.as_str(), listed.version.get()))
        .collect();
    let streams = [
        ("\"lamp\\3\"", 1),
        ("lamp-1", 4),
        ("lamp-2", 3),
        ("many-1", 140),
    ];
    assert_eq!(listed, streams);
    for (name, _) in streams {
        let read = store.read_whole_stream(stream(name)).await.unwrap();
        let of_stream = expected.iter().filter(|event| event.stream == stream(name));
        assert!(read.iter().eq(of_stream));
    }
    let lamp: StreamId = stream("lamp-1");
    let schema = snapshot().schema;
    let loaded = store.load(&lamp, &schema, StreamVersion::MAX).await;
    assert_eq!(loaded.unwrap(), Some(snapshot()));
    let report = store.check(|_| ()).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.events, 148);
}

/// A row in each table, among them both tables of the index, and the text of a batch.
#[tokio::test]
async fn the_golden_file_has_rows_in_every_table() {
    let place = Place::new();
    copy(&place).await;
    for (table, rows) in [
        ("store", 1),
        ("streams", 4),
        ("batches", 9),
        ("stream_batches", 5),
        ("recent_batches", 4),
        ("event_ids", 148),
        ("time_marks", 1),
        ("snapshots", 1),
        ("leases", 2),
        ("offsets", 128),
    ] {
        let count = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let count = sqlx::query_scalar::<_, i64>(count);
        let count = count.fetch_one(&mut place.shell().await).await.unwrap();
        assert_eq!(count, rows, "{table}");
    }
    let first: String = sqlx::query_scalar("SELECT events FROM batches WHERE last_position = 2")
        .fetch_one(&mut place.shell().await)
        .await
        .unwrap();
    let expected = concat!(
        r#"[1,"lamp-1",1,1768000001123456,"#,
        r#"["018bcfe5680071018101010101010101",2,"Noted",1,[],{}],"#,
        r#"["018bcfe5680072028202020202020202",13,"Noted \"so\"",1,"#,
        r#"["c-1","d \"2\"","agent","plånner",{"k":"v \"w\""}], {"a" : 1.0} ]]"#,
    );
    assert_eq!(first, expected);
}

#[tokio::test]
async fn the_layout_of_the_golden_file_is_that_of_a_new_one() {
    let place = Place::new();
    copy(&place).await;
    place.store().await.close().await;
    let fresh = place.path("fresh.annals");
    SqliteStore::open(&fresh).await.unwrap().close().await;
    assert_eq!(layout(&place.store_path()).await, layout(&fresh).await);
}

#[tokio::test]
async fn the_golden_file_goes_on() {
    let place = Place::new();
    copy(&place).await;
    let clock = Arc::new(ManualClock::at(time(60)));
    let store = place
        .store_with(SqliteOptions::new().with_clock(clock.clone()))
        .await;
    // The first worker is leased for an hour, and the second one was handed back.
    let lease = store.acquire(&holder(), TTL).await.unwrap();
    assert_ne!(lease.worker.get(), 0);
    clock.advance(2 * TTL);
    let mut workers = Vec::new();
    for _ in 0..4 {
        workers.push(store.acquire(&holder(), TTL).await.unwrap().worker.get());
    }
    assert!(workers.contains(&0), "{workers:?}");

    let repeated = appends().swap_remove(3);
    let mut append = Append::new();
    for (name, new) in repeated {
        append = append.write(stream(name), ExpectedVersion::NoStream, new);
    }
    let repeated = store.append(append).await.unwrap();
    assert_eq!(repeated.positions[0].get(), 8);
    for (name, last) in [("lamp-1", 5), ("new-1", 1), ("many-1", 141)] {
        let new = vec![new(200 + last as u8 % 50, "Noted", "{}")];
        let expected = ExpectedVersion::Any;
        let receipt = store.append_to(stream(name), expected, new).await.unwrap();
        assert_eq!(receipt.versions[0].1.get(), last);
    }
    let all = log(&store, LogQuery::new()).await;
    assert_eq!(all.len(), 151);
    assert_eq!(all[..148], expected());
    assert!(store.check(|_| ()).await.unwrap().is_clean());
}

#[tokio::test]
#[ignore = "writes the golden file, where there is none"]
async fn write_the_golden_file() {
    assert!(!golden_file().exists(), "the golden file exists");
    let place = Place::new();
    let clock = Arc::new(ManualClock::at(time(0)));
    let store = place
        .store_with(SqliteOptions::new().with_clock(clock.clone()))
        .await;
    for (number, writes) in (1..).zip(appends()) {
        clock.set(time(number));
        let append = writes
            .into_iter()
            .fold(Append::new(), |append, (name, new)| {
                append.write(stream(name), ExpectedVersion::Any, new)
            });
        store.append(append).await.unwrap();
        if number == 2 {
            // The writer moves the index at 2,048 positions and marks a time at 4,096.
            let moved = "DELETE FROM recent_batches; \
                INSERT INTO time_marks SELECT max(last_position), min(recorded_at) FROM batches";
            place.shell().await.execute(moved).await.unwrap();
        }
    }
    store.save(snapshot()).await.unwrap();
    store.acquire(&holder(), TTL).await.unwrap();
    let second = store.acquire(&holder(), TTL).await.unwrap();
    store.release(&second, None).await.unwrap();
    store.close().await;
    std::fs::copy(place.store_path(), golden_file()).unwrap();
}
