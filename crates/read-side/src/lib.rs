//! The read side.
mod batch;
mod derived;
mod models;
mod name;
mod progress;
mod projection;
mod projector;
mod reactor;
mod replay;
mod rows;
mod selection;
mod subscription;

pub use batch::{Batch, BatchError, read_batch};
pub use derived::derived_id;
pub use models::{Definition, ReadModelError, ReadModelStore};
pub use name::{Build, InvalidModelName, ModelName};
pub use progress::{
    BuildRecord, BuildState, Checksum, Failure, HeldLease, Lease, Parked, Progress, Skipped,
    Status, Step,
};
pub use projection::{ApplyError, Projection};
pub use projector::{LiveBuild, Options, Poison, ProjectionError, Projector, Proof, Start};
pub use reactor::{Reaction, Reactor, ReactorRunner};
pub use replay::replay;
pub use rows::Rows;
pub use selection::{Selection, segment_of};
pub use subscription::{Consumer, Delivery, Subscription};
