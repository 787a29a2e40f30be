//! A log that moves to another store, also while other processes write.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use persistence_sqlite::SqliteStore;
use postgres_server::Server;
use serde_json::Value;
use shared_kernel::event::EventType;
use shared_kernel::{EventStoreExt, ExpectedVersion, NewEvent, StreamId};

use crate::program::{Desk, Run};

fn events(desk: &Desk, store: &str) -> Vec<Value> {
    let out = desk.done(&["--store", store, "events", "--format", "json"]);
    let lines = out.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// A command on the new store.
fn at_new<'w>(words: &[&'w str]) -> Vec<&'w str> {
    [&["--store", "new.annals"], words].concat()
}

fn failed(run: &Run, code: i32, says: &str) {
    assert_eq!(run.code, Some(code), "{run:?}");
    assert!(run.err.contains(says), "{run:?}");
}

/// The steps of the guide, while three processes add items until the store is frozen: each item
/// that was acknowledged is in the new store, with the same events at the same positions.
#[test]
fn a_log_moves_while_processes_write() {
    let desk = Desk::new();
    desk.done(&["add", "Write the report"]);
    let new = desk.path("new.annals");
    let new = new.to_str().unwrap();
    let (acknowledged, refusals) = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut acknowledged = Vec::new();
                    loop {
                        let run = desk.run(&["add", "Read the report", "--format", "json"]);
                        if run.code != Some(0) {
                            return (acknowledged, run);
                        }
                        let answer: Value = serde_json::from_str(&run.out).unwrap();
                        acknowledged.push(answer["item"]["number"].as_str().unwrap().to_owned());
                    }
                })
            })
            .collect();
        // Part after part, until the writers have written for a while.
        let (mut last, mut parts) = (0, 0);
        while parts < 3 || last < 15 {
            let file = format!("part-{parts}.jsonl");
            let export = desk.json(&["export", &file, "--after", &last.to_string()]);
            last = export["last_position"].as_u64().unwrap();
            let import = desk.json(&["--store", new, "import", &file]);
            assert_eq!(import["last_position"], last, "{import}");
            parts += 1;
        }
        let frozen = desk.json(&["freeze", "--to", "new.annals"]);
        let end = frozen["last_position"].as_u64().unwrap();
        let ended = writers.into_iter().map(|writer| writer.join().unwrap());
        let ended: Vec<_> = ended.collect();
        let export = desk.json(&["export", "rest.jsonl", "--after", &last.to_string()]);
        assert_eq!(export["last_position"], end, "events after the freeze");
        desk.json(&["--store", new, "import", "rest.jsonl"]);
        ended.into_iter().unzip::<_, _, Vec<_>, Vec<_>>()
    });
    for refused in &refusals {
        failed(refused, 5, "its log moves to");
        failed(refused, 5, new);
    }
    let old = desk.store();
    assert_eq!(events(&desk, new), events(&desk, old.to_str().unwrap()));
    let items: BTreeMap<_, _> = desk
        .json(&["--store", new, "list"])
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["number"].as_str().unwrap().to_owned(), item.clone()))
        .collect();
    let acknowledged: Vec<_> = acknowledged.into_iter().flatten().collect();
    assert!(!acknowledged.is_empty());
    for number in acknowledged {
        assert!(items.contains_key(&number), "{number} is missing");
    }
    assert_eq!(desk.json(&["--store", new, "check"])["clean"], true);
    desk.done(&["--store", new, "add", "Go on"]);
}

