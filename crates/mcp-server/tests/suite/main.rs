//! The conformance suite of MCP against the HTTP server, with a handler that has the tools,
//! resources and prompts of its scenarios.
//!
//! `.ci/mcp-clients FOLDER` installs the suite, and `ANNALS_MCP_CLIENTS=FOLDER` names it here.

#![expect(
    deprecated,
    reason = "the revision of 2025 has logging and sampling, which rmcp calls deprecated"
)]
#![expect(clippy::unwrap_used, reason = "a test says by a panic what it found")]

mod fixture;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::fixture::Fixture;

/// The revisions, and how many scenarios the suite has for each.
const REVISIONS: [(&str, usize); 2] = [("2025-11-25", 33), ("2026-07-28", 40)];

/// The scenarios that fail, each with the reason. The list only shrinks.
const KNOWN: [(&str, &str); 0] = [];

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "a gate names the suite")]
async fn each_scenario_of_the_conformance_suite_is_green_or_known() {
    let Some(clients) = std::env::var_os("ANNALS_MCP_CLIENTS") else {
        // Past the capture of the test harness.
        let _ = writeln!(
            std::io::stderr(),
            "the conformance suite of MCP: not run here (`.ci/mcp-clients` installs it)"
        );
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let fixture = Fixture::new();
    let server = tokio::spawn(mcp_server::serve_handlers(
        move || fixture.clone(),
        listener,
    ));
    for (revision, scenarios) in REVISIONS {
        let results = tempfile::tempdir().unwrap();
        let bin = Path::new(&clients).join("node_modules/.bin");
        let run = Command::new(bin.join("node"))
            .arg(bin.join("conformance"))
            .args(["server", "--suite", "all", "--spec-version", revision])
            .args(["--url", &format!("http://{address}/mcp"), "-o"])
            .arg(results.path())
            .output();
        let printed = run.await.unwrap().stdout;
        let printed = String::from_utf8_lossy(&printed);
        let (run, failed) = outcomes(results.path());
        assert_eq!(run, scenarios, "{revision}: {printed}");
        let known = KNOWN.map(|(scenario, _)| scenario.to_owned());
        assert_eq!(failed, BTreeSet::from(known), "{revision}: {printed}");
    }
    server.abort();
}

/// The number of scenarios that ran, and those with a failed check.
fn outcomes(folder: &Path) -> (usize, BTreeSet<String>) {
    let (mut run, mut failed) = (0, BTreeSet::new());
    for scenario in std::fs::read_dir(folder).unwrap() {
        let scenario = scenario.unwrap();
        let checks = std::fs::read(scenario.path().join("checks.json")).unwrap();
        let checks: Vec<Value> = serde_json::from_slice(&checks).unwrap();
        run += 1;
        assert!(!checks.is_empty(), "{scenario:?}");
        if checks.iter().any(|check| check["status"] == "FAILURE") {
            let name = scenario.file_name().into_string().unwrap();
            // A folder is named like `server-ping-2026-07-28T10-00-00-000Z`.
            let name = name.strip_prefix("server-").unwrap();
            failed.insert(name[..name.len() - "-2026-07-28T10-00-00-000Z".len()].to_owned());
        }
    }
    (run, failed)
}
