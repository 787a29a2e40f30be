//! The JSON Schemas of the answers, against the answers of all commands.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::program::Desk;

/// The schemas of a desk's program, and the commands that were checked.
struct Checks<'a> {
    desk: &'a Desk,
    checked: BTreeSet<String>,
}

impl Checks<'_> {
    /// Checks an answer: it fits the schema, and the schema names each of its fields.
    fn check(&mut self, command: &str, answer: &Value) {
        let schema = self.desk.json(&["schema", command]);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(answer)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, [""; 0], "{command}: {answer}");
        let mut known = BTreeSet::new();
        names(&schema, &mut known);
        let mut found = BTreeSet::new();
        keys(answer, &mut found);
        let unknown: Vec<_> = found.difference(&known).collect();
        assert_eq!(unknown, [""; 0], "{command}: {answer}");
        self.checked.insert(command.to_owned());
    }

    fn run(&mut self, words: &[&str]) {
        let command = words[0];
        let answer = self.desk.json(words);
        self.check(command, &answer);
    }

    fn lines(&mut self, words: &[&str]) {
        let lines = self.desk.done(&[words, &["--format", "json"]].concat());
        for line in lines.lines() {
            self.check(words[0], &serde_json::from_str(line).unwrap());
        }
    }

    fn refused(&mut self, words: &[&str]) {
        let run = self.desk.run(&[words, &["--format", "json"]].concat());
        assert_ne!(run.code, Some(0), "{words:?}");
        self.check("error", &serde_json::from_str(&run.err).unwrap());
    }
}

/// The names of the properties in a schema.
fn names(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                if let ("properties", Value::Object(properties)) = (key.as_str(), value) {
                    into.extend(properties.keys().cloned());
                }
                names(value, into);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| names(value, into)),
        _ => {}
    }
}

/// The keys of an answer, except those in payloads of events, counts of files and refusals.
fn keys(answer: &Value, into: &mut BTreeSet<String>) {
    match answer {
        Value::Object(fields) => {
            for (key, value) in fields {
                into.insert(key.clone());
                if !["payload", "counts", "refused"].contains(&key.as_str()) {
                    keys(value, into);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, into)),
        _ => {}
    }
}

#[test]
fn the_answers_of_all_commands_fit_their_schemas() {
    let desk = Desk::new();
    desk.write_evidence();
    let issue = r#"{"id":"bd-1","title":"x","created_at":"2026-01-09T10:00:00Z","more":1,"dependencies":[{"depends_on_id":"bd-2"}]}"#;
    std::fs::write(desk.path("issues.jsonl"), issue).unwrap();
    let mut checks = Checks {
        desk: &desk,
        checked: BTreeSet::new(),
    };
    let init = desk
        .command(&["init", "--format", "json"])
        .env_remove("ANNALS_STORE")
        .output();
    checks.check(
        "init",
        &serde_json::from_slice(&init.unwrap().stdout).unwrap(),
    );
    checks.run(&["add", "A story", "--type", "story", "--description", "d"]);
    checks.run(&[
        "add",
        "A task",
        "--parent",
        "1",
        "--risk",
        "T4",
        "--assignee",
        "agent:b",
    ]);
    checks.run(&["add", "A spike", "--type", "spike"]);
    for words in [
        &["depend", "2", "--on", "3"][..],
        &["start", "2"],
        &["undepend", "2", "--on", "3"],
        &["block", "2", "--reason", "r"],
        &["unblock", "2"],
        &["note", "2", "n"],
        &["retitle", "2", "Another task"],
        &["describe", "2", "d"],
        &["prioritise", "1", "2", "high"],
        &["assign", "3", "ada"],
        &[
            "test-run",
            "2",
            "--lcov",
            "lines.info",
            "--junit",
            "tests.xml",
        ],
        &["what-if", "approve", "2", "--actor", "cleo"],
        &["approve", "2", "--actor", "ben"],
        &["done", "2", "--resolution", "all is well"],
        &["reopen", "2", "--reason", "r"],
        &["cancel", "3", "--reason", "r"],
        &["add", "Another one"],
        &["ready"],
        &["ready", "--explain", "1"],
        &["ready", "--ids"],
        &["next"],
        &["next", "--claim", "--actor", "agent:one"],
        &["claim", "4", "--for", "30m", "--actor", "agent:one"],
        &["show", "4"],
        &["list"],
        &["list", "--ids"],
        &["search", "task"],
        &["board"],
        &["board", "--as-of", "3"],
        &["stats"],
        &["show", "2"],
        &["history", "2"],
        &["tree"],
        &["tree", "1"],
        &["why", "2"],
        &["diff", "2", "--from", "1"],
        &["context", "2"],
        &["context", "2", "--as-of", "2"],
        &["prime"],
        &["prime", "--install"],
        &["check"],
        &["views"],
        &["views", "rebuild", "items"],
        &["views", "prove", "items"],
        &["views", "parked"],
        &["views", "retry"],
        &["backup", "copy.annals"],
        &["export", "log.jsonl"],
        &["import", "log.jsonl"],
        &["import", "--merge", "log.jsonl"],
        &["import", "--beads", "issues.jsonl"],
        &["freeze", "--to", "elsewhere.annals"],
        &["unfreeze"],
        &["restore", "copy.annals"],
    ] {
        checks.run(words);
    }
    checks.lines(&["streams"]);
    checks.lines(&["events"]);
    for words in [
        &["done", "1"][..],
        &["start", "404"],
        &["claim", "4", "--actor", "agent:two"],
        &["next", "--claim", "--actor", "agent:two"],
        &["fly"],
        &["show", "2", "--as-of", "99"],
    ] {
        checks.refused(words);
    }
    checks.run(&["release", "4", "--actor", "ben"]);
    desk.done(&["retitle", "1", "Here"]);
    desk.done(&["--store", "copy.annals", "retitle", "1", "There"]);
    checks.refused(&["import", "--merge", "copy.annals"]);
    checks.refused(&["retitle", "4", "lost", "--actor", "agent:one"]);
    let all = desk.json(&["schema"]);
    let all = all["properties"].as_object().unwrap().keys().cloned();
    assert_eq!(checks.checked, all.collect());
}

#[test]
fn a_schema_has_few_tokens_for_a_command_and_refuses_other_names() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["schema", "fly"]).code, Some(2));
    let schema = desk.json(&["schema", "show"]);
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(!validator.is_valid(&serde_json::json!({"number": "WORK-001"})));
}
