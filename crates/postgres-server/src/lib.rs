//! A throw-away PostgreSQL server for tests.
//!
//! The server has its data in a temporary folder and listens on a socket there. PostgreSQL refuses
//! to run as root, so root runs it as the user `postgres`. It ends with the process that started
//! it, also after a panic or a kill: a small shell program watches that process.

#![cfg(unix)]

use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use thiserror::Error;

mod pooler;
mod programs;
mod standby;
mod tls;

use programs::{contents, owner, programs};

pub use pooler::Pooler;

/// The superuser of the server.
const USER: &str = "annals";

/// The port in the name of the socket of a server that does not listen on TCP.
const SOCKET_PORT: u16 = 5432;

/// Whether the data must survive the end of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The server does not sync: fast, for tests that do not kill it.
    Lost,
    /// The server syncs each commit, as it does by default.
    Kept,
}

/// The server cannot be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The programs of PostgreSQL are missing.
    #[error("PostgreSQL is not installed: no initdb in PATH or /usr/lib/postgresql/*/bin")]
    NotInstalled,
    /// A program of PostgreSQL has failed.
    #[error("{program} has failed: {message}")]
    Failed {
        /// The program.
        program: &'static str,
        /// Its output.
        message: String,
    },
    /// The system has failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A running server. It ends when the handle is dropped.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    owner: Option<(u32, u32)>,
    settings: String,
    /// The port of TCP, if the server listens there, and in the name of the socket.
    port: u16,
    databases: AtomicU32,
    watcher: Option<Child>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(durability: Durability) -> Result<Self, StartError> {
        let mut server = Self::new(durability)?;
        server.create()?;
        server.serve()?;
        Ok(server)
    }

    /// A server with an empty folder.
    fn new(durability: Durability) -> Result<Self, StartError> {
        let programs = programs().ok_or(StartError::NotInstalled)?;
        let owner = owner()?;
        let folder = tempfile::Builder::new().prefix("annals-pg-").tempdir()?;
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group))?;
        }
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
        let fsync = match durability {
            Durability::Lost => "off",
            Durability::Kept => "on",
        };
        let settings = format!(
            "-c fsync={fsync} -c full_page_writes={fsync} -c max_connections=300 \
             -c log_line_prefix=%e:%d: -c unix_socket_directories={}",
            folder.path().display()
        );
        Ok(Self {
            folder,
            programs,
            owner,
            settings,
            port: SOCKET_PORT,
            databases: AtomicU32::new(0),
            watcher: None,
        })
    }

    /// Creates the data of the server.
    fn create(&self) -> Result<(), StartError> {
        let data = self.data();
        let arguments: [&OsStr; 9] = [
            "-D".as_ref(),
            data.as_ref(),
            "-A".as_ref(),
            "trust".as_ref(),
            "-U".as_ref(),
            USER.as_ref(),
            "-E".as_ref(),
            "UTF8".as_ref(),
            "--no-sync".as_ref(),
        ];
        self.run("initdb", &arguments).map(drop)
    }

    /// Starts the server, until this process ends.
    fn serve(&mut self) -> Result<(), StartError> {
        self.resume()?;
        self.watcher = Some(self.watch()?);
        Ok(())
    }

    /// The server of this process, for tests that do not stop it.
    ///
    /// # Errors
    /// [`StartError`], the same for every caller.
    pub fn shared() -> Result<&'static Self, &'static StartError> {
        static SHARED: OnceLock<Result<Server, StartError>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| Self::start(Durability::Lost));
        shared.as_ref()
    }

    /// The same. Where PostgreSQL is not installed, it says so in one line and ends this process
    /// with success, so the tests of the process are skipped; unless the variable
    /// `ANNALS_REQUIRES_POSTGRES` is set.
    ///
    /// # Panics
    /// If the server does not start.
    #[expect(clippy::panic, reason = "it is for tests")]
    #[must_use]
    pub fn shared_or_skip() -> &'static Self {
        match Self::shared() {
            Ok(server) => server,
            Err(StartError::NotInstalled) => skip_unless_required(
                "ANNALS_REQUIRES_POSTGRES",
                "PostgreSQL: not tested here (it is not installed)",
            ),
            Err(error) => panic!("{error}"),
        }
    }

    /// Creates an empty database, and returns its address.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn new_database(&self) -> Result<String, StartError> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        // A locale whose order is not that of the bytes: no test passes because of the default.
        let create = format!(
            "CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        );
        if self.sql("postgres", &create).is_err() {
            // PostgreSQL 14, or one without ICU.
            self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        }
        Ok(self.address(USER, &name))
    }

    /// The socket of the server.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join(format!(".s.PGSQL.{}", self.port))
    }

    /// The address of a database for a user.
    #[must_use]
    pub fn address(&self, user: &str, database: &str) -> String {
        let socket = self.folder.path().display().to_string();
        let socket = socket.replace('/', "%2F");
        match self.port {
            SOCKET_PORT => format!("postgres://{user}@{socket}/{database}"),
            port => format!("postgres://{user}@{socket}:{port}/{database}"),
        }
    }

    /// Runs statements in a database as its superuser, and returns what psql prints of them: a line
    /// for each row, with `|` between the columns.
    ///
    /// # Errors
    /// [`StartError::Failed`] with the message of the server.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, StartError> {
        let port = self.port.to_string();
        let arguments: [&OsStr; 16] = [
            "-p".as_ref(),
            port.as_ref(),
            "-X".as_ref(),
            "-q".as_ref(),
            "-A".as_ref(),
            "-t".as_ref(),
            "-v".as_ref(),
            "ON_ERROR_STOP=1".as_ref(),
            "-h".as_ref(),
            self.folder.path().as_ref(),
            "-U".as_ref(),
            USER.as_ref(),
            "-d".as_ref(),
            database.as_ref(),
            "-c".as_ref(),
            statements.as_ref(),
        ];
        let output = self.run("psql", &arguments)?;
        Ok(String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned())
    }

    /// Kills the server as a crash does, without a checkpoint.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn crash(&self) -> Result<(), StartError> {
        let data = self.data();
        let arguments: [&OsStr; 5] = [
            "stop".as_ref(),
            "-D".as_ref(),
            data.as_ref(),
            "-m".as_ref(),
            "immediate".as_ref(),
        ];
        self.run("pg_ctl", &arguments).map(drop)
    }

    /// Starts the server again after a crash, and waits until it answers.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn resume(&self) -> Result<(), StartError> {
        let (data, log) = (self.data(), self.log_file());
        let tcp = match self.port {
            SOCKET_PORT => "",
            _ => "127.0.0.1",
        };
        let settings = format!(
            "{} -c port={} -c listen_addresses={tcp}",
            self.settings, self.port
        );
        let arguments: [&OsStr; 8] = [
            "start".as_ref(),
            "-w".as_ref(),
            "-D".as_ref(),
            data.as_ref(),
            "-l".as_ref(),
            log.as_ref(),
            "-o".as_ref(),
            settings.as_ref(),
        ];
        self.run("pg_ctl", &arguments).map(drop)
    }

    /// The log of the server. A line begins with the SQLSTATE and the database:
    /// `40P01:test_7:ERROR:  deadlock detected`.
    ///
    /// # Errors
    /// [`StartError::Io`].
    pub fn log(&self) -> Result<String, StartError> {
        Ok(String::from_utf8_lossy(&std::fs::read(self.log_file())?).into_owned())
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &'static str, arguments: &[&OsStr]) -> Result<Output, StartError> {
        let path = Some(self.programs.join(program)).filter(|path| path.is_file());
        // The shell's way for those that are not PostgreSQL's.
        let path = path.unwrap_or_else(|| program.into());
        let mut command = self.command(&path);
        // A server that pg_ctl starts keeps its output open; a file does not make us wait for that.
        let printed = tempfile::tempfile()?;
        let status = command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(printed.try_clone()?)
            .stderr(printed.try_clone()?)
            .status()?;
        let stdout = contents(printed)?;
        if status.success() {
            return Ok(Output {
                status,
                stdout,
                stderr: Vec::new(),
            });
        }
        Err(StartError::Failed {
            program,
            message: String::from_utf8_lossy(&stdout).trim().to_owned(),
        })
    }

    /// A command of the user who owns the server.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts a program that stops the server and removes its folder once this process has ended.
    fn watch(&self) -> io::Result<Child> {
        let script = "while kill -0 \"$1\" 2>/dev/null || [ -d \"/proc/$1\" ]; do sleep 1; done; \
                      \"$2/pg_ctl\" stop -D \"$3/data\" -m immediate; rm -rf \"$3\"";
        self.command(Path::new("/bin/sh"))
            .args(["-c", script, "watch"])
            .arg(std::process::id().to_string())
            .arg(&self.programs)
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.crash();
        if let Some(mut watcher) = self.watcher.take() {
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
    }
}

