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
//! With an SQL shell, `SELECT stream, version, payload ->> '$.percent' FROM history` looks into the
//! same file.

mod append_job;
mod backup;
mod check;
mod columns;
mod connection;
mod draft;
mod encoded_run;
mod error;
mod event_by_id;
mod event_store;
mod gapless;
mod index;
mod inserts;
mod known_log;
mod layout_1;
mod linger;
mod migration;
mod names;
mod open;
mod options;
mod pages;
mod readers;
mod run_outlines;
mod run_rows;
mod scan;
mod script;
mod snapshot_store;
mod snapshot_tail;
mod store;
mod stored_metadata;
mod stored_runs;
mod stream_head;
mod tail;
mod worker_leases;
mod write_job;
mod write_transaction;
mod writer;

pub use backup::BackupError;
pub use check::{CheckProgress, CheckReport, Problem};
pub use open::OpenError;
pub use options::{Durability, SqliteOptions};
pub use store::SqliteStore;
