//! A reproducible log of work items, as people and agents write it in some weeks.

use std::error::Error;

use jiff::{SignedDuration, Timestamp};
use serialization::JsonEventCodec;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::{ActorKind, EventType};
use shared_kernel::snowflake::Snowflake;
use shared_kernel::{
    Actor, Aggregate, DomainEvent, EventId, GlobalPosition, Metadata, RecordedEvent, StreamVersion,
};
use work_item::{
    Coverage, KnownStatuses, NewWorkItem, Priority, RiskTier, Status, TestRatio, TestRun, WorkItem,
    WorkItemEvent, WorkItemId, WorkItemType, WorkNumber, Workers,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ACTORS: [(ActorKind, &str); 6] = [
    (ActorKind::Person, "ada"),
    (ActorKind::Person, "grace"),
    (ActorKind::Person, "linus"),
    (ActorKind::Agent, "builder-2"),
    (ActorKind::Agent, "reviewer-1"),
    (ActorKind::System, "nightly"),
];
const DEEDS: [&str; 8] = [
    "Fix", "Add", "Remove", "Document", "Refactor", "Test", "Measure", "Speed up",
];
const THINGS: [&str; 8] = [
    "the login form",
    "retries of the importer",
    "the export to CSV",
    "pagination of the list",
    "error messages of the parser",
    "the nightly backup",
    "the snapshot policy of orders",
    "the search index",
];
const REASONS: [&str; 6] = [
    "waiting for the review of the schema",
    "the staging database is down",
    "a test of the importer is flaky",
    "the customer asked for another format",
    "superseded by a larger change",
    "needs a decision on retention",
];
const RESOLUTIONS: [&str; 3] = [
    "merged to main",
    "released with the weekly train",
    "verified on staging",
];
/// The maximum number of open items.
const OPEN_ITEMS: usize = 12;
/// 2026-03-02T08:15:30.123456Z.
const START: i64 = 1_772_439_330_123_456;

/// The first `count` events of the log.
///
/// The domain decides every event on a command. Event ids are UUIDs of version 7 with 74
/// pseudo-random bits, the same in every log. Both events of a completion have the id of the
/// command as their correlation and causation, as the use cases write them.
///
/// # Errors
/// If the domain refuses a title, a name or a reason of this file.
pub fn work_item_log(count: usize) -> Outcome<Vec<RecordedEvent>> {
    let codec = WorkItemEvent::UPCASTERS
        .iter()
        .fold(JsonEventCodec::builder(), |codec, step| {
            codec.upcast(step.event_type, step.from, |payload| {
                Ok(serde_json::to_value(step.upgrade(payload)?)?)
            })
        });
    let codec = codec.build()?;
    let mut log = Log {
        codec,
        chance: Chance(7),
        now: START,
        items: Vec::new(),
        events: Vec::new(),
    };
    while log.events.len() < count {
        log.go_on()?;
    }
    log.events.truncate(count);
    Ok(log.events)
}

/// A reproducible source of pseudo-random numbers: SplitMix64 (Steele, Lea, Flood, 2014).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }
}

struct Log {
    codec: JsonEventCodec<WorkItemEvent>,
    chance: Chance,
    /// Microseconds since 1970.
    now: i64,
    /// Each item with its version.
    items: Vec<(WorkItem, u32)>,
    events: Vec<RecordedEvent>,
}

impl Log {
    /// Runs one more command.
    fn go_on(&mut self) -> Outcome<()> {
        self.now += i64::try_from(self.chance.below(900_000_000))?;
        let at = Timestamp::from_microsecond(self.now)?;
        let is_open = |item: &WorkItem| !matches!(item.status(), Status::Done | Status::Cancelled);
        let open = self
            .items
            .iter()
            .enumerate()
            .filter(|(_, (item, _))| is_open(item));
        let open: Vec<usize> = open.map(|(index, _)| index).collect();
        if open.len() < 3 || (open.len() < OPEN_ITEMS && self.chance.percent(10)) {
            return self.create(at);
        }
        let index = self.chance.one_of(&open);
        let decided = self.decide(index, at)?;
        for event in &decided {
            self.items[index].0.apply(event)?;
        }
        self.record(index, &decided)
    }

