//! Laws of stores of read models, and of the projector over them.

use std::collections::BTreeSet;
use std::num::{NonZeroU16, NonZeroU32, NonZeroUsize};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use read_side::{
    ApplyError, Build, BuildState, Definition, Lease, ModelName, Options, Poison, Projection,
    ProjectionError, Projector, Reaction, Reactor, ReactorRunner, ReadModelError, ReadModelStore,
    Rows, Selection, Start, Status, Step,
};
use shared_kernel::codec::EncodedEvent;
use shared_kernel::event::{EventType, SchemaVersion};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::stream::Category;
use shared_kernel::time::{Clock, ManualClock};
use shared_kernel::{
    EventId, EventStore, EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId,
};

use crate::Harness;

const TTL: Duration = Duration::from_secs(5);

/// A storage that holds read models, and a log to fill them from.
#[async_trait]
pub trait ReadModelsHarness: Harness {
    /// The store of read models.
    type Models: ReadModelStore<Tx: Rows> + Clone + 'static;

    /// Opens the store of this harness. Each call returns one more handle on the same read models.
    /// Leases are judged by `clock`.
    async fn open_models(&self, clock: Arc<dyn Clock>) -> Self::Models;

    /// Opens a log of its own for each call: new, empty, and of any adapter.
    async fn new_log(&self) -> Arc<dyn EventStore>;
}

/// Keeps the numbers of each stream, in the order in which they came.
#[derive(Clone, Default)]
struct Numbers {
    selection: Selection,
    bad: Arc<Mutex<BTreeSet<String>>>,
}

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Numbers {
    const NAME: &'static str = "numbers";
    const VERSION: u32 = 1;

    fn selection(&self) -> Selection {
        self.selection.clone()
    }

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        let number = std::str::from_utf8(&event.payload)?;
        let key = event.stream.as_str();
        let row = match tx.get("numbers", key).await? {
            Some(row) => format!("{} {number}", std::str::from_utf8(&row)?),
            None => number.to_owned(),
        };
        tx.put("numbers", key, row.into());
        if self.bad.lock().unwrap().contains(number) {
            return Err(format!("{number} is bad").into());
        }
        Ok(())
    }
}

type Sums<M> = Projector<Numbers, Arc<dyn EventStore>, M>;

/// The stores of a law, and a projection.
struct Stage<M> {
    log: Arc<dyn EventStore>,
    models: M,
    numbers: Numbers,
    clock: Arc<ManualClock>,
}

impl<M: ReadModelStore<Tx: Rows> + Clone> Stage<M> {
    async fn of<H: ReadModelsHarness<Models = M> + ?Sized>(harness: &H) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        Self {
            log: harness.new_log().await,
            models: harness.open_models(clock.clone()).await,
            numbers: Numbers::default(),
            clock,
        }
    }

    fn projector(&self, options: Options) -> Sums<M> {
        let (log, models) = (Arc::clone(&self.log), self.models.clone());
        Projector::with_options(self.numbers.clone(), log, models, options).unwrap()
    }

    /// Appends the numbers, each to the stream of its remainder by 3.
    async fn fill(&self, numbers: std::ops::Range<u32>) {
        for n in numbers {
            add(&self.log, &format!("n-{}", n % 3), &n.to_string()).await;
        }
    }

    /// A lease of the only segment of a build.
    async fn claim(&self, build: &Build, name: &str) -> Result<Lease, ReadModelError> {
        self.models.claim(build, 0, &holder(name), TTL).await
    }

    /// The row of a stream in the live build.
    async fn row(&self, projector: &Sums<M>, stream: &str) -> Option<String> {
        let live = projector.live().await.unwrap();
        row(&self.models, &live.record.build, stream).await
    }

    async fn rows(&self, projector: &Sums<M>) -> [Option<String>; 3] {
        let row = async |n| self.row(projector, &format!("n-{n}")).await;
        [row(0).await, row(1).await, row(2).await]
    }

    /// An empty build with one segment.
    async fn build(&self) -> Build {
        let definition = Definition {
            fingerprint: "a law".to_owned(),
            segments: 1,
            log: self.log.id().await.unwrap(),
            start: 0.into(),
        };
        let model = ModelName::new("numbers").unwrap();
        let created = self.models.create_build(&model, 1, &definition).await;
        created.unwrap().build
    }
}

