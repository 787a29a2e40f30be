//! The read side.
mod batch;
mod models;
mod name;
mod progress;
mod projection;
mod projector;
mod rows;
mod selection;

pub use batch::{Batch, BatchError, read_batch};
pub use models::{Definition, ReadModelError, ReadModelStore};
pub use name::{Build, InvalidModelName, ModelName};
pub use progress::{
    BuildRecord, BuildState, Checksum, Failure, HeldLease, Lease, Parked, Progress, Skipped,
    Status, Step,
};
pub use projection::{ApplyError, Projection};
pub use projector::{LiveBuild, Options, Poison, ProjectionError, Projector, Proof};
pub use rows::Rows;
pub use selection::{Selection, segment_of};
