//! The stores on a PostgreSQL server, and a server for them.

mod annals;
mod sqlx;

use std::path::Path;

use postgres_server::{Durability, Server};
use subject::Outcome;

pub(crate) use self::annals::Annals;
pub(crate) use self::sqlx::Sqlx;

/// Starts a server that syncs each commit. Its data is in the folder for temporary files.
pub(crate) fn start() -> Outcome<Server> {
    Ok(Server::start(Durability::Kept)?)
}

/// Gives a subject its databases: each address is in a file of the subject's folder.
pub(crate) fn prepare(server: &Server, folder: &Path) -> Outcome<()> {
    for name in ["appended", "filled"] {
        std::fs::write(folder.join(name), server.new_database()?)?;
    }
    Ok(())
}
