//! The store on a server: the commands do there what they do on a file.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};

use serde_json::{Value, json};

use crate::program::{Desk, Run, finish};
use crate::served::{Served, own_server, shown};

#[test]
fn a_first_add_creates_the_store_and_names_it_without_its_password() {
    let Some(served) = Served::new() else { return };
    let address = served.address.replacen("annals@", "annals:s3cret@", 1);
    let missing = served.desk.refused(&["list"]);
    assert_eq!(missing.0, 5);
    let expected = format!("there is no store at {} yet", served.shown());
    assert_eq!(missing.1["message"], expected);
    assert_eq!(
        missing.1["hint"],
        "`annals init` creates one; `annals tour` needs none"
    );
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'annals'";
    assert_eq!(
        served.sql(schemas),
        "0",
        "a command that reads creates nothing"
    );

    let added = served.desk.done(&["--store", &address, "add", "x"]);
    let expected = format!("(created)\nnew store: {}\n", served.shown());
    assert!(added.ends_with(&expected), "{added}");
    let added = served.desk.json(&["add", "y"]);
    assert!(added["created_store"].is_null(), "{added}");
    assert_eq!(added["item"]["number"], "WORK-002");
    let postgresql = served.address.replacen("postgres://", "postgresql://", 1);
    let listed = served.desk.json(&["--store", &postgresql, "list"]);
    assert_eq!(listed.as_array().unwrap().len(), 2);
}

#[test]
fn init_creates_the_store_once() {
    let Some(served) = Served::new() else { return };
    let place = served.shown();
    let expected = json!({ "store": place, "created": true, "role": null });
    let desk = Desk::new();
    let words = ["init", "--store", &served.address];
    assert_eq!(desk.json(&words), expected);
    let again = desk.done(&words);
    assert_eq!(again, format!("the store is there already: {place}\n"));
    assert_eq!(served.desk.json(&["init"])["created"], false);
    assert!(!served.desk.path(".annals").exists());
    for desk in [&served.desk, &desk] {
        let (code, _) = desk.refused(&["init", "--read-only"]);
        assert_eq!(code, 2);
    }
    assert!(!desk.path(".annals").exists());
}

#[test]
fn a_role_gets_what_the_program_needs_and_nothing_else() {
    let Some(served) = Served::new() else { return };
    let (role, desk) = served.role("app");
    let (code, error) = desk.refused(&["add", "x"]);
    assert_eq!(code, 5);
    let hint = error["hint"].as_str().unwrap();
    let owner = served.shown().replacen("annals@", "OWNER@", 1);
    assert!(
        hint.contains(&format!("annals init --store {owner} --role {role}")),
        "{hint}"
    );

    for _ in 0..2 {
        let answer = served.desk.json(&["init", "--role", &role]);
        assert_eq!(answer["role"], role);
    }
    desk.done(&["add", "x"]);
    desk.done(&["start", "1"]);
    assert_eq!(desk.json(&["show", "1"])["status"], "in_progress");
    assert!(desk.done(&["check"]).starts_with("clean: 4 events"));
    for statement in [
        "UPDATE annals.events SET version = 2",
        "DELETE FROM annals.events",
        "TRUNCATE annals.events",
        "INSERT INTO annals.events SELECT * FROM annals.events",
        "UPDATE annals.head SET position = 9",
        "UPDATE annals.store SET layout = 9",
        "INSERT INTO annals.time_marks VALUES (1, 1)",
        "CREATE TABLE annals.mine (x int)",
        "CREATE SCHEMA mine",
    ] {
        let statement = format!("SET ROLE {role}; {statement}");
        let refused = served
            .server
            .sql(served.database(), &statement)
            .unwrap_err();
        assert!(
            refused.to_string().contains("permission denied"),
            "{refused}"
        );
    }
    let (other, _) = served.role("other");
    let (code, error) = desk.refused(&["init", "--role", &other]);
    assert_eq!(code, 5, "{error}");
    assert!(error["message"].as_str().unwrap().contains("may not grant"));
    for words in [&["freeze", "--to", "new.annals"][..], &["unfreeze"]] {
        let (code, error) = desk.refused(words);
        assert_eq!((code, &error["kind"]), (5, &"store".into()), "{error}");
        assert!(error["hint"].is_string(), "{error}");
    }
}

