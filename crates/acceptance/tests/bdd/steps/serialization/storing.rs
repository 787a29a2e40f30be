//! Steps: storing events.

use std::collections::BTreeMap;

use cucumber::gherkin::Step;
use cucumber::{then, when};
use serde::{Deserialize, Serialize};
use serialization::{JsonError, JsonEventCodec, RegistryError};
use shared_kernel::codec::{EncodeError, EventCodec as _};
use shared_kernel::{DomainEvent, EventStoreExt as _, ExpectedVersion, RecordedEvent};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _};

use crate::account::{AccountEvent, WithoutClosing, codec};
use crate::steps::words::{all_rows, recorded_as, rows, stream, text};
use crate::world::AnnalsWorld;

const STREAM: &str = "account-7";

#[when("these events are stored:")]
async fn are_stored(world: &mut AnnalsWorld, step: &Step) {
    for row in all_rows(step) {
        store(world, &row[0]).await;
    }
}

async fn store(world: &mut AnnalsWorld, text: &str) {
    let event: AccountEvent = text.parse().unwrap();
    let recorded = vec![recorded_as(&event)];
    world
        .record(stream(STREAM), ExpectedVersion::Any, recorded)
        .await;
    world.format.stored.push(event);
}

async fn stored(world: &AnnalsWorld) -> Vec<RecordedEvent> {
    let events = world.events().read_whole_stream(stream(STREAM)).await;
    events.unwrap()
}

#[when("a codec is built for a domain that does not declare its last event")]
fn build_incomplete_codec(world: &mut AnnalsWorld) {
    world.format.refused_codec = JsonEventCodec::<WithoutClosing>::new().err();
}

#[when(expr = "a codec is built with an upgrade of {string} from schema {int}")]
fn build_codec_with_upgrade(world: &mut AnnalsWorld, name: String, from: u32) {
    let codec = JsonEventCodec::<AccountEvent>::builder().upcast(&name, from, Ok);
    world.format.refused_codec = codec.build().err();
}

#[then(expr = "the codec is refused because {string} is not declared")]
fn is_not_declared(world: &mut AnnalsWorld, name: String) {
    let error = &world.format.refused_codec;
    let Some(RegistryError::UndeclaredVariant { variant }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(*variant, name);
}

#[then(expr = "the codec is refused because {string} is declared in schema {int}")]
fn is_declared_otherwise(world: &mut AnnalsWorld, name: String, declared: u32) {
    let error = &world.format.refused_codec;
    let Some(RegistryError::UpcasterPastCurrent {
        event_type,
        current,
        ..
    }) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((event_type.as_str(), current.get()), (&*name, declared));
}

/// An event with fields that do not come back from JSON for some values.
#[derive(Serialize, Deserialize, DomainEvent)]
struct InvoiceSent {
    price: f64,
    remark: Option<Option<String>>,
    lines: Vec<InvoiceLine>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct InvoiceLine {
    text: String,
    #[serde(flatten)]
    terms: Terms,
}

#[derive(Default, Serialize, Deserialize)]
struct Terms {
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u128>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    off: BTreeMap<u8, u8>,
}

/// The invoice with a value that does not come back.
fn invoice(words: &str) -> InvoiceSent {
    let mut invoice = InvoiceSent {
        price: 1.5,
        remark: None,
        lines: Vec::new(),
        notes: vec!["thanks".to_owned()],
    };
    let line = |terms: Terms| InvoiceLine {
        text: "one lamp".to_owned(),
        terms,
    };
    match words {
        "a flattened amount of 128 bits" => invoice.lines.push(line(Terms {
            amount: Some(7),
            ..Terms::default()
        })),
        "flattened discounts by number" => invoice.lines.push(line(Terms {
            off: BTreeMap::from([(7, 50)]),
            ..Terms::default()
        })),
        "a remark that is Some(None)" => invoice.remark = Some(None),
        "a price that is not a number" => invoice.price = f64::NAN,
        "no notes, which are then not written" => invoice.notes.clear(),
        _ => panic!("no invoice is known as {words}"),
    }
    invoice
}

#[then("these invoices are refused at these fields:")]
fn invoices_are_refused(_: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let [words, field] = row else {
            panic!("invoice and field, not {row:?}")
        };
        let codec = JsonEventCodec::<InvoiceSent>::new().unwrap();
        let error = codec.encode(&invoice(words)).expect_err("it is refused");
        let EncodeError::Format(source) = error else {
            panic!("{error:?}")
        };
        let error: &JsonError = source.downcast_ref().unwrap();
        assert_eq!(error.path(), field, "{words}: {error}");
    }
}

#[then("these events are stored like this:")]
async fn are_stored_like_this(world: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let [text, name, schema, payload] = row else {
            panic!("event, type, schema and payload, not {row:?}")
        };
        store(world, text).await;
        let events = stored(world).await;
        let event = events.last().expect("one event at least");
        assert_eq!(event.event_type.as_str(), name);
        assert_eq!(event.schema_version.get().to_string(), *schema);
        assert_eq!(event.payload, payload.as_bytes());
    }
}

#[then("each comes back as the event it was")]
async fn each_comes_back(world: &mut AnnalsWorld) {
    let codec = codec();
    let events = stored(world).await;
    let read = events.iter().flat_map(|event| codec.decode(event).unwrap());
    assert_eq!(read.collect::<Vec<_>>(), world.format.stored);
    assert!(!events.is_empty());
}

#[when("somebody asks the file")]
async fn asks_the_file(world: &mut AnnalsWorld, step: &Step) {
    let options = SqliteConnectOptions::new()
        .filename(world.place().file().path())
        .read_only(true);
    let mut shell = options.connect().await.unwrap();
    let question = AssertSqlSafe(text(step).to_owned());
    let answer = sqlx::query_scalar(question).fetch_one(&mut shell).await;
    world.format.answer = Some(answer.unwrap());
}

#[then(expr = "the answer is {string}")]
fn answer_is(world: &mut AnnalsWorld, expected: String) {
    assert_eq!(world.format.answer, Some(expected));
}
