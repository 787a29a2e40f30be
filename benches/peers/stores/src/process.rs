//! The process of a subject, from the side of the driver.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use clap::ValueEnum;
use subject::{Outcome, Request, Response};

/// The name of a compared store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Name {
    /// Hand-written rusqlite.
    Raw,
    /// Hand-written rusqlite with the file mapped into memory.
    RawMmap,
    /// Our store.
    Annals,
    /// The crate umadb-core.
    Umadb,
    /// The crate eventcore-sqlite.
    Eventcore,
    /// The crate sqlite-es, of cqrs-es.
    SqliteEs,
    /// Hand-written sqlx on PostgreSQL.
    Sqlx,
    /// Our store on PostgreSQL.
    AnnalsPostgres,
    /// The crate eventcore-postgres.
    EventcorePostgres,
    /// The crate postgres-es, of cqrs-es.
    PostgresEs,
}

/// The stores in files that a comparison has; the first is the yardstick.
pub(crate) const IN_FILES: [Name; 6] = [
    Name::Raw,
    Name::RawMmap,
    Name::Annals,
    Name::Umadb,
    Name::Eventcore,
    Name::SqliteEs,
];

/// The stores on a server that a comparison has; the first is the yardstick.
pub(crate) const ON_A_SERVER: [Name; 4] = [
    Name::Sqlx,
    Name::AnnalsPostgres,
    Name::EventcorePostgres,
    Name::PostgresEs,
];

impl Name {
    /// The name on a command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::RawMmap => "raw-mmap",
            Self::Annals => "annals",
            Self::Umadb => "umadb",
            Self::Eventcore => "eventcore",
            Self::SqliteEs => "sqlite-es",
            Self::Sqlx => "sqlx",
            Self::AnnalsPostgres => "annals-postgres",
            Self::EventcorePostgres => "eventcore-postgres",
            Self::PostgresEs => "postgres-es",
        }
    }

    /// The number of processes. Several can append to a store on a server at once.
    pub(crate) fn processes(self) -> usize {
        if ON_A_SERVER.contains(&self) { 3 } else { 1 }
    }

    /// The command that starts its process. A subject on sqlx 0.8 is in the program `other-sqlx`,
    /// which cargo builds if needed.
    fn command(self, folder: &Path) -> Outcome<Command> {
        let mut command = match self {
            Self::Raw
            | Self::RawMmap
            | Self::Annals
            | Self::Umadb
            | Self::Sqlx
            | Self::AnnalsPostgres => Command::new(std::env::current_exe()?),
            Self::Eventcore | Self::SqliteEs | Self::EventcorePostgres | Self::PostgresEs => {
                let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../other-sqlx/Cargo.toml");
                let target = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/other-sqlx");
                let mut cargo = Command::new("cargo");
                cargo.args(["run", "--release", "--quiet", "--manifest-path", manifest]);
                cargo.args(["--target-dir", target, "--"]);
                cargo
            }
        };
        command.args(["serve", self.word()]).arg(folder);
        Ok(command)
    }

    /// A process that opens the store of a killed process and prints the time of its first read.
    pub(crate) fn first_read(self, folder: &Path) -> Outcome<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["first-read", self.word()]).arg(folder);
        Ok(command)
    }
}

/// A running subject that waits for requests. Dropping it ends the process.
pub(crate) struct Process {
    name: Name,
    child: Child,
    requests: Option<ChildStdin>,
    responses: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a subject; its files are in `folder`.
    pub(crate) fn start(name: Name, folder: &Path) -> Outcome<Self> {
        let mut child = name
            .command(folder)?
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let requests = child.stdin.take();
        let responses = child.stdout.take().ok_or("the process has no output")?;
        Ok(Self {
            name,
            child,
            requests,
            responses: BufReader::new(responses),
        })
    }

    /// Sends a request, and waits for the response.
    pub(crate) fn ask(&mut self, request: &Request) -> Outcome<Response> {
        self.send(request)?;
        self.response()
    }

    /// Sends a request.
    pub(crate) fn send(&mut self, request: &Request) -> Outcome<()> {
        let requests = self.requests.as_mut().ok_or("the process has no input")?;
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        requests.write_all(line.as_bytes())?;
        Ok(())
    }

    /// Waits for the response to the request that was sent.
    pub(crate) fn response(&mut self) -> Outcome<Response> {
        let mut response = String::new();
        // A store may print lines of its own, as umadb-core does; responses are JSON objects.
        while !response.starts_with('{') {
            response.clear();
            self.responses.read_line(&mut response)?;
            if response.is_empty() {
                return Err(format!("{} ended without a response", self.name.word()).into());
            }
        }
        match serde_json::from_str(&response)? {
            Response::Failed(problem) => Err(format!("{}: {problem}", self.name.word()).into()),
            response => Ok(response),
        }
    }
}

impl Process {
    /// Ends it as `kill -9` does.
    pub(crate) fn kill(&mut self) -> Outcome<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The subject ends at the end of its input. Its exit status does not matter here.
        self.requests = None;
        let _ = self.child.wait();
    }
}