/// Says `line` and ends this process with success, so that its tests are skipped.
///
/// # Panics
/// If the environment has the variable `required`.
#[expect(
    clippy::disallowed_methods,
    reason = "it is for tests, which have no other way to be skipped"
)]
fn skip_unless_required(required: &str, line: &str) -> ! {
    assert!(
        std::env::var_os(required).is_none(),
        "{line}, and {required} is set"
    );
    // Past the capture of the test harness.
    let _ = writeln!(io::stderr(), "{line}");
    std::process::exit(0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crashed_server_resumes_with_its_databases() {
        let server = match Server::start(Durability::Kept) {
            Ok(server) => server,
            Err(StartError::NotInstalled) => return eprintln!("PostgreSQL: not tested here"),
            Err(error) => panic!("{error}"),
        };
        let address = server.new_database().unwrap();
        assert!(address.ends_with("/test_0"), "{address}");
        server
            .sql("test_0", "CREATE TABLE t (x int); INSERT INTO t VALUES (7)")
            .unwrap();
        server.crash().unwrap();
        assert!(server.sql("test_0", "SELECT 1").is_err());
        server.resume().unwrap();
        assert_eq!(server.sql("test_0", "SELECT x FROM t").unwrap(), "7");
        let refused = server.sql("test_0", "SELECT y FROM t").unwrap_err();
        assert!(refused.to_string().contains("\"y\""), "{refused}");
    }
}
