//! Staging: pending events are encoded once, and staged again unchanged.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shared_kernel::aggregate::StageError;
use shared_kernel::codec::EncodeError;
use shared_kernel::event::{ActorKind, CausationId, CorrelationId, EventIdGenerator, MetadataKey};
use shared_kernel::snapshot::Snapshot;
use shared_kernel::store::{AppendOutcome, AppendReceipt, StreamWrite};
use shared_kernel::time::SystemClock;
use shared_kernel::{Actor, AggregateRoot, ExpectedVersion, GlobalPosition, Metadata, NewEvent};

use crate::doubles::Drained;
use crate::fixture::version;
use crate::tally::{EventsInJson, NO_RECORDS, Tally, TallyEvent, opened, stream};

fn staged_with(root: &mut AggregateRoot<Tally>, metadata: &Metadata) -> StreamWrite {
    let codec = EventsInJson::default();
    root.stage(&codec, &EventIdGenerator::default(), metadata)
        .unwrap()
}

fn staged(root: &mut AggregateRoot<Tally>) -> StreamWrite {
    staged_with(root, &Metadata::new())
}

fn loaded_at(number: u32) -> AggregateRoot<Tally> {
    let snapshot = Snapshot {
        stream: stream("tally-1"),
        version: version(number),
        state: opened("tally-1").into_state(),
    };
    AggregateRoot::load_from_snapshot(snapshot, NO_RECORDS).unwrap()
}

fn receipt(name: &str, number: u32) -> AppendReceipt {
    AppendReceipt {
        outcome: AppendOutcome::Written,
        versions: vec![(stream(name), version(number))],
        positions: vec![GlobalPosition::FIRST],
    }
}

fn ids(events: &[NewEvent]) -> Vec<shared_kernel::EventId> {
    events.iter().map(|event| event.id).collect()
}

