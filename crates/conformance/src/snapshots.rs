//! Laws on the snapshot store.

use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use shared_kernel::snapshot::{SnapshotRecord, StateSchema};
use shared_kernel::{SnapshotStore, StreamVersion};

use crate::SnapshotStoreHarness;
use crate::race::together;
use crate::specimen::{stream, time_at, version};

/// [Law 24](shared_kernel::laws#law-24). A stream without snapshots has none to load, and none to
/// prune.
pub async fn a_stream_without_snapshots_has_none(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    assert_eq!(loaded(&*store, "a-1", StreamVersion::MAX.get()).await, None);
    assert_eq!(pruned(&*store, "a-1", 1).await, 0);
}

/// [Law 24](shared_kernel::laws#law-24). The newest snapshot at or below the version asked for is
/// given.
pub async fn the_newest_snapshot_at_or_below_a_version_is_given(
    harness: &dyn SnapshotStoreHarness,
) {
    let store = harness.open_snapshots().await;
    for number in [3, 9, 20] {
        save(&*store, snapshot("a-1", number)).await;
    }
    for (at_most, given) in [
        (0, None),
        (2, None),
        (3, Some(3)),
        (4, Some(3)),
        (8, Some(3)),
        (9, Some(9)),
        (19, Some(9)),
        (20, Some(20)),
        (StreamVersion::MAX.get(), Some(20)),
    ] {
        let expected = given.map(|number| snapshot("a-1", number));
        assert_eq!(
            loaded(&*store, "a-1", at_most).await,
            expected,
            "at most {at_most}"
        );
    }
}

/// [Law 24](shared_kernel::laws#law-24). An older snapshot never replaces a newer one: saved late,
/// it stands beside it.
pub async fn an_older_snapshot_never_replaces_a_newer_one(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    save(&*store, snapshot("a-1", 10)).await;
    save(&*store, snapshot("a-1", 4)).await;
    let newest = loaded(&*store, "a-1", StreamVersion::MAX.get()).await;
    assert_eq!(newest, Some(snapshot("a-1", 10)));
    assert_eq!(loaded(&*store, "a-1", 9).await, Some(snapshot("a-1", 4)));
}

/// [Law 24](shared_kernel::laws#law-24). A snapshot saved again at the same version replaces the
/// one before.
pub async fn a_snapshot_saved_again_at_its_version_replaces_the_one_before(
    harness: &dyn SnapshotStoreHarness,
) {
    let store = harness.open_snapshots().await;
    save(&*store, snapshot("a-1", 5)).await;
    let again = SnapshotRecord {
        payload: "rebuilt".into(),
        taken_at: time_at("2020-01-01T00:00:00Z"),
        ..snapshot("a-1", 5)
    };
    save(&*store, again.clone()).await;
    assert_eq!(loaded(&*store, "a-1", 5).await, Some(again));
    assert_eq!(pruned(&*store, "a-1", 1).await, 0, "both are kept");
}

/// [Law 24](shared_kernel::laws#law-24). A snapshot of another schema is not seen.
pub async fn a_snapshot_of_another_schema_is_not_seen(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    save(&*store, snapshot("a-1", 5)).await;
    for other in ["State/1", "state/10", "state/", "state_1", "stat%"] {
        let other = SnapshotRecord {
            schema: schema(other),
            ..snapshot("a-1", 5)
        };
        let before = store
            .load(&other.stream, &other.schema, other.version)
            .await;
        assert_eq!(before.unwrap(), None);
        let other = SnapshotRecord {
            payload: other.schema.as_str().to_owned().into(),
            ..other
        };
        save(&*store, other.clone()).await;
        let after = store
            .load(&other.stream, &other.schema, other.version)
            .await;
        assert_eq!(after.unwrap(), Some(other));
    }
    assert_eq!(loaded(&*store, "a-1", 9).await, Some(snapshot("a-1", 5)));
}

