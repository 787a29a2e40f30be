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
    command.env("HOME", desk.path("home"));
    let run = finish(command.spawn().unwrap());
    assert_eq!(run.code, Some(0), "{}", run.err);
    if cfg!(target_os = "linux") {
        assert!(desk.path("data/annals/work.annals").exists());
    }
}

/// Each directory would have a store of its own.
#[test]
fn a_relative_home_is_refused() {
    let desk = Desk::new();
    let mut command = desk.command(&["add", "x"]);
    command
        .env_remove("ANNALS_STORE")
        .env_remove("XDG_DATA_HOME");
    let run = finish(command.env("HOME", "home").spawn().unwrap());
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.err.contains("the home directory is unknown"), "{run:?}");
    assert!(!desk.path("home").exists());
}

#[test]
fn an_error_names_a_data_directory_that_cannot_be_created() {
    let desk = Desk::new();
    std::fs::write(desk.path("data"), "a file").unwrap();
    let mut command = desk.command(&["add", "x", "--format", "json"]);
    command
        .env_remove("ANNALS_STORE")
        .env("XDG_DATA_HOME", desk.path("data"));
    command.env("HOME", desk.path("data"));
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
    let names: Vec<_> = (0..4)
        .map(|n| history[n]["actor"]["name"].clone())
        .collect();
    assert_eq!(names, ["flag", "variable", "variable", "tester"]);
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
    for (variable, value, code) in [
        ("ANNALS_STORE", &b"/nowhere/\xff"[..], 5),
        ("ANNALS_STORE", b"\xff", 2),
        ("ANNALS_ACTOR", b"\xff", 2),
    ] {
        let mut command = desk.command(&["add", "x"]);
        command
            .env(variable, OsStr::from_bytes(value))
            .env("XDG_DATA_HOME", desk.path("data"));
        let status = command.stderr(Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{variable}");
    }
    assert!(!desk.path("data").exists() && !desk.store().exists());
}

/// The outcome of a run outside of the store of the desk, in one of its folders.
fn run_in(desk: &Desk, folder: &str, words: &[&str]) -> crate::program::Run {
    let mut command = desk.command(words);
    command
        .env_remove("ANNALS_STORE")
        .env("XDG_DATA_HOME", desk.path("data"))
        .env("HOME", desk.path("home"))
        .current_dir(desk.path(folder));
    finish(command.spawn().unwrap())
}

#[test]
fn a_project_has_a_store_of_its_own() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.path("shop/src")).unwrap();
    let made = run_in(&desk, "shop", &["init"]);
    let folder = desk.path("shop/.annals");
    assert_eq!((made.code, made.err.as_str()), (Some(0), ""));
    let expected = format!("new folder: {}\n", folder.display());
    assert!(made.out.starts_with(&expected), "{}", made.out);
    let store = folder.join("work.annals");
    assert!(!store.exists(), "the first item creates the store");

    let missing = run_in(&desk, "shop/src", &["list"]);
    assert_eq!(missing.code, Some(5));
    let path = store.display().to_string();
    assert!(
        missing.err.contains(&path) && !store.exists(),
        "{}",
        missing.err
    );
    let added = run_in(&desk, "shop/src", &["add", "x"]);
    let expected = format!("(created)\nnew store: {path}\n");
    assert!(added.out.ends_with(&expected), "{}", added.out);
    let added = run_in(&desk, "shop", &["add", "y"]);
    assert_eq!(added.out, "WORK-002 y: pending, version 1 (created)\n");
    assert!(!desk.path("data").exists());

    let again = run_in(&desk, "shop", &["init"]);
    assert!(
        again.out.starts_with("the folder is there already"),
        "{}",
        again.out
    );
    std::fs::create_dir(desk.path("other")).unwrap();
    let other = run_in(&desk, "other", &["list"]);
    assert!(other.err.contains("data"), "{}", other.err);
}

#[test]
fn a_flag_and_the_variable_win_over_the_project() {
    let desk = Desk::new();
    let initialised = desk.run(&["init"]);
    let store = desk.store().display().to_string();
    let told = format!("ANNALS_STORE is set, so commands use another store: {store}\n");
    assert!(initialised.out.ends_with(&told), "{}", initialised.out);
    desk.done(&["add", "x"]);
    assert!(desk.store().exists());
    let other = desk.path("other.annals");
    let added = desk.json(&["add", "x", "--store", "other.annals"]);
    let absolute = other.canonicalize().unwrap();
    assert_eq!(added["created_store"], absolute.display().to_string());
    assert!(!desk.path(".annals/work.annals").exists());
}

#[test]
fn a_relative_variable_is_refused_with_the_absolute_path() {
    let desk = Desk::new();
    let mut command = desk.command(&["add", "x"]);
    command.env("ANNALS_STORE", "parts/work.annals");
    let run = finish(command.spawn().unwrap());
    assert_eq!(run.code, Some(2));
    let absolute = desk
        .path("")
        .canonicalize()
        .unwrap()
        .join("parts/work.annals");
    let hint = format!("set ANNALS_STORE={}\n", absolute.display());
    assert!(run.err.ends_with(&hint), "{}", run.err);
    assert!(!desk.path("parts").exists());
}

#[cfg(unix)]
#[test]
fn init_names_a_folder_that_cannot_be_created() {
    let desk = Desk::new();
    std::fs::write(desk.path(".annals"), "a file").unwrap();
    let (code, error) = desk.refused(&["init"]);
    assert_eq!(code, 2);
    assert!(
        error["message"].as_str().unwrap().contains(".annals"),
        "{error}"
    );
    let (code, error) = desk.refused(&["init", "--store", "x"]);
    assert_eq!((code, &error["kind"]), (2, &"usage".into()));
}

#[cfg(unix)]
#[test]
fn without_variables_the_actor_is_the_user_of_the_system() {
    let desk = Desk::new();
    let mut command = desk.command(&["add", "x", "--format", "json"]);
    for variable in ["USER", "LOGNAME", "USERNAME"] {
        command.env_remove(variable);
    }
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    let output = std::process::Command::new("id")
        .arg("-un")
        .output()
        .unwrap();
    let user = String::from_utf8(output.stdout).unwrap();
    let history = desk.json(&["history", "WORK-1"]);
    assert_eq!(history[0]["actor"]["name"], user.trim());
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