fn holder(name: &str) -> LeaseHolder {
    LeaseHolder::new(name).unwrap()
}

fn options() -> Options {
    Options::new(holder("law")).attempts(NonZeroU32::MIN)
}

async fn add(log: &Arc<dyn EventStore>, stream: &str, number: &str) -> EventId {
    let added = EventType::new("NumberAdded").unwrap();
    let event = NewEvent::with_fresh_id(added, number.to_owned()).unwrap();
    let id = event.id;
    let stream = StreamId::new(stream).unwrap();
    log.append_to(stream, ExpectedVersion::Any, vec![event])
        .await
        .unwrap();
    id
}

/// Reads a row as any owner does, in a transaction that is dropped.
async fn row<M: ReadModelStore<Tx: Rows>>(models: &M, build: &Build, key: &str) -> Option<String> {
    let lease = models.claim(build, 0, &holder("look"), TTL).await.unwrap();
    let mut tx = models.begin(&lease).await.unwrap();
    let row = tx.get("numbers", key).await.unwrap();
    drop(tx);
    models.release(&lease).await.unwrap();
    row.map(|row| String::from_utf8(row.to_vec()).unwrap())
}

fn step(from: u32, through: u32) -> Step {
    Step {
        from: from.into(),
        through: through.into(),
        last_event: None,
        status: Status::Building,
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    }
}

async fn put<M: ReadModelStore<Tx: Rows>>(
    models: &M,
    lease: &Lease,
    text: &str,
    step: Step,
) -> Result<(), ReadModelError> {
    let mut tx = models.begin(lease).await?;
    tx.put("numbers", "key", text.to_owned().into());
    models.commit(tx, lease, step).await
}

/// [Law 64](shared_kernel::laws#law-64). A commit brings rows and position, and a dropped
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

/// [Law 64](shared_kernel::laws#law-64). A refused commit leaves no row.
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

/// [Law 65](shared_kernel::laws#law-65). An owner that was taken over commits nothing, renews
/// nothing and gives nothing back.
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
    assert_eq!(
        row(&stage.models, &build, "key").await.as_deref(),
        Some("1")
    );
}

/// [Law 65](shared_kernel::laws#law-65). A transaction that began before the takeover does not end
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

/// [Law 65](shared_kernel::laws#law-65). A living owner is not robbed, and a dead one is followed
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

/// [Law 65](shared_kernel::laws#law-65). A lease from a clock that was ahead blocks nobody for
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

/// [Law 66](shared_kernel::laws#law-66). The rows are the same for any size of a commit and any
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

/// [Law 66](shared_kernel::laws#law-66). Runners over several segments apply each event once, in
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

/// [Law 67](shared_kernel::laws#law-67). A projection that takes none of the events still moves.
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

/// [Law 68](shared_kernel::laws#law-68). An event that cannot be applied stops the build before it,
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

/// [Law 68](shared_kernel::laws#law-68). A parked stream waits in its order, and the others go on.
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

/// [Law 68](shared_kernel::laws#law-68). A skipped event is kept with its reason, also by a rebuild.
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

/// [Law 69](shared_kernel::laws#law-69). A rebuild gives the rows of a first build, and can be
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

/// [Law 69](shared_kernel::laws#law-69). While a build is made, readers of the live one see it
/// whole; the switch is refused to one who expects another live build.
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

/// [Law 70](shared_kernel::laws#law-70). A changed definition without a new version refuses.
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

/// [Law 71](shared_kernel::laws#law-71). Rows of another history are never read, and are made again.
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

/// [Law 72](shared_kernel::laws#law-72). A wait ends when the rows have come so far, in a runner of
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

/// Answers every number with a copy, numbered by the runs.
#[derive(Clone, Default)]
struct Copies(Arc<Mutex<u32>>);

#[async_trait]
impl Reactor for Copies {
    const NAME: &'static str = "copies";

    fn selection(&self) -> Selection {
        Selection::all().category(Category::new("n").unwrap())
    }

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        *self.0.lock().unwrap() += 1;
        let copied = EncodedEvent {
            event_type: EventType::new("Copied")?,
            schema_version: SchemaVersion::FIRST,
            payload: format!("{} {:?}", event.position, self.0.lock().unwrap()).into(),
        };
        Ok(Reaction::none().write(StreamId::new("copy-1")?, ExpectedVersion::Any, [copied]))
    }
}

