//! `prime`, `context --verify` and `--seen`: the aids for agents.

use serde_json::json;
use serialization::tokens::{O200kBase, TokenCounter};

use crate::program::Desk;

fn tokens(text: &str) -> usize {
    O200kBase::new().count(text)
}

#[test]
fn prime_lists_the_open_items_of_the_actor() {
    let desk = Desk::new();
    let without_store = desk.done(&["prime", "--actor", "agent:b"]);
    assert!(
        !without_store.contains("WORK-") && tokens(&without_store) <= 151,
        "{without_store}"
    );
    desk.done(&["add", "Mend\u{a0}the roof", "--assignee", "agent:b"]);
    desk.done(&["add", "Paint it", "--assignee", "ada"]);
    desk.done(&["add", "Sell it", "--assignee", "agent:b"]);
    desk.done(&["cancel", "3", "--reason", "r"]);
    let text = desk.done(&["prime", "--actor", "agent:b"]);
    let last: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("yours: "))
        .collect();
    assert_eq!(last, ["yours: WORK-001 pending Mend\u{a0}the roof"]);
    desk.done(&["claim", "1", "--actor", "agent:b"]);
    let claimed = desk.json(&["prime", "--actor", "agent:b"])["held"].clone();
    assert!(claimed[0]["claim"]["until"].is_string(), "{claimed}");
    let held = desk.json(&["prime", "--actor", "ada"])["held"].clone();
    assert_eq!(
        held,
        json!([{"number": "WORK-002", "title": "Paint it", "status": "pending"}])
    );
}

#[test]
fn the_text_is_installed_between_marks_and_the_rest_of_the_file_stays() {
    let desk = Desk::new();
    let path = desk.path("AGENTS.md");
    assert_eq!(desk.json(&["prime", "--install"])["changed"], true);
    let first = std::fs::read_to_string(&path).unwrap();
    assert!(
        first.contains("Exit codes") && first.ends_with("-->\n"),
        "{first}"
    );
    assert_eq!(desk.json(&["prime", "--install"])["changed"], false);
    assert_eq!(
        desk.run(&["prime", "--install", "--read-only"]).code,
        Some(2)
    );

    let foreign = desk.path("NOTES.md");
    std::fs::write(&foreign, b"# Rules\r\nno end \xff").unwrap();
    desk.done(&["prime", "--install", "NOTES.md"]);
    let bytes = std::fs::read(&foreign).unwrap();
    assert!(bytes.starts_with(b"# Rules\r\nno end \xff\r\n\r\n<!-- annals"));
    let lone = bytes
        .windows(2)
        .filter(|pair| pair[1] == b'\n' && pair[0] != b'\r');
    assert_eq!(lone.count(), 0, "the line ends are those of the file");

    std::fs::write(&foreign, format!("{first}{first}")).unwrap();
    let (code, error) = desk.refused(&["prime", "--install", "NOTES.md"]);
    assert_eq!(code, 2);
    assert_eq!(error["kind"], "usage");
    assert_eq!(
        std::fs::read_to_string(&foreign).unwrap(),
        format!("{first}{first}")
    );
    assert_eq!(
        desk.refused(&["prime", "--install", "no/such/folder.md"]).0,
        2
    );
    assert_eq!(desk.refused(&["prime", "--install", "."]).0, 2);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_read_only_file_stays_as_it_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let desk = Desk::new();
    let (target, link) = (desk.path("real.md"), desk.path("AGENTS.md"));
    std::fs::write(&target, "mine\n").unwrap();
    std::fs::set_permissions(&target, PermissionsExt::from_mode(0o640)).unwrap();
    symlink(&target, &link).unwrap();
    desk.done(&["prime", "--install"]);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    let text = std::fs::read_to_string(&target).unwrap();
    assert!(text.starts_with("mine\n\n<!-- annals"), "{text}");
    let rights = std::fs::metadata(&target).unwrap().permissions().mode();
    assert_eq!(rights & 0o777, 0o640);

    std::fs::write(&target, "mine\n").unwrap();
    std::fs::set_permissions(&target, PermissionsExt::from_mode(0o440)).unwrap();
    let (code, error) = desk.refused(&["prime", "--install"]);
    assert_eq!(code, 2, "{error}");
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine\n");
    let nowhere = desk.path("nowhere.md");
    symlink(desk.path("missing/file.md"), &nowhere).unwrap();
    assert_eq!(desk.refused(&["prime", "--install", "nowhere.md"]).0, 2);
}

