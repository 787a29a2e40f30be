//! Steps: reading stored events, including those that no current program writes.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use serialization::JsonEventCodec;
use shared_kernel::codec::{DecodeError, EventCodec as _};
use shared_kernel::event::SchemaVersion;
use shared_kernel::{EventStoreExt as _, ExpectedVersion};

use crate::account::{AccountEvent, all_but_the_oldest, codec};
use crate::steps::words::{all_rows, event, rows, stream};
use crate::world::AnnalsWorld;

#[given(expr = "these payloads are in {string}:")]
async fn payloads_are_in(world: &mut AnnalsWorld, name: String, step: &Step) {
    for row in rows(step) {
        let [kind, schema, payload] = row else {
            panic!("type, schema and payload, not {row:?}")
        };
        let schema = SchemaVersion::new(schema.parse().unwrap()).unwrap();
        let event = event(kind, payload.clone()).with_schema_version(schema);
        world
            .record(stream(&name), ExpectedVersion::Any, vec![event])
            .await;
    }
}

#[when(expr = "the events of {string} are read")]
async fn are_read(world: &mut AnnalsWorld, name: String) {
    read(world, &name, &codec()).await;
}

#[when(expr = "the events of {string} are read by a program that has forgotten schema 1")]
async fn are_read_forgetfully(world: &mut AnnalsWorld, name: String) {
    read(world, &name, &all_but_the_oldest().build().unwrap()).await;
}

#[when(expr = "the events of {string} are read by a program that skips unknown events")]
async fn are_read_in_part(world: &mut AnnalsWorld, name: String) {
    let codec = all_but_the_oldest().skip_unknown_events().build();
    read(world, &name, &codec.unwrap()).await;
}

async fn read(world: &mut AnnalsWorld, name: &str, codec: &JsonEventCodec<AccountEvent>) {
    let events = world.events().read_whole_stream(stream(name)).await;
    let events = events.unwrap();
    let decoded: Result<Vec<_>, _> = events.iter().map(|event| codec.decode(event)).collect();
    world.format.read = Some(decoded.map(|records| records.into_iter().flatten().collect()));
}

#[then("they are:")]
fn they_are(world: &mut AnnalsWorld, step: &Step) {
    let read = world.format.read.as_ref().expect("events were read");
    let events = read.as_ref().expect("reading succeeds");
    let expected: Vec<AccountEvent> = all_rows(step).map(|row| row[0].parse().unwrap()).collect();
    assert_eq!(*events, expected);
}

fn refusal(world: &AnnalsWorld) -> &DecodeError {
    let read = world.format.read.as_ref().expect("events were read");
    read.as_ref().expect_err("reading is refused")
}

#[then(
    expr = "reading is refused because {string} has schema {int} and the reader knows up to {int}"
)]
fn is_newer(world: &mut AnnalsWorld, name: String, schema: u32, newest: u32) {
    let error = refusal(world);
    let DecodeError::NewerSchema {
        event_type,
        found,
        known,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(event_type.as_str(), name);
    assert_eq!((found.get(), known.get()), (schema, newest));
}

#[then(expr = "reading is refused because {string} cannot be taken up from schema {int}")]
fn cannot_be_taken_up(world: &mut AnnalsWorld, name: String, schema: u32) {
    let error = refusal(world);
    let DecodeError::Upcast {
        event_type, from, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((event_type.as_str(), from.get()), (name.as_str(), schema));
}

#[then(expr = "reading is refused because {string} has no way up from schema {int}")]
fn has_no_way_up(world: &mut AnnalsWorld, name: String, schema: u32) {
    let error = refusal(world);
    let DecodeError::MissingUpcaster {
        event_type,
        from,
        known,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((event_type.as_str(), from.get()), (name.as_str(), schema));
    assert_eq!(known.get(), 3);
}

#[then(expr = "reading is refused because nobody knows {string}")]
fn is_unknown(world: &mut AnnalsWorld, name: String) {
    let error = refusal(world);
    let DecodeError::UnknownEventType { event_type } = error else {
        panic!("{error:?}")
    };
    assert_eq!(event_type.as_str(), name);
}

#[then(expr = "none of these payloads is read as a {string} of schema {int}:")]
async fn are_malformed(world: &mut AnnalsWorld, name: String, number: u32, step: &Step) {
    for (index, row) in all_rows(step).enumerate() {
        let account = format!("account-{index}");
        let schema = SchemaVersion::new(number).unwrap();
        let event = event(&name, row[0].clone()).with_schema_version(schema);
        let expected = ExpectedVersion::NoStream;
        world.record(stream(&account), expected, vec![event]).await;
        read(world, &account, &codec()).await;
        let error = refusal(world);
        let DecodeError::Malformed {
            event_type,
            schema_version,
            ..
        } = error
        else {
            panic!("{row:?}: {error:?}")
        };
        assert_eq!(
            (event_type.as_str(), *schema_version),
            (name.as_str(), schema)
        );
    }
}
