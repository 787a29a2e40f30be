//! Steps: one writer appends.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use shared_kernel::event::{ActorKind, CausationId, CorrelationId, MetadataKey, SchemaVersion};
use shared_kernel::store::{AppendOutcome, InvalidAppend, StreamWrite};
use shared_kernel::text::TextProblem;
use shared_kernel::{
    Actor, Append, AppendError, EventStoreExt as _, ExpectedVersion, Metadata, NewEvent, StreamId,
};

use super::whole_log;
use crate::steps::words::{
    Expectation, Numbers, all_rows, deposits, event, position, rows, stream, text, version,
};
use crate::world::AnnalsWorld;

#[given(expr = "{string} has {int} event(s)")]
async fn has_events(world: &mut AnnalsWorld, name: String, count: usize) {
    let receipt = world
        .record(stream(&name), ExpectedVersion::Any, deposits(count))
        .await;
    assert_eq!(receipt.positions.len(), count);
}

#[given("these events are recorded:")]
async fn are_recorded(world: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let [name, kind] = row else {
            panic!("stream and event, not {row:?}")
        };
        let events = vec![event(kind, "{}")];
        world
            .record(stream(name), ExpectedVersion::Any, events)
            .await;
    }
}

#[when(expr = "{word} appends {int} event(s) to {string} expecting {expectation}")]
async fn appends(
    world: &mut AnnalsWorld,
    writer: String,
    count: usize,
    name: String,
    expected: Expectation,
) {
    let append = Append::new().write(stream(&name), expected.0, deposits(count));
    world.attempt(&writer, append).await;
}

#[when(expr = "{word} makes one append:")]
async fn makes_one_append(world: &mut AnnalsWorld, writer: String, step: &Step) {
    let mut append = Append::new();
    for row in rows(step) {
        let [name, events, expected] = row else {
            panic!("stream, events and expecting, not {row:?}")
        };
        let Expectation(expected) = expected.parse().unwrap();
        append = match events.as_str() {
            "only check" => append.check(stream(name), expected),
            count => append.write(stream(name), expected, deposits(count.parse().unwrap())),
        };
    }
    world.attempt(&writer, append).await;
}

#[when(expr = "{word} appends an event with the payload")]
async fn appends_text(world: &mut AnnalsWorld, writer: String, step: &Step) {
    let event = event("MoneyDeposited", text(step).to_owned());
    world.attempt(&writer, to_new_stream(event)).await;
}

#[when(expr = "{word} appends an event with the bytes {string}")]
async fn appends_bytes(world: &mut AnnalsWorld, writer: String, hex: String) {
    let bytes = hex
        .split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap());
    let event = event("MoneyDeposited", bytes.collect::<Vec<_>>());
    world.attempt(&writer, to_new_stream(event)).await;
}

