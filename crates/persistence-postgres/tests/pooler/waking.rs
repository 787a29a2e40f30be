//! Law 23 behind a pooler, where no one can listen.

use std::time::Duration;

use persistence_postgres::PostgresOptions;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, GlobalPosition};

use crate::fixture::{Place, event, stream};

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_with_notifications_wakes_without_a_session_of_its_own() {
    let place = Place::new();
    let options = PostgresOptions::new()
        .with_notifications()
        .with_pause_while_listening(Duration::from_secs(3_600));
    let (writer, reader) = (
        place.store_with(options.clone()).await,
        place.store_with(options).await,
    );
    for position in 1..=5 {
        let before = GlobalPosition::new(position - 1).unwrap();
        let waited = tokio::time::timeout(Duration::from_secs(60), reader.wait_past(before));
        let append = writer.append_to(stream("a-1"), ExpectedVersion::Any, vec![event()]);
        let (end, appended) = tokio::join!(waited, append);
        appended.unwrap();
        assert_eq!(end.unwrap().unwrap().get(), position);
    }
    let listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'";
    assert_eq!(place.sql(listening).unwrap(), "0");
}
