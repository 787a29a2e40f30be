//! Laws on imports that were interrupted, are repeated or meet another log.

use std::sync::Arc;

use jiff::SignedDuration;
use log_transfer::{ExportRange, Import, TransferError};
use shared_kernel::RecordedEvent;
use shared_kernel::store::{ImportError, LogPart, LogPoint, StoreId};

use crate::LogTransferHarness;
use crate::race::together;
use crate::specimen::{AN_EARLY_MORNING, clock_at, fresh_id, position, stream, version};
use crate::transfers::{assert_same, export, import};
use crate::walk::{add, whole_log};

/// [Law 71](shared_kernel::laws#law-71). An import that was interrupted goes on where it ended, and
/// a finished one can be repeated.
pub async fn an_interrupted_import_goes_on_where_it_ended(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock).await;
    add(&source, "a-1", 1_500).await;
    add(&source, "b-1", 1_000).await;
    let lines = export(&source, ExportRange::default()).await;
    let mut interrupted = Import::into(&*target);
    interrupted.take(&lines[..lines.len() / 2]).await.unwrap();
    let written = interrupted.done().written;
    assert!((1..2_500).contains(&written), "{written}");
    drop(interrupted);
    assert_eq!(whole_log(&target).await.len() as u64, written);

    let rest = import(&target, &lines).await.unwrap();
    assert_eq!((rest.events, rest.written), (2_500, 2_500 - written));
    let again = import(&target, &lines).await.unwrap();
    assert_eq!((again.events, again.written), (2_500, 0));
    assert_same(&source, &target).await;
}

/// [Law 71](shared_kernel::laws#law-71). A store of the same log that has other events refuses the
/// import, at the first position with another event, and writes nothing.
pub async fn a_log_that_went_its_own_way_refuses_the_import(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock).await;
    add(&source, "a-1", 2).await;
    let first = export(&source, ExportRange::default()).await;
    import(&target, &first).await.unwrap();
    add(&target, "a-1", 1).await;
    add(&source, "a-1", 2).await;
    let before = whole_log(&target).await;
    let after = |after| ExportRange {
        after: position(after),
        through: None,
    };
    for (range, fork) in [(after(0), 3), (after(2), 3), (after(3), 3)] {
        let lines = export(&source, range).await;
        let refused = import(&target, &lines).await.unwrap_err();
        assert!(
            matches!(refused, TransferError::Fork { position } if position.get() == fork),
            "{refused:?}"
        );
    }
    assert_eq!(whole_log(&target).await, before);
}

/// [Law 71](shared_kernel::laws#law-71). A part is written only behind the event before it, in the
/// same log, with versions and times that can follow.
pub async fn a_part_that_does_not_follow_the_end_is_refused(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock).await;
    add(&source, "a-1", 4).await;
    let (id, log) = (source.id().await.unwrap(), whole_log(&source).await);
    let part = |from: usize, to: usize| LogPart {
        store: id,
        after: from
            .checked_sub(1)
            .map(|before| LogPoint::from(&log[before])),
        events: log[from..to].to_vec(),
    };
    // Into the empty store: the beginning of the log only.
    let refused = target.import(part(1, 2)).await;
    assert!(
        matches!(refused, Err(ImportError::OtherEnd { head: None })),
        "{refused:?}"
    );
    target.import(part(0, 2)).await.unwrap();
    let before = whole_log(&target).await;

    for (from, to) in [(0, 2), (1, 3), (3, 4)] {
        let refused = target.import(part(from, to)).await;
        assert!(
            matches!(&refused, Err(ImportError::OtherEnd { head }) if *head == Some(position(2))),
            "{from} to {to}: {refused:?}"
        );
    }
    let other_id = LogPart {
        store: StoreId::from_bytes([7; 16]),
        ..part(2, 3)
    };
    let other_event = LogPart {
        after: part(2, 3).after.map(|after| LogPoint {
            id: fresh_id(),
            ..after
        }),
        ..part(2, 3)
    };
    let last_but_one = LogPart {
        after: part(2, 3).after.map(|after| LogPoint {
            id: log[0].id,
            ..after
        }),
        ..part(2, 3)
    };
    for other in [other_id, other_event, last_but_one] {
        let refused = target.import(other).await;
        assert!(
            matches!(refused, Err(ImportError::OtherLog { .. })),
            "{refused:?}"
        );
    }
    let changed = |change: fn(&mut RecordedEvent, &RecordedEvent)| {
        let mut part = part(2, 3);
        change(&mut part.events[0], &log[0]);
        part
    };
    for invalid in [
        changed(|event, _| event.version = version(5)),
        changed(|event, _| event.version = version(2)),
        changed(|event, _| event.stream = stream("b-1")),
        changed(|event, _| event.position = position(4)),
        changed(|event, first| event.id = first.id),
        changed(|event, _| event.recorded_at -= SignedDuration::from_secs(1)),
    ] {
        let refused = target.import(invalid).await;
        assert!(
            matches!(&refused, Err(ImportError::Invalid(invalid)) if invalid.position >= position(3)),
            "{refused:?}"
        );
    }
    assert_eq!(whole_log(&target).await, before);
    target.import(part(2, 4)).await.unwrap();
    assert_same(&source, &target).await;
}