/// [Law 73](shared_kernel::laws#law-73). A reactor writes each of its events once, however often it
/// runs over an event.
pub async fn a_reactor_writes_once<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..10).await;
    let copies = Copies::default();
    let runs = (0..3).map(|run| {
        let (copies, log, models) = (copies.clone(), Arc::clone(&stage.log), stage.models.clone());
        let options = Options::new(holder(&format!("run {run}")));
        let runner = ReactorRunner::new(copies, log, models, Start::Beginning, options).unwrap();
        tokio::spawn(async move { runner.catch_up().await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap().unwrap();
    }
    // Its position is lost: it runs over all events again.
    let name = ModelName::new("copies").unwrap();
    for record in stage.models.builds(&name).await.unwrap() {
        stage.models.remove_build(&record.build).await.unwrap();
    }
    let again = ReactorRunner::new(
        copies,
        Arc::clone(&stage.log),
        stage.models.clone(),
        Start::Beginning,
        options(),
    );
    again.unwrap().catch_up().await.unwrap();
    let stream = StreamId::new("copy-1").unwrap();
    let written = stage.log.read_whole_stream(stream).await.unwrap();
    let causes = written.iter().map(|event| event.metadata.causation.clone());
    assert_eq!(causes.collect::<Vec<_>>().len(), 10);
}

/// [Law 74](shared_kernel::laws#law-74). The proof holds for rows that missed nothing, and finds rows
/// that were changed.
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

/// Makes one test of every law of read models, named after it, in the module where it stands.
///
/// The first argument is the type of a [`ReadModelsHarness`], the second an expression that makes a
/// new one; each test makes its own.
#[macro_export]
macro_rules! read_model_laws {
    ($kind:ty, $harness:expr) => {
        $crate::__pass_read_model_laws_to! { __read_model_tests [$kind, $harness] }
    };
}

/// Passes the list of the laws of read models to another macro of this crate.
#[doc(hidden)]
#[macro_export]
macro_rules! __pass_read_model_laws_to {
    ($consumer:ident [$($first:tt)*]) => {
        $crate::$consumer! { [$($first)*]
            64 rows_and_position_are_committed_together;
            64 a_refused_commit_leaves_no_row;
            65 a_former_owner_changes_nothing;
            65 a_transaction_of_a_former_owner_is_refused;
            65 a_living_owner_is_not_robbed_and_a_dead_one_is_followed;
            65 a_clock_that_was_ahead_blocks_no_segment;
            66 rows_are_the_same_in_chunks_of_any_size;
            66 runners_apply_each_event_once_without_a_seam;
            67 a_filtered_projection_moves_though_nothing_matches;
            68 the_default_stops_before_an_event_that_cannot_be_applied;
            68 parking_keeps_the_order_of_a_stream;
            68 a_skip_is_kept_with_its_reason;
            69 a_rebuild_equals_a_first_build_and_can_be_undone;
            69 readers_see_the_old_rows_until_the_switch;
            70 a_changed_definition_refuses;
            71 stale_rows_are_never_read;
            72 a_wait_ends_with_the_position;
            73 a_reactor_writes_once;
            74 the_proof_tells_right_rows_from_wrong_ones;
        }
    };
}

/// Makes a test of every law that it is passed.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_model_tests {
    ([$kind:ty, $harness:expr] $($number:literal $law:ident;)*) => {
        $(
            #[test]
            fn $law() {
                let law: $crate::Law<$kind> =
                    $crate::Law::new($number, stringify!($law), |harness| {
                        Box::pin($crate::read_models::$law(harness))
                    });
                law.enforce(::std::sync::Arc::new($harness));
            }
        )*
    };
}

/// Makes the list of every law that it is passed.
#[doc(hidden)]
#[macro_export]
macro_rules! __read_model_values {
    ([$kind:ty] $($number:literal $law:ident;)*) => {
        vec![$(
            $crate::Law::<$kind>::new($number, stringify!($law), |harness| {
                Box::pin($crate::read_models::$law(harness))
            }),
        )*]
    };
}

/// Every law of read models, to run one by one.
#[must_use]
pub fn laws_of_read_models<H: ReadModelsHarness + 'static>() -> Vec<crate::Law<H>> {
    crate::__pass_read_model_laws_to! { __read_model_values [H] }
}
