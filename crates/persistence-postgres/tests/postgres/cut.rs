//! Law 14 for connections that are cut: at each message of an append there is an answer or
//! `OutcomeUnknown`, and a repetition tells. Snapshots and leases are cut in the same way.

use std::fmt::Debug;
use std::time::Duration;

use futures_util::future::BoxFuture;
use persistence_postgres::PostgresStore;
use shared_kernel::lease::{LeaseHolder, WorkerLeaseError, WorkerLeases};
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::store::AppendOutcome;
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, SnapshotStore, StreamVersion,
};

use crate::cutter::{After, Cutter};
use crate::fixture::{Place, event, log, stream};

/// More messages than any operation needs, apart from those that earlier cuts add.
const MOST: u64 = 60;

const MINUTE: Duration = Duration::from_secs(60);

/// Cuts the connection of a store before its first message, before its second one and so on, until
/// `act` needs no more messages. `act` gets the number of the message, the store that is cut and
/// one that is not.
async fn cut_at_each_message(
    after: After,
    mut act: impl for<'s> FnMut(
        u64,
        &'s Cutter,
        &'s PostgresStore,
        &'s PostgresStore,
    ) -> BoxFuture<'s, ()>,
) -> PostgresStore {
    let place = Place::new();
    let store = place.store().await;
    let cutter = Cutter::start(place.server.socket(), after).await;
    let database = place.direct.rsplit('/').next().unwrap();
    let address = format!(
        "postgres://annals@127.0.0.1:{}/{database}?sslmode=disable",
        cutter.port
    );
    for message in 0.. {
        cutter.cut_at(u64::MAX);
        let cut = PostgresStore::connect(&address).await.unwrap();
        act(message, &cutter, &cut, &store).await;
        // A worker whose lease was cut off stays leased, which is one more message of the next
        // reading of all leases. So that would never end.
        if !cutter.has_cut() || message == MOST {
            assert!(message > 4, "only {message} messages were cut");
            break;
        }
    }
    store
}

/// An append to three streams that checks a fourth one.
fn to_several_streams(number: u64) -> Append {
    let [one, two, three] = [1, 2, 3].map(|part| stream(&format!("part{part}-{number}")));
    Append::new()
        .write(one, ExpectedVersion::NoStream, vec![event(), event()])
        .write(two, ExpectedVersion::Any, vec![event()])
        .write(three, ExpectedVersion::NoStream, vec![event()])
        .check(
            stream(&format!("part4-{number}")),
            ExpectedVersion::NoStream,
        )
}

fn to_one_stream(number: u64) -> Append {
    Append::new().write(
        stream(&format!("a-{number}")),
        ExpectedVersion::NoStream,
        vec![event()],
    )
}

