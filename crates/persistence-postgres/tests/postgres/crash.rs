//! Acknowledged events survive the crash of the server.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use persistence_postgres::PostgresStore;
use postgres_server::{Durability, Server, StartError};
use shared_kernel::{Append, EventStore, ExpectedVersion};

use crate::fixture::{Place, event, log, stream};

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_append_survives_the_server_killed_ten_times() {
    // Says so, and skips, where there is no PostgreSQL.
    drop(Place::new());
    let server: Result<Server, StartError> = Server::start(Durability::Kept);
    let server = server.unwrap();
    let address = server.new_database().unwrap();
    let store = PostgresStore::connect(&address).await.unwrap();
    let (acknowledged, ends) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let writers = (0..16).map(|task| {
        let (store, acknowledged, ends) =
            (store.clone(), Arc::clone(&acknowledged), Arc::clone(&ends));
        tokio::spawn(async move {
            let mut told = Vec::new();
            while !ends.load(Ordering::Relaxed) {
                let event = event();
                let id = event.id;
                let name = stream(&format!("a-{task}"));
                let append = Append::new().write(name, ExpectedVersion::Any, vec![event]);
                // A failed append is repeated until it is answered: by its id it is written once.
                while store.append(append.clone()).await.is_err() {
                    tokio::task::yield_now().await;
                }
                told.push(id);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            told
        })
    });
    let writers: Vec<_> = writers.collect();
    for round in 1..=10 {
        while acknowledged.load(Ordering::Relaxed) < 40 * round {
            wait().await;
        }
        server.crash().unwrap();
        server.resume().unwrap();
    }
    ends.store(true, Ordering::Relaxed);
    let mut told = HashSet::new();
    for writer in writers {
        told.extend(writer.await.unwrap());
    }
    let events = log(&store).await;
    let recorded: HashSet<_> = events.iter().map(|event| event.id).collect();
    assert_eq!(events.len(), recorded.len(), "an event is there twice");
    assert_eq!(recorded, told);
}

#[expect(clippy::disallowed_methods, reason = "the test waits for its writers")]
async fn wait() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}
