//! The rows as they are now, for answers that read the rest from the log.

use std::collections::HashMap;

use read_models_sqlite::sqlx::sqlite::{SqliteConnection, SqliteRow};
use read_models_sqlite::sqlx::{self, QueryBuilder, Row, Sqlite};
use read_side::{Build, ProjectionError, ReadModelStore};
use shared_kernel::codec::FormatError;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::{GlobalPosition, StreamId};
use work_item::WorkNumber;
use work_tracking::{ItemName, KnownDependents};

use crate::{ItemViews, ViewError};

/// The rows of the live build, which have every event up to a position, and perhaps later ones.
///
/// They stay on this build: after a rebuild, they are no longer brought up to date.
pub struct ItemRows {
    build: Build,
    reader: SqliteConnection,
    through: GlobalPosition,
}

impl ItemViews {
    /// The rows as they are. It writes nothing and waits for no other process. `None` if there are
    /// none, or if they lack an event that is parked or skipped.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn rows(&self) -> Result<Option<ItemRows>, ViewError> {
        let live = match self.projector.live().await {
            Ok(live) => live,
            Err(ProjectionError::NotBuilt { .. } | ProjectionError::Stale { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let (models, through) = (self.projector.models(), live.through());
        let build = live.record.build;
        let parked = models.parked(&build).await?;
        if !parked.is_empty() || !models.skipped(&build).await?.is_empty() {
            return Ok(None);
        }
        let reader = models.reader(&build).await?;
        Ok(Some(ItemRows {
            build,
            reader,
            through,
        }))
    }
}

impl ItemRows {
    /// The rows have every event up to here.
    #[must_use]
    pub fn through(&self) -> GlobalPosition {
        self.through
    }

    /// The items that depended on an item at some time.
    ///
    /// # Errors
    /// [`ViewError::Row`].
    pub async fn dependents(&mut self, on: Snowflake) -> Result<KnownDependents, ViewError> {
        let sql = "SELECT stream FROM dependents JOIN items USING (item) WHERE on_item = ?";
        let query = sqlx::query(sql).bind(on.as_i64());
        let rows = query.fetch_all(&mut self.reader).await;
        let streams = rows.map_err(FormatError::from).and_then(|rows| {
            let streams = rows.iter().map(stream);
            streams.collect()
        });
        Ok(KnownDependents {
            streams: streams.map_err(|error| ViewError::row(&self.build, error))?,
            through: self.through,
        })
    }

    /// The names of the items among some streams.
    ///
    /// # Errors
    /// [`ViewError::Row`].
    pub async fn names(
        &mut self,
        streams: impl IntoIterator<Item = &StreamId>,
    ) -> Result<HashMap<StreamId, ItemName>, ViewError> {
        let mut sql =
            QueryBuilder::new("SELECT stream, number, title FROM items WHERE stream IN (");
        let mut list = sql.separated(", ");
        for stream in streams {
            list.push_bind(stream.as_str().to_owned());
        }
        sql.push(")");
        self.named(sql).await
    }

    /// The names of all items.
    ///
    /// # Errors
    /// [`ViewError::Row`].
    pub async fn all_names(&mut self) -> Result<HashMap<StreamId, ItemName>, ViewError> {
        let sql = QueryBuilder::new("SELECT stream, number, title FROM items");
        self.named(sql).await
    }

    async fn named(
        &mut self,
        mut sql: QueryBuilder<Sqlite>,
    ) -> Result<HashMap<StreamId, ItemName>, ViewError> {
        let rows = sql.build().fetch_all(&mut self.reader).await;
        let names = rows.map_err(FormatError::from).and_then(|rows| {
            let names = rows.iter().map(|row| Ok((stream(row)?, name(row)?)));
            names.collect()
        });
        names.map_err(|error| ViewError::row(&self.build, error))
    }
}

fn stream(row: &SqliteRow) -> Result<StreamId, FormatError> {
    Ok(StreamId::new(row.try_get::<&str, _>(0)?)?)
}

fn name(row: &SqliteRow) -> Result<ItemName, FormatError> {
    let number = u64::try_from(row.try_get::<i64, _>(1)?)?;
    Ok(ItemName {
        number: WorkNumber::new(number)?,
        title: row.try_get::<&str, _>(2)?.parse()?,
    })
}

impl std::fmt::Debug for ItemRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ItemRows")
            .field("build", &self.build)
            .field("through", &self.through)
            .finish_non_exhaustive()
    }
}