/// Cuts appends. Returns how many of them were in doubt.
async fn cut_appends(after: After, append: fn(u64) -> Append) -> usize {
    let (told, in_doubt) = std::sync::mpsc::channel();
    let store = cut_at_each_message(after, |message, cutter, cut, store| {
        let (told, append) = (told.clone(), append(message));
        Box::pin(async move {
            cutter.cut_at(message);
            let answer = cut.append(append.clone()).await;
            let mut there = Vec::new();
            for (_, event) in append.events() {
                there.push(store.find_event(event.id).await.unwrap().is_some());
            }
            let is_there = there[0];
            assert!(
                there.iter().all(|it| *it == is_there),
                "{message}: a part of it is there"
            );
            match &answer {
                Ok(_) => assert!(is_there, "{message}: acknowledged, and not there"),
                Err(AppendError::OutcomeUnknown { .. }) => told.send(()).unwrap(),
                Err(error) => assert!(!is_there, "{message}: {error} and there all the same"),
            }
            let repeated = store.append(append).await.unwrap();
            assert_eq!(
                repeated.outcome == AppendOutcome::Repeated,
                is_there,
                "{message}"
            );
            if let Ok(receipt) = answer {
                assert_eq!(receipt.positions, repeated.positions, "{message}");
            }
        })
    })
    .await;
    let events = log(&store).await;
    let positions: Vec<_> = events.iter().map(|event| event.position.get()).collect();
    assert!(
        positions.iter().copied().eq(1..=events.len() as u64),
        "{positions:?}"
    );
    in_doubt.try_iter().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_over_a_cut_connection_is_answered_by_another_one() {
    assert_eq!(cut_appends(After::Heals, to_one_stream).await, 0);
    assert_eq!(cut_appends(After::Heals, to_several_streams).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_server_stays_away_is_in_doubt_and_its_repetition_tells() {
    assert!(cut_appends(After::StaysCut, to_one_stream).await > 0);
    assert!(cut_appends(After::StaysCut, to_several_streams).await > 0);
}

fn snapshot(version: u64) -> SnapshotRecord {
    SnapshotRecord {
        stream: stream("a-1"),
        version: StreamVersion::new(version).unwrap(),
        schema: StateSchema::new("lamp/1").unwrap(),
        taken_at: "2026-11-30T10:00:00Z".parse().unwrap(),
        payload: format!("{version}").into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_over_a_cut_connection_is_saved_by_another_one_or_not_at_all() {
    for after in [After::Heals, After::StaysCut] {
        cut_at_each_message(after, |message, cutter, cut, store| {
            Box::pin(async move {
                let record = snapshot(message + 1);
                cutter.cut_at(message);
                let saved = cut.save(record.clone()).await;
                assert!(
                    saved.is_ok() || after == After::StaysCut,
                    "{message}: {saved:?}"
                );
                let load = || store.load(&record.stream, &record.schema, record.version);
                let there = load()
                    .await
                    .unwrap()
                    .filter(|it| it.version == record.version);
                assert!(
                    saved.is_err() || there.is_some(),
                    "{message}: saved, and not there"
                );
                assert!(there.is_none_or(|there| there == record), "{message}");
                store.save(record.clone()).await.unwrap();
                assert_eq!(load().await.unwrap(), Some(record.clone()), "{message}");
            })
        })
        .await;
    }
}

/// A change of a lease is answered by another connection, if there is one.
fn assert_answered<T: Debug>(message: u64, after: After, answer: &Result<T, WorkerLeaseError>) {
    let is_away = after == After::StaysCut;
    assert!(answer.is_ok() || is_away, "{message}: {answer:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_worker_is_leased_twice_over_a_cut_connection() {
    let holder = LeaseHolder::new("me").unwrap();
    for after in [After::Heals, After::StaysCut] {
        cut_at_each_message(after, |message, cutter, cut, store| {
            let holder = holder.clone();
            Box::pin(async move {
                cutter.cut_at(message);
                let acquired = cut.acquire(&holder, MINUTE).await;
                assert_answered(message, after, &acquired);
                let other = store.acquire(&holder, MINUTE).await.unwrap();
                if let Ok(lease) = acquired {
                    assert_ne!(lease.worker, other.worker, "{message}");
                    store.release(&lease, None).await.unwrap();
                }
                store.release(&other, None).await.unwrap();
            })
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_renewed_over_a_cut_connection_or_by_the_repetition() {
    let holder = LeaseHolder::new("me").unwrap();
    for after in [After::Heals, After::StaysCut] {
        cut_at_each_message(after, |message, cutter, cut, store| {
            let holder = holder.clone();
            Box::pin(async move {
                let lease = store.acquire(&holder, MINUTE).await.unwrap();
                cutter.cut_at(message);
                let renewed = cut.renew(&lease, 2 * MINUTE).await;
                assert_answered(message, after, &renewed);
                let again = store.renew(&lease, 2 * MINUTE).await.unwrap();
                assert!(again.expires_at > lease.expires_at);
                if let Ok(renewed) = renewed {
                    assert!(renewed.expires_at <= again.expires_at, "{message}");
                }
                store.release(&lease, None).await.unwrap();
            })
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_released_once_over_a_cut_connection() {
    let holder = LeaseHolder::new("me").unwrap();
    for after in [After::Heals, After::StaysCut] {
        cut_at_each_message(after, |message, cutter, cut, store| {
            let holder = holder.clone();
            Box::pin(async move {
                let lease = store.acquire(&holder, MINUTE).await.unwrap();
                cutter.cut_at(message);
                let released = cut.release(&lease, None).await;
                assert_answered(message, after, &released);
                match store.release(&lease, None).await {
                    Ok(()) => assert!(released.is_err(), "{message}: released twice"),
                    Err(WorkerLeaseError::Lost { .. }) => {}
                    Err(error) => panic!("{message}: {error:?}"),
                }
            })
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_the_server_ends_are_replaced() {
    let place = Place::new();
    let store = place.store().await;
    let holder = LeaseHolder::new("me").unwrap();
    let lease = store.acquire(&holder, MINUTE).await.unwrap();
    let end_all = || {
        place.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
    };
    for round in 1..=5 {
        let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, vec![event()]);
        end_all().unwrap();
        store.append(append).await.unwrap();
        end_all().unwrap();
        assert_eq!(log(&store).await.len() as u64, round);
        end_all().unwrap();
        store.save(snapshot(round)).await.unwrap();
        end_all().unwrap();
        store.renew(&lease, MINUTE).await.unwrap();
    }
}