#[when(expr = "{word} appends an event of schema version {int} with the metadata:")]
async fn appends_with_metadata(
    world: &mut AnnalsWorld,
    writer: String,
    schema_version: u32,
    step: &Step,
) {
    let metadata = all_rows(step).fold(Metadata::new(), |metadata, row| {
        let (key, value) = (row[0].as_str(), row[1].as_str());
        match key {
            "correlation" => metadata.with_correlation(CorrelationId::new(value).unwrap()),
            "causation" => metadata.with_causation(CausationId::new(value).unwrap()),
            "actor" => metadata.with_actor(Actor::new(ActorKind::Person, value).unwrap()),
            _ => metadata.with_pair(MetadataKey::new(key).unwrap(), value),
        }
    });
    let event = event("MoneyDeposited", r#"{"amount":1}"#)
        .with_schema_version(SchemaVersion::new(schema_version).unwrap())
        .with_metadata(metadata);
    world.attempt(&writer, to_new_stream(event)).await;
}

#[when(expr = "{word} appends an event with a payload one byte past the limit")]
async fn appends_too_much(world: &mut AnnalsWorld, writer: String) {
    let event = event(
        "MoneyDeposited",
        vec![b' '; NewEvent::MAX_PAYLOAD_BYTES + 1],
    );
    world.attempt(&writer, to_new_stream(event)).await;
}

fn to_new_stream(event: NewEvent) -> Append {
    Append::new().write(stream("letter-1"), ExpectedVersion::NoStream, vec![event])
}

#[when("one event is appended to each of these streams:")]
async fn appends_to_each(world: &mut AnnalsWorld, step: &Step) {
    for row in all_rows(step) {
        let events = vec![event("Named", row[0].clone())];
        world
            .record(stream(&row[0]), ExpectedVersion::NoStream, events)
            .await;
        world.log.streams.push(row[0].clone());
    }
}

#[when("a stream is named with no characters")]
fn named_with_nothing(world: &mut AnnalsWorld) {
    world.log.refused_name = StreamId::new("").err().map(|refusal| refusal.problem);
}

#[when("a stream is named with a line break in it")]
fn named_with_a_line_break(world: &mut AnnalsWorld) {
    let refusal = StreamId::new("account-7\n").err();
    world.log.refused_name = refusal.map(|refusal| refusal.problem);
}

#[when(expr = "{word} repeats her append")]
async fn repeats(world: &mut AnnalsWorld, writer: String) {
    let append = world.log.attempt(&writer).append.clone();
    world.attempt(&writer, append).await;
}

#[when(expr = "{word} repeats the last {int} events of her append")]
async fn repeats_a_part(world: &mut AnnalsWorld, writer: String, count: usize) {
    let mut write = the_write(world, &writer);
    write.events.drain(..write.events.len() - count);
    world
        .attempt(&writer, Append::new().with_write(write))
        .await;
}

#[when(expr = "{word} repeats her append with one more event")]
async fn repeats_and_adds(world: &mut AnnalsWorld, writer: String) {
    let mut write = the_write(world, &writer);
    write.events.extend(deposits(1));
    world
        .attempt(&writer, Append::new().with_write(write))
        .await;
}

#[when(expr = "{word} appends other events to {string} under {word}'s ids")]
async fn reuses_ids(world: &mut AnnalsWorld, writer: String, name: String, other: String) {
    let mut events = world.log.attempt(&other).events();
    for event in &mut events {
        event.payload = r#"{"amount":1000000}"#.into();
    }
    let append = Append::new().write(stream(&name), ExpectedVersion::Any, events);
    world.attempt(&writer, append).await;
}

#[when(expr = "{word} appends {word}'s events to {string}")]
async fn moves_events(world: &mut AnnalsWorld, writer: String, other: String, name: String) {
    let events = world.log.attempt(&other).events();
    let append = Append::new().write(stream(&name), ExpectedVersion::Any, events);
    world.attempt(&writer, append).await;
}

/// The only stream in the last append of a writer.
fn the_write(world: &AnnalsWorld, writer: &str) -> StreamWrite {
    let [write] = world.log.attempt(writer).append.writes() else {
        panic!("the append wrote one stream")
    };
    write.clone()
}

#[then(expr = "{word}'s append is accepted")]
fn is_accepted(world: &mut AnnalsWorld, writer: String) {
    let receipt = world.log.attempt(&writer).receipt();
    assert_eq!(receipt.outcome, AppendOutcome::Written);
}

#[then(expr = "{word}'s append is recognised as a repetition")]
fn is_a_repetition(world: &mut AnnalsWorld, writer: String) {
    let receipt = world.log.attempt(&writer).receipt();
    assert_eq!(receipt.outcome, AppendOutcome::Repeated);
}

#[then(expr = "{word} is told that {string} is at version {int}")]
fn is_told_the_version(world: &mut AnnalsWorld, writer: String, name: String, number: u64) {
    let receipt = world.log.attempt(&writer).receipt();
    assert_eq!(
        receipt.version_of(&stream(&name)),
        Some(version(number)),
        "{receipt:?}"
    );
}

#[then(expr = "{word} is told the positions {numbers}")]
fn is_told_the_positions(world: &mut AnnalsWorld, writer: String, positions: Numbers) {
    let receipt = world.log.attempt(&writer).receipt();
    let told: Vec<_> = receipt.positions.iter().map(|at| at.get()).collect();
    assert_eq!(told, positions.0);
}

#[then(expr = "{word}'s append is refused because {string} is at version {int}")]
fn is_in_conflict(world: &mut AnnalsWorld, writer: String, name: String, actual: u64) {
    let attempt = world.log.attempt(&writer);
    let AppendError::Conflict(conflict) = attempt.error() else {
        panic!("not a conflict: {:?}", attempt.answer)
    };
    let name = stream(&name);
    let asked = attempt.append.expectations().find(|(of, _)| **of == name);
    assert_eq!(conflict.stream, name);
    assert_eq!(conflict.actual, version(actual));
    assert_eq!(Some(conflict.expected), asked.map(|(_, expected)| expected));
}

#[then(expr = "{word}'s append is refused because {word}'s ids are used in {string}")]
fn ids_are_used(world: &mut AnnalsWorld, writer: String, owner: String, name: String) {
    let attempt = world.log.attempt(&writer);
    let AppendError::IdReused {
        event_id,
        stream: found,
    } = attempt.error()
    else {
        panic!("no reused id: {:?}", attempt.answer)
    };
    assert_eq!(*found, stream(&name));
    let ids = world.log.attempt(&owner).events();
    assert!(ids.iter().any(|event| event.id == *event_id));
}

#[then(expr = "{word}'s append is refused because the payload is one byte too large")]
fn is_too_large(world: &mut AnnalsWorld, writer: String) {
    let attempt = world.log.attempt(&writer);
    let AppendError::Invalid(InvalidAppend::PayloadTooLarge { bytes, max, .. }) = attempt.error()
    else {
        panic!("not too large: {:?}", attempt.answer)
    };
    assert_eq!((*bytes, *max), (max + 1, NewEvent::MAX_PAYLOAD_BYTES));
}

#[then("the name is refused because it is empty")]
fn name_is_empty(world: &mut AnnalsWorld) {
    assert_eq!(world.log.refused_name, Some(TextProblem::Empty));
}

#[then("the name is refused because it has a control character")]
fn name_has_control_character(world: &mut AnnalsWorld) {
    let problem = world.log.refused_name.as_ref();
    assert!(
        matches!(
            problem,
            Some(TextProblem::ControlCharacter { found: '\n', at: 9 })
        ),
        "{problem:?}"
    );
}

#[then("nothing was written")]
async fn nothing_was_written(world: &mut AnnalsWorld) {
    assert_eq!(whole_log(&*world.events()).await, world.log.before);
}

#[then(expr = "{string} is at version {int}")]
async fn is_at_version(world: &mut AnnalsWorld, name: String, number: u64) {
    let found = world.events().stream_version(&stream(&name)).await.unwrap();
    assert_eq!(found, version(number));
    let events = world.events().read_whole_stream(stream(&name)).await;
    assert_eq!(u64::try_from(events.unwrap().len()).unwrap(), number);
}

#[then(expr = "{string} holds the versions {numbers}")]
async fn holds_versions(world: &mut AnnalsWorld, name: String, versions: Numbers) {
    let events = world.events().read_whole_stream(stream(&name)).await;
    let found: Vec<_> = events.unwrap().iter().map(|e| e.version.get()).collect();
    assert_eq!(found, versions.0);
}

#[then(expr = "the next event lands at position {int}")]
async fn next_lands_at(world: &mut AnnalsWorld, number: u64) {
    let receipt = world
        .record(stream("next-1"), ExpectedVersion::NoStream, deposits(1))
        .await;
    assert_eq!(receipt.positions, [position(number)]);
}

#[then("the event comes back as it went in")]
async fn comes_back(world: &mut AnnalsWorld) {
    let recorded = whole_log(&*world.events()).await;
    let [attempt] = world.log.attempts.values().collect::<Vec<_>>()[..] else {
        panic!("one writer wrote")
    };
    let [appended] = &attempt.events()[..] else {
        panic!("one event was appended")
    };
    assert_eq!(recorded.len(), 1);
    assert!(recorded[0].is_record_of(appended), "{recorded:?}");
}

#[then("each of these streams holds its own event and no other")]
async fn each_holds_its_own(world: &mut AnnalsWorld) {
    for name in &world.log.streams {
        let events = world.events().read_whole_stream(stream(name)).await;
        let payloads: Vec<_> = events.unwrap().into_iter().map(|e| e.payload).collect();
        assert_eq!(payloads, [name.as_bytes()], "{name}");
    }
    assert!(!world.log.streams.is_empty());
}
