//! The read model of work items: lists, full-text search, the board and statistics without a
//! replay of the log.
//!
//! The projection [`Items`] keeps a row for each item in an SQLite file beside the store, by
//! `read-models-sqlite`. A row has the state of the aggregate, so an answer equals a replay of the
//! log. [`ItemViews`] brings the rows up to the end of the log and reads them.
//!
//! ```
//! use std::sync::Arc;
//!
//! use persistence_memory::MemoryEventStore;
//! use read_models_sqlite::SqliteReadModels;
//! use serialization::{JsonEventCodec, JsonStateCodec};
//! use shared_kernel::snowflake::{SnowflakeGenerator, WorkerId};
//! use shared_kernel::time::SystemClock;
//! use shared_kernel::{EventStore, Metadata};
//! use work_item::{NewWorkItem, WorkItemEvent};
//! use work_tracking::{Codecs, ListQuery, WorkTracker};
//! use work_views::{ItemViews, Items, Words};
//!
//! # fn items_codec() -> JsonEventCodec<WorkItemEvent> {
//! #     WorkItemEvent::UPCASTERS.iter().fold(JsonEventCodec::builder(), |codec, step| {
//! #         codec.upcast(step.event_type, step.from, |old| {
//! #             Ok(serde_json::to_value(step.upgrade(old)?)?)
//! #         })
//! #     }).build().unwrap()
//! # }
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let log: Arc<dyn EventStore> = Arc::new(MemoryEventStore::new());
//!     let events = Arc::new(items_codec()); // as in the example of work-tracking
//!     let codecs = Codecs { items: events.clone(), register: Arc::new(JsonEventCodec::new()?) };
//!     let ids = Arc::new(SnowflakeGenerator::new(Arc::new(SystemClock), WorkerId::FIRST));
//!     let tracker = WorkTracker::new(log.clone(), codecs, ids);
//!     tracker.create(NewWorkItem::new("Write the report".parse()?), None, Metadata::new()).await?;
//!
//!     let items = Items::new(events, Arc::new(JsonStateCodec::new()));
//!     let views = ItemViews::new(items, log, SqliteReadModels::temporary()?)?;
//!     views.refresh(|_| {}).await?;
//!     assert_eq!(views.list(&ListQuery::default()).await?.len(), 1);
//!     let found = views.search(&Words::new("report").unwrap(), 10).await?;
//!     assert_eq!(found[0].tracked.item.title().as_str(), "Write the report");
//!     Ok(())
//! }
//! ```

mod board;
mod dependents;
mod error;
mod items;
mod list;
mod queue;
mod refresh;
mod rows;
mod search;
mod stats;
mod tree;
mod views;

pub use error::ViewError;
pub use items::Items;
pub use refresh::RefreshProgress;
pub use rows::ItemRows;
pub use search::{Found, Words};
pub use views::{ItemProjector, ItemViews};
