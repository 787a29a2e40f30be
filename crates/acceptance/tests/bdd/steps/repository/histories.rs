//! Steps: histories that cannot be applied.

use std::str::FromStr;

use cucumber::gherkin::Step;
use cucumber::{Parameter, given, then};
use shared_kernel::aggregate::HistoryError;
use shared_kernel::codec::DecodeError;
use shared_kernel::event::SchemaVersion;
use shared_kernel::{
    AggregateRoot, EventId, EventStoreExt as _, ExpectedVersion, RepositoryError, StreamId,
    StreamVersion,
};

use crate::account::{Account, AccountEvent, opened_by};
use crate::altered_store::Alteration;
use crate::steps::words::{event, recorded_as, rows, stream, version};
use crate::world::AnnalsWorld;

#[then("none of these histories is loaded:")]
async fn none_is_loaded(world: &mut AnnalsWorld, step: &Step) {
    for (index, row) in rows(step).enumerate() {
        let [flaw, number, problem] = row else {
            panic!("history, version and problem, not {row:?}")
        };
        let name = stream(&format!("account-{index}"));
        begin(world, &name).await;
        spoil(world, &name, flaw).await;
        let load = world.accounts().load(&name).await;
        let Err(RepositoryError::History(error)) = load else {
            panic!("{flaw}: {load:?}")
        };
        let number: usize = number.parse().unwrap();
        let events = world.events().read_whole_stream(name.clone()).await;
        let event = &events.unwrap()[number - 1];
        assert_eq!(place(&error), (&name, event.version, event.id), "{flaw}");
        assert!(is_meant(&error, problem), "{flaw}: {error:?}");
    }
}

#[given(expr = "the history of {string} has {flaw}")]
async fn has_flaw(world: &mut AnnalsWorld, name: String, flaw: Flaw) {
    spoil(world, &stream(&name), &flaw.0).await;
}

/// The defect of a history.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(name = "flaw", regex = "an? .+|event .+")]
struct Flaw(String);

impl FromStr for Flaw {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// An opening and three deposits.
async fn begin(world: &AnnalsWorld, name: &StreamId) {
    let mut account = AggregateRoot::<Account>::create(name.clone(), opened_by("Ada")).unwrap();
    for _ in 0..3 {
        let deposit = AccountEvent::MoneyDeposited { cents: 100 };
        account.raise(deposit).unwrap();
    }
    world.accounts().save(&mut account).await.unwrap();
}

/// Adds a defect to a history: an extra event, or a store that alters the events it returns.
async fn spoil(world: &mut AnnalsWorld, name: &StreamId, flaw: &str) {
    let deposit_of_schema = |schema, payload: &'static str| {
        let schema = SchemaVersion::new(schema).unwrap();
        event("MoneyDeposited", payload).with_schema_version(schema)
    };
    let added = match flaw {
        "an event of an unknown type" => event("CoffeeCooked", "{}"),
        "a payload that breaks off" => deposit_of_schema(2, r#"{"cents":1"#),
        "an event of tomorrow's schema" => deposit_of_schema(3, r#"{"cents":1}"#),
        "a second opening" => recorded_as(&opened_by("Ben")),
        "event 3 missing" => return world.alter(Alteration::Loses(version(3))),
        "event 2 twice" => return world.alter(Alteration::Repeats(version(2))),
        "event 3 in a foreign stream" => {
            return world.alter(Alteration::Mislays(version(3), stream("elsewhere-9")));
        }
        _ => panic!("no such flaw: {flaw}"),
    };
    let expected = ExpectedVersion::StreamExists;
    world.record(name.clone(), expected, vec![added]).await;
}

/// Whether an error names the defect.
fn is_meant(error: &HistoryError, problem: &str) -> bool {
    let number = place(error).1.get();
    match (problem, error) {
        ("its type is unknown", HistoryError::Undecodable { source, .. }) => matches!(
            source,
            DecodeError::UnknownEventType { event_type } if event_type.as_str() == "CoffeeCooked"
        ),
        ("its payload is malformed", HistoryError::Undecodable { source, .. }) => {
            matches!(source, DecodeError::Malformed { .. })
        }
        ("its schema is newer", HistoryError::Undecodable { source, .. }) => matches!(
            source,
            DecodeError::NewerSchema { found, known, .. } if (found.get(), known.get()) == (3, 2)
        ),
        ("the state cannot take it", HistoryError::Inapplicable { .. }) => true,
        ("there is a gap", HistoryError::Gap { expected, .. }) => expected.get() == number - 1,
        ("the versions do not rise", HistoryError::NotIncreasing { after, .. }) => {
            after.get() == number
        }
        ("it is of a foreign stream", HistoryError::ForeignStream { found, .. }) => {
            found.as_str() == "elsewhere-9"
        }
        _ => false,
    }
}

/// The stream, the version and the event id that every such error names.
fn place(error: &HistoryError) -> (&StreamId, StreamVersion, EventId) {
    let (HistoryError::ForeignStream {
        stream,
        version,
        event_id,
        ..
    }
    | HistoryError::Gap {
        stream,
        version,
        event_id,
        ..
    }
    | HistoryError::NotIncreasing {
        stream,
        version,
        event_id,
        ..
    }
    | HistoryError::Undecodable {
        stream,
        version,
        event_id,
        ..
    }
    | HistoryError::Inapplicable {
        stream,
        version,
        event_id,
        ..
    }) = error
    else {
        panic!("an error without a place: {error:?}")
    };
    (stream, *version, *event_id)
}
