//! Opening a store: created once, refused in words, and without a password in any of them.

use std::time::Duration;

use futures_util::future::join_all;
use persistence_postgres::{ConnectError, PostgresOptions, PostgresStore};
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, StoreError};

use crate::cutter::{After, Cutter};
use crate::fixture::{Place, event, log, stream};

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_create_the_store_at_the_same_time_share_it() {
    let place = Place::new();
    let opened = join_all((0..12).map(|_| place.store())).await;
    let mut ids = Vec::new();
    for store in &opened {
        ids.push(store.id().await.unwrap());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(opened[0].head().await.unwrap(), None);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_its_password_is_not_told() {
    let refused = PostgresStore::connect("postgres://ada:s3cret@127.0.0.1:1/work").await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, ConnectError::Unreachable { .. }),
        "{refused:?}"
    );
    assert!(
        refused
            .to_string()
            .contains("postgres://ada@127.0.0.1:1/work"),
        "{refused}"
    );
    assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
}

#[tokio::test]
async fn a_database_without_utf8_is_refused() {
    let place = Place::new();
    let create = "CREATE DATABASE in_latin1 TEMPLATE template0 ENCODING 'LATIN1' \
        LC_COLLATE 'C' LC_CTYPE 'C'";
    place.sql(create).unwrap();
    let address = place.server.address("annals", "in_latin1");
    match PostgresStore::connect(&address).await.unwrap_err() {
        ConnectError::Encoding { found, .. } => assert_eq!(found, "LATIN1"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_that_never_answers_is_unreachable() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let address = format!("postgres://ada@127.0.0.1:{port}/work");
    let options = PostgresOptions::new().with_busy_timeout(Duration::from_millis(50));
    let refused = PostgresStore::connect_with(&address, options).await;
    match refused.unwrap_err() {
        ConnectError::Unreachable { source, .. } => {
            assert!(
                source.to_string().contains("no answer within 50ms"),
                "{source}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_user_whom_the_server_does_not_know_is_refused() {
    let place = Place::new();
    let address = place.address.replacen("annals@", "stranger:s3cret@", 1);
    let refused = PostgresStore::connect(&address).await.unwrap_err();
    assert!(
        matches!(refused, ConnectError::LoginRefused { .. }),
        "{refused:?}"
    );
    assert!(!format!("{refused:?}").contains("s3cret"), "{refused:?}");
}

#[tokio::test]
async fn a_store_that_must_exist_is_not_created() {
    let place = Place::new();
    for _ in 0..2 {
        let options = PostgresOptions::new().must_exist();
        let refused = PostgresStore::connect_with(&place.address, options).await;
        let refused = refused.unwrap_err();
        assert!(
            matches!(refused, ConnectError::NoStore { .. }),
            "{refused:?}"
        );
    }
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'annals'";
    assert_eq!(place.sql(schemas).unwrap(), "0");
    drop(place.store().await);
    place.store_with(PostgresOptions::new().must_exist()).await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let place = Place::new();
    let (server, _) = place.address.rsplit_once('/').unwrap();
    let refused = PostgresStore::connect(&format!("{server}/nowhere"))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, ConnectError::NoDatabase { .. }),
        "{refused:?}"
    );
    assert!(refused.to_string().contains("/nowhere"), "{refused}");
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_refused() {
    let place = Place::new();
    drop(place.store().await);
    place.sql("UPDATE annals.store SET layout = 2").unwrap();
    let refused = PostgresStore::connect(&place.address).await.unwrap_err();
    assert!(
        matches!(
            refused,
            ConnectError::NewerLayout {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_closed_store_answers_that_it_is_closed() {
    let place = Place::new();
    let store = place.store().await;
    let clone = store.clone();
    store.close().await;
    let closed = clone.head().await.unwrap_err();
    assert!(matches!(closed, StoreError::Closed { .. }), "{closed:?}");
    assert!(log(&place.store().await).await.is_empty());
}

/// A refused connection is no busy store.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_is_told_to_readers() {
    let place = Place::new();
    drop(place.store().await);
    let database = place.address.rsplit('/').next().unwrap();
    let cutter = Cutter::start(place.server.socket(), After::Heals).await;
    let address = format!(
        "postgres://annals@127.0.0.1:{}/{database}?sslmode=disable",
        cutter.port
    );
    let options = PostgresOptions::new().with_busy_timeout(Duration::from_millis(200));
    let store = PostgresStore::connect_with(&address, options)
        .await
        .unwrap();
    assert_eq!(store.head().await.unwrap(), None);
    cutter.end().await;
    let gone = store.head().await.unwrap_err();
    assert!(matches!(gone, StoreError::Unreachable { .. }), "{gone:?}");
}

#[tokio::test]
async fn an_end_of_the_log_that_goes_back_is_another_log() {
    let place = Place::new();
    let store = place.store().await;
    let any = ExpectedVersion::Any;
    store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    place.sql("UPDATE annals.head SET position = 0").unwrap();
    let replaced = store.head().await.unwrap_err();
    assert!(
        matches!(replaced, StoreError::Replaced { .. }),
        "{replaced:?}"
    );
}

#[tokio::test]
async fn debug_shows_the_database_and_not_its_password() {
    let place = Place::new();
    let address = place.address.replacen("annals@", "annals:s3cret@", 1);
    let store = PostgresStore::connect(&address).await.unwrap();
    let shown = format!("{store:?}");
    assert!(shown.contains("postgres://annals@"), "{shown}");
    assert!(!shown.contains("s3cret"), "{shown}");
}
