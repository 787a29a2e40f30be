//! The handle of a store: its readers, and the queue of its writer.

use std::fmt;
use std::sync::Arc;

use group_commit::GroupCommit;
use log_watch::{Hints, Log, LogWatch};
use postgres_database::{ConnectError, Database, DatabaseError};
use shared_kernel::{GlobalPosition, StoreError};
use tokio::sync::watch;

use crate::listener::Listener;
use crate::options::PostgresOptions;
use crate::read::lookup;
use crate::schema;
use crate::write::job::Job;
use crate::write::writer::Writer;

/// A store in a PostgreSQL database: events, snapshots and worker leases, in its schema `annals`.
///
/// Clones are cheap and share the connections: one that writes, and some that read. The connections
/// belong to the tokio runtime that opened the handle. [`close`](Self::close) ends them in order.
#[derive(Clone)]
pub struct PostgresStore {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) options: PostgresOptions,
    database: Arc<Database>,
    pub(crate) watch: LogWatch<WatchedDatabase>,
    pub(crate) committer: GroupCommit<Writer>,
    listener: Option<Listener>,
}

/// The database as waiting readers look at it.
pub(crate) struct WatchedDatabase(Arc<Database>);

impl Log for WatchedDatabase {
    async fn head(&self) -> Result<Option<GlobalPosition>, StoreError> {
        let head = lookup::head(&self.0).await;
        head.map_err(|error| error.of_reading(&self.0.location))
    }

    fn went_back(&self) -> StoreError {
        StoreError::Replaced {
            location: self.0.location.clone(),
        }
    }
}

impl PostgresStore {
    /// Opens the store of a database, such as `postgres://user@host:5432/database`, and creates it
    /// if the database has none.
    ///
    /// # Errors
    /// [`ConnectError`] names the database and the remedy.
    pub async fn connect(address: &str) -> Result<Self, ConnectError> {
        Self::connect_with(address, PostgresOptions::new()).await
    }

    /// Opens the store of a database with options.
    ///
    /// # Errors
    /// [`ConnectError`] names the database and the remedy.
    pub async fn connect_with(
        address: &str,
        options: PostgresOptions,
    ) -> Result<Self, ConnectError> {
        let (database, mut connection) = Database::connect(address, &options.settings()).await?;
        schema::prepare(&mut connection, &database.location, options.creates).await?;
        let database = Arc::new(database);
        let (head_sender, head) = watch::channel(GlobalPosition::START);
        let writer = Writer::new(Arc::clone(&database), connection, &options, head_sender);
        let (hint_sender, hints) = watch::channel(Hints::default());
        // Behind a pooler a session belongs to no client, so nobody can listen there.
        let listens = options.notifies && !database.is_pooled();
        let listener = listens.then(|| Listener::start(database.connect_options(), hint_sender));
        let watched = WatchedDatabase(Arc::clone(&database));
        let pause = options.pause_while_listening;
        Ok(Self {
            shared: Arc::new(Shared {
                options,
                watch: LogWatch::with_hints(watched, head, hints, pause),
                listener,
                committer: GroupCommit::new(writer),
                database,
            }),
        })
    }

    /// The database of an address, as an address without its password and options. It reads no
    /// network, only the address and the variables of PostgreSQL, such as `PGUSER`.
    ///
    /// # Errors
    /// [`ConnectError::InvalidAddress`].
    ///
    /// ```
    /// use persistence_postgres::PostgresStore;
    ///
    /// let location = PostgresStore::location_of("postgres://ada:secret@db.example/work");
    /// assert_eq!(location.unwrap(), "postgres://ada@db.example:5432/work");
    /// ```
    pub fn location_of(address: &str) -> Result<String, ConnectError> {
        postgres_database::parse(address).map(|options| postgres_database::location(&options))
    }

    /// The database, as an address without its password.
    #[must_use]
    pub fn location(&self) -> &str {
        &self.database().location
    }

    /// Waits for the reads and writes under way and closes the connections, for all clones of this
    /// handle. They return [`StoreError::Closed`] afterwards.
    pub async fn close(&self) {
        if let Some(listener) = &self.shared.listener {
            listener.stop();
        }
        self.database().close().await;
        self.shared.committer.submit((), Job::Close).await;
    }

    pub(crate) fn database(&self) -> &Database {
        &self.shared.database
    }

    /// The result of a read.
    pub(crate) fn answer<T>(&self, read: Result<T, DatabaseError>) -> Result<T, StoreError> {
        read.map_err(|error| error.of_reading(self.location()))
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use postgres_server::{Pooler, Server};

    use super::*;

    #[tokio::test]
    async fn a_pooler_is_told_from_a_server() {
        let direct = Server::shared_or_skip().new_database().unwrap();
        let pooled = Pooler::shared_or_skip().address(&direct);
        for (address, expected) in [(direct, false), (pooled, true)] {
            let store = PostgresStore::connect(&address).await.unwrap();
            assert_eq!(store.database().is_pooled(), expected, "{address}");
        }
    }
}
