//! Nothing depends on a session.

use std::time::Duration;

use futures_util::future::join_all;
use persistence_postgres::PostgresOptions;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, Row};

use crate::fixture::{Place, event, log, stream};

#[tokio::test(flavor = "multi_thread")]
async fn sixty_connections_share_five_sessions() {
    let place = Place::new();
    let handles = join_all((0..12).map(|_| place.store())).await;
    let appends = handles.iter().enumerate().flat_map(|(number, store)| {
        let append = move |round: u64| async move {
            let own = stream(&format!("own-{number}-{round}"));
            let hot = stream("hot-1");
            let any = ExpectedVersion::Any;
            store
                .append_to(own.clone(), any, vec![event()])
                .await
                .unwrap();
            store.append_to(hot, any, vec![event()]).await.unwrap();
            assert_eq!(store.stream_version(&own).await.unwrap().get(), 1);
        };
        (0..10).map(append)
    });
    join_all(appends).await;
    let positions: Vec<_> = log(&handles[0])
        .await
        .iter()
        .map(|event| event.position.get())
        .collect();
    assert!(positions.iter().copied().eq(1..=240), "{positions:?}");
    let sessions = place.sql(
        "SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    assert!(sessions.unwrap().parse::<u32>().unwrap() <= 5);
}

#[tokio::test]
async fn a_store_leaves_no_statement_and_no_setting_in_a_session() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    assert_eq!(log(&store).await.len(), 1);
    // The next client of the same session.
    let options: PgConnectOptions = place.address.parse().unwrap();
    let mut next = options.extra_float_digits(None).connect().await.unwrap();
    for (question, answer) in [
        ("SELECT count(*)::text FROM pg_prepared_statements", "0"),
        ("SHOW idle_in_transaction_session_timeout", "0"),
        ("SHOW lock_timeout", "0"),
    ] {
        let row = next.fetch_one(question).await.unwrap();
        assert_eq!(row.get::<&str, _>(0), answer, "{question}");
    }
}

/// The server ends its transaction, so that others do not wait for their timeout.
#[tokio::test(flavor = "multi_thread")]
async fn an_append_that_is_dropped_in_the_middle_holds_up_no_other_one() {
    let place = Place::new();
    let dropped = place.store().await;
    let options = PostgresOptions::new().with_busy_timeout(Duration::from_secs(4));
    let other = place.store_with(options).await;
    let any = ExpectedVersion::Any;
    for after in 0..60 {
        let append = dropped.append_to(stream("a-1"), any, vec![event()]);
        let _ = tokio::time::timeout(Duration::from_micros(50 * after), append).await;
        other
            .append_to(stream("b-1"), any, vec![event()])
            .await
            .unwrap();
    }
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'
        AND datname = current_database()";
    while place.sql(waiting).unwrap() != "0" {
        tokio::task::yield_now().await;
    }
}
