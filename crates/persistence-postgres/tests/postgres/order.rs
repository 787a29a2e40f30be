//! Laws 5 and 20 beside other transactions: positions without holes, in commit order, and nobody
//! waits for a transaction of another program.

use std::time::Duration;

use futures_util::future::join_all;
use persistence_postgres::PostgresOptions;
use shared_kernel::store::LogQuery;
use shared_kernel::{
    Append, EventStore, EventStoreExt, ExpectedVersion, GlobalPosition, StoreError, StreamVersion,
};
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};

use crate::fixture::{Place, event, log, stream};

const APPENDS: u64 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_each_position_once_beside_writers_rollbacks_and_sleepers() {
    let place = Place::new();
    // Transactions of other programs, which stay open: in this database and in another one.
    let other = Place::new();
    let mut sleepers = Vec::new();
    for address in [&place.direct, &other.direct] {
        let mut sleeper = PgConnection::connect(address).await.unwrap();
        sleeper
            .execute("BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE TABLE mine (x int)")
            .await
            .unwrap();
        sleepers.push(sleeper);
    }
    let follower = place.store().await;
    let followed = tokio::spawn(async move {
        let (mut position, mut seen) = (GlobalPosition::START, Vec::new());
        while (seen.len() as u64) < 3 * 16 * APPENDS {
            follower.wait_past(position).await.unwrap();
            let from = position.next().unwrap().get();
            let query = LogQuery::new().positions(GlobalPosition::new(from).unwrap()..);
            let page = follower.read_log_page(&query).await.unwrap();
            for event in page.items {
                position = event.position;
                seen.push(position.get());
            }
        }
        seen
    });
    let mut writers = Vec::new();
    for handle in 0..3 {
        let store = place.store().await;
        for task in 0..16 {
            let store = store.clone();
            writers.push(tokio::spawn(async move {
                let own = stream(&format!("own-{handle}-{task}"));
                for number in 0..APPENDS {
                    let version = StreamVersion::new(number).unwrap();
                    let right = Append::new().write(own.clone(), version, vec![event()]);
                    store.append(right).await.unwrap();
                    // A refused append leaves no hole.
                    let wrong = Append::new()
                        .write(stream("hot-1"), ExpectedVersion::Any, vec![event()])
                        .check(own.clone(), version);
                    assert!(store.append(wrong).await.is_err());
                }
            }));
        }
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let seen = followed.await.unwrap();
    assert!(seen.into_iter().eq(1..=3 * 16 * APPENDS));
    drop(sleepers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_holds_the_end_of_the_log_keeps_others_busy_and_no_reader() {
    let place = Place::new();
    let store = place
        .store_with(PostgresOptions::new().with_busy_timeout(Duration::from_millis(100)))
        .await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    let mut holder = PgConnection::connect(&place.direct).await.unwrap();
    holder
        .execute("BEGIN; SELECT * FROM annals.head FOR UPDATE")
        .await
        .unwrap();
    let session = holder.fetch_one("SELECT pg_backend_pid()").await.unwrap();
    let session = session.get::<i32, _>(0);
    let busy = store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap_err();
    assert!(busy.is_transient(), "{busy:?}");
    let told = format!("session {session} (unnamed, role annals) holds the end of the log in a");
    assert!(busy.to_string().contains(&told), "{busy}");
    assert_eq!(log(&store).await.len(), 1);
    holder.execute("ROLLBACK").await.unwrap();
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    assert_eq!(log(&store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_runs_too_long_is_busy() {
    let place = Place::new();
    let database = place.direct.rsplit('/').next().unwrap();
    place
        .sql(&format!(
            "ALTER DATABASE {database} SET statement_timeout = '2s'"
        ))
        .unwrap();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    let mut holder = PgConnection::connect(&place.direct).await.unwrap();
    holder
        .execute("BEGIN; SELECT * FROM annals.head FOR UPDATE")
        .await
        .unwrap();
    let busy = store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap_err();
    assert!(busy.is_transient(), "{busy:?}");
    assert!(busy.to_string().contains("statement timeout"), "{busy}");
    holder.execute("ROLLBACK").await.unwrap();
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    assert_eq!(log(&store).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_appends_of_one_handle_share_commits_and_keep_their_order() {
    let place = Place::new();
    let store = place.store().await;
    let appends = (0..500_u64).map(|number| {
        let append = Append::new().write(
            stream(&format!("a-{}", number % 7)),
            ExpectedVersion::Any,
            vec![event(), event()],
        );
        store.append(append)
    });
    for receipt in join_all(appends).await {
        let [one, two] = receipt.unwrap().positions[..] else {
            panic!("two positions");
        };
        assert_eq!(one.next(), Some(two));
    }
    let events = log(&store).await;
    assert_eq!(events.len(), 1_000);
    let transactions = place
        .sql("SELECT count(DISTINCT xmin::text) FROM annals.events")
        .unwrap();
    let transactions: usize = transactions.parse().unwrap();
    assert!(transactions < 20, "{transactions} commits for 500 appends");
}

#[tokio::test]
async fn a_hole_in_the_log_is_damage_and_no_early_end() {
    let place = Place::new();
    let store = place.store().await;
    let events = (0..3).map(|_| event()).collect();
    store
        .append_to(stream("a-1"), ExpectedVersion::Any, events)
        .await
        .unwrap();
    place
        .sql(
            "ALTER TABLE annals.events DISABLE TRIGGER ALL;
             DELETE FROM annals.events WHERE position = 2",
        )
        .unwrap();
    for damaged in [
        store.read_log_page(&LogQuery::new()).await.map(drop),
        store
            .read_log_page(&LogQuery::new().backward())
            .await
            .map(drop),
        store.read_whole_stream(stream("a-1")).await.map(drop),
    ] {
        let damaged = damaged.unwrap_err();
        assert!(matches!(damaged, StoreError::Damaged { .. }), "{damaged:?}");
        assert!(damaged.to_string().contains("2 is missing"), "{damaged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_take_turns_whatever_isolation_the_database_has_as_its_default() {
    for level in ["repeatable read", "serializable"] {
        let place = Place::new();
        let database = place.direct.rsplit('/').next().unwrap();
        let alter =
            format!("ALTER DATABASE {database} SET default_transaction_isolation = '{level}'");
        place.sql(&alter).unwrap();
        let (one, two) = (place.store().await, place.store().await);
        let append = async |store: &persistence_postgres::PostgresStore, name: &str| {
            for _ in 0..APPENDS {
                let events = vec![event()];
                let appended = store.append_to(stream(name), ExpectedVersion::Any, events);
                appended.await.unwrap();
            }
        };
        tokio::join!(append(&one, "lamp-1"), append(&two, "lamp-2"));
        let events = log(&one).await;
        assert_eq!(events.len() as u64, 2 * APPENDS, "{level}");
    }
}
