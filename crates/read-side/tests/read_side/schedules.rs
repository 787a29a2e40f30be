//! Random schedules: owners that crash, freeze and wake, rebuilds, switches, parked events.
//!
//! `ANNALS_SEED=17` runs one schedule again, and `ANNALS_SCHEDULES=10000` more of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use persistence_memory::MemoryReadModels;
use read_side::{
    Build, BuildRecord, Checksum, Definition, Lease, ModelName, Options, Parked, Poison, Progress,
    ProjectionError, Projector, ReadModelError, ReadModelStore, Skipped, Step, segment_of,
};
use shared_kernel::lease::LeaseHolder;
use shared_kernel::time::{ManualClock, Timer};
use shared_kernel::{EventStoreExt, GlobalPosition, StreamId};

use crate::fixture::{Sums, World, append, chunk, holder, segments, stream};

const TTL: Duration = Duration::from_secs(5);
const STREAMS: u64 = 4;

/// Numbers from a seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Lets others go first.
async fn pause() {
    let mut has_paused = false;
    poll_fn(|context| match std::mem::replace(&mut has_paused, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// Sleeps by setting the clock.
struct Sleeper(Arc<ManualClock>);

#[async_trait]
impl Timer for Sleeper {
    async fn sleep(&self, duration: Duration) {
        self.0.advance(duration);
        pause().await;
    }
}

/// Pauses before each call, so that a schedule can stop there.
#[derive(Clone)]
pub(crate) struct Pausing(pub(crate) MemoryReadModels);

#[async_trait]
impl ReadModelStore for Pausing {
    type Tx = <MemoryReadModels as ReadModelStore>::Tx;

    async fn builds(&self, model: &ModelName) -> Result<Vec<BuildRecord>, ReadModelError> {
        pause().await;
        self.0.builds(model).await
    }

    async fn create_build(
        &self,
        model: &ModelName,
        version: u32,
        definition: &Definition,
    ) -> Result<BuildRecord, ReadModelError> {
        pause().await;
        self.0.create_build(model, version, definition).await
    }

    async fn switch(&self, to: &Build, from: Option<&Build>) -> Result<(), ReadModelError> {
        pause().await;
        self.0.switch(to, from).await
    }

    async fn remove_build(&self, build: &Build) -> Result<(), ReadModelError> {
        pause().await;
        self.0.remove_build(build).await
    }

    async fn progress(&self, build: &Build) -> Result<Vec<Progress>, ReadModelError> {
        pause().await;
        self.0.progress(build).await
    }

    async fn claim(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        pause().await;
        self.0.claim(build, segment, holder, ttl).await
    }

    async fn take_over(
        &self,
        build: &Build,
        segment: u16,
        holder: &LeaseHolder,
        ttl: Duration,
    ) -> Result<Lease, ReadModelError> {
        pause().await;
        self.0.take_over(build, segment, holder, ttl).await
    }

    async fn renew(&self, lease: &Lease) -> Result<(), ReadModelError> {
        pause().await;
        self.0.renew(lease).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), ReadModelError> {
        pause().await;
        self.0.release(lease).await
    }

    async fn begin(&self, lease: &Lease) -> Result<Self::Tx, ReadModelError> {
        pause().await;
        self.0.begin(lease).await
    }

    async fn commit(&self, tx: Self::Tx, lease: &Lease, step: Step) -> Result<(), ReadModelError> {
        pause().await;
        self.0.commit(tx, lease, step).await
    }

    async fn parked(&self, build: &Build) -> Result<Vec<Parked>, ReadModelError> {
        self.0.parked(build).await
    }

    async fn skipped(&self, build: &Build) -> Result<Vec<Skipped>, ReadModelError> {
        self.0.skipped(build).await
    }

    async fn checksum(&self, build: &Build) -> Result<Checksum, ReadModelError> {
        self.0.checksum(build).await
    }
}

type Sum = Projector<Sums, persistence_memory::MemoryEventStore, Pausing>;
type Work = Pin<Box<dyn Future<Output = Result<(), ProjectionError>>>>;

/// One schedule.
struct Schedule {
    random: Random,
    world: World,
    clock: Arc<ManualClock>,
    sums: Sum,
    segments: u16,
    /// Work of owners that stand still.
    frozen: Vec<Work>,
    /// What was done, for the message of a failure.
    story: String,
    appended: u64,
    bad: Vec<String>,
    /// The live build and its positions at the last look.
    seen: Option<(Build, Vec<GlobalPosition>)>,
}

impl Schedule {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let world = World {
            models: MemoryReadModels::with_clock(clock.clone()),
            ..World::default()
        };
        let count = [1, 1, 3][usize::try_from(random.below(3)).unwrap()];
        let options = Options::new(holder("owner"))
            .poison(Poison::Park)
            .attempts(std::num::NonZeroU32::MIN)
            .chunk(chunk(1 + usize::try_from(random.below(4)).unwrap()))
            .segments(segments(count))
            .ttl(TTL)
            .timer(Arc::new(Sleeper(clock.clone())));
        let models = Pausing(world.models.clone());
        let sums = Projector::with_options(world.sums.clone(), world.log.clone(), models, options);
        Self {
            random,
            clock,
            sums: sums.unwrap(),
            segments: count,
            world,
            frozen: Vec::new(),
            story: String::new(),
            appended: 0,
            bad: Vec::new(),
            seen: None,
        }
    }

    fn any_stream(&mut self) -> StreamId {
        stream(&format!("s-{}", self.random.below(STREAMS)))
    }

    async fn act(&mut self) {
        let sums = self.sums.clone();
        let work: Work = match self.random.below(12) {
            0..=3 => {
                let (name, n) = (self.any_stream(), self.appended);
                let is_bad = self.random.below(8) == 0;
                let payload = if is_bad {
                    format!("bad{n}")
                } else {
                    n.to_string()
                };
                if is_bad {
                    self.world.sums.refuse(&payload);
                    self.bad.push(payload.clone());
                }
                let _ = write!(self.story, "append {name} {payload}; ");
                append(&self.world.log, name.as_str(), &payload).await;
                self.appended += 1;
                return;
            }
            4..=6 => Box::pin(async move { sums.catch_up().await.map(drop) }),
            7 => Box::pin(async move { sums.rebuild().await.map(drop) }),
            8 => Box::pin(async move { sums.switch_back().await.map(drop) }),
            9 => {
                let stream = self.any_stream();
                if self.random.below(2) == 0
                    && let Some(healed) = self.bad.pop()
                {
                    self.world.sums.accept(&healed);
                }
                Box::pin(async move { sums.retry(&stream).await.map(drop) })
            }
            10 => Box::pin(async move {
                match sums.parked().await?.first() {
                    Some(parked) => sums.skip(parked.failure.event_id, "it is bad").await,
                    None => Ok(()),
                }
            }),
            _ => {
                let _ = write!(self.story, "take over; ");
                self.clock.advance(TTL);
                if let Some(woken) = self.frozen.pop() {
                    self.finish(woken, "wake");
                }
                return;
            }
        };
        let kind = self.random.below(4);
        let polls = self.random.below(30);
        let _ = write!(self.story, "{kind}/{polls}: ");
        match kind {
            0 => self.crash_or_freeze(work, polls, false),
            1 => self.crash_or_freeze(work, polls, true),
            _ => self.finish(work, "done"),
        }
    }

    /// Polls work for a while, and then drops it or lets it stand.
    fn crash_or_freeze(&mut self, mut work: Work, polls: u64, freezes: bool) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..polls {
            if let Poll::Ready(ended) = work.as_mut().poll(&mut context) {
                self.told(ended, "ended");
                return;
            }
        }
        let _ = write!(
            self.story,
            "{}; ",
            if freezes { "frozen" } else { "crashed" }
        );
        if freezes {
            self.frozen.push(work);
        }
    }

    fn finish(&mut self, mut work: Work, how: &str) {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..100_000 {
            if let Poll::Ready(ended) = work.as_mut().poll(&mut context) {
                self.told(ended, how);
                return;
            }
        }
        panic!("it comes to no end; {}", self.story);
    }

    /// Errors are allowed where another owner has the segment, has changed the builds, or an event
    /// still fails.
    fn told(&mut self, ended: Result<(), ProjectionError>, how: &str) {
        let _ = match &ended {
            Ok(()) => write!(self.story, "{how}; "),
            Err(error) => write!(self.story, "{how} with {error}; "),
        };
        match ended {
            Ok(())
            | Err(
                ProjectionError::NotBuilt { .. }
                | ProjectionError::NoEarlierBuild { .. }
                | ProjectionError::NotParked { .. }
                | ProjectionError::Stopped(_)
                | ProjectionError::Models(
                    ReadModelError::Held { .. }
                    | ReadModelError::Fenced { .. }
                    | ReadModelError::Moved { .. }
                    | ReadModelError::Switched { .. }
                    | ReadModelError::NoSuchBuild { .. },
                ),
            ) => {}
            Err(error) => panic!("{error}; {}", self.story),
        }
    }

    /// Every event up to the position is in the rows, parked or skipped, in the order of its
    /// stream.
    async fn check(&mut self) {
        let models = &self.world.models;
        let builds = models.builds(self.sums.model()).await.unwrap();
        let Some(live) = builds.into_iter().find(BuildRecord::is_live) else {
            return;
        };
        let progress = models.progress(&live.build).await.unwrap();
        let positions: Vec<_> = progress.iter().map(|progress| progress.through).collect();
        if let Some((build, earlier)) = &self.seen
            && *build == live.build
        {
            let is_forward = earlier.iter().zip(&positions).all(|(old, new)| old <= new);
            assert!(is_forward, "it went back; {}", self.story);
        }
        let parked = models.parked(&live.build).await.unwrap();
        let skipped = models.skipped(&live.build).await.unwrap();
        let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for n in 0..STREAMS {
            let name = stream(&format!("s-{n}"));
            let own = positions[usize::from(segment_of(&name, self.segments))];
            for event in self
                .world
                .log
                .read_whole_stream(name.clone())
                .await
                .unwrap()
            {
                let is_aside = parked.iter().any(|p| p.failure.event_id == event.id)
                    || skipped.iter().any(|s| s.failure.event_id == event.id);
                if event.position <= own && !is_aside {
                    let payload = String::from_utf8(event.payload.to_vec()).unwrap();
                    expected.entry(name.to_string()).or_default().push(payload);
                }
            }
        }
        let rows = models.rows(&live.build, "sums").unwrap();
        let rows = rows.into_iter().map(|(name, row)| {
            let row = String::from_utf8(row.to_vec()).unwrap();
            (name, row.split('+').map(str::to_owned).collect())
        });
        let rows: BTreeMap<String, Vec<String>> = rows.collect();
        assert_eq!(rows, expected, "{}", self.story);
        self.seen = Some((live.build, positions));
    }

    async fn run(mut self) {
        for _ in 0..40 {
            self.act().await;
            self.check().await;
        }
        // In the end all wake, and everything can be applied.
        self.clock.advance(TTL);
        while let Some(woken) = self.frozen.pop() {
            self.finish(woken, "wake");
            self.check().await;
        }
        for healed in self.bad.drain(..) {
            self.world.sums.accept(&healed);
        }
        self.clock.advance(TTL);
        let sums = self.sums.clone();
        self.finish(
            Box::pin(async move { sums.catch_up().await.map(drop) }),
            "end",
        );
        for n in 0..STREAMS {
            let (sums, name) = (self.sums.clone(), stream(&format!("s-{n}")));
            let retry = async move { sums.retry(&name).await.map(drop) };
            self.finish(Box::pin(retry), "retry");
        }
        self.check().await;
        let (sums, story) = (self.sums.clone(), self.story.clone());
        let prove = async move {
            let proof = sums.prove().await?;
            assert!(proof.holds(), "{proof}; {story}");
            assert_eq!((proof.through, proof.parked), (proof.head, Vec::new()));
            Ok(())
        };
        self.finish(Box::pin(prove), "prove");
    }
}

#[tokio::test]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment chooses the schedules"
)]
async fn any_schedule_applies_each_event_once_and_in_order() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let seeds = match number("ANNALS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ANNALS_SCHEDULES").unwrap_or(1_000),
    };
    for seed in seeds {
        println!("ANNALS_SEED={seed}");
        Schedule::new(seed).run().await;
    }
}
