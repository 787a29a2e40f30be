//! Read models of Annals in a PostgreSQL database.
//!
//! [`PostgresReadModels`] keeps each build of a read model in a schema of its own: a rebuild fills
//! a new schema, and removing a build drops its schema. The database may be that of the log or
//! another one. A projection writes its own tables by [`PostgresTx::execute`], and a reader uses
//! plain sqlx:
//!
//! ```
//! use async_trait::async_trait;
//! use persistence_memory::MemoryEventStore;
//! use read_models_postgres::{PostgresReadModels, PostgresTx, sqlx};
//! use read_side::{ApplyError, Projection, Projector};
//! use shared_kernel::event::EventType;
//! use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, RecordedEvent, StreamId};
//!
//! /// The switches of each lamp.
//! struct Switches;
//!
//! #[async_trait]
//! impl Projection<PostgresTx> for Switches {
//!     const NAME: &'static str = "switches";
//!     const VERSION: u32 = 1;
//!
//!     async fn create(&self, tx: &mut PostgresTx) -> Result<(), ApplyError> {
//!         tx.script(
//!             "CREATE TABLE lamps (name text PRIMARY KEY);
//!              CREATE TABLE switches (
//!                lamp  text NOT NULL REFERENCES lamps (name),
//!                event text NOT NULL
//!              );
//!              CREATE INDEX switches_by_lamp ON switches (lamp)",
//!         )
//!         .await?;
//!         Ok(())
//!     }
//!
//!     async fn apply(
//!         &self,
//!         event: &RecordedEvent,
//!         tx: &mut PostgresTx,
//!     ) -> Result<(), ApplyError> {
//!         let lamp = event.stream.as_str();
//!         let put = sqlx::query("INSERT INTO lamps VALUES ($1) ON CONFLICT DO NOTHING");
//!         tx.execute(put.bind(lamp)).await?;
//!         let switch = sqlx::query("INSERT INTO switches VALUES ($1, $2)");
//!         tx.execute(switch.bind(lamp).bind(event.event_type.as_str())).await?;
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
//! # let address = postgres_server::Server::shared_or_skip().new_database()?;
//! # let address = address.as_str();
//! // Such as "postgres://app:secret@db.example/lamps".
//! let models = PostgresReadModels::connect(address).await?;
//! let projector = Projector::new(Switches, log, models)?;
//! projector.catch_up().await?;
//!
//! let live = projector.live().await?;
//! let mut rows = projector.models().reader(&live).await?;
//! let sql = "SELECT count(*) FROM lamps JOIN switches ON lamp = name WHERE name = $1";
//! let count = sqlx::query_scalar::<_, i64>(sql).bind("lamp-kitchen");
//! assert_eq!(count.fetch_one(&mut *rows).await?, 2);
//! # Ok(())
//! # }
//! ```
//!
//! # The schemas
//!
//! ```text
//! annals                   the log, if it is in this database
//! annals_views             builds: their states; a switch is one transaction here
//! annals_switches_v1_1     a build: the tables of the user, and annals_progress, annals_parked,
//! annals_switches_v1_2       annals_skipped, annals_rows and annals_build
//! ```
//!
//! Names of tables that begin with `annals_` belong to this crate. Rows and position are written in
//! one transaction, and its commit compares the term of the owner and the former position. No
//! setting and no lock of this crate outlives its transaction, so a pooler in transaction mode
//! works. The SQL of a projection must keep that rule, too: no `SET` without `LOCAL`, no temporary
//! table, no lock of a session.

mod begin;
mod build_schema;
mod catalog;
mod checksum;
mod documents;
mod error;
mod models;
mod names;
mod ports;
mod progress;
mod tx;

pub use models::PostgresReadModels;
pub use postgres_database::{ConnectError, Settings, Statement};
pub use sqlx;
pub use tx::PostgresTx;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