#[test]
fn a_role_that_is_not_there_is_an_error_with_the_line_that_creates_it() {
    let Some(served) = Served::new() else { return };
    let (code, error) = served.desk.refused(&["init", "--role", "The App"]);
    assert_eq!(code, 5);
    let message = error["message"].as_str().unwrap();
    assert!(message.ends_with("has no role The App"), "{message}");
    let hint = error["hint"].as_str().unwrap();
    let line = hint.split("psql: ").nth(1).unwrap();
    assert_eq!(
        line,
        "CREATE ROLE \"The App\" LOGIN; \\password \"The App\""
    );
    served.sql(line.split(" \\").next().unwrap());
    served.desk.done(&["init", "--role", "The App"]);
    served.sql("DROP OWNED BY \"The App\"; DROP ROLE \"The App\"");

    for name in ["public", "", "a\nb", &"x".repeat(64)] {
        let (code, _) = served.desk.refused(&["init", "--role", name]);
        assert_eq!(code, 2, "{name:?}");
    }
    let desk = Desk::new();
    let (code, error) = desk.refused(&["init", "--role", "app"]);
    assert_eq!(
        (code, &error["message"]),
        (2, &json!("--role needs a store on a server"))
    );
    assert!(!desk.path(".annals").exists());
}

#[test]
fn backup_and_restore_name_the_tools_of_the_server() {
    let Some(served) = Served::initialised() else {
        return;
    };
    std::fs::write(served.desk.path("copy"), "").unwrap();
    for (words, tool) in [
        (["backup", "new"], "pg_dump"),
        (["restore", "copy"], "pg_restore"),
    ] {
        let (code, error) = served.desk.refused(&words);
        assert_eq!(code, 2, "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("this store is on a server"), "{message}");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains(tool), "{hint}");
        // No option that removes something first.
        assert!(!hint.contains("--clean"), "{hint}");
    }
    assert!(!served.desk.path("new").exists());
}

#[test]
fn a_check_names_the_damage_and_the_store() {
    let Some(served) = Served::initialised() else {
        return;
    };
    for title in ["a", "b", "c"] {
        served.desk.done(&["add", title]);
    }
    let clean = served.desk.json(&["check"]);
    assert_eq!(clean["store"], served.shown());
    assert_eq!(
        (&clean["clean"], &clean["streams"]),
        (&json!(true), &json!(4))
    );
    served.sql(
        "SET session_replication_role = replica; DELETE FROM annals.events WHERE position = 2",
    );
    let run = served.desk.run(&["check"]);
    assert_eq!(run.code, Some(5));
    assert_eq!(run.out, "position 2 is missing\n");
    let expected = format!(
        "error: the store at {} is damaged: 1 problem(s)",
        served.shown()
    );
    assert!(run.err.starts_with(&expected), "{}", run.err);
    assert!(
        run.err.contains("hint: restore a backup of the server"),
        "{}",
        run.err
    );
}

/// The answer of `views` for the database of a desk.
fn folder(desk: &Desk) -> String {
    desk.json(&["views"])["folder"].as_str().unwrap().to_owned()
}

#[test]
fn the_read_model_is_in_the_cache_of_the_user() {
    let Some(served) = Served::initialised() else {
        return;
    };
    let desk = &served.desk;
    desk.done(&["add", "Write the report"]);
    desk.done(&["add", "Mend the roof"]);
    assert_eq!(desk.json(&["views"])["views"], json!([]));
    desk.done(&["--read-only", "list"]);
    desk.done(&["--read-only", "search", "report"]);
    assert!(!desk.path("cache").exists(), "--read-only creates no file");

    let found = desk.json(&["search", "report"]);
    assert_eq!(found[0]["number"], "WORK-001");
    let id = served.sql("SELECT replace(store_id::text, '-', '') FROM annals.store");
    let expected = desk.path("cache/annals/views").join(&id);
    assert_eq!(folder(desk), expected.display().to_string());
    assert!(expected.join("catalog.db").exists());
    {
        use std::os::unix::fs::PermissionsExt;
        let above = std::fs::metadata(desk.path("cache/annals/views")).unwrap();
        assert_eq!(above.permissions().mode() & 0o777, 0o700);
    }
    let proof = desk.done(&["views", "prove", "items"]);
    assert!(proof.starts_with("proven: "), "{proof}");
    desk.done(&["views", "rebuild", "items"]);
    assert_eq!(desk.done(&["views", "parked"]), "no event is put aside\n");
    desk.done(&["add", "A second report"]);
    assert_eq!(
        desk.json(&["search", "report"]).as_array().unwrap().len(),
        2
    );
}

/// The rows of one database are never those of another one.
#[test]
fn a_database_that_was_made_anew_does_not_read_the_old_rows() {
    let Some(served) = Served::initialised() else {
        return;
    };
    let desk = &served.desk;
    desk.done(&["add", "Write the report"]);
    desk.done(&["search", "report"]);
    let before = folder(desk);
    served.sql("DROP SCHEMA annals CASCADE");
    desk.done(&["init"]);
    desk.done(&["add", "Mend the roof"]);
    assert_eq!(desk.json(&["search", "report"]), json!([]));
    assert_eq!(desk.json(&["search", "roof"]).as_array().unwrap().len(), 1);
    assert_ne!(folder(desk), before);
}

#[test]
fn without_a_cache_the_log_answers() {
    let Some(served) = Served::initialised() else {
        return;
    };
    served.desk.done(&["add", "Write the report"]);
    let run = |words: &[&str]| -> Run {
        let mut command = served.desk.command(words);
        command
            .env("XDG_CACHE_HOME", "relative")
            .env("HOME", "relative");
        finish(command.spawn().unwrap())
    };
    let found = run(&["search", "report"]);
    assert!(found.out.contains("WORK-001"), "{found:?}");
    assert_eq!((found.code, found.err.as_str()), (Some(0), ""));
    let views = run(&["views"]);
    assert_eq!(views.code, Some(5));
    assert!(
        views
            .err
            .contains("the cache directory of the user is unknown"),
        "{views:?}"
    );
    assert!(!served.desk.path("relative").exists());
}

#[test]
fn a_claim_on_a_version_that_is_gone_is_a_conflict() {
    let Some(served) = Served::initialised() else {
        return;
    };
    served.desk.done(&["add", "x", "--type", "spike"]);
    served.desk.done(&["start", "1", "--expect", "1"]);
    let (code, error) = served.desk.refused(&["note", "1", "late", "--expect", "1"]);
    assert_eq!((code, &error["kind"]), (4, &json!("conflict")));
    served.desk.done(&["done", "1", "--expect", "3"]);
    let (code, error) = served.desk.refused(&["start", "1"]);
    assert_eq!((code, &error["kind"]), (3, &json!("refused")));
}

#[test]
fn processes_that_add_at_once_get_numbers_without_gaps_or_duplicates() {
    const PROCESSES: usize = 12;
    let Some(served) = Served::new() else { return };
    let running: Vec<Child> = (0..PROCESSES)
        .map(|_| {
            let mut add = served.desk.command(&["add", "x", "--format", "json"]);
            add.spawn().unwrap()
        })
        .collect();
    let mut numbers = Vec::new();
    for child in running {
        let run = finish(child);
        assert_eq!(run.code, Some(0), "{run:?}");
        let answer: Value = serde_json::from_str(&run.out).unwrap();
        numbers.push(answer["item"]["number"].as_str().unwrap().to_owned());
    }
    numbers.sort();
    let expected: Vec<_> = (1..=PROCESSES).map(|n| format!("WORK-{n:03}")).collect();
    assert_eq!(numbers, expected);
    assert!(served.desk.done(&["check"]).starts_with("clean"));
}

#[test]
fn one_of_the_processes_that_claim_a_version_at_once_gets_it() {
    let Some(served) = Served::initialised() else {
        return;
    };
    served.desk.done(&["add", "x"]);
    let claim = ["note", "1", "mine", "--expect", "1", "--format", "json"];
    let running: Vec<Child> = (0..8)
        .map(|_| served.desk.command(&claim).spawn().unwrap())
        .collect();
    let mut codes: Vec<_> = running.into_iter().map(|it| finish(it).code).collect();
    codes.sort_unstable();
    let mut expected = [Some(4); 8];
    expected[0] = Some(0);
    assert_eq!(codes, expected);
    assert_eq!(served.desk.json(&["show", "1"])["version"], 2);
}

/// A follower of the events, and its first line.
fn follower(desk: &Desk) -> (Child, BufReader<std::process::ChildStdout>, String) {
    let mut command = desk.command(&["events", "--follow", "--format", "json"]);
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    (child, lines, line)
}

#[test]
fn a_follower_sees_new_events_and_ends_by_an_interrupt() {
    let Some(served) = Served::initialised() else {
        return;
    };
    served.desk.done(&["add", "x"]);
    let (mut child, mut lines, first) = follower(&served.desk);
    let first: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(first["position"], 1);
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    served.desk.done(&["note", "1", "seen"]);
    line.clear();
    lines.read_line(&mut line).unwrap();
    let third: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(third["event_type"], "NoteAdded");
    let id = child.id().to_string();
    let interrupted = Command::new("kill").args(["-INT", &id]).status();
    assert!(interrupted.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_follower_says_that_its_server_has_stopped() {
    let Some(server) = own_server() else { return };
    let address = server.new_database().unwrap();
    let desk = Desk::on_server(&address);
    desk.done(&["add", "x"]);
    let (mut child, _lines, _) = follower(&desk);
    server.crash().unwrap();
    let mut err = String::new();
    let mut stderr = child.stderr.take().unwrap();
    stderr.read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{err}");
    let error: Value = serde_json::from_str(&err).unwrap_or_else(|_| panic!("{err}"));
    let message = error["error"]["message"].as_str().unwrap();
    let place = shown(&address);
    // A server that is still stopping says that it takes no connections now.
    if !message.starts_with(&format!("the store {place} is busy")) {
        let expected = format!("the store {place} cannot be reached: ");
        assert!(message.starts_with(&expected), "{message}");
        assert_eq!(
            error["error"]["hint"],
            "run the command again when the server answers"
        );
    }
    let (code, error) = desk.refused(&["list"]);
    assert_eq!(code, 5);
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("cannot be reached"), "{message}");
    server.resume().unwrap();
    assert_eq!(desk.json(&["list"]).as_array().unwrap().len(), 1);
}

/// A mistyped address is no path, which errors would name.
#[test]
fn a_mistyped_address_is_refused_without_its_password() {
    let desk = Desk::new();
    for address in [
        "postgers://owner:s3cret@db/work",
        " postgres://owner:s3cret@db/work",
        "mysql://owner:s3cret@db:1/work",
        "postgres:/owner:s3cret@db/work",
        "postgresql:owner:s3cret@db/work",
    ] {
        for words in [&["list"][..], &["add", "x"], &["init"], &["backup", "copy"]] {
            let named = [&["--store", address], words].concat();
            let by_variable = desk.command(words).env("ANNALS_STORE", address).spawn();
            for run in [desk.run(&named), finish(by_variable.unwrap())] {
                assert_eq!(run.code, Some(2), "{address} {words:?} {}", run.err);
                assert!(
                    !format!("{}{}", run.out, run.err).contains("s3cret"),
                    "{run:?}"
                );
            }
        }
    }
}
