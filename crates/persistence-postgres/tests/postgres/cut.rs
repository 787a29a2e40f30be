//! Law 14 for connections that are cut: at each message of an append there is an answer or
//! `OutcomeUnknown`, and a repetition tells.

use persistence_postgres::{PostgresOptions, PostgresStore};
use shared_kernel::store::AppendOutcome;
use shared_kernel::{Append, AppendError, EventStore, ExpectedVersion};

use crate::cutter::{After, Cutter};
use crate::fixture::{Place, event, log, stream};

/// Cuts the connection of an append before its first message, before its second one and so on,
/// until it needs no more messages. Returns how many appends were in doubt.
async fn cut_at_each_message(after: After) -> usize {
    let place = Place::new();
    let store = place.store().await;
    let cutter = Cutter::start(place.server.socket(), after).await;
    let database = place.address.rsplit('/').next().unwrap();
    let address = format!(
        "postgres://annals@127.0.0.1:{}/{database}?sslmode=disable",
        cutter.port
    );
    let mut in_doubt = 0;
    for message in 0.. {
        cutter.cut_at(u64::MAX);
        let cut = PostgresStore::connect_with(&address, PostgresOptions::new())
            .await
            .unwrap();
        let name = stream(&format!("a-{message}"));
        let append = Append::new().write(name.clone(), ExpectedVersion::NoStream, vec![event()]);
        cutter.cut_at(message);
        let answer = cut.append(append.clone()).await;
        let has_cut = cutter.has_cut();
        let before = store.stream_version(&name).await.unwrap().get();
        match &answer {
            Ok(_) => assert_eq!(before, 1, "{message}: acknowledged, and not there"),
            Err(AppendError::OutcomeUnknown { .. }) => in_doubt += 1,
            Err(error) => assert_eq!(before, 0, "{message}: {error} and there all the same"),
        }
        let repeated = store.append(append).await.unwrap();
        let is_there = before == 1;
        assert_eq!(
            repeated.outcome == AppendOutcome::Repeated,
            is_there,
            "{message}"
        );
        assert_eq!(
            store.stream_version(&name).await.unwrap().get(),
            1,
            "{message}"
        );
        if !has_cut {
            assert!(message > 4, "only {message} messages were cut");
            break;
        }
    }
    let events = log(&store).await;
    let positions: Vec<_> = events.iter().map(|event| event.position.get()).collect();
    assert!(
        positions.iter().copied().eq(1..=events.len() as u64),
        "{positions:?}"
    );
    in_doubt
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_over_a_cut_connection_is_answered_by_another_one() {
    assert_eq!(cut_at_each_message(After::Heals).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_whose_server_stays_away_is_in_doubt_and_its_repetition_tells() {
    assert!(cut_at_each_message(After::StaysCut).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_the_server_ends_are_replaced() {
    let place = Place::new();
    let store = place.store().await;
    for round in 1..=5 {
        let any = ExpectedVersion::Any;
        let append = Append::new().write(stream("a-1"), any, vec![event()]);
        store.append(append).await.unwrap();
        assert_eq!(log(&store).await.len(), round);
        place
            .sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .unwrap();
    }
}
