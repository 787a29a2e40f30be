//! The next steps in errors.

use crate::program::{Desk, Run, finish};

/// The store of each test: a pending item, one in progress, a blocked, a done and a cancelled one,
/// and an epic.
fn with_items() -> Desk {
    let desk = Desk::new();
    for title in ["pending", "started", "blocked", "done", "cancelled", "epic"] {
        let item_type = if title == "epic" { "epic" } else { "spike" };
        desk.done(&["add", title, "--type", item_type]);
    }
    for item in ["2", "3", "4"] {
        desk.done(&["start", item]);
    }
    desk.done(&["block", "3", "--reason", "x"]);
    desk.done(&["done", "4"]);
    desk.done(&["cancel", "5", "--reason", "x"]);
    desk
}

/// The hint of a command that is refused.
fn hint(desk: &Desk, words: &[&str]) -> String {
    let error = desk.refused(words).1;
    error["hint"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn each_refusal_has_a_next_step() {
    let desk = with_items();
    let because = ["--reason", "x"];
    for (words, step) in [
        (&["start", "2"][..], "annals done ITEM"),
        (&["start", "3"], "annals unblock ITEM"),
        (&["start", "4"], "annals reopen ITEM"),
        (&["start", "5"], "annals add"),
        (&["unblock", "1"], "annals start ITEM"),
        (&["unblock", "2"], "annals done ITEM"),
        (&["unblock", "4"], "annals reopen ITEM"),
        (
            &[&["block", "1"][..], &because].concat(),
            "annals start ITEM",
        ),
        (
            &[&["block", "3"][..], &because].concat(),
            "annals unblock ITEM",
        ),
        (
            &[&["block", "4"][..], &because].concat(),
            "annals reopen ITEM",
        ),
        (&["done", "4"], "annals show ITEM"),
        (
            &[&["cancel", "4"][..], &because].concat(),
            "annals reopen ITEM",
        ),
        (
            &[&["reopen", "1"][..], &because].concat(),
            "annals start ITEM",
        ),
        (
            &[&["reopen", "2"][..], &because].concat(),
            "annals done ITEM",
        ),
        (
            &[&["reopen", "3"][..], &because].concat(),
            "annals unblock ITEM",
        ),
        (
            &["add", "x", "--type", "epic", "--parent", "6"],
            "without --parent",
        ),
        (&["depend", "1", "--on", "1"], "another item"),
        (&["undepend", "1", "--on", "2"], "annals show ITEM"),
        (&["note", "1", "x", "--expect", "0"], "annals show ITEM"),
        (&["show", "foo"], "annals list"),
        (&["depend", "1", "--on", "WORK-x"], "annals list"),
        (&["describe", "1", ""], "annals describe ITEM --none"),
    ] {
        let hint = hint(&desk, words);
        assert!(hint.contains(step), "{words:?}: {hint:?}");
        assert!(!hint.contains("another writer"), "{words:?}: {hint:?}");
    }
    desk.done(&["depend", "1", "--on", "2"]);
    let again = hint(&desk, &["depend", "1", "--on", "2", "--kind", "relates"]);
    assert!(again.contains("annals undepend ITEM --on ITEM"), "{again}");
    let circle = hint(&desk, &["depend", "2", "--on", "1"]);
    assert!(
        circle.contains("annals undepend ITEM --on ITEM"),
        "{circle}"
    );
    let run = desk.run(&["show", "foo"]);
    assert!(
        run.err
            .ends_with("\nhint: `annals list` shows all items; 1 is short for WORK-001\n"),
        "{}",
        run.err
    );
}

#[test]
fn a_refused_completion_asks_for_the_evidence_of_its_tier_only() {
    let desk = Desk::new();
    desk.write_evidence();
    let from_files = ["--lcov", "lines.info", "--junit", "tests.xml"];
    let given = [
        "--coverage",
        "99",
        "--positive",
        "1",
        "--negative",
        "1",
        "--edge",
        "1",
    ];
    let (files, approval) = ("--lcov FILE --junit FILE", "annals approve ITEM");
    for (number, tier) in (1_u8..).zip(["T1", "T2", "T3", "T4"]) {
        desk.done(&["add", tier, "--risk", tier]);
        let number = number.to_string();
        desk.done(&["start", &number]);
        let refused = |says: &[&str], not: &[&str]| {
            let hint = hint(&desk, &["done", &number]);
            assert!(
                says.iter().all(|word| hint.contains(word)),
                "{tier}: {hint}"
            );
            assert!(
                !not.iter().any(|word| hint.contains(word)),
                "{tier}: {hint}"
            );
        };
        match tier {
            "T4" => refused(&[files, approval], &[]),
            "T3" => refused(&[files], &[approval]),
            _ => refused(&["annals test-run ITEM"], &[approval, files]),
        }
        // Each hint leads on: figures are enough for T1 and T2, and files for T3.
        desk.done(&[&["test-run", &number][..], &given].concat());
        if tier < "T3" {
            desk.done(&["done", &number]);
            continue;
        }
        match tier {
            "T4" => refused(&[files, approval], &[]),
            _ => refused(&[files], &[approval]),
        }
        desk.done(&[&["test-run", &number][..], &from_files].concat());
        if tier == "T4" {
            refused(&[approval], &["test-run"]);
            desk.done(&["approve", &number, "--actor", "ben"]);
        }
        desk.done(&["done", &number]);
    }
}

#[test]
fn a_missing_store_is_named_as_a_command_can_create_it() {
    let desk = Desk::new();
    let folder = desk.path("").canonicalize().unwrap();
    let run = desk.run(&["list", "--store", "other.annals"]);
    let path = folder.join("other.annals");
    assert!(
        run.err
            .contains(&format!("no store at {} yet", path.display())),
        "{}",
        run.err
    );
    let hint_of_other = hint(&desk, &["list", "--store", "other.annals"]);
    let command = format!("`annals --store {} add \"First item\"`", path.display());
    assert!(hint_of_other.contains(&command), "{hint_of_other}");
    desk.done(&["--store", path.to_str().unwrap(), "add", "First item"]);
    let missing = hint(&desk, &["list", "--store", "nowhere/x"]);
    assert!(missing.contains("create the directory"), "{missing}");
    assert!(hint(&desk, &["list"]).contains("`annals add \"First item\"`"));
    for words in [
        &["list", "--store", "~/x"][..],
        &["add", "x", "--store", "~/x"],
        &["add", "x", "--store=~ada/x"],
    ] {
        let hint = hint(&desk, words);
        assert!(hint.contains("did not expand `~`"), "{words:?}: {hint}");
    }
    let mut command = desk.command(&["list"]);
    let run = finish(command.env("ANNALS_STORE", "~/x").spawn().unwrap());
    assert!(run.err.contains("did not expand `~`"), "{run:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_command_without_an_answer_says_what_it_left() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let run = |words: &[&str]| -> Run {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let mut command = desk.command(words);
        finish(command.stdout(full.unwrap()).spawn().unwrap())
    };
    for (words, left) in [
        (&["init"][..], "the folder `.annals` is there"),
        (&["backup", "copy"], "the backup is there"),
        (&["restore", "copy"], "the store is restored"),
        (&["start", "1"], "`annals show ITEM`"),
    ] {
        let run = run(words);
        assert_eq!(run.code, Some(5), "{run:?}");
        assert!(
            run.err.starts_with("error: the command is done, but"),
            "{run:?}"
        );
        assert!(
            run.err.contains("hint: do not repeat the command"),
            "{run:?}"
        );
        assert!(run.err.contains(left), "{run:?}");
    }
    assert!(desk.path(".annals").is_dir() && desk.path("copy").is_file());
}

#[test]
fn an_error_about_a_document_is_short() {
    let desk = Desk::new();
    let key = "k y".repeat(20_000);
    for (name, text, says) in [
        (
            "a.json",
            format!("{{\"{key}\":1,\"{key}\":2}}"),
            "occurs twice in one object at line 1",
        ),
        ("a.toon", format!("\"{key}\": 1\n\"{key}\": 2\n"), "twice"),
        ("c.toon", format!("a[{}]: 1", "1".repeat(60_000)), "found 1"),
    ] {
        std::fs::write(desk.path(name), text).unwrap();
        let run = desk.run(&["toon", name]);
        assert!(run.err.len() < 400, "{name}: {}", run.err.len());
        assert!(run.err.contains(says), "{name}: {}", run.err);
    }
}
