//! The log of a store as lines of JSON, and the way back into a store.
//!
//! [`Export`] makes the lines and [`Import`] takes them, in pieces of any size. Neither opens a
//! file: the caller writes and reads the bytes. The README has an example.
//!
//! # The format
//!
//! ```text
//! {"format":"annals-export/1","store":"9f86…","first":58,"after":"0190…","check":"5d41402a…"}
//! {"position":58,"stream":"lamp-7","version":3,"id":"0190…","type":"LampDimmed","schema":1,
//!  "time":"2026-01-02T03:04:05.123456Z","metadata":{},"payload":"{\"percent\":40}","check":"…"}
//! {"events":1,"last":58,"sha256":"2c26b46b…"}
//! ```
//!
//! - The first line has the id of the store and the position of the first event. `after` is the id
//!   of the event before it; it is missing at the beginning of the log.
//! - Then each event has a line, in the order of positions. A payload that is not UTF-8 is in
//!   `payload_base64` instead of `payload`.
//! - `check` has the first 16 hexadecimal digits of the SHA-256 of all bytes before it.
//! - The last line has the number of events, the position of the last one (or the one before
//!   `first`), and the SHA-256 of all lines before it: `head -n -1 FILE | sha256sum`.
//!
//! No time of the export and no machine is in it, so the same part of a log always gives the same
//! bytes.

mod error;
mod export;
mod import;
mod joining;
mod keeping;
mod line;
mod reader;
mod seal;

pub use error::{BadLine, LineProblem, TransferError};
pub use export::{Export, ExportRange};
pub use import::{Import, Imported};
pub use line::FORMAT;

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
