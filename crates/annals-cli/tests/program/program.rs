//! Running the program in a folder and an environment of its own.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use serialization::toon;
use tempfile::TempDir;

/// A folder in which the program runs, with a store named by the environment.
pub(crate) struct Desk {
    folder: TempDir,
    /// The address of the store; `None` for a file in the folder.
    address: Option<String>,
}

/// The outcome of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            address: None,
        }
    }

    /// With a store on a server.
    pub(crate) fn on_server(address: &str) -> Self {
        Self {
            address: Some(address.to_owned()),
            ..Self::new()
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.path("work.annals")
    }

    /// Writes `lines.info` and `tests.xml`, which pass every gate.
    pub(crate) fn write_evidence(&self) {
        let lines = "SF:a.rs\nDA:1,1\nend_of_record\n";
        std::fs::write(self.path("lines.info"), lines).unwrap();
        let report = "<testsuites><testsuite name=\"s\"><testcase name=\"adds\"/>\
                      <testcase name=\"a_negative\"/><testcase name=\"an_edge\"/>\
                      </testsuite></testsuites>";
        std::fs::write(self.path("tests.xml"), report).unwrap();
    }

    /// The program without the variables of this process that it reads. Its output goes into pipes.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_annals"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env("ANNALS_STORE", self.store())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("USER", "tester")
            .env("TZ", "UTC")
            .env_remove("ANNALS_ACTOR")
            .env_remove("ANNALS_LOG")
            .envs(self.address.iter().map(|address| ("ANNALS_STORE", address)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Run {
        finish(self.command(words).spawn().unwrap())
    }

    /// Runs a command in several processes at once.
    pub(crate) fn at_once(&self, processes: usize, words: &[&str]) -> Vec<Run> {
        let started = (0..processes).map(|_| self.command(words).spawn().unwrap());
        let started: Vec<_> = started.collect();
        started.into_iter().map(finish).collect()
    }

    /// Runs a command with standard input.
    pub(crate) fn piped(&self, words: &[&str], input: &[u8]) -> Run {
        let mut child = self.command(words).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        // A run that refuses its input may end before it has read everything.
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let run = finish(child);
        writer.join().unwrap();
        run
    }

    /// The answer of a command that must succeed, in TOON.
    pub(crate) fn toon(&self, words: &[&str]) -> Value {
        let out = self.done(&[words, &["--format", "toon"]].concat());
        toon::from_str(&out).unwrap()
    }

    /// Runs a command that must succeed. Returns its output.
    pub(crate) fn done(&self, words: &[&str]) -> String {
        let run = self.run(words);
        assert_eq!(run.code, Some(0), "{words:?}: {}", run.err);
        assert_eq!(run.err, "", "{words:?}");
        run.out
    }

    /// The same with the JSON answer.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let out = self.done(&[words, &["--format", "json"]].concat());
        serde_json::from_str(&out).unwrap()
    }

    /// Runs a command that must fail. Returns the exit code and the JSON error.
    pub(crate) fn refused(&self, words: &[&str]) -> (i32, Value) {
        let run = self.run(&[words, &["--format", "json"]].concat());
        assert_eq!(run.out, "", "{words:?}");
        let error: Value = serde_json::from_str(&run.err).unwrap();
        (run.code.unwrap(), error["error"].clone())
    }
}

pub(crate) fn finish(child: Child) -> Run {
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