    fn create(&mut self, at: Timestamp) -> Outcome<()> {
        let made_at = u64::try_from(self.now / 1_000 - 1_704_067_200_000)?;
        let snowflake = Snowflake::new(i64::try_from(made_at << 22 | 5 << 12)?)?;
        let number = WorkNumber::new(self.items.len() as u64 + 1)?;
        let kinds = [
            WorkItemType::Task,
            WorkItemType::Task,
            WorkItemType::Bug,
            WorkItemType::Story,
        ];
        let priorities = [
            Priority::Critical,
            Priority::High,
            Priority::Medium,
            Priority::Low,
        ];
        let mut new = NewWorkItem::new(self.title()?.parse()?)
            .with_type(self.chance.one_of(&kinds))
            .with_priority(self.chance.one_of(&priorities))
            .with_risk_tier(
                self.chance
                    .one_of(&[RiskTier::T1, RiskTier::T1, RiskTier::T2]),
            );
        if self.chance.percent(40) {
            let (_, name) = self.chance.one_of(&ACTORS);
            let text = format!("{}, as agreed with {name}", self.title()?);
            new = new.with_description(text.parse()?);
        }
        let event = WorkItem::create(WorkItemId::new(snowflake, number), new, None, at)?;
        self.items
            .push((<WorkItem as Aggregate>::create(&event)?, 0));
        self.record(self.items.len() - 1, &[event])
    }

    fn decide(&mut self, index: usize, at: Timestamp) -> Outcome<Vec<WorkItemEvent>> {
        let title = self.title()?;
        let chance = &mut self.chance;
        let (_, name) = chance.one_of(&ACTORS);
        let reason = chance.one_of(&REASONS).parse();
        let item = &self.items[index].0;
        let decided = match chance.below(100) {
            0..15 => item.assign(name.parse()?),
            15..20 => item.change_priority(chance.one_of(&[
                Priority::Critical,
                Priority::High,
                Priority::Medium,
                Priority::Low,
            ])),
            20..25 => item.retitle(format!("{title} once more").parse()?),
            25..28 => item.describe(Some(
                format!("{title}: {}", chance.one_of(&REASONS)).parse()?,
            )),
            28..31 => item.unassign(),
            31..34 => item.approve(name.parse()?, &Workers::new()),
            _ if item.status() == Status::Pending => item.start(None, at),
            _ if item.status() == Status::Blocked => item.unblock(at),
            34..70 => item.record_test_run(test_run(chance)?),
            70..80 => item.block(reason?, at),
            80..83 => item.cancel(reason?, at),
            _ => {
                let resolution = chance.percent(50).then(|| chance.one_of(&RESOLUTIONS));
                let around = KnownStatuses::new();
                item.complete(
                    resolution.map(str::parse).transpose()?,
                    &around,
                    &Workers::new(),
                    at,
                )
            }
        };
        // A command that the domain refuses, for example a completion without tests, has no events.
        Ok(decided.unwrap_or_default())
    }

    fn title(&mut self) -> Outcome<String> {
        let deed = self.chance.one_of(&DEEDS);
        Ok(format!("{deed} {}", self.chance.one_of(&THINGS)))
    }

    fn record(&mut self, index: usize, decided: &[WorkItemEvent]) -> Outcome<()> {
        let (kind, name) = self.chance.one_of(&ACTORS);
        let age = 3_000 + i64::try_from(self.chance.below(2_000))?;
        let command = self.id(age)?;
        let taken = self.now + 1_500 + i64::try_from(self.chance.below(3_000))?;
        for event in decided {
            let encoded = self.codec.encode(event)?;
            let id = self.id(500)?;
            let (item, version) = &mut self.items[index];
            *version += 1;
            self.events.push(RecordedEvent {
                stream: item.id().stream_id(),
                version: StreamVersion::from(*version),
                position: GlobalPosition::new(self.events.len() as u64 + 1)?,
                recorded_at: Timestamp::from_microsecond(taken)?,
                id,
                event_type: EventType::new(event.event_type())?,
                schema_version: encoded.schema_version,
                payload: encoded.payload,
                metadata: Metadata::new()
                    .with_correlation(command)
                    .with_causation(command)
                    .with_actor(Actor::new(kind, name)?),
            });
        }
        Ok(())
    }

    fn id(&mut self, age: i64) -> Outcome<EventId> {
        let made_at = Timestamp::from_microsecond(self.now)? - SignedDuration::from_micros(age);
        let mut chance = [0; 10];
        chance[..8].copy_from_slice(&self.chance.next().to_be_bytes());
        chance[8..].copy_from_slice(&self.chance.next().to_be_bytes()[..2]);
        Ok(EventId::from_parts(made_at, chance))
    }
}

fn test_run(chance: &mut Chance) -> Outcome<TestRun> {
    let mut count = |least: u64, most: u64| u32::try_from(least + chance.below(most - least));
    let ratio = TestRatio::new(count(5, 300)?, count(2, 100)?, count(1, 40)?)?;
    let mut run = TestRun::new().with_ratio(ratio);
    if chance.percent(80) {
        let covered = 6_000 + chance.below(4_000);
        run = run.with_coverage(Coverage::from_counts(covered, 10_000)?);
    }
    Ok(run)
}
