//! Laws on event ids that are used again for other events: a typed error refuses the whole append.

use shared_kernel::event::{MetadataKey, SchemaVersion};
use shared_kernel::store::{AppendOutcome, InvalidAppend};
use shared_kernel::{
    Append, AppendError, EventId, EventStore, ExpectedVersion, Metadata, NewEvent, StreamId,
};

use crate::EventStoreHarness;
use crate::specimen::{event, event_type, events, exactly, store_of, stream, version};
use crate::walk::{land, refused};

/// [Law 13](shared_kernel::laws#law-13). An id that comes again with another payload, type, schema
/// version or metadata is refused as reused.
pub async fn an_id_reused_with_other_content_is_refused(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let original = event("{}");
    land(&store, one(&original)).await;

    let key = MetadataKey::new("branch").unwrap();
    let others = [
        NewEvent {
            payload: "{ }".into(),
            ..original.clone()
        },
        NewEvent {
            event_type: event_type("noted"),
            ..original.clone()
        },
        original
            .clone()
            .with_schema_version(SchemaVersion::new(2).unwrap()),
        original
            .clone()
            .with_metadata(Metadata::new().with_pair(key, "")),
    ];
    for other in others {
        let error = refused(&store, one(&other)).await;
        assert_reused(error, &[original.id], &stream("a-1"));
    }
}

/// [Law 13](shared_kernel::laws#law-13). An id that comes again in another stream is refused as
/// reused, and the error names the stream that has it.
pub async fn an_id_reused_in_another_stream_is_refused(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let original = event("{}");
    land(&store, one(&original)).await;
    for other in ["b-1", "A-1", "a-1 "] {
        let append =
            Append::new().write(stream(other), ExpectedVersion::Any, vec![original.clone()]);
        let error = refused(&store, append).await;
        assert_reused(error, &[original.id], &stream("a-1"));
    }
}

/// [Law 13](shared_kernel::laws#law-13). Recorded events that come again in another order, with
/// something between them left out, or together with new ones are refused whole.
pub async fn recorded_events_in_other_company_are_refused_whole(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let old = events(4);
    let name = stream("a-1");
    land(
        &store,
        Append::new().write(name.clone(), ExpectedVersion::Any, old.clone()),
    )
    .await;

    let [first, second, third, fourth] = [0, 1, 2, 3].map(|index| old[index].clone());
    for company in [
        vec![second.clone(), first.clone()],
        vec![first.clone(), third.clone()],
        vec![first.clone(), second.clone(), fourth.clone()],
        vec![third, fourth, event("new")],
        vec![event("new"), first.clone()],
        vec![first, event("new"), second],
    ] {
        let old: Vec<_> = old.iter().map(|event| event.id).collect();
        let append = Append::new().write(name.clone(), ExpectedVersion::Any, company);
        assert_reused(refused(&store, append).await, &old, &name);
    }
}

/// [Law 13](shared_kernel::laws#law-13). Recorded events with their streams in another order are
/// refused whole.
pub async fn recorded_events_of_streams_in_another_order_are_refused_whole(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let (of_a, of_b) = (event("of a"), event("of b"));
    let in_b = Append::new().write(stream("b-1"), ExpectedVersion::Any, vec![of_b.clone()]);
    land(&store, one(&of_a).and(in_b.clone())).await;
    let error = refused(&store, in_b.and(one(&of_a))).await;
    let AppendError::IdReused { event_id, .. } = error else {
        panic!("recorded ids in another order are {error:?}, not refused as reused");
    };
    assert!([of_a.id, of_b.id].contains(&event_id));
}

/// [Law 13](shared_kernel::laws#law-13). Recorded events of one stream together with new events for
/// another are refused whole.
pub async fn recorded_events_of_one_stream_and_new_ones_of_another_are_refused_whole(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let old = event("old");
    land(&store, one(&old)).await;
    let writes = [("a-1", vec![old.clone()]), ("b-1", events(1))];
    let forward = writes.clone();
    let mut backward = writes;
    backward.reverse();
    for writes in [forward, backward] {
        let append = writes
            .into_iter()
            .fold(Append::new(), |append, (name, events)| {
                append.write(stream(name), ExpectedVersion::Any, events)
            });
        assert_reused(refused(&store, append).await, &[old.id], &stream("a-1"));
    }
}

/// [Law 13](shared_kernel::laws#law-13). An append that holds an id twice, in one stream or in two,
/// is refused whole.
pub async fn an_append_that_holds_an_id_twice_is_refused_whole(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let twice = event("{}");
    let in_one = Append::new().write(
        stream("a-1"),
        ExpectedVersion::Any,
        vec![twice.clone(), event("between"), twice.clone()],
    );
    let in_two = one(&twice).write(stream("b-1"), ExpectedVersion::Any, vec![twice.clone()]);
    for append in [in_one, in_two] {
        match refused(&store, append).await {
            AppendError::Invalid(InvalidAppend::EventIdRepeated { event_id, .. }) => {
                assert_eq!(event_id, twice.id);
            }
            error => panic!("an id twice in an append is {error:?}, not refused as repeated"),
        }
    }
}

/// [Law 13](shared_kernel::laws#law-13). The ids of an append that was refused are not used up.
pub async fn the_ids_of_a_refused_append_remain_usable(harness: &dyn EventStoreHarness) {
    let store = store_of(harness).await;
    let name = stream("a-1");
    let batch = events(2);
    let write = || Append::new().write(name.clone(), ExpectedVersion::Any, batch.clone());
    let wrong = write().write(stream("b-1"), exactly(1), events(1));
    assert!(store.append(wrong).await.is_err());
    let receipt = land(&store, write()).await;
    assert_eq!(receipt.outcome, AppendOutcome::Written);
    assert_eq!(receipt.version_of(&name), Some(version(2)));
}

/// An append of one event to stream `a-1`.
fn one(event: &NewEvent) -> Append {
    Append::new().write(stream("a-1"), ExpectedVersion::Any, vec![event.clone()])
}

fn assert_reused(error: AppendError, one_of: &[EventId], recorded_in: &StreamId) {
    let AppendError::IdReused { event_id, stream } = error else {
        panic!("a recorded id is {error:?}, not refused as reused");
    };
    assert!(one_of.contains(&event_id), "{event_id} is not recorded");
    assert_eq!(stream, *recorded_in);
}
