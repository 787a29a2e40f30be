//! The names that items have in other trackers and stores.
//!
//! Each name has a stream of its own, so that it is found in one read, and is assigned once:
//!
//! ```text
//! work_item_alias-bd-a1b2    version 1: bd-a1b2 → 7001
//! work_item_alias-work-012   version 1: WORK-012 → 7090      the numbers that items had in other
//!                            version 2: WORK-012 → 7155      stores, before two merges
//! ```

use std::collections::HashMap;

use futures_util::TryStreamExt;
use shared_kernel::snowflake::Snowflake;
use shared_kernel::store::{LogQuery, StreamQuery};
use shared_kernel::{EventStoreExt, StreamId};
use work_item::{Alias, Sha256, WorkNumber};

use crate::register::Register;
use crate::{RegisterError, RegisterEvent, TrackedItem, TrackingError, WorkTracker};

/// The beginning of the streams of aliases.
pub(crate) const PREFIX: &str = "work_item_alias-";

/// The assignment of an alias.
#[derive(Debug, Clone)]
pub(crate) struct Assigned {
    pub(crate) item: Snowflake,
    /// The hash of the record from which the item was imported.
    pub(crate) source: Option<Sha256>,
}

pub(crate) fn stream_of(alias: &Alias) -> Result<StreamId, RegisterError> {
    Ok(StreamId::new(format!("{PREFIX}{}", alias.key()))?)
}

impl Register {
    /// The item with an alias.
    pub(crate) async fn find_alias(
        &self,
        alias: &Alias,
    ) -> Result<Option<Snowflake>, TrackingError> {
        let found = self.all_with_alias(alias).await?;
        Ok(found.first().copied())
    }

    async fn all_with_alias(&self, alias: &Alias) -> Result<Vec<Snowflake>, TrackingError> {
        let mut recorded = self.events.read_stream(StreamQuery::new(stream_of(alias)?));
        let mut items = Vec::new();
        while let Some(recorded) = recorded.try_next().await? {
            if let Some(RegisterEvent::AliasAssigned { item, .. }) = self.decode(&recorded)? {
                items.push(item);
            }
        }
        Ok(items)
    }

    /// All aliases, by their [keys](Alias::key).
    pub(crate) async fn aliases(&self) -> Result<HashMap<String, Assigned>, TrackingError> {
        let category = StreamId::new(PREFIX)
            .map_err(RegisterError::from)?
            .category();
        let mut log = self.events.read_log(LogQuery::new().category(category));
        let mut aliases = HashMap::new();
        while let Some(recorded) = log.try_next().await? {
            if let Some(RegisterEvent::AliasAssigned {
                alias,
                item,
                source,
            }) = self.decode(&recorded)?
            {
                aliases.insert(alias.key(), Assigned { item, source });
            }
        }
        Ok(aliases)
    }
}

impl WorkTracker {
    /// The items that had a number in other stores, before a merge gave them another one.
    ///
    /// # Errors
    /// [`TrackingError::Register`], and the errors of loading.
    pub async fn formerly(&self, number: WorkNumber) -> Result<Vec<TrackedItem>, TrackingError> {
        let Ok(alias) = number.to_string().parse() else {
            return Ok(Vec::new());
        };
        let mut items = Vec::new();
        for item in self.register.all_with_alias(&alias).await? {
            items.push(self.show(item).await?);
        }
        Ok(items)
    }
}
