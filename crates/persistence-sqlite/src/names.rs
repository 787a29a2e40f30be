//! Owns the names of streams by their keys, as far as readers have met them. A key never gets another name.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use foldhash::{HashMap, HashMapExt};
use shared_kernel::{StoreError, StreamId};
use sqlx::sqlite::SqliteConnection;

use crate::columns::{integer, json_list, text};
use crate::error::{damaged, store_error};

/// How many names are kept; with forty bytes each that is some five megabytes.
const MOST_NAMES: usize = 65_536;

const NAMES: &str = "SELECT stream_key, name FROM streams WHERE stream_key IN (SELECT value + 0 FROM json_each(?1))";

#[derive(Default)]
pub(crate) struct Names {
    known: RwLock<HashMap<i64, StreamId>>,
}

impl Names {
    /// The names that are known.
    pub(crate) fn known(&self) -> RwLockReadGuard<'_, HashMap<i64, StreamId>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, names: &HashMap<i64, StreamId>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() + names.len() > MOST_NAMES {
            known.clear();
        }
        known.extend(names.iter().map(|(key, name)| (*key, name.clone())));
    }
}

/// The names of the streams with these keys, as the file has them, which are known from now on.
///
/// # Errors
/// [`StoreError`].
pub(crate) async fn read_names(
    location: &str,
    names: &Names,
    connection: &mut SqliteConnection,
    keys: &BTreeSet<i64>,
) -> Result<HashMap<i64, StreamId>, StoreError> {
    let list = json_list(keys.iter().map(i64::to_string));
    let rows = sqlx::query(NAMES).bind(list).fetch_all(connection).await;
    let mut found = HashMap::with_capacity(keys.len());
    for row in rows.map_err(|e| store_error(location, e))? {
        let name = StreamId::new(text(location, &row, 1)?);
        let name = name.map_err(|e| damaged(location, format!("a stream: {e}")))?;
        found.insert(integer(location, &row, 0)?, name);
    }
    names.add(&found);
    Ok(found)
}
