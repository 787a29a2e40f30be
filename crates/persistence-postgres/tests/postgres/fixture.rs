//! A database of its own on the server of this process.

use futures_util::TryStreamExt;
use persistence_postgres::{PostgresOptions, PostgresStore};
use postgres_server::Server;
use shared_kernel::event::EventType;
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt, NewEvent, RecordedEvent, StreamId};

/// An empty database.
pub(crate) struct Place {
    pub(crate) address: String,
    pub(crate) server: &'static Server,
}

impl Place {
    pub(crate) fn new() -> Self {
        let server = Server::shared_or_skip();
        Self {
            address: server.new_database().unwrap(),
            server,
        }
    }

    /// A new role that may log in, and the address of the database for it.
    pub(crate) fn role(&self, name: &str) -> (String, String) {
        let database = self.address.rsplit('/').next().unwrap();
        let role = format!("{name}_{database}");
        let quoted = role.replace('"', "\"\"");
        self.sql(&format!("CREATE ROLE \"{quoted}\" LOGIN"))
            .unwrap();
        let address = self.server.address(&role, database);
        (role, address)
    }

    pub(crate) async fn store(&self) -> PostgresStore {
        self.store_with(PostgresOptions::new()).await
    }

    pub(crate) async fn store_with(&self, options: PostgresOptions) -> PostgresStore {
        PostgresStore::connect_with(&self.address, options)
            .await
            .unwrap()
    }

    /// Runs statements past the store, as a superuser with psql does.
    pub(crate) fn sql(&self, statements: &str) -> Result<String, String> {
        let database = self.address.rsplit('/').next().unwrap();
        self.server
            .sql(database, statements)
            .map_err(|e| e.to_string())
    }
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

pub(crate) fn event() -> NewEvent {
    NewEvent::with_fresh_id(EventType::new("Happened").unwrap(), "{}").unwrap()
}

/// All events of a store.
pub(crate) async fn log(store: &PostgresStore) -> Vec<RecordedEvent> {
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}
