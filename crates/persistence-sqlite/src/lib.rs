//! The Annals ports kept in one SQLite file.
//!
//! [`SqliteStore`] is an event store and a snapshot store on a real file in WAL mode with
//! `synchronous=FULL`: an acknowledged append survives the end of the process at any moment. Any
//! number of tasks share one handle, and several processes may open the same file.
//!
//! ```
//! use persistence_sqlite::SqliteStore;
//! use shared_kernel::{EventStore, EventStoreExt, EventType, ExpectedVersion, NewEvent, StreamId};
//! # use shared_kernel::EventIdGenerator;
//!
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("lamps.annals");
//! let store = SqliteStore::open(&path).await?;
//! let id = EventIdGenerator::default().generate()?;
//! let event = NewEvent::new(id, EventType::new("LampDimmed")?, r#"{"percent":40}"#);
//! let stream = StreamId::new("lamp-1")?;
//! store.append_to(stream.clone(), ExpectedVersion::NoStream, vec![event]).await?;
//! store.close().await;
//!
//! let again = SqliteStore::open(&path).await?;
//! let events = again.read_whole_stream(stream).await?;
//! assert_eq!(events[0].payload, r#"{"percent":40}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Any SQLite shell reads the same file: `SELECT stream, version, payload ->> '$.percent' FROM history`.
//! `docs/sqlite-file.md` describes its tables.

mod codec;
mod error;
mod file;
mod options;
mod ports;
mod read;
mod store;
mod write;

pub use file::open::OpenError;
pub use file::{BackupError, CheckProgress, CheckReport, Problem};
pub use options::{Durability, SqliteOptions};
pub use store::SqliteStore;
