//! The event store: the port, appends and reads.
//!
//! Adapters implement [`EventStore`]. Callers use [`EventStoreExt`] too, for example `read_stream`
//! and `follow`. An [`Append`] writes events and checks [`ExpectedVersion`]s; it returns an
//! [`AppendReceipt`] or an [`AppendError`]. [`StreamQuery`] and [`LogQuery`] describe reads, and a
//! [`ReadStream`] has their events.

mod append;
mod append_error;
mod append_receipt;
mod event_store;
mod event_store_ext;
mod expected_version;
pub(crate) mod paged_read;
mod query;
pub(crate) mod read_range;
mod repetition;
mod store_error;
mod store_id;

pub use append::{Append, InvalidAppend, StreamCheck, StreamWrite};
pub use append_error::AppendError;
pub use append_receipt::{AppendOutcome, AppendReceipt};
pub use event_store::EventStore;
pub use event_store_ext::EventStoreExt;
pub use expected_version::{Conflict, ExpectedVersion};
pub use paged_read::ReadStream;
pub use query::{
    EventFilter, LogPage, LogQuery, Page, StreamPage, StreamQuery, StreamSummary, StreamsPage,
    StreamsQuery,
};
pub use read_range::{DEFAULT_PAGE_SIZE, Direction, ReadRange};
pub use repetition::detect_repetition;
pub use store_error::StoreError;
pub use store_id::StoreId;