#[test]
fn a_context_has_the_parent_the_waiting_items_the_next_commands_and_a_handle() {
    let desk = Desk::new();
    desk.done(&[
        "add",
        "The barn",
        "--type",
        "story",
        "--description",
        "It is old.",
    ]);
    desk.done(&["add", "Mend the roof", "--parent", "1"]);
    desk.done(&["add", "Paint the roof", "--parent", "1", "--on", "2"]);
    desk.done(&["start", "2"]);
    let context = desk.toon(&["context", "2"]);
    let parent = json!({"number": "WORK-001", "title": "The barn", "description": "It is old.", "version": 3});
    assert_eq!(context["parent"], parent);
    let waiting = json!([{"number": "WORK-003", "status": "pending", "title": "Paint the roof", "version": 2}]);
    assert_eq!(context["waiting"], waiting);
    assert_eq!(context["next"], json!(["annals test-run WORK-002"]));
    let head = desk.json(&["check"])["events"].as_u64().unwrap();
    assert_eq!(context["handle"], format!("@{head}"));
    let past = desk.toon(&["context", "2", "--as-of", "1"]);
    for name in ["handle", "next", "waiting"] {
        assert!(past.get(name).is_none(), "{name}: {past}");
    }
    desk.done(&[
        "test-run",
        "2",
        "--positive",
        "6",
        "--negative",
        "3",
        "--edge",
        "1",
    ]);
    assert_eq!(
        desk.toon(&["context", "2"])["next"],
        json!(["annals done WORK-002"])
    );
    assert_eq!(
        desk.toon(&["context", "3"]).get("next"),
        Some(&json!(["annals test-run WORK-003"]))
    );
}

#[test]
fn a_command_on_a_handle_is_refused_if_the_item_has_changed() {
    let desk = Desk::new();
    desk.done(&["add", "one"]);
    desk.done(&["add", "two"]);
    let handle = desk.toon(&["context", "1"])["handle"]
        .as_str()
        .unwrap()
        .to_owned();
    // Another item does not matter.
    desk.done(&["start", "2"]);
    desk.done(&["note", "1", "first", "--seen", &handle]);
    let words = ["start", "1", "--seen", &handle];
    let (code, error) = desk.refused(&words);
    assert_eq!(
        (code, error["kind"].as_str()),
        (4, Some("conflict")),
        "{error}"
    );
    let changes =
        json!([{"version": 2, "actor": "tester", "event_type": "NoteAdded", "what": "first"}]);
    assert_eq!(
        (&error["changes"], &error["version"]),
        (&changes, &json!(2))
    );
    let text = desk.run(&words).err;
    assert!(
        text.contains("version 2 by tester: NoteAdded first"),
        "{text}"
    );
    let long = "word ".repeat(1900);
    for _ in 0..9 {
        desk.done(&["note", "1", &long]);
    }
    for format in ["json", "toon", "human"] {
        let run = desk.run(&[&words[..], &["--format", format]].concat());
        assert!(
            tokens(&run.err) <= 300,
            "{} tokens: {}",
            tokens(&run.err),
            run.err
        );
    }
    let (code, error) = desk.refused(&["start", "1", "2", "--seen", &handle]);
    assert_eq!(code, 4);
    assert_eq!(error["refused"].as_array().unwrap().len(), 2);
    assert_eq!(desk.refused(&["start", "1", "--seen", "@999"]).0, 3);
    assert_eq!(desk.refused(&["start", "1", "--seen", "999"]).0, 2);
    assert_eq!(
        desk.refused(&["start", "1", "--seen", "@1", "--expect", "1"])
            .0,
        2
    );
}

#[test]
fn the_citations_of_a_text_are_checked_against_the_store() {
    let desk = Desk::new();
    desk.done(&["add", "one"]);
    desk.done(&["start", "1"]);
    let good = "It was added [WORK-001@1] and started [WORK-1@3].";
    std::fs::write(desk.path("good.md"), good).unwrap();
    assert_eq!(
        desk.json(&["context", "--verify", "good.md"]),
        json!({"citations": 2, "unresolved": []})
    );
    let bad = "[WORK-001@4] [WORK-001@0] [WORK-9@1] [WORK-1@x] [WORK-1@2]";
    let run = desk.piped(
        &["context", "--verify", "-", "--format", "json"],
        bad.as_bytes(),
    );
    assert_eq!(run.code, Some(3), "{}", run.err);
    let answer: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let unresolved = answer["unresolved"].as_array().unwrap();
    let citations: Vec<_> = unresolved
        .iter()
        .map(|one| one["citation"].as_str().unwrap())
        .collect();
    assert_eq!(
        citations,
        ["[WORK-001@4]", "[WORK-001@0]", "[WORK-9@1]", "[WORK-1@x]"]
    );
    assert_eq!(desk.run(&["context"]).code, Some(2));
}

#[test]
fn three_dependent_tasks_from_prime_to_done_cost_few_tokens() {
    let desk = Desk::new();
    let mut read = String::new();
    let mut say = |words: &[&str]| {
        let actor = ["--actor", "agent:b"];
        let format = if words[0] == "prime" { "human" } else { "toon" };
        read.push_str(&desk.done(&[words, &actor, &["--format", format]].concat()));
    };
    say(&["prime"]);
    say(&["add", "Read the figures"]);
    say(&["add", "Sum up the figures", "--on", "1"]);
    say(&["add", "Write the report", "--on", "2"]);
    for item in ["1", "2", "3"] {
        say(&["start", item]);
        say(&[
            "test-run",
            item,
            "--positive",
            "6",
            "--negative",
            "3",
            "--edge",
            "1",
        ]);
        say(&["done", item]);
    }
    say(&["list"]);
    assert!(
        read.contains("WORK-003,Write the report,task,done"),
        "{read}"
    );
    let tokens = tokens(&read);
    assert!(tokens <= 1_500, "{tokens} tokens:\n{read}");
}