/// [Law 71](shared_kernel::laws#law-71). Imports of one export at the same time: each event is
/// there once, and each import succeeds.
pub async fn imports_at_the_same_time_leave_no_mixture(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    for name in ["a-1", "b-1", "a-1"] {
        add(&source, name, 1_200).await;
    }
    let lines = Arc::new(export(&source, ExportRange::default()).await);
    let handles = [
        harness.open_transfer(clock.clone()).await,
        harness.open_transfer(clock).await,
    ];
    let imports = together(4, |number| {
        let (target, lines) = (Arc::clone(&handles[number % 2]), Arc::clone(&lines));
        async move { import(&target, &lines).await }
    })
    .await;
    let mut written = 0;
    for import in imports {
        written += import.expect("each import succeeds").written;
    }
    assert_eq!(written, 3_600);
    assert_same(&source, &handles[0]).await;
}

/// [Law 71](shared_kernel::laws#law-71). A store with a log of its own appends the events of an
/// export, each once, also if the import is repeated or the source goes on.
pub async fn an_import_into_another_log_appends_each_event_once(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock).await;
    add(&target, "own-1", 2).await;
    let id = target.id().await.unwrap();
    for name in ["a-1", "b-1", "a-1"] {
        add(&source, name, 2).await;
    }
    for (expected, more) in [(6, 0), (0, 1), (1, 0)] {
        let lines = export(&source, ExportRange::default()).await;
        let imported = import(&target, &lines).await.unwrap();
        assert_eq!(imported.written, expected);
        assert!(!imported.keeps_positions);
        if more > 0 {
            add(&source, "b-1", more).await;
        }
    }
    let of = |log: Vec<RecordedEvent>| -> Vec<_> {
        let events = log.into_iter();
        events
            .map(|event| (event.stream, event.version, event.id, event.payload))
            .collect()
    };
    let log = whole_log(&target).await;
    assert_eq!(of(log[2..].to_vec()), of(whole_log(&source).await));
    assert_eq!(target.id().await.unwrap(), id);
}

/// [Law 71](shared_kernel::laws#law-71). A store with another stream of the same name refuses the
/// import. A rehearsal finds that before anything is written.
pub async fn a_stream_with_other_events_is_refused(harness: &dyn LogTransferHarness) {
    let clock = clock_at(AN_EARLY_MORNING);
    let source = harness.other_store(clock.clone()).await;
    let target = harness.open_transfer(clock).await;
    add(&target, "a-1", 2).await;
    add(&source, "b-1", 1).await;
    add(&source, "a-1", 3).await;
    let lines = export(&source, ExportRange::default()).await;
    let before = whole_log(&target).await;
    let mut rehearsal = Import::rehearsal(&*target);
    let rehearsed = match rehearsal.take(&lines).await {
        Ok(()) => rehearsal.finish().await,
        Err(refused) => Err(refused),
    };
    for refused in [rehearsed, import(&target, &lines).await] {
        let refused = refused.unwrap_err();
        assert!(
            matches!(&refused, TransferError::Clash { stream: name, here, there }
                if (name, *here, *there) == (&stream("a-1"), version(2), version(1))),
            "{refused:?}"
        );
    }
    assert_eq!(whole_log(&target).await, before);
}
