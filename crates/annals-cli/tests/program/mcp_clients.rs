//! The official TypeScript and Python clients of MCP drive the program over its standard streams.
//!
//! `.ci/mcp-clients FOLDER` installs them, and `ANNALS_MCP_CLIENTS=FOLDER` names them to the tests.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::program::{Desk, finish};

/// The folder with the clients; `None` if no variable names one.
#[expect(clippy::disallowed_methods, reason = "a gate names the clients")]
fn clients() -> Option<PathBuf> {
    let folder = std::env::var_os("ANNALS_MCP_CLIENTS").map(PathBuf::from);
    if folder.is_none() {
        // Past the capture of the test harness.
        let _ = writeln!(
            std::io::stderr(),
            "the official clients of MCP: not run here (`.ci/mcp-clients` installs them)"
        );
    }
    folder
}

/// Runs a script with a client, and returns the JSON that it prints.
fn printed(program: PathBuf, script: &str, modules: PathBuf) -> Value {
    let desk = Desk::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/");
    let mut command = Command::new(program);
    command
        .arg(format!("{folder}{script}"))
        .arg(env!("CARGO_BIN_EXE_annals"))
        .arg(desk.store())
        .arg(modules)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = finish(command.spawn().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn the_typescript_client_uses_tools_resources_prompts_and_subscriptions() {
    let Some(clients) = clients() else { return };
    let node = clients.join("node_modules/.bin/node");
    let got = printed(node, "typescript.mjs", clients.clone());
    assert_eq!(got["tools"].as_array().unwrap().len(), 10);
    assert_eq!(got["added"]["item"]["number"], "WORK-001");
    assert_eq!(got["claimed"]["item"]["assignee"], "agent:ts");
    assert_eq!(got["refused"][0], true);
    assert_eq!(got["refused"][1]["error"]["exit_code"], 3);
    assert!(got["context"].as_str().unwrap().contains("Count the pages"));
    assert_eq!(got["resource"], "annals://item/WORK-1?as_of=1");
    assert_eq!(got["templates"], 3);
    assert_eq!(got["prompts"], json!(["prime", "review", "handover"]));
    assert_eq!(got["prompt"], 1);
    assert_eq!(got["completed"], json!(["WORK-001"]));
    assert_eq!(got["noted"], 100);
    assert_eq!(got["updated"], "annals://item/WORK-1");
}

#[test]
fn the_python_client_repeats_a_call_and_sends_100_at_once() {
    let Some(clients) = clients() else { return };
    let got = printed(
        clients.join("python/bin/python"),
        "python.py",
        clients.clone(),
    );
    assert_eq!(got["protocol"], "2025-11-25");
    assert_eq!(got["tools"].as_array().unwrap().len(), 10);
    assert_eq!(got["added"]["item"]["number"], "WORK-001");
    assert_eq!(got["again"], got["added"]);
    assert_eq!(got["refused"], true);
    assert_eq!(got["resource"], "annals://item/WORK-1");
    assert_eq!(got["prompts"], json!(["prime", "review", "handover"]));
    assert_eq!(got["noted"], 100);
}
