//! The file of the store: restored, only read, empty, replaced, or no place for a store.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Desk, finish};

/// Copies by another program.
fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").args([from, to]).status();
    assert!(status.unwrap().success());
}

fn names(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[test]
fn a_restore_prints_where_the_old_file_is() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["backup", "copy"]);
    desk.done(&["add", "y"]);
    let aside = desk.path("work.annals.old-1");
    let aside = aside.to_str().unwrap();
    let out = desk.done(&["restore", "copy"]);
    let store = desk.store();
    let events = desk.json(&["check"])["events"].clone();
    assert_eq!(
        out,
        format!(
            "restored {} from copy: {events} events\nkept the file before as {aside}\n",
            store.display()
        )
    );
    assert_eq!(desk.json(&["list"]).as_array().unwrap().len(), 1);
    let old = desk.json(&["--store", aside, "list"]);
    assert_eq!(old.as_array().unwrap().len(), 2);
    let answer = desk.json(&["restore", "copy"]);
    assert_eq!(answer["set_aside"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(answer["events"], events);

    let (code, error) = desk.refused(&["restore", "nowhere"]);
    assert_eq!(code, 5);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("there is no store at") && message.contains("nowhere"),
        "{message}"
    );
    assert_eq!(desk.json(&["list"]).as_array().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn the_command_of_the_message_restores_a_backup_that_was_copied_beside_a_log() {
    let desk = Desk::new();
    let folder = desk.path("it's a folder");
    std::fs::create_dir(&folder).unwrap();
    let store = folder.join("store");
    let at = |words: &[&str]| {
        [&["--store", store.to_str().unwrap()], words]
            .concat()
            .join("\n")
    };
    let words = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let done = |text: String| {
        let words = words(&text);
        desk.done(&words.iter().map(String::as_str).collect::<Vec<_>>())
    };
    done(at(&["add", "x"]));
    done(at(&["backup", "copy"]));
    copy(&desk.path("copy"), &store);
    std::fs::write(folder.join("store-wal"), "the log of a killed process").unwrap();
    let refused = words(&at(&["list"]));
    let (code, error) = desk.refused(&refused.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(code, 5);
    let message = error["message"].as_str().unwrap();
    let command = message.split('`').nth(1).unwrap();
    let program = desk.command(&[]).get_program().to_owned();
    let program = program.to_str().unwrap();
    let command = command.replacen("annals", &format!("'{program}'"), 1);
    let status = Command::new("sh")
        .args(["-c", &command])
        .stdout(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "{command}");
    assert!(done(at(&["list"])).contains("WORK-001"));
}

#[test]
fn a_store_that_is_in_use_is_not_restored() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["backup", "copy"]);
    let mut holder = desk.command(&["events", "--follow"]).spawn().unwrap();
    let mut line = [0];
    std::io::Read::read_exact(holder.stdout.as_mut().unwrap(), &mut line).unwrap();
    let refused = desk.run(&["restore", "copy"]);
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(refused.code, Some(5), "{refused:?}");
    assert!(refused.err.contains("is in use"), "{}", refused.err);
    desk.done(&["restore", "copy"]);
}

#[test]
fn a_follower_ends_when_its_store_is_replaced() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let mut follower = desk.command(&["events", "--follow"]);
    let mut follower = follower.spawn().unwrap();
    let mut byte = [0];
    std::io::Read::read_exact(follower.stdout.as_mut().unwrap(), &mut byte).unwrap();
    std::fs::rename(desk.store(), desk.path("moved")).unwrap();
    desk.done(&["add", "y"]);
    let run = finish(follower);
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(run.err.contains("is not the store any more"), "{}", run.err);
}

#[test]
fn commands_that_read_make_and_change_nothing() {
    let desk = Desk::new();
    std::fs::write(desk.store(), "").unwrap();
    for words in [
        &["list"][..],
        &["show", "WORK-1"],
        &["events"],
        &["check"],
        &["backup", "copy"],
        &["start", "WORK-1"],
        &["--read-only", "list"],
    ] {
        let (code, error) = desk.refused(words);
        assert_eq!(code, 5, "{words:?}");
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("there is no store at"),
            "{error}"
        );
    }
    assert_eq!(names(&desk), ["work.annals"]);
    assert_eq!(std::fs::metadata(desk.store()).unwrap().len(), 0);

    desk.done(&["add", "x"]);
    let before = (
        names(&desk),
        std::fs::metadata(desk.store()).unwrap().modified().unwrap(),
    );
    for words in [
        &["list"][..],
        &["show", "WORK-1"],
        &["events"],
        &["check"],
        &["context", "WORK-1"],
    ] {
        desk.done(words);
        desk.done(&[&["--read-only"], words].concat());
    }
    let after = (
        names(&desk),
        std::fs::metadata(desk.store()).unwrap().modified().unwrap(),
    );
    assert_eq!(after, before);
    let (code, error) = desk.refused(&["--read-only", "start", "WORK-1"]);
    assert_eq!((code, &error["kind"]), (2, &"usage".into()));
    let (code, _) = desk.refused(&["--read-only", "restore", "copy"]);
    assert_eq!(code, 2);
}

#[cfg(unix)]
#[test]
fn the_outputs_are_no_place_for_a_store() {
    let desk = Desk::new();
    let out = desk.path("out");
    for path in ["/dev/stdout", out.to_str().unwrap()] {
        for goes_to_a_file in [true, false] {
            let mut command = desk.command(&["--store", path, "add", "x"]);
            match goes_to_a_file {
                true => command.stdout(std::fs::File::create(&out).unwrap()),
                false if path == "/dev/stdout" => &mut command,
                false => continue,
            };
            let run = finish(command.spawn().unwrap());
            assert_eq!(run.code, Some(5), "{path}");
            assert_eq!(run.out, "");
            assert!(
                run.err.contains("name another path with --store"),
                "{}",
                run.err
            );
            assert_eq!(std::fs::metadata(&out).unwrap().len(), 0);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn too_few_open_files_are_an_error_with_a_next_step() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let program = desk.command(&[]).get_program().to_str().unwrap().to_owned();
    let mut enough = false;
    for limit in 5..40 {
        let script = format!("ulimit -n {limit}; '{program}' --store work.annals context WORK-1");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(desk.path(""));
        let run = finish(
            shell
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap(),
        );
        enough = run.code == Some(0);
        if !enough {
            assert_eq!(run.code, Some(5), "{limit}: {run:?}");
            assert!(run.err.contains("`ulimit -n 256`"), "{limit}: {run:?}");
        }
    }
    assert!(enough);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf_8_are_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let before = names(&desk);
    let odd = OsStr::from_bytes(b"odd-\xff");
    for words in [&["backup"][..], &["add", "x", "--store"]] {
        let mut command = desk.command(words);
        command.arg(odd);
        let run = finish(command.spawn().unwrap());
        assert_eq!(run.code, Some(5), "{words:?}");
        assert!(
            run.err.contains("is not valid UTF-8; choose another path"),
            "{}",
            run.err
        );
    }
    assert_eq!(names(&desk), before);
}