#[test]
fn an_export_file_appears_whole_and_never_replaces_another() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let answer = desk.json(&["export", "log.jsonl"]);
    assert_eq!(answer["events"], 2);
    let lines = std::fs::read_to_string(desk.path("log.jsonl")).unwrap();
    assert_eq!(lines, desk.done(&["export"]));
    assert_eq!(lines, desk.done(&["export", "-"]));

    failed(&desk.run(&["export", "log.jsonl"]), 2, "already");
    failed(
        &desk.run(&["export", "nowhere/log.jsonl"]),
        2,
        "cannot write",
    );
    failed(
        &desk.run(&["export", "new.jsonl", "--read-only"]),
        2,
        "--read-only",
    );
    failed(
        &desk.run(&["export", "new.jsonl", "--after", "9"]),
        2,
        "position 9 is behind",
    );
    failed(
        &desk.run(&["export", "new.jsonl", "--after", "2", "--through", "1"]),
        2,
        "would begin after position 2",
    );
    assert_eq!(exports(&desk), ["log.jsonl"]);
}

/// Standard output with no room: the error names it. (`/dev/full` exists on Linux.)
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_reader_that_goes_away_are_told() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut export = desk.command(&["export"]);
    let run = crate::program::finish(export.stdout(full).spawn().unwrap());
    failed(&run, 5, "standard output");

    let mut export = desk.command(&["export"]).spawn().unwrap();
    drop(export.stdout.take());
    assert_eq!(crate::program::finish(export).err, "");
}

/// A limit of the size of files fails a write as a full disk does: after a part of it.
#[cfg(unix)]
#[tokio::test]
async fn an_export_to_a_full_disk_leaves_no_file() {
    const BLOCKS: u32 = 1_000; // of 512 bytes
    let desk = Desk::new();
    let store = SqliteStore::open(desk.store()).await.unwrap();
    let happened = EventType::new("Happened").unwrap();
    let event = NewEvent::with_fresh_id(happened, vec![b'x'; 1_000_000]).unwrap();
    let stream = StreamId::new("note-1").unwrap();
    let appended = store.append_to(stream, ExpectedVersion::Any, vec![event]);
    appended.await.unwrap();
    store.close().await;
    let program = env!("CARGO_BIN_EXE_annals");
    let limit = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", &limit, program, "export", "log.jsonl"])
        .current_dir(desk.path(""))
        .env("ANNALS_STORE", desk.store())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let run = crate::program::finish(limited.spawn().unwrap());
    failed(&run, 2, "cannot write");
    assert!(run.err.contains("log.jsonl"), "{run:?}");
    assert_eq!(exports(&desk), [""; 0]);
    desk.done(&["export", "log.jsonl"]);
    assert_eq!(exports(&desk), ["log.jsonl"]);
}

/// The names of the files of exports.
fn exports(desk: &Desk) -> Vec<String> {
    let entries = std::fs::read_dir(desk.path("")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names
        .filter(|name| name.contains("export") || name.ends_with(".jsonl"))
        .collect();
    names.sort();
    names
}

#[test]
fn the_file_of_a_killed_export_goes_with_the_next_one_and_that_of_one_at_work_stays() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    std::fs::write(desk.path(".annals-export-killed"), "{}").unwrap();
    let at_work = std::fs::File::create(desk.path(".annals-export-at-work")).unwrap();
    at_work.lock().unwrap();
    desk.done(&["export", "log.jsonl"]);
    assert_eq!(exports(&desk), [".annals-export-at-work", "log.jsonl"]);
    drop(at_work);
    desk.done(&["export", "again.jsonl"]);
    assert_eq!(exports(&desk), ["again.jsonl", "log.jsonl"]);
}

