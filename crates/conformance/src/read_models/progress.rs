//! Laws on the way of a projection through the log.

use super::*;

/// [Law 60](shared_kernel::laws#law-60). The rows are the same for any size of a commit and any
/// number of segments, and the position is the head of the log.
pub async fn rows_are_the_same_in_chunks_of_any_size<H: ReadModelsHarness>(harness: &H) {
    let mut stage = Stage::of(harness).await;
    stage.fill(0..30).await;
    let mut first = None;
    for (version, chunk) in [1, 2, 7, 29, 30, 31].into_iter().enumerate() {
        stage.models = harness.open_models(stage.clock.clone()).await;
        let chunk = NonZeroUsize::new(chunk).unwrap();
        let numbers = stage.projector(options().chunk(chunk));
        if version == 0 {
            assert_eq!(numbers.catch_up().await.unwrap(), 30.into());
        } else {
            assert_eq!(numbers.rebuild().await.unwrap(), 30.into());
        }
        let rows = stage.rows(&numbers).await;
        assert_eq!(rows[1].as_deref(), Some("1 4 7 10 13 16 19 22 25 28"));
        assert_eq!(*first.get_or_insert_with(|| rows.clone()), rows, "{chunk}");
    }
}

/// [Law 60](shared_kernel::laws#law-60). Runners over several segments apply each event once, in
/// the order of its stream, while events are appended.
pub async fn runners_apply_each_event_once_without_a_seam<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..20).await;
    let segments = options().segments(NonZeroU16::new(3).unwrap());
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut running = Vec::new();
    for name in ["one", "two"] {
        let mut options = segments.clone().chunk(NonZeroUsize::new(4).unwrap());
        options.holder = holder(name);
        let (numbers, mut stopped) = (stage.projector(options), stopped.clone());
        running.push(tokio::spawn(async move {
            let stopped = async { drop(stopped.wait_for(|stopped| *stopped).await) };
            numbers.run(stopped).await
        }));
    }
    for n in 20..60 {
        stage.fill(n..n + 1).await;
    }
    let numbers = stage.projector(segments);
    numbers.wait_until(60, harness.patience()).await.unwrap();
    stop.send_replace(true);
    for running in running {
        running.await.unwrap().unwrap();
    }
    let rows = stage.rows(&numbers).await;
    for (n, row) in (0..3).zip(rows) {
        let expected: Vec<_> = (0..20).map(|i| (n + i * 3).to_string()).collect();
        assert_eq!(row.unwrap(), expected.join(" "));
    }
}

/// [Law 61](shared_kernel::laws#law-61). A projection that takes none of the events still moves.
pub async fn a_filtered_projection_moves_though_nothing_matches<H: ReadModelsHarness>(harness: &H) {
    let mut stage = Stage::of(harness).await;
    stage.numbers.selection = Selection::all().category(Category::new("other").unwrap());
    stage.fill(0..9).await;
    let numbers = stage.projector(options());
    assert_eq!(numbers.catch_up().await.unwrap(), 9.into());
    stage.fill(9..12).await;
    assert_eq!(numbers.catch_up().await.unwrap(), 12.into());
    numbers.wait_until(12, Duration::ZERO).await.unwrap();
}

/// [Law 62](shared_kernel::laws#law-62). An event that cannot be applied stops the build before it,
/// and is named.
pub async fn the_default_stops_before_an_event_that_cannot_be_applied<H: ReadModelsHarness>(
    harness: &H,
) {
    let stage = Stage::of(harness).await;
    stage.fill(0..3).await;
    let numbers = stage.projector(options());
    numbers.catch_up().await.unwrap();
    stage.fill(3..9).await;
    stage.numbers.bad.lock().unwrap().insert("5".to_owned());
    let Err(ProjectionError::Stopped(failure)) = numbers.catch_up().await else {
        panic!("it went on");
    };
    assert_eq!((failure.position, &*failure.reason), (6.into(), "5 is bad"));
    let live = numbers.live().await.unwrap();
    assert_eq!((live.through(), live.failure()), (5.into(), Some(&failure)));
    assert_eq!(stage.row(&numbers, "n-2").await.as_deref(), Some("2"));
    stage.numbers.bad.lock().unwrap().clear();
    numbers.catch_up().await.unwrap();
    assert_eq!(stage.row(&numbers, "n-2").await.as_deref(), Some("2 5 8"));
}

