//! Owns what every store is measured by: the events, the columns, and the conversation between the
//! driver and the process that holds one store.
//!
//! It knows no store and links no SQLite, because stores that link different ones share it.

mod appends;
mod event;
mod latencies;
mod message;
mod reads;
mod serve;
mod store;

pub use event::{Event, Payload, StreamWrite, stream};
pub use message::{Answer, Figures, Filled, Request, Shape};
pub use serve::serve;
pub use store::{Outcome, Store, Waiting, synchronous_name};
