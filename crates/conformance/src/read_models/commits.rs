//! Laws on commits and the owners of segments.

use super::*;

/// [Law 58](shared_kernel::laws#law-58). A commit brings rows and position, and a dropped
/// transaction neither.
pub async fn rows_and_position_are_committed_together<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let build = stage.build().await;
    let lease = stage.claim(&build, "one").await.unwrap();
    put(&stage.models, &lease, "1", step(0, 4)).await.unwrap();
    let mut tx = stage.models.begin(&lease).await.unwrap();
    tx.put("numbers", "key", "2".into());
    assert_eq!(tx.get("numbers", "key").await.unwrap().unwrap(), "2");
    drop(tx);
    stage.models.release(&lease).await.unwrap();
    assert_eq!(
        row(&stage.models, &build, "key").await.as_deref(),
        Some("1")
    );
    let progress = stage.models.progress(&build).await.unwrap();
    assert_eq!(progress[0].through, 4.into());
    assert_eq!(progress[0].status, Status::Building);
}

/// [Law 58](shared_kernel::laws#law-58). A refused commit leaves no row.
pub async fn a_refused_commit_leaves_no_row<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let build = stage.build().await;
    let lease = stage.claim(&build, "one").await.unwrap();
    put(&stage.models, &lease, "1", step(0, 4)).await.unwrap();
    for (from, through) in [(0, 5), (3, 5), (5, 6), (4, 3)] {
        let refused = put(&stage.models, &lease, "2", step(from, through)).await;
        assert!(
            matches!(refused, Err(ReadModelError::Moved { found, .. }) if found == 4.into()),
            "from {from} to {through}: {refused:?}"
        );
    }
    stage.models.release(&lease).await.unwrap();
    assert_eq!(
        row(&stage.models, &build, "key").await.as_deref(),
        Some("1")
    );
}

/// [Law 59](shared_kernel::laws#law-59). An owner that was taken over commits nothing, renews
/// nothing and gives nothing back. An owner that gave its lease back commits nothing.
pub async fn a_former_owner_changes_nothing<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let build = stage.build().await;
    let frozen = stage.claim(&build, "frozen").await.unwrap();
    stage.clock.advance(TTL);
    let next = stage.claim(&build, "next").await.unwrap();
    assert!(next.term > frozen.term);
    for refused in [
        put(&stage.models, &frozen, "2", step(0, 4)).await,
        stage.models.renew(&frozen).await,
    ] {
        assert!(
            matches!(&refused, Err(ReadModelError::Fenced { term, .. }) if *term == next.term),
            "{refused:?}"
        );
    }
    stage.models.release(&frozen).await.unwrap();
    assert!(
        stage.claim(&build, "third").await.is_err(),
        "the next owner was robbed"
    );
    put(&stage.models, &next, "1", step(0, 4)).await.unwrap();
    stage.models.release(&next).await.unwrap();
    let given_back = put(&stage.models, &next, "2", step(4, 5)).await;
    assert!(
        matches!(given_back, Err(ReadModelError::Fenced { .. })),
        "{given_back:?}"
    );
    assert_eq!(
        row(&stage.models, &build, "key").await.as_deref(),
        Some("1")
    );
}

/// [Law 59](shared_kernel::laws#law-59). A transaction that began before the takeover does not end
/// after it.
pub async fn a_transaction_of_a_former_owner_is_refused<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let other = harness.open_models(stage.clock.clone()).await;
    let build = stage.build().await;
    let frozen = stage.claim(&build, "frozen").await.unwrap();
    let mut tx = stage.models.begin(&frozen).await.unwrap();
    tx.put("numbers", "key", "2".into());
    stage.clock.advance(TTL);
    let next = other.claim(&build, 0, &holder("next"), TTL).await.unwrap();
    let refused = stage.models.commit(tx, &frozen, step(0, 4)).await;
    assert!(
        matches!(refused, Err(ReadModelError::Fenced { .. })),
        "{refused:?}"
    );
    other.release(&next).await.unwrap();
    assert_eq!(row(&stage.models, &build, "key").await, None);
}

/// [Law 59](shared_kernel::laws#law-59). A living owner is not robbed, and a dead one is followed
/// when its time is up.
pub async fn a_living_owner_is_not_robbed_and_a_dead_one_is_followed<H: ReadModelsHarness>(
    harness: &H,
) {
    let stage = Stage::of(harness).await;
    let build = stage.build().await;
    let lease = stage.claim(&build, "one").await.unwrap();
    let almost = TTL - Duration::from_secs(1);
    stage.clock.advance(almost);
    stage.models.renew(&lease).await.unwrap();
    stage.clock.advance(almost);
    // A commit renews, too.
    put(&stage.models, &lease, "1", step(0, 1)).await.unwrap();
    stage.clock.advance(almost);
    let held = stage.claim(&build, "two").await;
    assert!(
        matches!(&held, Err(ReadModelError::Held { holder, .. }) if holder.as_str() == "one"),
        "{held:?}"
    );
    stage.clock.advance(Duration::from_secs(1));
    stage.claim(&build, "two").await.unwrap();
}

/// [Law 59](shared_kernel::laws#law-59). A lease from a clock that was ahead blocks nobody for
/// longer than a lease lasts.
pub async fn a_clock_that_was_ahead_blocks_no_segment<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let build = stage.build().await;
    let ahead = Arc::new(ManualClock::at(
        Timestamp::from_second(4_000_000_000).unwrap(),
    ));
    let wrong = harness.open_models(ahead).await;
    wrong.claim(&build, 0, &holder("ahead"), TTL).await.unwrap();
    stage.claim(&build, "right").await.unwrap();
}

/// [Law 59](shared_kernel::laws#law-59). The number of a removed build is not used again, so a
/// former owner of it cannot meet a new build.
pub async fn a_removed_build_never_comes_back<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let removed = stage.build().await;
    let lease = stage.claim(&removed, "one").await.unwrap();
    stage.models.remove_build(&removed).await.unwrap();
    let next = stage.build().await;
    assert_ne!(next, removed);
    let refused = put(&stage.models, &lease, "2", step(0, 4)).await;
    assert!(
        matches!(refused, Err(ReadModelError::NoSuchBuild { .. })),
        "{refused:?}"
    );
}
