//! Parts of a log.

use log_transfer::{ExportRange, TransferError};
use shared_kernel::{EventStoreExt, ExpectedVersion, GlobalPosition, NewEvent};

use crate::fixture::{export, store_of, three};

fn range(after: u32, through: Option<u32>) -> ExportRange {
    ExportRange {
        after: after.into(),
        through: through.map(GlobalPosition::from),
    }
}

/// The positions of the events in an export, and what its first line says of the event before.
async fn positions(range: ExportRange) -> Result<(Vec<u64>, bool), TransferError> {
    let store = store_of(three()).await;
    let lines = export(&store, range).await?;
    let of = |line: &str| {
        let rest = line.strip_prefix("{\"position\":")?;
        rest.split(',').next()?.parse().ok()
    };
    let names_the_one_before = lines.lines().next().unwrap().contains("\"after\":\"");
    Ok((lines.lines().filter_map(of).collect(), names_the_one_before))
}

#[tokio::test]
async fn an_export_has_the_events_of_its_range() {
    for (after, through, expected) in [
        (0, None, vec![1, 2, 3]),
        (0, Some(2), vec![1, 2]),
        (1, Some(2), vec![2]),
        (2, None, vec![3]),
        (3, None, vec![]),
        (0, Some(0), vec![]),
    ] {
        let (found, names_the_one_before) = positions(range(after, through)).await.unwrap();
        assert_eq!(found, expected, "{after} to {through:?}");
        assert_eq!(names_the_one_before, after > 0);
    }
}

#[tokio::test]
async fn a_range_behind_the_end_or_backward_is_refused() {
    for (after, through) in [(4, None), (0, Some(4)), (4, Some(4))] {
        let refused = positions(range(after, through)).await.unwrap_err();
        assert!(
            matches!(&refused, TransferError::BehindTheEnd { asked, head }
                if (asked.get(), head.get()) == (4, 3)),
            "{refused:?}"
        );
    }
    let refused = positions(range(2, Some(1))).await.unwrap_err();
    assert!(
        matches!(refused, TransferError::Backward { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn events_that_come_during_an_export_are_no_part_of_it() {
    let store = store_of(three()).await;
    let before = export(&store, ExportRange::default()).await.unwrap();
    let mut export = log_transfer::Export::begin(&store, ExportRange::default())
        .await
        .unwrap();
    let event = &three()[0];
    let new = NewEvent::with_fresh_id(event.event_type.clone(), "{}").unwrap();
    store
        .append_to(event.stream.clone(), ExpectedVersion::Any, vec![new])
        .await
        .unwrap();
    let mut lines = Vec::new();
    while let Some(mut next) = export.next_lines().await.unwrap() {
        lines.append(&mut next);
    }
    assert_eq!(String::from_utf8(lines).unwrap(), before);
    assert_eq!(export.events(), 3);
    assert_eq!(export.progress(), (3.into(), 3.into()));
}
