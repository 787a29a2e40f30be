//! The nested set: events of several types, with metadata, lists and lists of objects.

use serde::{Deserialize, Serialize};

/// An event with nested objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// The position in the log.
    pub position: u64,
    /// The stream.
    pub stream: String,
    /// The time of recording.
    pub recorded_at: String,
    /// The metadata.
    pub metadata: Metadata,
    /// The payload.
    pub payload: Payload,
}

/// The metadata of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// The actor.
    pub actor: Actor,
    /// The correlation id.
    pub correlation: Option<String>,
    /// The labels, to search by.
    pub labels: Vec<String>,
}

/// A person or a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// `person` or another kind.
    pub kind: String,
    /// The name.
    pub name: String,
}

/// The payload of an event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Payload {
    /// An item was created.
    Created {
        /// Its title.
        title: String,
        /// Its priority.
        priority: String,
        /// The items that it needs.
        needs: Vec<u64>,
    },
    /// The status of an item changed.
    StatusChanged {
        /// The old status.
        from: String,
        /// The new status.
        to: String,
        /// The reason.
        reason: Option<String>,
    },
    /// Tests were run.
    TestSuiteExecuted {
        /// The coverage in per cent.
        coverage: Option<f64>,
        /// The suites.
        suites: Vec<Suite>,
    },
    /// A note was added.
    Noted(String),
    /// An approval was withdrawn.
    Withdrawn,
}

/// The outcome of a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// The number of passed tests.
    pub passed: u32,
    /// The number of failed tests.
    pub failed: u32,
}

/// The first `count` events of the set, the same in every run.
#[must_use]
pub fn nested(count: usize) -> Vec<Nested> {
    (0..count).map(event).collect()
}

fn event(number: usize) -> Nested {
    let step = number as u64;
    let is_agent = step.is_multiple_of(3);
    Nested {
        position: step + 1,
        stream: format!(
            "work_item-{}",
            241_591_910_400_000_000_u64 + step * 7_919 % 5_003
        ),
        recorded_at: format!("2026-01-09T{:02}:{:02}:00.5Z", step / 60 % 24, step % 60),
        metadata: Metadata {
            actor: Actor {
                kind: if is_agent { "agent" } else { "person" }.to_owned(),
                name: if is_agent { "build agent" } else { "ada" }.to_owned(),
            },
            correlation: step
                .is_multiple_of(2)
                .then(|| format!("019b9e30-{step:012x}")),
            labels: (0..step % 4)
                .map(|label| format!("label-{label}"))
                .collect(),
        },
        payload: payload(step),
    }
}

fn payload(step: u64) -> Payload {
    match step % 5 {
        0 => Payload::Created {
            title: format!("Write part {step} of the report, with \"figures\""),
            priority: "medium".to_owned(),
            needs: (0..step % 3).map(|other| step + other).collect(),
        },
        1 => Payload::StatusChanged {
            from: "pending".to_owned(),
            to: "in_progress".to_owned(),
            reason: None,
        },
        2 => Payload::TestSuiteExecuted {
            coverage: step.is_multiple_of(2).then(|| (step % 1_000) as f64 / 10.0),
            suites: (0..step % 3 + 1)
                .map(|suite| Suite {
                    name: format!("suite {suite}"),
                    passed: 40 + suite as u32,
                    failed: (step % 2) as u32,
                })
                .collect(),
        },
        3 => Payload::Noted("Waiting for the numbers of the third quarter".to_owned()),
        _ => Payload::Withdrawn,
    }
}
