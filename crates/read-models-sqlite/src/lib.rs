//! Read models of Annals in SQLite files of their own.
//!
//! [`SqliteReadModels`] keeps each build of a read model in one file: a rebuild fills a new file,
//! removing a build removes its file, and readers never meet an append of the log. A projection
//! writes its own tables by [`SqliteTx::execute`], and a reader uses plain sqlx:
//!
//! ```
//! use async_trait::async_trait;
//! use persistence_memory::MemoryEventStore;
//! use read_models_sqlite::{SqliteReadModels, SqliteTx, sqlx};
//! use read_side::{ApplyError, Projection, Projector};
//! use shared_kernel::event::EventType;
//! use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
//!
//! /// The switches of each lamp.
//! struct Switches;
//!
//! #[async_trait]
//! impl Projection<SqliteTx> for Switches {
//!     const NAME: &'static str = "switches";
//!     const VERSION: u32 = 1;
//!
//!     async fn create(&self, tx: &mut SqliteTx) -> Result<(), ApplyError> {
//!         tx.execute(
//!             "CREATE TABLE lamps (name TEXT PRIMARY KEY) STRICT;
//!              CREATE TABLE switches (
//!                lamp  TEXT NOT NULL REFERENCES lamps (name),
//!                event TEXT NOT NULL
//!              ) STRICT;
//!              CREATE INDEX switches_by_lamp ON switches (lamp)",
//!             (),
//!         );
//!         Ok(())
//!     }
//!
//!     async fn apply(&self, event: &RecordedEvent, tx: &mut SqliteTx) -> Result<(), ApplyError> {
//!         let lamp = &event.stream;
//!         tx.execute("INSERT INTO lamps VALUES (?) ON CONFLICT DO NOTHING", (lamp,));
//!         tx.execute("INSERT INTO switches VALUES (?, ?)", (lamp, event.event_type.as_str()));
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let log = MemoryEventStore::new();
//! let lamp = StreamId::new("lamp-kitchen")?;
//! let event = |name| NewEvent::with_fresh_id(EventType::new(name).unwrap(), "{}").unwrap();
//! let events = vec![event("LampLit"), event("LampDimmed")];
//! log.append_to(lamp, ExpectedVersion::NoStream, events).await?;
//!
//! let folder = tempfile::tempdir()?;
//! let models = SqliteReadModels::beside(folder.path().join("lamps.annals"));
//! let projector = Projector::new(Switches, log, models)?;
//! projector.catch_up().await?;
//!
//! let live = projector.live().await?;
//! let mut rows = projector.models().reader(&live).await?;
//! let sql = "SELECT count(*) FROM lamps JOIN switches ON lamp = name WHERE name = ?";
//! let count: i64 = sqlx::query_scalar(sql).bind("lamp-kitchen").fetch_one(&mut rows).await?;
//! assert_eq!(count, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # The files
//!
//! ```text
//! lamps.annals                 the log
//! lamps.annals-views/
//!   catalog.db                 the builds and their states; a switch is one transaction here
//!   switches.v1.1.views        a build: the tables of the user, and annals_progress,
//!   switches.v1.2.views          annals_parked, annals_skipped and annals_rows
//! ```
//!
//! Names that begin with `annals_` belong to this crate. Rows and position are written in one
//! transaction of one file, in WAL mode with `synchronous=NORMAL`: after a power loss the last
//! commits of a build may be missing, rows and position together, and are made again from the log.
//! Everything here can be built again, so the folder needs no backup.

mod build_file;
mod catalog;
mod checksum;
mod connection;
mod error;
mod files;
mod layout;
mod models;
mod obstacle;
mod phrases;
mod placeholders;
mod ports;
mod progress;
mod tx;
mod value;

pub use models::SqliteReadModels;
pub use sqlx;
pub use tx::SqliteTx;
pub use value::{Value, Values};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