/// [Law 62](shared_kernel::laws#law-62). A parked stream waits in its order, and the others go on.
pub async fn parking_keeps_the_order_of_a_stream<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..9).await;
    stage.numbers.bad.lock().unwrap().insert("4".to_owned());
    let numbers = stage.projector(options().poison(Poison::Park));
    assert_eq!(numbers.catch_up().await.unwrap(), 9.into());
    stage.fill(9..12).await;
    numbers.catch_up().await.unwrap();
    let parked = numbers.parked().await.unwrap();
    let parked = parked
        .iter()
        .map(|p| (p.failure.position.get(), p.was_tried));
    assert_eq!(
        parked.collect::<Vec<_>>(),
        [(5, true), (8, false), (11, false)]
    );
    assert_eq!(stage.row(&numbers, "n-1").await.as_deref(), Some("1"));
    assert_eq!(stage.row(&numbers, "n-0").await.as_deref(), Some("0 3 6 9"));

    let stream = StreamId::new("n-1").unwrap();
    assert!(numbers.retry(&stream).await.is_err());
    assert_eq!(numbers.parked().await.unwrap().len(), 3);
    stage.numbers.bad.lock().unwrap().clear();
    assert_eq!(numbers.retry(&stream).await.unwrap(), 3);
    assert_eq!(
        stage.row(&numbers, "n-1").await.as_deref(),
        Some("1 4 7 10")
    );
    assert_eq!(numbers.parked().await.unwrap(), []);
}

/// [Law 69](shared_kernel::laws#law-69). An operator retries and skips parked events while a runner
/// holds the segment, and the runner goes on after each call.
pub async fn an_operator_retries_and_skips_beside_a_runner<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..6).await;
    let wrong = add(&stage.log, "n-1", "wrong").await;
    let bad = ["2", "wrong"].map(str::to_owned);
    stage.numbers.bad.lock().unwrap().extend(bad);
    let parking = options().poison(Poison::Park);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let runner = stage.projector(parking.clone());
    let running = tokio::spawn(async move { runner.run(async { drop(stopped.await) }).await });

    let numbers = stage.projector(parking);
    let patience = harness.patience();
    numbers.wait_until(7, patience).await.unwrap();
    assert_eq!(numbers.parked().await.unwrap().len(), 3);
    stage.numbers.bad.lock().unwrap().remove("2");
    let stream = StreamId::new("n-2").unwrap();
    assert_eq!(numbers.retry(&stream).await.unwrap(), 2);
    numbers.skip(wrong, "a typing error").await.unwrap();
    assert_eq!(numbers.parked().await.unwrap(), []);

    stage.fill(6..9).await;
    numbers.wait_until(10, patience).await.unwrap();
    drop(stop);
    running.await.unwrap().unwrap();
    let rows = ["0 3 6", "1 4 7", "2 5 8"].map(|row| Some(row.to_owned()));
    assert_eq!(stage.rows(&numbers).await, rows);
}

/// [Law 62](shared_kernel::laws#law-62). A skipped event is kept with its reason, also by a
/// rebuild.
pub async fn a_skip_is_kept_with_its_reason<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..3).await;
    let bad = add(&stage.log, "n-1", "bad").await;
    stage.numbers.bad.lock().unwrap().insert("bad".to_owned());
    let numbers = stage.projector(options());
    assert!(numbers.catch_up().await.is_err());
    assert!(matches!(
        numbers.skip(bad, "").await,
        Err(ProjectionError::NoReason)
    ));
    numbers.skip(bad, "a typing error").await.unwrap();
    assert_eq!(numbers.catch_up().await.unwrap(), 4.into());
    numbers.rebuild().await.unwrap();
    let skipped = numbers.skipped().await.unwrap();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].failure.event_id, bad);
    assert_eq!(skipped[0].why, "a typing error");
    assert_eq!(stage.row(&numbers, "n-1").await.as_deref(), Some("1"));
}