/// [Law 17](shared_kernel::laws#law-17). A snapshot of another stream is not seen, whatever the
/// names.
pub async fn a_snapshot_of_another_stream_is_not_seen(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    let names = [
        "a-1",
        "A-1",
        "a-10",
        "a-",
        "a_1",
        "a%1",
        "a-1 ",
        "caf\u{e9}",
        "cafe\u{301}",
        "🦀",
    ];
    for name in names {
        assert_eq!(
            loaded(&*store, name, 9).await,
            None,
            "a snapshot of {name:?}"
        );
        save(&*store, snapshot(name, 5)).await;
    }
    for name in names {
        assert_eq!(loaded(&*store, name, 9).await, Some(snapshot(name, 5)));
    }
}

/// [Law 24](shared_kernel::laws#law-24). A snapshot comes back byte for byte, its time cut to the
/// microsecond.
pub async fn a_snapshot_comes_back_byte_for_byte_and_to_the_microsecond(
    harness: &dyn SnapshotStoreHarness,
) {
    let store = harness.open_snapshots().await;
    let all_bytes: Vec<u8> = (0..=255).collect();
    let texts = [
        "",
        "null",
        "{ \"a\": 1, \"a\": 2 }",
        "\u{feff}caf\u{e9} cafe\u{301}",
        "a\0b",
    ];
    let bytes = [Bytes::from(all_bytes), Bytes::from(vec![0xff; 1_000_000])];
    let payloads = texts.map(|text| Bytes::from_static(text.as_bytes()));
    for (number, payload) in (1..).zip(payloads.into_iter().chain(bytes)) {
        let taken = SnapshotRecord {
            taken_at: time_at("2026-01-02T03:04:05.123456789Z"),
            payload,
            ..snapshot("a-1", number)
        };
        save(&*store, taken.clone()).await;
        let kept = SnapshotRecord {
            taken_at: time_at("2026-01-02T03:04:05.123456Z"),
            ..taken
        };
        let found = loaded(&*store, "a-1", number).await;
        assert!(
            found == Some(kept),
            "snapshot {number} comes back as another"
        );
    }
}

/// [Law 22](shared_kernel::laws#law-22). Snapshots stand at versions past 2³¹ and past 2³² as at
/// any other.
pub async fn snapshots_stand_at_versions_past_two_to_the_31(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    let numbers = [
        0,
        7,
        (1 << 31) + 7,
        (1 << 32) + 7,
        (1 << 53) + 7,
        StreamVersion::MAX.get(),
    ];
    for number in numbers {
        save(&*store, snapshot("a-1", number)).await;
    }
    for number in numbers {
        let found = loaded(&*store, "a-1", number).await;
        assert_eq!(found, Some(snapshot("a-1", number)));
    }
    let before_the_last = loaded(&*store, "a-1", StreamVersion::MAX.get() - 1).await;
    assert_eq!(before_the_last, Some(snapshot("a-1", (1 << 53) + 7)));
}

/// [Law 24](shared_kernel::laws#law-24). Pruning keeps the newest snapshots, as many as it is told
/// to, and says how many went.
pub async fn pruning_keeps_the_newest_and_says_how_many_went(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    for number in [8, 2, 6, 4] {
        save(&*store, snapshot("a-1", number)).await;
    }
    assert_eq!(pruned(&*store, "a-1", u32::MAX).await, 0);
    assert_eq!(pruned(&*store, "a-1", 4).await, 0);
    assert_eq!(pruned(&*store, "a-1", 2).await, 2);
    assert_eq!(loaded(&*store, "a-1", 5).await, None);
    assert_eq!(loaded(&*store, "a-1", 7).await, Some(snapshot("a-1", 6)));
    assert_eq!(pruned(&*store, "a-1", 1).await, 1);
    assert_eq!(loaded(&*store, "a-1", 7).await, None);
    assert_eq!(loaded(&*store, "a-1", 8).await, Some(snapshot("a-1", 8)));
}

