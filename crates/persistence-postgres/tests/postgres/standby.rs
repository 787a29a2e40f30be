//! A standby answers reads and waits, and refuses writes in words until it is promoted.

use std::num::NonZeroU32;
use std::time::Duration;

use persistence_postgres::{PostgresOptions, PostgresStore};
use postgres_server::{Durability, Server};
use shared_kernel::lease::{LeaseHolder, WorkerLeaseError, WorkerLeases};
use shared_kernel::snapshot::StateSchema;
use shared_kernel::{
    AppendError, EventStore, EventStoreExt, ExpectedVersion, SnapshotStore, StoreError,
};

use crate::fixture::{event, log, stream};

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_reads_waits_and_refuses_writes_until_it_is_promoted() {
    // Says so, and skips, where there is no PostgreSQL.
    let _ = Server::shared_or_skip();
    let primary = Server::start(Durability::Lost).unwrap();
    let writer = PostgresStore::connect(&primary.new_database().unwrap())
        .await
        .unwrap();
    let any = ExpectedVersion::Any;
    writer
        .append_to(stream("a-1"), any, vec![event(), event()])
        .await
        .unwrap();
    let standby = primary.standby().unwrap();
    let address = standby.address("annals", "test_0");
    // It may not listen there, and wakes all the same.
    let options = PostgresOptions::new().with_notifications();
    let store = PostgresStore::connect_with(&address, options)
        .await
        .unwrap();
    assert_eq!(log(&store).await.len(), 2);
    assert_eq!(store.id().await.unwrap(), writer.id().await.unwrap());

    let waited = tokio::time::timeout(Duration::from_secs(60), store.wait_past(2.into()));
    let (end, written) = tokio::join!(waited, writer.append_to(stream("a-1"), any, vec![event()]));
    written.unwrap();
    assert_eq!(end.unwrap().unwrap(), 3.into());

    let refused = store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap_err();
    let AppendError::Store(StoreError::ReadOnly { obstacle, .. }) = &refused else {
        panic!("{refused:?}");
    };
    assert!(obstacle.contains("read-only transaction"), "{obstacle}");
    let schema = StateSchema::new("lamp/1").unwrap();
    let keep = NonZeroU32::MIN;
    let refused = store
        .prune(&stream("a-1"), &schema, keep)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::ReadOnly { .. }),
        "{refused:?}"
    );
    let holder = LeaseHolder::new("me").unwrap();
    let refused = store
        .acquire(&holder, Duration::from_secs(60))
        .await
        .unwrap_err();
    assert!(
        matches!(
            refused,
            WorkerLeaseError::Store(StoreError::ReadOnly { .. })
        ),
        "{refused:?}"
    );

    primary.crash().unwrap();
    standby.promote().unwrap();
    let receipt = store
        .append_to(stream("a-1"), any, vec![event()])
        .await
        .unwrap();
    assert_eq!(receipt.positions, [4.into()]);
    assert_eq!(log(&store).await.len(), 4);
    store
        .acquire(&holder, Duration::from_secs(60))
        .await
        .unwrap();
}
