//! Steps: notes, explanations of a status, and differences.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use shared_kernel::event::EventType;
use shared_kernel::time::Clock as _;
use shared_kernel::{DomainEvent as _, EventId, ExpectedVersion, NewEvent};
use work_item::{FieldValue, Note, TextProblem};
use work_tracking::{ItemRef, TrackingError};

use super::metadata_of;
use crate::steps::program::decoded;
use crate::steps::words::{Moment, all_rows, rows, time};
use crate::world::AnnalsWorld;

#[given(expr = "{word} notes {string}")]
#[when(expr = "{word} notes {string}")]
async fn notes(world: &mut AnnalsWorld, who: String, text: String) {
    let (tracker, it) = (world.tracker(), world.work.it());
    let note = text.parse().unwrap();
    let outcome = tracker.note(it, note, &metadata_of(&who).into()).await;
    outcome.as_ref().unwrap();
    world.work.note(outcome);
}

#[then(regex = r"^these notes were taken of (WORK-\d+):$")]
async fn were_taken(world: &mut AnnalsWorld, item: String, step: &Step) {
    let item: ItemRef = item.parse().unwrap();
    let tracker = world.tracker();
    let notes = tracker.notes(item).await.unwrap();
    let found = notes.iter().map(|note| {
        let actor = note.metadata.actor.as_ref().expect("somebody took it");
        [actor.name.as_str(), note.event.as_str()]
    });
    let expected = rows(step).map(|row| [row[0].as_str(), row[1].as_str()]);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let counted = tracker.show(item).await.unwrap().item.notes();
    assert_eq!(usize::try_from(counted), Ok(notes.len()));
}

#[then(expr = "a note of {int} characters is taken, and one of {int} is refused")]
fn has_at_most(_: &mut AnnalsWorld, taken: usize, refused: usize) {
    assert!(Note::new(&"ü".repeat(taken)).is_ok());
    let problem = Note::new(&"ü".repeat(refused)).unwrap_err().problem;
    let (characters, max) = (refused, taken);
    assert_eq!(problem, TextProblem::TooLong { characters, max });
}

#[then(regex = r"^this has led to where (WORK-\d+) stands:$")]
async fn has_led_there(world: &mut AnnalsWorld, item: String, step: &Step) {
    let item: ItemRef = item.parse().unwrap();
    let why = world.tracker().why(item).await.unwrap();
    let found = why.chain.iter().map(|link| {
        let actor = link.event.metadata.actor.as_ref().expect("somebody did it");
        let event = link.event.event.event_type();
        let (version, at) = (link.event.version.get(), link.event.recorded_at);
        (version, at, actor.name.as_str(), event)
    });
    let expected = rows(step).map(|row| {
        let version = row[0].parse().unwrap();
        (version, time(&row[1]), row[2].as_str(), row[3].as_str())
    });
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(regex = r"^what keeps (WORK-\d+) from being done is:$")]
async fn keeps_from_being_done(world: &mut AnnalsWorld, item: String, step: &Step) {
    let item: ItemRef = item.parse().unwrap();
    let why = world.tracker().why(item).await.unwrap();
    let hindrances = why.hindrances.expect("it is open");
    let found = hindrances.iter().map(|one| one.to_string());
    let expected = all_rows(step).map(|row| row[0].clone());
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[given(regex = r"^(WORK-\d+) has an event that cannot be read$")]
async fn cannot_be_read(world: &mut AnnalsWorld, item: String) {
    foreign_event(world, &item, "WorkItemBurnt", "{}").await;
}

#[given(regex = r"^(WORK-\d+) has got the title (.+) from an older program$")]
async fn got_title(world: &mut AnnalsWorld, item: String, title: String) {
    let payload = format!("{{\"title\":\"{}\"}}", decoded(&title));
    foreign_event(world, &item, "WorkItemRetitled", &payload).await;
}

/// Records an event of an item past the tracker.
async fn foreign_event(world: &mut AnnalsWorld, item: &str, event_type: &str, payload: &str) {
    let item: ItemRef = item.parse().unwrap();
    let stream = world.tracker().stream(item).await.unwrap();
    let id = EventId::from_parts(world.clock().now(), [7; 10]);
    let event_type = EventType::new(event_type).unwrap();
    let event = NewEvent::new(id, event_type, payload.to_owned());
    world
        .record(stream, ExpectedVersion::Any, vec![event])
        .await;
}

#[then(regex = r"^why names the unreadable items (WORK-.+) beside (WORK-\d+)$")]
async fn names_unreadable(world: &mut AnnalsWorld, expected: String, item: String) {
    let item: ItemRef = item.parse().unwrap();
    let tracker = world.tracker();
    let found = tracker.why(item).await.unwrap().unreadable;
    let mut streams = Vec::new();
    for other in expected.split(", ") {
        let other: ItemRef = other.parse().unwrap();
        streams.push(tracker.stream(other).await.unwrap());
    }
    assert_eq!(found, streams);
}

#[then(expr = "between {moment} and {moment}, this changed in {word}:")]
async fn has_changed(world: &mut AnnalsWorld, from: Moment, to: Moment, item: String, step: &Step) {
    let item: ItemRef = item.parse().unwrap();
    let diff = world.tracker().diff(item, from.0, to.0).await.unwrap();
    let value = |value: &Option<FieldValue>| {
        value
            .as_ref()
            .map_or_else(|| "–".to_owned(), ToString::to_string)
    };
    let found = diff.changes.iter();
    let found = found.map(|one| [one.field.to_string(), value(&one.from), value(&one.to)]);
    let expected = rows(step).map(|row| [row[0].clone(), row[1].clone(), row[2].clone()]);
    assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[then(expr = "between {moment} and {moment}, nothing changed in {word}")]
async fn has_not_changed(world: &mut AnnalsWorld, from: Moment, to: Moment, item: String) {
    let item: ItemRef = item.parse().unwrap();
    let diff = world.tracker().diff(item, from.0, to.0).await.unwrap();
    assert_eq!(diff.changes, []);
}

#[then(expr = "nothing can be said of {word} between {moment} and {moment}")]
async fn was_not_there(world: &mut AnnalsWorld, item: String, from: Moment, to: Moment) {
    let item: ItemRef = item.parse().unwrap();
    let diff = world.tracker().diff(item, from.0, to.0).await;
    assert!(
        matches!(&diff, Err(TrackingError::NotYet { item: missing }) if *missing == item),
        "{diff:?}"
    );
}