#[test]
fn a_damaged_export_is_refused_with_its_line_and_creates_no_store() {
    let desk = Desk::new();
    desk.done(&["add", "Write the report"]);
    let lines = desk.done(&["export"]);
    let new = desk.path("new.annals");
    let import = |name: &str, text: &str| {
        std::fs::write(desk.path(name), text).unwrap();
        desk.run(&["--store", new.to_str().unwrap(), "import", name])
    };
    let (cut, _) = lines.trim_end().rsplit_once('\n').unwrap();
    for (text, says) in [
        (lines.replace("Write", "Wrote"), "the line was changed"),
        (cut.to_owned(), "line 4: the export is cut"),
        ("{}\n".to_owned(), "line 1: this is no export"),
        (lines.replace("export/1", "export/2"), "annals-export/2"),
        (format!("{lines}{lines}"), "line 5: the export has ended"),
    ] {
        let run = import("damaged.jsonl", &text);
        failed(&run, 2, says);
        failed(&run, 2, "nothing of damaged.jsonl was imported");
        assert!(!new.exists(), "{says}");
    }
    let nowhere = desk.run(&["import", "nowhere.jsonl"]);
    failed(&nowhere, 2, "cannot read the export nowhere.jsonl");
    failed(&desk.run(&["import", "."]), 2, "cannot read the export .");

    // From a pipe, lines are imported as they come, and a repetition goes on.
    let at_new = ["--store", new.to_str().unwrap(), "import", "-"];
    failed(&desk.piped(&at_new, cut.as_bytes()), 2, "the export is cut");
    let whole = desk.piped(&at_new, lines.as_bytes());
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert_eq!(
        events(&desk, new.to_str().unwrap()),
        events(&desk, desk.store().to_str().unwrap())
    );
}

/// An import that reads a pipe is killed in the middle. What was written is whole, and a repetition
/// goes on behind it.
#[tokio::test]
async fn an_import_that_was_killed_goes_on() {
    let desk = Desk::new();
    let store = SqliteStore::open(desk.store()).await.unwrap();
    for nth in 0..2_000 {
        let payload = format!("\"{nth}{}\"", "x".repeat(4_000));
        let noted = NewEvent::with_fresh_id(EventType::new("Noted").unwrap(), payload).unwrap();
        let stream = StreamId::new(format!("pad-{}", nth % 7)).unwrap();
        store
            .append_to(stream, ExpectedVersion::Any, vec![noted])
            .await
            .unwrap();
    }
    store.close().await;
    let lines = desk.done(&["export"]);
    let mut import = desk
        .command(&at_new(&["import", "-"]))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    // The pipe takes 64 KiB, so the program has read almost all of this.
    let part = &lines.as_bytes()[..lines.len() - 1_000_000];
    let mut stdin = import.stdin.take().unwrap();
    stdin.write_all(part).unwrap();
    import.kill().unwrap();
    import.wait().unwrap();
    drop(stdin);

    let before = desk.json(&at_new(&["check"]));
    assert_eq!(before["clean"], true);
    let before = before["events"].as_u64().unwrap();
    assert!((1..2_000).contains(&before), "{before}");
    desk.done(&["export", "log.jsonl"]);
    let import = desk.json(&at_new(&["import", "log.jsonl"]));
    assert_eq!(import["already_there"], before);
    assert_eq!(import["imported"], 2_000 - before);
    assert_eq!(desk.done(&at_new(&["export"])), lines);
}

#[test]
fn an_import_names_the_part_that_is_missing() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["export", "first.jsonl"]);
    desk.done(&["start", "1"]);
    desk.done(&["note", "1", "y"]);
    desk.done(&["export", "last.jsonl", "--after", "4"]);
    let gap = desk.run(&at_new(&["import", "last.jsonl"]));
    failed(
        &gap,
        2,
        "the export begins at position 5, and the store ends at 0",
    );
    failed(&gap, 2, "annals export --after 0");
    desk.done(&at_new(&["import", "first.jsonl"]));
    let gap = desk.run(&at_new(&["import", "last.jsonl"]));
    failed(&gap, 2, "annals export --after 2");

    // The new store goes its own way.
    desk.done(&at_new(&["start", "1"]));
    desk.done(&["export", "all.jsonl"]);
    let fork = desk.run(&at_new(&["import", "all.jsonl"]));
    failed(&fork, 4, "different events at position 3");
}

