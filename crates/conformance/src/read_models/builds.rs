//! Laws on builds: rebuilds, switches, stale rows, waits and proofs.

use super::*;

/// [Law 63](shared_kernel::laws#law-63). A rebuild gives the rows of a first build, and can be
/// undone.
pub async fn a_rebuild_equals_a_first_build_and_can_be_undone<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..12).await;
    let numbers = stage.projector(options());
    numbers.catch_up().await.unwrap();
    let first = numbers.live().await.unwrap().record.build;
    let sum = stage.models.checksum(&first).await.unwrap();
    for _ in 0..2 {
        numbers.rebuild().await.unwrap();
        let again = numbers.live().await.unwrap().record.build;
        assert_ne!(again, first);
        assert_eq!(stage.models.checksum(&again).await.unwrap(), sum);
    }
    let builds = stage.models.builds(numbers.model()).await.unwrap();
    let mut states: Vec<_> = builds.iter().map(|b| (b.build.number, b.state)).collect();
    states.sort_by_key(|(number, _)| *number);
    assert_eq!(states, [(2, BuildState::Earlier), (3, BuildState::Live)]);
    stage.fill(12..13).await;
    numbers.switch_back().await.unwrap();
    assert_eq!(numbers.live().await.unwrap().record.build.number, 2);
    assert_eq!(
        stage.row(&numbers, "n-0").await.as_deref(),
        Some("0 3 6 9 12")
    );
}

/// [Law 63](shared_kernel::laws#law-63). While a build is made, readers of the live one see it
/// whole; the switch is refused if another build is live than expected.
pub async fn readers_see_the_old_rows_until_the_switch<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let (old, new) = (stage.build().await, stage.build().await);
    assert_eq!((old.number, new.number), (1, 2));
    let models = &stage.models;
    models.switch(&old, None).await.unwrap();
    for (build, text) in [(&old, "old"), (&new, "new")] {
        let lease = stage.claim(build, "one").await.unwrap();
        put(models, &lease, text, step(0, 1)).await.unwrap();
        models.release(&lease).await.unwrap();
    }
    assert_eq!(row(models, &old, "key").await.as_deref(), Some("old"));
    let live = async || {
        let builds = models.builds(&old.model).await.unwrap();
        let live = builds.into_iter().filter(|build| build.is_live());
        live.map(|build| build.build.number).collect::<Vec<_>>()
    };
    for wrong in [None, Some(&new)] {
        let refused = models.switch(&new, wrong).await;
        assert!(
            matches!(refused, Err(ReadModelError::Switched { .. })),
            "{refused:?}"
        );
        assert_eq!(live().await, [1]);
    }
    models.switch(&new, Some(&old)).await.unwrap();
    assert_eq!(live().await, [2]);
    models.remove_build(&old).await.unwrap();
    models.remove_build(&old).await.unwrap();
    let gone = models.progress(&old).await;
    assert!(
        matches!(gone, Err(ReadModelError::NoSuchBuild { .. })),
        "{gone:?}"
    );
    assert_eq!(row(models, &new, "key").await.as_deref(), Some("new"));
}

/// [Law 64](shared_kernel::laws#law-64). A changed definition without a new version refuses.
pub async fn a_changed_definition_refuses<H: ReadModelsHarness>(harness: &H) {
    let mut stage = Stage::of(harness).await;
    stage.fill(0..3).await;
    stage.projector(options()).catch_up().await.unwrap();
    stage.numbers.selection = Selection::all().category(Category::new("n").unwrap());
    let changed = stage.projector(options());
    assert!(matches!(
        changed.catch_up().await,
        Err(ProjectionError::Changed { .. })
    ));
    assert!(matches!(
        changed.live().await,
        Err(ProjectionError::Changed { .. })
    ));
}

/// [Law 65](shared_kernel::laws#law-65). Rows of another history are never read, and are made
/// again.
pub async fn stale_rows_are_never_read<H: ReadModelsHarness>(harness: &H) {
    let mut stage = Stage::of(harness).await;
    stage.fill(0..6).await;
    stage.projector(options()).catch_up().await.unwrap();
    stage.log = harness.new_log().await;
    stage.fill(10..16).await;
    let numbers = stage.projector(options());
    assert!(matches!(
        numbers.live().await,
        Err(ProjectionError::Stale { .. })
    ));
    assert_eq!(numbers.catch_up().await.unwrap(), 6.into());
    assert_eq!(stage.row(&numbers, "n-1").await.as_deref(), Some("10 13"));
}

/// [Law 66](shared_kernel::laws#law-66). A wait ends when the rows have come so far, in a runner of
/// another handle, and says how far they are if that takes too long.
pub async fn a_wait_ends_with_the_position<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    let numbers = stage.projector(options());
    let timed_out = numbers.wait_until(1, Duration::from_millis(1)).await;
    assert!(
        matches!(timed_out, Err(ProjectionError::TimedOut { .. })),
        "{timed_out:?}"
    );
    let (log, models) = (
        Arc::clone(&stage.log),
        harness.open_models(stage.clock.clone()).await,
    );
    let other = Projector::with_options(stage.numbers.clone(), log, models, options()).unwrap();
    let running = tokio::spawn(async move { other.run(std::future::pending()).await });
    for n in 0..5 {
        stage.fill(n..n + 1).await;
        numbers.wait_until(n + 1, harness.patience()).await.unwrap();
    }
    running.abort();
}

/// [Law 68](shared_kernel::laws#law-68). The proof holds for rows that missed nothing, and finds
/// rows that were changed.
pub async fn the_proof_tells_right_rows_from_wrong_ones<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..9).await;
    let numbers = stage.projector(options());
    let proof = numbers.prove().await.unwrap();
    assert!(proof.holds(), "{proof}");
    assert_eq!((proof.through, proof.head), (9.into(), 9.into()));
    let live = numbers.live().await.unwrap();
    assert_eq!(stage.models.builds(numbers.model()).await.unwrap().len(), 1);
    let lease = stage.claim(&live.record.build, "hand").await.unwrap();
    let mut tx = stage.models.begin(&lease).await.unwrap();
    tx.delete("numbers", "n-1");
    let step = Step {
        last_event: live.progress[0].last_event,
        status: Status::Live,
        ..step(9, 9)
    };
    stage.models.commit(tx, &lease, step).await.unwrap();
    stage.models.release(&lease).await.unwrap();
    assert!(!numbers.prove().await.unwrap().holds());
}
