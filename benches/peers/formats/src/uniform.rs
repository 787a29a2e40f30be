//! The uniform set: events with the same flat fields, like the rows of a log.

use serde::{Deserialize, Serialize};

/// An event without nested objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Uniform {
    /// The position in the log.
    pub position: u64,
    /// The stream.
    pub stream: String,
    /// The version: the position in the stream.
    pub version: u64,
    /// The event type.
    pub event_type: String,
    /// The time of recording.
    pub recorded_at: String,
    /// The name of the actor.
    pub actor: String,
    /// A share in per cent.
    pub coverage: f64,
    /// Whether a gate was passed.
    pub passed: bool,
}

const TYPES: [&str; 5] = [
    "WorkItemCreated",
    "StatusChanged",
    "TestSuiteExecuted",
    "WorkItemAssigned",
    "WorkItemCompleted",
];

const ACTORS: [&str; 4] = ["ada", "grace", "build-agent", "review agent"];

/// The first `count` events of the set, the same in every run.
#[must_use]
pub fn uniform(count: usize) -> Vec<Uniform> {
    let event = |number: usize| {
        let step = number as u64;
        Uniform {
            position: step + 1,
            stream: format!(
                "work_item-{}",
                241_591_910_400_000_000_u64 + step * 7_919 % 5_003
            ),
            version: step / 97 + 1,
            event_type: TYPES[number * 7 % TYPES.len()].to_owned(),
            recorded_at: format!(
                "2026-01-{:02}T{:02}:{:02}:{:02}.{:06}Z",
                step / 86_400 % 28 + 1,
                step / 3_600 % 24,
                step / 60 % 60,
                step % 60,
                step * 7_907 % 1_000_000
            ),
            actor: ACTORS[number * 3 % ACTORS.len()].to_owned(),
            coverage: (step * 37 % 10_001) as f64 / 100.0,
            passed: step % 3 == 0,
        }
    };
    (0..count).map(event).collect()
}