#[test]
fn a_frozen_store_is_read_and_names_the_new_one() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let new = desk.path("new.annals").display().to_string();
    let frozen = desk.json(&["freeze", "--to", "new.annals"]);
    assert_eq!(frozen["moves_to"], new, "as seen from all directories");
    assert_eq!(frozen["last_position"], 2);
    for words in [&["start", "1"][..], &["add", "y"], &["note", "1", "z"]] {
        let (code, error) = desk.refused(words);
        assert_eq!((code, &error["kind"]), (5, &"store".into()), "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains(&format!("its log moves to {new}")),
            "{message}"
        );
    }
    assert_eq!(desk.json(&["list"]).as_array().unwrap().len(), 1);
    assert_eq!(desk.json(&["check"])["clean"], true);
    assert_eq!(desk.json(&["freeze", "--to", "new.annals"]), frozen);
    let (code, error) = desk.refused(&["freeze", "--to", "other.annals"]);
    assert_eq!((code, &error["kind"]), (4, &"conflict".into()), "{error}");

    let password = desk.run(&["freeze", "--to", "postgres://ada:s3cret@db/work"]);
    failed(&password, 2, "must not have a password");
    for to in [
        "postgres://db/work?password=s3cret",
        "postgres://db/work?passfile=x",
    ] {
        let refused = desk.run(&["freeze", "--to", to]);
        assert_eq!(refused.code, Some(2), "{to}");
        assert!(!refused.err.contains("s3cret"), "{}", refused.err);
    }
    assert!(desk.done(&["unfreeze"]).contains("is called off"));
    assert_eq!(desk.done(&["unfreeze"]), "the store was not frozen\n");
    desk.done(&["start", "1"]);
}

#[test]
fn a_store_stays_frozen_if_the_new_one_has_events_of_its_own() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["export", "log.jsonl"]);
    desk.done(&["--store", "new.annals", "import", "log.jsonl"]);
    // The rest is not imported before the first program writes to the new store.
    desk.done(&["add", "y"]);
    desk.done(&["add", "z"]);
    desk.done(&["freeze", "--to", "new.annals"]);
    desk.done(&["--store", "new.annals", "start", "1"]);
    let (code, error) = desk.refused(&["unfreeze"]);
    assert_eq!((code, &error["kind"]), (4, &"conflict".into()), "{error}");
    desk.done(&["unfreeze", "--unchecked"]);
}

#[test]
fn a_store_stays_frozen_once_the_new_one_has_newer_events() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["freeze", "--to", "new.annals"]);
    desk.done(&["export", "log.jsonl"]);
    desk.done(&["--store", "new.annals", "import", "log.jsonl"]);
    desk.done(&["unfreeze"]);
    desk.done(&["freeze", "--to", "new.annals"]);
    desk.done(&["--store", "new.annals", "start", "1"]);
    let refused = desk.run(&["unfreeze"]);
    failed(
        &refused,
        4,
        "has events up to position 4, and this store only up to 2",
    );
    failed(&refused, 4, "leave this store frozen");

    std::fs::write(desk.path("no-store"), "text").unwrap();
    desk.done(&["unfreeze", "--unchecked"]);
    desk.done(&["freeze", "--to", "no-store"]);
    failed(&desk.run(&["unfreeze"]), 5, "cannot be opened");
    failed(&desk.run(&["unfreeze"]), 5, "--unchecked");
    desk.done(&["unfreeze", "--unchecked"]);
    assert!(Path::new(&desk.store()).exists());
}

/// The same between a file and a database on a server.
#[test]
fn a_log_moves_from_a_file_to_a_server() {
    let server = Server::shared_or_skip().new_database().unwrap();
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    desk.done(&["export", "log.jsonl"]);
    let import = desk.json(&["--store", &server, "import", "log.jsonl"]);
    assert_eq!(import["imported"], 2, "{import}");
    desk.done(&["freeze", "--to", &server]);
    failed(&desk.run(&["start", "1"]), 5, "its log moves to postgres");
    let there = desk.done(&["--store", &server, "export"]);
    assert_eq!(there, desk.done(&["export"]));
    desk.done(&["--store", &server, "start", "1"]);
    failed(&desk.run(&["unfreeze"]), 4, "has events up to position 4");
}
