//! Owns the conversation between the driver and a subject: one line of JSON each way.

use serde::{Deserialize, Serialize};

/// The data set of the columns that read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Shape {
    /// How many streams there are, interleaved event by event.
    pub streams: usize,
    /// How many events each has.
    pub length: usize,
}

/// What the driver asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Request {
    /// To make the data set; asked once, before all else.
    Fill(Shape),
    /// To append for some time.
    Append {
        /// How many tasks do so at once, each to a stream of its own.
        tasks: usize,
        /// How many events go into each append.
        batch: usize,
        /// For how long, about.
        seconds: f64,
    },
    /// To append a number of single events.
    AppendAll {
        /// How many tasks do so at once, each to a stream of its own.
        tasks: usize,
        /// How many appends each task makes.
        appends: usize,
    },
    /// To load one stream of the data set after the other.
    Load {
        /// For how long, at least one stream.
        seconds: f64,
    },
    /// To read the log of the data set from end to end.
    Scan {
        /// For how long, at least once.
        seconds: f64,
    },
}

/// What a subject answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Request::Fill`].
    Filled(Filled),
    /// To all others.
    Measured(Figures),
    /// It could not.
    Failed(String),
}

/// A data set that is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filled {
    /// What the store is, and how durable.
    pub description: String,
    /// The size of the closed file by the number of events.
    pub bytes_per_event: f64,
}

/// What was measured in one slice of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// How many operations there were.
    pub operations: usize,
    /// Events in a second.
    pub events_per_second: f64,
    /// How long half of the operations took at most, in microseconds.
    pub p50: f64,
    /// How long 99 of 100 operations took at most, in microseconds.
    pub p99: f64,
    /// How long the longest operation took, in microseconds.
    pub longest: f64,
}
