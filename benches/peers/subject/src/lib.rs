//! The shared parts of all measured stores: the events, the columns, and the protocol between the
//! driver and the process of a store.
//!
//! This crate knows no store and links no SQLite. Stores with different versions of SQLite share
//! it.

mod appends;
mod event;
mod latencies;
mod message;
mod reads;
mod serve;
mod store;

pub use event::{Event, Payload, StreamWrite, stream};
pub use message::{Figures, Filled, Request, Response, Shape};
pub use serve::serve;
pub use store::{Outcome, Store, Waiting, address, synchronous_name};
