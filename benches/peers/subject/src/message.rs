//! The protocol between the driver and a subject: a request and a response, each one line of JSON.

use serde::{Deserialize, Serialize};

/// The size of the data set of the reading columns.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Shape {
    /// The number of streams, which are interleaved event by event.
    pub streams: usize,
    /// The number of events in each stream.
    pub length: usize,
}

/// A request of the driver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Request {
    /// Creates the data set; the first request, sent once.
    Fill(Shape),
    /// Appends for some time.
    Append {
        /// The number of concurrent tasks, each with its own stream.
        tasks: usize,
        /// The number of events in each append.
        batch: usize,
        /// The approximate time.
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
        /// The time; at least one stream is loaded.
        seconds: f64,
    },
    /// Reads the log of the data set from end to end.
    Scan {
        /// The time; the log is read at least once.
        seconds: f64,
    },
}

/// The response of a subject.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Response {
    /// The response to [`Request::Fill`].
    Filled(Filled),
    /// The response to all other requests.
    Measured(Figures),
    /// The error text of a failed request.
    Failed(String),
}

/// A finished data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filled {
    /// The name, version and durability of the store.
    pub description: String,
    /// The size of the closed file divided by the number of events.
    pub bytes_per_event: f64,
}

/// The figures of one measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The number of operations.
    pub operations: usize,
    /// The number of events per second.
    pub events_per_second: f64,
    /// The median time of an operation, in microseconds.
    pub p50: f64,
    /// The 99th percentile of the times, in microseconds.
    pub p99: f64,
    /// How long the longest operation took, in microseconds.
    pub longest: f64,
}
