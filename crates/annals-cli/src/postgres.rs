//! Opening a database on a PostgreSQL server as the store of the program.

use std::sync::Arc;

use persistence_postgres::{ConnectError, PostgresOptions, PostgresStore};
use shared_kernel::time::Clock;

use crate::environment::{OpenedStore, Purpose};
use crate::place::ServerAddress;

/// Opens a database.
pub(crate) async fn open(
    address: &ServerAddress,
    purpose: Purpose,
    clock: Arc<dyn Clock>,
) -> Result<Option<OpenedStore>, ConnectError> {
    let options = PostgresOptions::new().with_clock(clock);
    let options = match purpose {
        Purpose::Create => options,
        Purpose::Change | Purpose::Read => options.must_exist(),
    };
    let store = match PostgresStore::connect_with(address.with_password(), options).await {
        Err(ConnectError::NoStore { .. }) => return Ok(None),
        connected => connected?,
    };
    Ok(Some(OpenedStore {
        events: Arc::new(store.clone()),
        snapshots: Arc::new(store.clone()),
        combined: Some(Arc::new(store.clone())),
        transfer: Arc::new(store.clone()),
        leases: Arc::new(store.clone()),
        named_leases: Arc::new(store.clone()),
        file: None,
        server: Some(store),
    }))
}
