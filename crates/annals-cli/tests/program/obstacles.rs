//! Paths at which no store can be opened: each error names the path, the reason and the next step.

use std::path::Path;

use crate::program::{Desk, finish};

/// Runs a command on the store at a path, which must fail with these words in its message and hint.
fn check(desk: &Desk, path: &Path, command: &[&str], message: &str, hint: &str) {
    let path = path.to_str().unwrap();
    let (code, error) = desk.refused(&[&["--store", path], command].concat());
    assert_eq!((code, &error["kind"]), (5, &"store".into()), "{error}");
    let told = error["message"].as_str().unwrap();
    let opening = format!("cannot open the store {path}: ");
    assert!(
        told.starts_with(&opening) && told.contains(message),
        "{told}"
    );
    assert!(error["hint"].as_str().unwrap().contains(hint), "{error}");
}

#[test]
fn a_missing_directory_is_named() {
    let desk = Desk::new();
    let nowhere = desk.path("nowhere");
    let message = format!("the directory {} does not exist", nowhere.display());
    let hint = "create that directory";
    check(&desk, &nowhere.join("store"), &["add", "x"], &message, hint);
    assert!(!nowhere.exists());
    let run = desk.run(&["--store", "nowhere/store", "add", "x"]);
    assert_eq!(
        run.err,
        "error: cannot open the store nowhere/store: the directory nowhere does not exist\n\
         hint: create that directory, or name another path with --store or ANNALS_STORE\n"
    );
}

#[test]
fn a_directory_is_no_store() {
    let desk = Desk::new();
    let folder = desk.path("folder");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("work.annals");
    for command in [&["list"][..], &["add", "x"], &["check"]] {
        let hint = format!("`annals add` can create {}", file.display());
        check(&desk, &folder, command, "it is a directory", &hint);
    }
    assert!(!file.exists());
    desk.done(&["add", "x", "--store", file.to_str().unwrap()]);
    let hint = format!("name the store in it: {}", file.display());
    check(&desk, &folder, &["list"], "it is a directory", &hint);
}

#[cfg(unix)]
#[test]
fn a_file_on_the_way_and_a_device_are_no_place_for_a_store() {
    let desk = Desk::new();
    std::fs::write(desk.path("file"), "").unwrap();
    let below = desk.path("file/store");
    check(
        &desk,
        &below,
        &["add", "x"],
        "Not a directory",
        "permissions",
    );
    let device = Path::new("/dev/null");
    for command in [&["list"][..], &["add", "x"]] {
        check(&desk, device, command, "not a regular file", "another path");
    }
}

#[cfg(unix)]
#[test]
fn the_tour_names_the_place_that_it_cannot_use() {
    let desk = Desk::new();
    let mut command = desk.command(&["tour"]);
    command.env("TMPDIR", desk.path("nowhere"));
    let run = finish(command.spawn().unwrap());
    assert_eq!(run.code, Some(5));
    let (message, hint) = run.err.split_once('\n').unwrap();
    assert!(
        message.starts_with("error: cannot create a temporary directory: "),
        "{message}"
    );
    assert_eq!(hint, "hint: name an existing directory with TMPDIR\n");
}

#[test]
fn a_backup_into_a_missing_directory_has_a_next_step() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let (code, error) = desk.refused(&["backup", "nowhere/copy"]);
    assert_eq!(code, 5);
    assert!(
        error["message"].as_str().unwrap().contains("nowhere/copy"),
        "{error}"
    );
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("existing directory"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_named_with_its_target() {
    let desk = Desk::new();
    std::os::unix::fs::symlink("unmounted/store", desk.path("link")).unwrap();
    for words in [&["list"][..], &["add", "x"]] {
        let (code, error) = desk.refused(&[&["--store", "link"], words].concat());
        let (message, hint) = (&error["message"], &error["hint"]);
        let message = message.as_str().unwrap();
        assert_eq!(code, 5);
        assert!(message.ends_with("it is a symbolic link to unmounted/store, which is not there"));
        assert!(
            hint.as_str()
                .unwrap()
                .starts_with("mount the disk of the link")
        );
    }
}
