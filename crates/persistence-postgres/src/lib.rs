//! The Annals ports kept in a PostgreSQL database: events, snapshots and worker leases.
//!
//! - Positions have no holes and stand in commit order: each append locks the one row of
//!   `annals.head` until its commit. There is no sequence to wait for, and a transaction of another
//!   program delays no reader.
//! - The appends that wait in a process share one commit, in one trip to the server. Each is judged
//!   by itself, within that commit.
//! - Nothing depends on a session: no advisory lock, no temporary table. So a pooler in transaction
//!   mode works.
//! - It keeps the laws of the ports to the letter; its tests run the crate `conformance`.
//!
//! ```no_run
//! use persistence_postgres::PostgresStore;
//! use shared_kernel::event::EventType;
//! use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let store = PostgresStore::connect("postgres://app:secret@db.example/annals").await?;
//! let lamp = StreamId::new("lamp-7")?;
//! let lit = NewEvent::with_fresh_id(EventType::new("LampLit")?, "{}")?;
//! store.append_to(lamp.clone(), ExpectedVersion::NoStream, vec![lit]).await?;
//! assert_eq!(store.read_whole_stream(lamp).await?.len(), 1);
//! # Ok(())
//! # }
//! ```

mod check;
mod listener;
mod options;
mod ports;
mod read;
mod role;
mod schema;
mod store;
mod write;

pub use check::{CheckProgress, CheckReport, Problem};
pub use options::PostgresOptions;
pub use postgres_database::ConnectError;
pub use role::GrantError;
pub use store::PostgresStore;

/// The example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadMe;