/// [Law 24](shared_kernel::laws#law-24). Pruning leaves the snapshots of other streams and of other
/// schemas alone.
pub async fn pruning_leaves_other_streams_and_schemas_alone(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    let other_schema = |number| SnapshotRecord {
        schema: schema("state/2"),
        ..snapshot("a-1", number)
    };
    for number in 1..=3 {
        save(&*store, snapshot("a-1", number)).await;
        save(&*store, snapshot("a-10", number)).await;
        save(&*store, other_schema(number)).await;
    }
    pruned(&*store, "a-1", 1).await;
    for number in 1..=3 {
        let found = loaded(&*store, "a-10", number).await;
        assert_eq!(found, Some(snapshot("a-10", number)));
        let expected = other_schema(number);
        let found = store
            .load(&expected.stream, &expected.schema, expected.version)
            .await;
        assert_eq!(found.unwrap(), Some(expected));
    }
}

/// [Law 24](shared_kernel::laws#law-24). Snapshots that are saved at one moment are all kept.
pub async fn snapshots_saved_at_one_moment_are_all_kept(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    together(8, |number| {
        let store = Arc::clone(&store);
        async move { save(&*store, snapshot("a-1", number as u64)).await }
    })
    .await;
    for number in 0..8 {
        let found = loaded(&*store, "a-1", number).await;
        assert_eq!(found, Some(snapshot("a-1", number)));
    }
}

/// [Law 24](shared_kernel::laws#law-24). Snapshots are there after the storage was opened again,
/// and newer ones still win.
pub async fn snapshots_are_there_after_reopening(harness: &dyn SnapshotStoreHarness) {
    let store = harness.open_snapshots().await;
    for number in [5, 9] {
        save(&*store, snapshot("a-1", number)).await;
    }
    drop(store);
    let store = harness.open_snapshots().await;
    for number in [5, 9] {
        let found = loaded(&*store, "a-1", number).await;
        assert_eq!(found, Some(snapshot("a-1", number)));
    }
}

/// [Law 24](shared_kernel::laws#law-24). A snapshot that one handle saved or pruned is so for the
/// other.
pub async fn handles_see_each_others_snapshots(harness: &dyn SnapshotStoreHarness) {
    let one = harness.open_snapshots().await;
    let other = harness.open_snapshots().await;
    for (number, (writer, reader)) in (1..).zip([(&one, &other), (&other, &one)]) {
        save(&**writer, snapshot("a-1", number)).await;
        let found = loaded(&**reader, "a-1", number).await;
        assert_eq!(found, Some(snapshot("a-1", number)));
    }
    pruned(&*one, "a-1", 1).await;
    assert_eq!(loaded(&*other, "a-1", 1).await, None);
}

pub(crate) fn schema(name: &str) -> StateSchema {
    StateSchema::new(name).expect("a schema of a law is well formed")
}

/// A snapshot that says in its payload where it stands.
pub(crate) fn snapshot(name: &str, number: u64) -> SnapshotRecord {
    SnapshotRecord {
        stream: stream(name),
        version: version(number),
        schema: schema("state/1"),
        taken_at: time_at("2026-01-02T03:04:05.123456Z"),
        payload: format!("{name} at {number}").into(),
    }
}

pub(crate) async fn save(store: &dyn SnapshotStore, snapshot: SnapshotRecord) {
    let saved = store.save(snapshot).await;
    saved.expect("the snapshot is saved");
}

async fn loaded(store: &dyn SnapshotStore, name: &str, at_most: u64) -> Option<SnapshotRecord> {
    let (name, schema) = (stream(name), schema("state/1"));
    let loaded = store.load(&name, &schema, version(at_most)).await;
    loaded.expect("the snapshot can be loaded")
}

async fn pruned(store: &dyn SnapshotStore, name: &str, keep: u32) -> u64 {
    let keep = NonZeroU32::new(keep).expect("a law keeps some snapshots");
    let (name, schema) = (stream(name), schema("state/1"));
    let pruned = store.prune(&name, &schema, keep).await;
    pruned.expect("snapshots can be pruned")
}
