//! The store and the actor: from a flag, a variable, or the user's directories.

use std::process::Stdio;

use crate::program::{Desk, finish};

#[test]
fn a_flag_wins_over_the_variable() {
    let desk = Desk::new();
    let other = desk.path("other.annals");
    desk.done(&["--store", other.to_str().unwrap(), "add", "x"]);
    assert!(other.exists() && !desk.store().exists());
    desk.done(&["add", "y"]);
    assert!(desk.store().exists());
}

#[test]
fn the_default_store_is_in_the_users_data_directory() {
    let desk = Desk::new();
    let mut command = desk.command(&["add", "x"]);
    command
        .env_remove("ANNALS_STORE")
        .env("XDG_DATA_HOME", desk.path("data"));
    command
        .env("HOME", desk.path("home"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = finish(command.spawn().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.err);
    if cfg!(target_os = "linux") {
        assert!(desk.path("data/annals/work.annals").exists());
    }
}

#[test]
fn an_error_names_a_data_directory_that_cannot_be_created() {
    let desk = Desk::new();
    std::fs::write(desk.path("data"), "a file").unwrap();
    let mut command = desk.command(&["add", "x", "--format", "json"]);
    command
        .env_remove("ANNALS_STORE")
        .env("XDG_DATA_HOME", desk.path("data"));
    command
        .env("HOME", desk.path("data"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = finish(command.spawn().unwrap());
    assert_eq!(run.code, Some(5));
    assert!(run.err.contains("data"), "{}", run.err);
}

#[test]
fn the_actor_comes_from_the_flag_the_variable_or_the_user() {
    let desk = Desk::new();
    desk.done(&["add", "x", "--actor", "flag"]);
    let mut command = desk.command(&["start", "WORK-1"]);
    command
        .env("ANNALS_ACTOR", "agent:variable")
        .stdout(Stdio::null());
    assert!(command.status().unwrap().success());
    desk.done(&["block", "WORK-1", "--reason", "r"]);
    let history = desk.json(&["history", "WORK-1"]);
    let names: Vec<_> = (0..3)
        .map(|n| history[n]["actor"]["name"].clone())
        .collect();
    assert_eq!(names, ["flag", "variable", "tester"]);
    assert_eq!(history[1]["actor"]["kind"], "agent");

    let mut command = desk.command(&["unblock", "WORK-1"]);
    let status = command
        .env("ANNALS_ACTOR", "a\nb")
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn variables_with_invalid_utf8_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let desk = Desk::new();
    for (variable, code) in [("ANNALS_STORE", 5), ("ANNALS_ACTOR", 2)] {
        let mut command = desk.command(&["add", "x"]);
        command
            .env(variable, OsStr::from_bytes(b"\xff"))
            .env("XDG_DATA_HOME", desk.path("data"));
        let status = command.stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{variable}");
    }
    assert!(!desk.path("data").exists() && !desk.store().exists());
}

#[test]
fn every_shell_gets_its_completions() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            desk.done(&["completions", shell]).contains("annals"),
            "{shell}"
        );
    }
}
