//! Laws on logs that move: an export, and its import into an empty store.

use std::sync::Arc;

use log_transfer::{Export, ExportRange, Import, Imported, TransferError};
use shared_kernel::store::{LogTransfer, StreamsQuery};
use shared_kernel::time::ManualClock;
use shared_kernel::{Append, EventStore, ExpectedVersion};

use crate::LogTransferHarness;
use crate::fidelity::{odd_metadata, odd_payloads};
use crate::specimen::{AN_EARLY_MORNING, clock_at, event, events, position, stream, time_at};
use crate::walk::{add, land, streams, whole_log};

/// [Law 70](shared_kernel::laws#law-70). An import into an empty store keeps the store id, and of
/// every event its position, version, id, time and bytes. So its export has the same bytes, and an
/// import of that has them, too.
pub async fn an_import_into_an_empty_store_keeps_everything(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    fill(&source, &clock).await;
    let lines = export(&source, ExportRange::default()).await;

    let target = harness.open_transfer(clock.clone()).await;
    let imported = import(&target, &lines).await.unwrap();
    let log = whole_log(&source).await;
    assert_eq!(imported.events, log.len() as u64);
    assert_eq!(imported.written, imported.events);
    assert!(imported.keeps_positions);
    assert_same(&source, &target).await;
    let found = target.find_event(log[0].id).await.unwrap();
    assert_eq!(found.as_ref(), Some(&log[0]));
    let time = log[0].recorded_at;
    assert_eq!(
        target.position_at(time).await.unwrap(),
        source.position_at(time).await.unwrap()
    );
    assert!(
        export(&target, ExportRange::default()).await == lines,
        "the export of the import has other bytes"
    );

    let back = harness.other_store(clock).await;
    import(&back, &lines).await.unwrap();
    assert!(
        export(&back, ExportRange::default()).await == lines,
        "the export of the second import has other bytes"
    );
}

/// [Law 70](shared_kernel::laws#law-70). An import of a log without events brings its id along. A
/// later export of the log goes on from there.
pub async fn an_empty_log_takes_its_id_along(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock).await;
    let lines = export(&source, ExportRange::default()).await;
    let imported = import(&target, &lines).await.unwrap();
    assert_eq!((imported.events, imported.last), (0, position(0)));
    assert_same(&source, &target).await;
    add(&source, "a-1", 3).await;
    let lines = export(&source, ExportRange::default()).await;
    assert_eq!(import(&target, &lines).await.unwrap().written, 3);
    assert_same(&source, &target).await;
}

/// [Law 70](shared_kernel::laws#law-70). After an import, an append gets the time that the source
/// would have given to it, also behind an event of a clock far ahead.
pub async fn the_next_append_after_an_import_gets_the_time_of_the_source(
    harness: &dyn LogTransferHarness,
) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock.clone()).await;
    for (imported, appended) in [
        ("2026-01-02T10:00:00Z", "2026-01-03T09:00:00Z"),
        ("2099-01-01T00:00:00Z", "2026-01-03T09:00:05Z"),
        ("2099-06-01T00:00:00Z", "2026-01-03T09:00:01Z"),
        ("2027-01-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        ("2026-01-03T09:00:06Z", "1970-01-01T00:00:00Z"),
    ] {
        clock.set(time_at(imported));
        add(&source, "a-1", 1).await;
        let lines = export(&source, ExportRange::default()).await;
        import(&target, &lines).await.unwrap();
        // The same append into both stores, so the logs stay the same.
        clock.set(time_at(appended));
        let append = Append::new().write(stream("a-1"), ExpectedVersion::Any, events(1));
        land(&source, append.clone()).await;
        land(&target, append).await;
        assert_same(&source, &target).await;
    }
}

/// [Law 70](shared_kernel::laws#law-70). The rest of a log that goes on is imported behind an
/// earlier export of it.
pub async fn the_rest_of_a_log_follows_an_earlier_export(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock.clone()).await;
    add(&source, "a-1", 5).await;
    let first = export(&source, ExportRange::default()).await;
    import(&target, &first).await.unwrap();
    clock.advance(std::time::Duration::from_secs(1));
    add(&source, "a-1", 2).await;
    add(&source, "b-1", 1).await;
    let range = |after, through| ExportRange {
        after: position(after),
        through: Some(position(through)),
    };
    // What is there already is compared, and not written again.
    for (after, through, written) in [(3, 7, 2), (7, 8, 1), (5, 8, 0), (8, 8, 0)] {
        let rest = export(&source, range(after, through)).await;
        let imported = import(&target, &rest).await.unwrap();
        assert_eq!(imported.written, written, "{after} to {through}");
    }
    assert_same(&source, &target).await;
    add(&source, "b-1", 2).await;
    let far = export(&source, range(9, 10)).await;
    let refused = import(&target, &far).await.unwrap_err();
    assert!(
        matches!(&refused, TransferError::Gap { first, head }
            if (first.get(), head.get()) == (10, 8)),
        "{refused:?}"
    );
}

/// Fills a log with what a careless export or import changes: odd payloads and metadata, times of a
/// clock far ahead, several pages, and appends over several streams.
async fn fill(store: &Arc<dyn LogTransfer>, clock: &ManualClock) {
    let any = ExpectedVersion::Any;
    let payloads = odd_payloads().into_iter().map(event).collect();
    land(store, Append::new().write(stream("a-1"), any, payloads)).await;
    clock.set(time_at("2099-01-01T00:00:00.000001Z"));
    let metadata = odd_metadata().into_iter();
    let metadata = metadata.map(|metadata| event("{}").with_metadata(metadata));
    land(
        store,
        Append::new().write(stream("b 🦀"), any, metadata.collect()),
    )
    .await;
    clock.set(time_at(AN_EARLY_MORNING));
    clock.advance(std::time::Duration::from_millis(1));
    let several = Append::new()
        .write(stream("a-1"), any, events(2))
        .write(stream("c-1"), any, events(3))
        .write(stream("\"b\""), any, events(1));
    land(store, several).await;
    add(store, "c-1", 4_200).await;
    clock.advance(std::time::Duration::from_secs(1));
    add(store, "a-1", 1).await;
    clock.set(time_at("2098-01-01T00:00:00Z"));
    add(store, "c-1", 1).await;
}

pub(crate) async fn export(store: &dyn EventStore, range: ExportRange) -> Vec<u8> {
    let mut export = Export::begin(store, range)
        .await
        .expect("the export begins");
    let mut lines = Vec::new();
    while let Some(mut next) = export.next_lines().await.expect("the export goes on") {
        lines.append(&mut next);
    }
    lines
}

/// Imports lines in pieces that end anywhere.
pub(crate) async fn import(
    store: &dyn LogTransfer,
    lines: &[u8],
) -> Result<Imported, TransferError> {
    let mut import = Import::into(store);
    for piece in lines.chunks(65_537) {
        import.take(piece).await?;
    }
    import.finish().await
}

pub(crate) async fn assert_same(one: &dyn EventStore, other: &dyn EventStore) {
    assert_eq!(other.id().await.unwrap(), one.id().await.unwrap());
    assert_eq!(other.head().await.unwrap(), one.head().await.unwrap());
    let (expected, found) = (whole_log(one).await, whole_log(other).await);
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
    let all = StreamsQuery::default();
    assert_eq!(streams(other, all.clone()).await, streams(one, all).await);
}