#[test]
fn a_new_aggregate_expects_no_stream_and_a_loaded_one_its_version() {
    let write = staged(&mut opened("tally-1"));
    assert_eq!(write.stream, stream("tally-1"));
    assert_eq!(write.expected, ExpectedVersion::NoStream);
    assert_eq!(write.events.len(), 1);
    assert_eq!(write.events[0].event_type.as_str(), "TallyOpened");
    assert_eq!(write.events[0].payload, r#""TallyOpened""#);

    let mut root = loaded_at(7);
    root.raise(TallyEvent::Added(1)).unwrap();
    assert_eq!(
        staged(&mut root).expected,
        ExpectedVersion::Exact(version(7))
    );
}

#[test]
fn without_pending_events_the_stream_is_only_checked() {
    let mut root = loaded_at(7);
    let write = staged(&mut root);
    assert_eq!(write.expected, ExpectedVersion::Exact(version(7)));
    assert!(write.events.is_empty());
    assert!(!root.has_staged());
}

#[test]
fn staged_again_events_keep_their_ids_metadata_and_bytes() {
    let codec = EventsInJson::default();
    let ids = EventIdGenerator::default();
    let mut root = opened("tally-1");
    root.raise(TallyEvent::Added(1)).unwrap();
    let first = root.stage(&codec, &ids, &Metadata::new()).unwrap();
    let other = Metadata::new().with_pair(MetadataKey::new("k").unwrap(), "v");
    let second = root.stage(&codec, &ids, &other).unwrap();
    assert_eq!(first, second);
    assert_eq!(codec.encoded.load(Ordering::Relaxed), 2);
    assert_ne!(first.events[0].id, first.events[1].id);
}

#[test]
fn events_raised_later_wait_until_the_outcome_of_the_staged_ones_is_known() {
    let mut root = opened("tally-1");
    let first = staged(&mut root);
    root.raise(TallyEvent::Added(1)).unwrap();
    assert_eq!(staged(&mut root), first);

    root.acknowledge(&receipt("tally-1", 1));
    assert_eq!(root.version(), version(1));
    assert_eq!(root.current_version(), version(2));
    assert_eq!(root.pending().collect::<Vec<_>>(), [&TallyEvent::Added(1)]);
    assert!(!root.has_staged());

    let rest = staged(&mut root);
    assert_eq!(rest.expected, ExpectedVersion::Exact(version(1)));
    assert_eq!(rest.events.len(), 1);
    assert_eq!(rest.events[0].payload, r#"{"Added":1}"#);
}

#[test]
fn withdrawn_events_stay_pending_and_are_staged_with_later_ones() {
    let mut root = opened("tally-1");
    let first = staged(&mut root);
    root.raise(TallyEvent::Added(1)).unwrap();
    root.unstage();
    assert!(root.has_pending() && !root.has_staged());
    let both = staged(&mut root);
    assert_eq!(both.expected, ExpectedVersion::NoStream);
    assert_eq!(both.events.len(), 2);
    assert_eq!(both.events[0], first.events[0]);
}

#[test]
fn the_receipt_of_another_append_changes_nothing() {
    let mut root = loaded_at(4);
    root.acknowledge(&receipt("tally-1", 9));
    assert_eq!(root.version(), version(4));

    root.raise(TallyEvent::Added(1)).unwrap();
    root.acknowledge(&receipt("tally-1", 5));
    assert!(root.has_pending(), "nothing was staged");

    staged(&mut root);
    for other in [
        receipt("tally-2", 5),
        receipt("tally-1", 4),
        receipt("tally-1", 6),
    ] {
        root.acknowledge(&other);
        assert_eq!(root.version(), version(4));
        assert!(root.has_staged());
        assert_eq!(root.pending().len(), 1);
    }
    root.acknowledge(&receipt("tally-1", 5));
    assert_eq!(root.version(), version(5));
    assert!(!root.has_pending());
    assert_eq!(root.state().added, [1]);
}

#[test]
fn events_staged_together_have_one_command_id() {
    let mut root = opened("tally-1");
    root.raise(TallyEvent::Added(1)).unwrap();
    let write = staged(&mut root);
    let [first, second] = &write.events[..] else {
        panic!("two events were staged");
    };
    let correlation = first.metadata.correlation.as_ref().unwrap();
    let causation = first.metadata.causation.as_ref().unwrap();
    assert_eq!(correlation.as_str(), causation.as_str());
    assert_eq!(first.metadata, second.metadata);
    let own = ids(&write.events)
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert!(!own.contains(&correlation.as_str().to_owned()));
}

#[test]
fn a_given_correlation_or_causation_id_is_kept_and_a_missing_one_filled() {
    let correlation = CorrelationId::new("request-1").unwrap();
    let causation = CausationId::new("message-2").unwrap();
    let actor = Actor::new(ActorKind::Person, "ada").unwrap();
    let known = Metadata::new()
        .with_actor(actor)
        .with_pair(MetadataKey::new("branch").unwrap(), "main");

    let both = known
        .clone()
        .with_correlation(correlation.clone())
        .with_causation(causation.clone());
    let got = &staged_with(&mut opened("t"), &both).events[0].metadata;
    assert_eq!(*got, both);

    let got = &staged_with(
        &mut opened("t"),
        &known.clone().with_correlation(correlation.clone()),
    )
    .events[0]
        .metadata;
    assert_eq!(got.correlation, Some(correlation));
    let made_up = got.causation.clone().unwrap();
    assert!(made_up.as_str().parse::<shared_kernel::EventId>().is_ok());
    assert_eq!((&got.actor, &got.pairs), (&known.actor, &known.pairs));

    let got =
        &staged_with(&mut opened("t"), &known.with_causation(causation.clone())).events[0].metadata;
    assert_eq!(got.causation, Some(causation));
    assert!(got.correlation.is_some());
}

#[test]
fn an_event_that_cannot_be_encoded_stages_nothing_and_is_named() {
    let mut root = opened("tally-1");
    root.raise_all([TallyEvent::Added(1), TallyEvent::Added(-13)])
        .unwrap();
    let codec = EventsInJson::default();
    let refused = root.stage(&codec, &EventIdGenerator::default(), &Metadata::new());
    let Err(StageError::Encode {
        stream: of,
        version: would_be,
        source: EncodeError::Format(_),
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!((of, would_be), (stream("tally-1"), version(3)));
    assert!(!root.has_staged());
    assert_eq!(root.pending().len(), 3);
}

#[test]
fn the_version_in_the_error_counts_events_encoded_before() {
    let mut root = loaded_at(10);
    root.raise(TallyEvent::Added(1)).unwrap();
    staged(&mut root);
    root.unstage();
    root.raise(TallyEvent::Added(-13)).unwrap();
    let codec = EventsInJson::default();
    let refused = root.stage(&codec, &EventIdGenerator::default(), &Metadata::new());
    let Err(StageError::Encode {
        version: would_be, ..
    }) = refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(would_be, version(12));
}

#[test]
fn without_randomness_nothing_is_staged() {
    let ids = EventIdGenerator::new(Arc::new(SystemClock), Arc::new(Drained));
    let codec = EventsInJson::default();
    let known = Metadata::new()
        .with_correlation(CorrelationId::new("c").unwrap())
        .with_causation(CausationId::new("d").unwrap());
    for metadata in [Metadata::new(), known] {
        let mut root = opened("tally-1");
        let refused = root.stage(&codec, &ids, &metadata);
        assert!(matches!(refused, Err(StageError::Randomness(_))));
        assert!(!root.has_staged());
    }
}
