//! A database of its own on the server of this process, and the program on it.

use std::io::Write;

use postgres_server::{Durability, Pooler, Server, StartError};

use crate::program::Desk;

/// A new database without a store.
pub(crate) struct Served {
    pub(crate) desk: Desk,
    pub(crate) address: String,
    pub(crate) server: &'static Server,
}

impl Served {
    /// A database; `None` where PostgreSQL is not installed, so the test is skipped.
    pub(crate) fn new() -> Option<Self> {
        let server = installed(Server::shared())?;
        let address = server.new_database().unwrap();
        Some(Self {
            desk: Desk::on_server(&address),
            address,
            server,
        })
    }

    /// The same with a store in it.
    pub(crate) fn initialised() -> Option<Self> {
        let served = Self::new()?;
        served.desk.done(&["init"]);
        Some(served)
    }

    /// The program on the database behind a pooler, which has five sessions for it; `None` where
    /// pgbouncer is not installed.
    #[expect(
        clippy::disallowed_methods,
        reason = "a gate may demand the tests with a pooler"
    )]
    pub(crate) fn pooled(&self) -> Option<Desk> {
        let pooler = Pooler::before(self.server).unwrap();
        let is_required = std::env::var_os("ANNALS_REQUIRES_PGBOUNCER").is_some();
        assert!(
            pooler.is_some() || !is_required,
            "pgbouncer is not installed"
        );
        pooler.map(|pooler| Desk::on_server(&pooler.address(&self.address)))
    }

    /// Runs statements as a superuser.
    pub(crate) fn sql(&self, statements: &str) -> String {
        self.server.sql(self.database(), statements).unwrap()
    }

    pub(crate) fn database(&self) -> &str {
        self.address.rsplit('/').next().unwrap()
    }

    /// A new role that may log in, and the program as that role.
    pub(crate) fn role(&self, name: &str) -> (String, Desk) {
        let role = format!("{name}_{}", self.database());
        self.sql(&format!("CREATE ROLE {role} LOGIN"));
        let address = self.server.address(&role, self.database());
        (role, Desk::on_server(&address))
    }

    /// The address as the program shows it.
    pub(crate) fn shown(&self) -> String {
        shown(&self.address)
    }
}

/// A server of its own, for a test that stops or changes it.
pub(crate) fn own_server() -> Option<Server> {
    installed(Server::start(Durability::Lost))
}

/// An address as the program shows it: with the port.
pub(crate) fn shown(address: &str) -> String {
    let (host, database) = address.rsplit_once('/').unwrap();
    format!("{host}:5432/{database}")
}

/// The server; `None` if PostgreSQL is not installed.
#[expect(
    clippy::disallowed_methods,
    reason = "a gate may demand the tests on a server"
)]
fn installed<S, E: std::borrow::Borrow<StartError>>(started: Result<S, E>) -> Option<S> {
    let is_required = std::env::var_os("ANNALS_REQUIRES_POSTGRES").is_some();
    match started {
        Ok(server) => Some(server),
        Err(error) => match error.borrow() {
            StartError::NotInstalled if !is_required => {
                // Past the capture of the test harness.
                let _ = writeln!(
                    std::io::stderr(),
                    "PostgreSQL: not tested here (it is not installed)"
                );
                None
            }
            error => panic!("{error}"),
        },
    }
}
