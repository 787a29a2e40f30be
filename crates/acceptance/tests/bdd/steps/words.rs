//! Parsing the words that the steps of all areas share.

use std::str::FromStr;

use cucumber::Parameter;
use cucumber::gherkin::Step;
use jiff::Timestamp;
use shared_kernel::codec::EventCodec as _;
use shared_kernel::event::{EventIdGenerator, EventType};
use shared_kernel::repository::AsOf;
use shared_kernel::store::Direction;
use shared_kernel::{ExpectedVersion, GlobalPosition, NewEvent, StreamId, StreamVersion};

use crate::account::{AccountEvent, codec};

/// A list of numbers: `1, 2, 3`.
#[derive(Debug, Clone, PartialEq, Eq, Parameter)]
#[param(name = "numbers", regex = r"\d+(?:, \d+)*")]
pub(crate) struct Numbers(pub(crate) Vec<u64>);

impl FromStr for Numbers {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Result<_, _> = text.split(", ").map(str::parse).collect();
        numbers.map(Self)
    }
}

/// The expectation of a writer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(
    name = "expectation",
    regex = r"any version|no stream|an existing stream|version \d+"
)]
pub(crate) struct Expectation(pub(crate) ExpectedVersion);

impl FromStr for Expectation {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "any version" => ExpectedVersion::Any,
            "no stream" => ExpectedVersion::NoStream,
            "an existing stream" => ExpectedVersion::StreamExists,
            _ => ExpectedVersion::Exact(version(text.trim_start_matches("version ").parse()?)),
        }))
    }
}

/// The direction of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "direction", regex = "forward|backward")]
pub(crate) struct Order(pub(crate) Direction);

impl FromStr for Order {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "backward" => Direction::Backward,
            _ => Direction::Forward,
        }))
    }
}

/// An ordinal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "ordinal", regex = "first|second|third")]
pub(crate) struct Ordinal(pub(crate) usize);

impl FromStr for Ordinal {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text {
            "first" => 0,
            "second" => 1,
            _ => 2,
        }))
    }
}

/// The way in which events are saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "manner", regex = "saved at once|each saved|not saved")]
pub(crate) enum Manner {
    SavedAtOnce,
    EachSaved,
    NotSaved,
}

impl FromStr for Manner {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "saved at once" => Self::SavedAtOnce,
            "each saved" => Self::EachSaved,
            _ => Self::NotSaved,
        })
    }
}

/// A moment in a history: a version, a position, or a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "moment", regex = r"version \d+|position \d+|\d\d:\d\d")]
pub(crate) struct Moment(pub(crate) AsOf);

impl FromStr for Moment {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text.split_once(' ') {
            Some(("version", number)) => AsOf::Version(version(number.parse()?)),
            Some((_, number)) => AsOf::Position(position(number.parse()?)),
            None => AsOf::Time(time(text)),
        }))
    }
}

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Parameter)]
#[param(name = "clock", regex = r"\d\d:\d\d")]
pub(crate) struct Clock(pub(crate) Timestamp);

impl FromStr for Clock {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(time(text)))
    }
}

/// A time on the day of the scenarios.
pub(crate) fn time(text: &str) -> Timestamp {
    format!("2026-01-05T{text}:00Z").parse().unwrap()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) fn version(number: u64) -> StreamVersion {
    StreamVersion::new(number).unwrap()
}

pub(crate) fn position(number: u64) -> GlobalPosition {
    GlobalPosition::new(number).unwrap()
}

pub(crate) fn event_type(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

/// A new event.
pub(crate) fn event(name: &str, payload: impl Into<bytes::Bytes>) -> NewEvent {
    let id = EventIdGenerator::default().generate().unwrap();
    NewEvent::new(id, event_type(name), payload)
}

/// An encoded event of an account.
pub(crate) fn recorded_as(domain_event: &AccountEvent) -> NewEvent {
    let encoded = codec().encode(domain_event).unwrap();
    event(encoded.event_type.as_str(), encoded.payload).with_schema_version(encoded.schema_version)
}

/// New events with different payloads.
pub(crate) fn deposits(count: usize) -> Vec<NewEvent> {
    let deposit = |amount| event("MoneyDeposited", format!(r#"{{"amount":{amount}}}"#));
    (1..=count).map(deposit).collect()
}

/// The rows of a step's table, without the row of column names.
pub(crate) fn rows(step: &Step) -> impl Iterator<Item = &[String]> {
    all_rows(step).skip(1)
}

/// The rows of a step's table that has no row of column names.
pub(crate) fn all_rows(step: &Step) -> impl Iterator<Item = &[String]> {
    let table = step.table.as_ref().expect("the step has a table");
    table.rows.iter().map(Vec::as_slice)
}

/// The text below a step, without the line breaks around it.
pub(crate) fn text(step: &Step) -> &str {
    let text = step.docstring.as_ref().expect("the step has a text");
    text.trim_matches('\n')
}
