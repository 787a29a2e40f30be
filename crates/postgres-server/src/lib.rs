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

/// The superuser of the server.
const USER: &str = "annals";

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
    databases: AtomicU32,
    watcher: Option<Child>,
}

impl Server {
    /// Starts a server.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(durability: Durability) -> Result<Self, StartError> {
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
            "-c fsync={fsync} -c full_page_writes={fsync} -c listen_addresses= -c max_connections=300 \
             -c unix_socket_directories={}",
            folder.path().display()
        );
        let mut server = Self {
            folder,
            programs,
            owner,
            settings,
            databases: AtomicU32::new(0),
            watcher: None,
        };
        let data = server.data();
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
        server.run("initdb", &arguments)?;
        server.resume()?;
        server.watcher = Some(server.watch()?);
        Ok(server)
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
    #[expect(
        clippy::disallowed_methods,
        clippy::panic,
        reason = "it is for tests, which have no other way to be skipped"
    )]
    #[must_use]
    pub fn shared_or_skip() -> &'static Self {
        let is_required = std::env::var_os("ANNALS_REQUIRES_POSTGRES").is_some();
        match Self::shared() {
            Ok(server) => server,
            Err(StartError::NotInstalled) if !is_required => {
                // Past the capture of the test harness.
                let _ = writeln!(
                    io::stderr(),
                    "PostgreSQL: not tested here (it is not installed)"
                );
                std::process::exit(0);
            }
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
        self.folder.path().join(".s.PGSQL.5432")
    }

    /// The address of a database for a user.
    #[must_use]
    pub fn address(&self, user: &str, database: &str) -> String {
        let socket = self.folder.path().display().to_string();
        let socket = socket.replace('/', "%2F");
        format!("postgres://{user}@{socket}/{database}")
    }

    /// Runs statements in a database as its superuser, and returns what psql prints of them: a line
    /// for each row, with `|` between the columns.
    ///
    /// # Errors
    /// [`StartError::Failed`] with the message of the server.
    pub fn sql(&self, database: &str, statements: &str) -> Result<String, StartError> {
        let arguments: [&OsStr; 14] = [
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
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let arguments: [&OsStr; 8] = [
            "start".as_ref(),
            "-w".as_ref(),
            "-D".as_ref(),
            data.as_ref(),
            "-l".as_ref(),
            log.as_ref(),
            "-o".as_ref(),
            self.settings.as_ref(),
        ];
        self.run("pg_ctl", &arguments).map(drop)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, program: &'static str, arguments: &[&OsStr]) -> Result<Output, StartError> {
        let mut command = self.command(&self.programs.join(program));
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

fn contents(mut file: std::fs::File) -> io::Result<Vec<u8>> {
    use std::io::{Read, Seek};

    file.rewind()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The folder with the programs of the newest PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "the programs are found as a shell finds them"
)]
fn programs() -> Option<PathBuf> {
    let has_all = |folder: &PathBuf| {
        let names = ["initdb", "pg_ctl", "postgres", "psql"];
        names.iter().all(|name| folder.join(name).is_file())
    };
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| has_all(&folder.join("bin")))
        .max_by_key(number);
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .map(|folder| folder.join("bin"))
        .or_else(|| std::env::split_paths(&path).find(has_all))
}

/// The user and the group of `postgres` if this process is root.
fn owner() -> Result<Option<(u32, u32)>, StartError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users
        .lines()
        .find_map(|line| line.strip_prefix("postgres:"));
    let mut fields = line.unwrap_or_default().split(':').skip(1);
    let mut number = || fields.next()?.parse().ok();
    match (number(), number()) {
        (Some(user), Some(group)) => Ok(Some((user, group))),
        _ => Err(StartError::NotInstalled),
    }
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
