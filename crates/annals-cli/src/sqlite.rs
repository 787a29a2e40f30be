//! Opening a SQLite file as the store of the program.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use persistence_sqlite::{OpenError, SqliteOptions, SqliteStore};
use shared_kernel::time::Clock;

use crate::environment::{OpenedStore, Purpose};
use crate::obstacle::is_output;

/// Opens a SQLite file with full durability: an acknowledged change survives a power loss.
pub(crate) async fn open(
    path: &Path,
    purpose: Purpose,
    clock: Arc<dyn Clock>,
) -> Result<Option<OpenedStore>, OpenError> {
    let is_new = match std::fs::metadata(path) {
        Ok(found) => found.is_file() && found.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    if is_new && purpose != Purpose::Create {
        // A log without its store is an error, too.
        let looked = SqliteStore::open_with(path, SqliteOptions::new().read_only()).await;
        return match looked {
            Ok(_) | Err(OpenError::NoStore { .. }) => Ok(None),
            Err(error) => Err(error),
        };
    }
    if is_output(path) {
        let (path, source) = (path.to_owned(), "it is an output of the program".into());
        return Err(OpenError::Unreachable { path, source });
    }
    let options = SqliteOptions::new().with_clock(clock);
    let options = match purpose {
        Purpose::Read => options.read_only(),
        Purpose::Create | Purpose::Change => options,
    };
    let store = SqliteStore::open_with(path, options).await?;
    Ok(Some(OpenedStore {
        events: Arc::new(store.clone()),
        snapshots: Arc::new(store.clone()),
        combined: Some(Arc::new(store.clone())),
        transfer: Arc::new(store.clone()),
        leases: Arc::new(store.clone()),
        named_leases: Arc::new(store.clone()),
        file: Some(store),
        server: None,
    }))
}
