//! A pooler before a server: Debian's pgbouncer, in transaction mode.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use crate::{Server, StartError, USER, skip_unless_required};

const PORT: u16 = 6432;

/// How often a program that starts is asked whether it answers.
const ATTEMPTS: u32 = 500;

/// A running pooler. It gives a session of the server to a client for one transaction only.
#[derive(Debug)]
pub struct Pooler {
    server: &'static Server,
}

impl Pooler {
    /// The pooler before the shared server of this process.
    ///
    /// Where pgbouncer is not installed, it says so in one line and ends this process with success;
    /// unless the variable `ANNALS_REQUIRES_PGBOUNCER` is set.
    ///
    /// # Panics
    /// If the server or the pooler does not start.
    #[expect(clippy::panic, reason = "it is for tests")]
    #[must_use]
    pub fn shared_or_skip() -> &'static Self {
        match Self::before(Server::shared_or_skip()) {
            Ok(Some(pooler)) => pooler,
            Ok(None) => skip_unless_required(
                "ANNALS_REQUIRES_PGBOUNCER",
                "a pooler: not tested here (pgbouncer is not installed)",
            ),
            Err(error) => panic!("{error}"),
        }
    }

    /// The pooler before the shared server of this process; `None` if pgbouncer is not installed.
    ///
    /// # Errors
    /// [`StartError`] if it does not start.
    pub fn before(shared: &'static Server) -> Result<Option<&'static Self>, &'static StartError> {
        static SHARED: OnceLock<Result<Option<Pooler>, StartError>> = OnceLock::new();
        let started = SHARED.get_or_init(|| Self::start(shared));
        started.as_ref().map(Option::as_ref)
    }

    /// Starts a pooler that has at most five sessions for each database, so that clients share
    /// them. `None` if pgbouncer is not installed.
    fn start(server: &'static Server) -> Result<Option<Self>, StartError> {
        let Some(program) = program() else {
            return Ok(None);
        };
        let folder = server.folder.path().display();
        let settings = format!(
            "[databases]\n* = host={folder} port=5432 user={USER}\n[pgbouncer]\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = 5\nmax_client_conn = 1000\n\
             server_idle_timeout = 5\nunix_socket_dir = {folder}\nlisten_port = {PORT}\n\
             logfile = {folder}/pgbouncer.log\n"
        );
        let file = server.folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings)?;
        // It ends with this process, and with the folder of the server.
        let script = "\"$2\" -q \"$3\" & while [ -d \"/proc/$1\" ] && [ -e \"$3\" ]; do sleep 1; done; \
                      kill $!";
        server
            .command(Path::new("/bin/sh"))
            .args(["-c", script, "pooler"])
            .arg(std::process::id().to_string())
            .args([&program, &file])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let pooler = Self { server };
        for _ in 0..ATTEMPTS {
            if UnixStream::connect(pooler.socket()).is_ok() {
                return Ok(Some(pooler));
            }
            pause();
        }
        let log = std::fs::read_to_string(server.folder.path().join("pgbouncer.log"));
        Err(StartError::Failed {
            program: "pgbouncer",
            message: log.unwrap_or_default(),
        })
    }

    /// The server behind the pooler.
    #[must_use]
    pub fn server(&self) -> &'static Server {
        self.server
    }

    /// The socket of the pooler.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.server.folder.path().join(format!(".s.PGSQL.{PORT}"))
    }

    /// The address of a database through the pooler, from its address on the server.
    #[must_use]
    pub fn address(&self, direct: &str) -> String {
        match direct.rsplit_once('/') {
            Some((host, database)) => format!("{host}:{PORT}/{database}"),
            None => direct.to_owned(),
        }
    }
}

fn program() -> Option<PathBuf> {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let programs = folders.map(|folder| Path::new(folder).join("pgbouncer"));
    programs.into_iter().find(|program| program.is_file())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program that starts has no channel to this one"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
