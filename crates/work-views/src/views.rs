//! The rows of the projection `items`, for readers.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use read_models_sqlite::SqliteReadModels;
use read_models_sqlite::sqlx::Row;
use read_models_sqlite::sqlx::sqlite::{SqliteConnection, SqliteRow};
use read_side::{Build, Options, Poison, Projector};
use shared_kernel::codec::FormatError;
use shared_kernel::time::{SystemTimer, Timer};
use shared_kernel::{EventStore, StreamVersion};
use work_tracking::TrackedItem;

use crate::{Items, ViewError};

/// The projector of [`Items`]: it builds, rebuilds and proves the rows.
pub type ItemProjector = Projector<Items, Arc<dyn EventStore>, SqliteReadModels>;

/// The read model of work items. [`refresh`](Self::refresh) brings it up to the end of the log, and
/// the queries read it.
///
/// An item with an event that cannot be applied is put aside: its row stays as it was before.
pub struct ItemViews {
    pub(crate) projector: ItemProjector,
    pub(crate) items: Items,
    pub(crate) log: Arc<dyn EventStore>,
    pub(crate) timer: Arc<dyn Timer>,
}

impl ItemViews {
    /// The read model of a log in a folder of read models.
    ///
    /// # Errors
    /// [`ViewError`].
    pub fn new(
        items: Items,
        log: Arc<dyn EventStore>,
        models: SqliteReadModels,
    ) -> Result<Self, ViewError> {
        let models = models.with_busy_timeout(Duration::from_secs(1));
        // A second attempt at the same event gives the same error.
        let options = Options::default()
            .poison(Poison::Park)
            .attempts(NonZeroU32::MIN);
        let projector = Projector::with_options(items.clone(), Arc::clone(&log), models, options)?;
        Ok(Self {
            projector,
            items,
            log,
            timer: Arc::new(SystemTimer),
        })
    }

    /// The same with another timer for the pauses of [`refresh`](Self::refresh).
    #[must_use]
    pub fn with_timer(self, timer: Arc<dyn Timer>) -> Self {
        Self { timer, ..self }
    }

    /// The projector.
    #[must_use]
    pub fn projector(&self) -> &ItemProjector {
        &self.projector
    }

    /// A reader of the live build. All its rows are of one moment while it reads one statement.
    pub(crate) async fn reader(&self) -> Result<(Build, SqliteConnection), ViewError> {
        let build = self.projector.live().await?.record.build;
        let reader = self.projector.models().reader(&build).await?;
        Ok((build, reader))
    }

    /// The item of a row that begins with its version and its state.
    pub(crate) fn tracked(&self, row: &SqliteRow) -> Result<TrackedItem, FormatError> {
        let version: i64 = row.try_get(0)?;
        let state: &[u8] = row.try_get(1)?;
        Ok(TrackedItem {
            item: self.items.states.decode(state)?,
            version: StreamVersion::try_from(version)?,
        })
    }
}

impl std::fmt::Debug for ItemViews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ItemViews")
            .field("models", self.projector.models())
            .finish_non_exhaustive()
    }
}
