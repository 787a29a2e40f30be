//! Owns the names of streams by their keys, as far as readers have met them. A key never gets another name.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use foldhash::{HashMap, HashMapExt};
use shared_kernel::StreamId;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::columns::json_list;

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

/// The names of the streams with these keys; what is not known yet is asked of the file.
///
/// # Errors
/// What SQLite says of the file; [`sqlx::Error::Decode`] where it has no name for one of them.
pub(crate) async fn names_of(
    names: &Names,
    connection: &mut SqliteConnection,
    keys: impl Iterator<Item = i64>,
) -> Result<HashMap<i64, StreamId>, sqlx::Error> {
    let mut found = HashMap::new();
    let mut missing = BTreeSet::new();
    {
        let known = names.known();
        for key in keys {
            match known.get(&key) {
                Some(name) => drop(found.insert(key, name.clone())),
                None => drop(missing.insert(key)),
            }
        }
    }
    if !missing.is_empty() {
        let read = read_names(names, connection, &missing).await?;
        if let Some(key) = missing.iter().find(|key| !read.contains_key(key)) {
            let problem = format!("the stream with the key {key} is gone");
            return Err(sqlx::Error::Decode(problem.into()));
        }
        found.extend(read);
    }
    Ok(found)
}

/// The names of the streams with these keys, as far as the file has them, which are known from now on.
///
/// # Errors
/// What SQLite says of the file; [`sqlx::Error::Decode`] where a name is none.
pub(crate) async fn read_names(
    names: &Names,
    connection: &mut SqliteConnection,
    keys: &BTreeSet<i64>,
) -> Result<HashMap<i64, StreamId>, sqlx::Error> {
    let list = json_list(keys.iter().map(i64::to_string));
    let rows = sqlx::query(NAMES).bind(list).fetch_all(connection).await?;
    let mut found = HashMap::with_capacity(keys.len());
    for row in rows {
        let name: &str = row
            .try_get_unchecked(1)
            .map_err(|e| sqlx::Error::Decode(format!("a stream: {e}").into()))?;
        let name = StreamId::new(name);
        let name = name.map_err(|e| sqlx::Error::Decode(format!("a stream: {e}").into()))?;
        found.insert(row.try_get_unchecked(0)?, name);
    }
    names.add(&found);
    Ok(found)
}
