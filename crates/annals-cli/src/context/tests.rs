//! The budget of a context: an answer about any item has at most that number of tokens.

use std::convert::Infallible;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serialization::tokens::{O200kBase, TokenCounter};
use serialization::toon;

use super::fit;
use super::rows::{
    Cell, ChangeRow, DependencyRow, Facts, HindranceRow, ParentRow, StateRow, View, WaitingRow,
};

fn tokens(text: &str) -> usize {
    O200kBase::new().count(text)
}

fn as_toon(view: &View<'_>) -> Result<String, Infallible> {
    Ok(format!("{}\n", toon::to_string(view).unwrap()))
}

fn as_json(view: &View<'_>) -> Result<String, Infallible> {
    Ok(format!("{}\n", serde_json::to_string(view).unwrap()))
}

fn told(facts: &Facts, budget: usize) -> String {
    fit(facts, budget, as_toon, tokens, || unreachable!()).unwrap()
}

/// Facts with this number of rows in each table and of words in each text.
fn facts(rows: usize, words: usize) -> Facts {
    let text = "word ".repeat(words).trim_end().to_owned();
    let version = |row: usize| row as u64 + 1;
    Facts {
        number: "WORK-001".to_owned(),
        title: "Write the report".to_owned(),
        version: rows as u64,
        handle: Some("@57".to_owned()),
        updated_at: "2026-01-05T08:00:00Z".to_owned(),
        as_of: None,
        stream: "work_item-7001".to_owned(),
        parent: None,
        state: (0..rows)
            .map(|row| StateRow {
                field: "description",
                value: Cell::Text(text.clone()),
                version: version(row),
            })
            .collect(),
        hindrances: (0..rows.min(3))
            .map(|row| HindranceRow {
                what: "blocker is pending".to_owned(),
                number: "WORK-002".to_owned(),
                version: version(row),
            })
            .collect(),
        depends_on: (0..rows)
            .map(|row| DependencyRow {
                number: format!("WORK-{row:03}"),
                kind: "blocks",
                status: Some("pending"),
                title: Some(text.clone()),
                version: Some(version(row)),
            })
            .collect(),
        waiting: Vec::new(),
        changes: (0..rows)
            .map(|row| ChangeRow {
                version: version(row),
                recorded_at: "2026-01-05T08:00:00Z".to_owned(),
                actor: Some("ada".to_owned()),
                event_type: "NoteAdded",
                what: format!("note {row}: {text}"),
            })
            .collect(),
        earlier: 0,
        next: Vec::new(),
    }
}

/// Texts in any script, emoji, control characters, and runs that are hard for tokenizers.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,60}",
        any::<String>(),
        "[a-z ,.:]{0,400}",
        (
            "[一-龥]|[ก-๛]|[\u{1f300}-\u{1f6ff}]|[a-z]| |=|\n|\"|\\\\",
            0..3000_usize
        )
            .prop_map(|(character, times)| character.repeat(times)),
    ]
}

prop_compose! {
    fn any_facts()(
        number in prop_oneof![1..2000_u64, any::<u64>()],
        version in prop_oneof![1..2000_u64, any::<u64>()],
        title in text(),
        stream in any::<u64>(),
        state in vec((text(), any::<u64>()), 0..8),
        hinders in vec(any::<u64>(), 0..5),
        depends_on in vec((option::of(text()), any::<u64>()), 0..8),
        changes in vec((text(), option::of(text()), any::<u64>()), 0..30),
        as_of in option::of(Just("2026-01-05T08:00:00Z".to_owned())),
        earlier in prop_oneof![Just(0), any::<u64>()],
        parent in option::of((text(), option::of(text()))),
        waiting in vec((text(), any::<u64>()), 0..8),
        handle in option::of(any::<u64>()),
        next in vec(any::<u64>(), 0..4),
    ) -> Facts {
        Facts {
            number: format!("WORK-{number:03}"),
            handle: handle.map(|position| format!("@{position}")),
            parent: parent.map(|(title, description)| ParentRow {
                number: format!("WORK-{version:03}"),
                title,
                description,
                version,
            }),
            waiting: waiting.into_iter().map(|(title, version)| WaitingRow {
                number: format!("WORK-{version:03}"),
                status: "in_progress",
                title,
                version,
            }).collect(),
            next: next.into_iter().map(|number| format!("annals done WORK-{number}")).collect(),
            title,
            version,
            updated_at: "2026-01-05T08:00:00Z".to_owned(),
            as_of,
            stream: format!("work_item-{stream}"),
            state: state.into_iter().map(|(text, version)| StateRow {
                field: "description",
                value: Cell::Text(text),
                version,
            }).collect(),
            hindrances: hinders.into_iter().map(|version| HindranceRow {
                what: "gate L2: coverage 12.5 % is below 90 %".to_owned(),
                number: format!("WORK-{number:03}"),
                version,
            }).collect(),
            depends_on: depends_on.into_iter().map(|(title, version)| DependencyRow {
                number: format!("WORK-{version:03}"),
                kind: "relates",
                status: Some("in_progress"),
                title,
                version: Some(version),
            }).collect(),
            changes: changes.into_iter().map(|(what, actor, version)| ChangeRow {
                version,
                recorded_at: "2026-01-05T08:00:00Z".to_owned(),
                actor,
                event_type: "StatusChanged",
                what,
            }).collect(),
            earlier,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_answer_keeps_its_budget(
        facts in any_facts(),
        budget in prop_oneof![Just(50), 50..120_usize, 50..5000_usize],
    ) {
        for render in [as_toon, as_json] {
            let text = fit(&facts, budget, render, tokens, || unreachable!());
            let text = text.unwrap();
            prop_assert!(tokens(&text) <= budget, "{} tokens: {text}", tokens(&text));
            prop_assert!(text.contains(&facts.number));
        }
        let view: serde_json::Value = toon::from_str(&told(&facts, budget)).unwrap();
        prop_assert_eq!(&view["number"], &serde_json::json!(facts.number));
        prop_assert_eq!(&view["version"], &serde_json::json!(facts.version));
    }
}

#[test]
fn number_and_version_fit_the_smallest_budget() {
    let worst = Facts {
        number: format!("WORK-{}", u64::MAX),
        version: u64::MAX,
        title: "\u{0}".repeat(200),
        ..facts(9, 40)
    };
    for render in [as_toon, as_json] {
        let text = fit(&worst, 50, render, tokens, || unreachable!()).unwrap();
        assert!(tokens(&text) <= 50 && text.contains("dropped"), "{text}");
    }
}

#[test]
fn an_answer_within_its_budget_is_complete() {
    let text = told(&facts(3, 3), 10_000);
    for line in [
        "number: WORK-001",
        "title: Write the report",
        "stream: work_item-7001",
        "state[3]{field,value,version}:",
        "  description,word word word,1",
        "hindrances[3]{what,number,version}:",
        "depends_on[3]{number,kind,status,title,version}:",
        "  WORK-000,blocks,pending,word word word,1",
        "changes[3]{version,recorded_at,actor,event_type,what}:",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    assert!(!text.contains("dropped"), "{text}");
}

#[test]
fn the_oldest_changes_go_first() {
    let text = told(&facts(40, 3), 1600);
    assert!(
        text.contains("note 39") && !text.contains("note 0:"),
        "{text}"
    );
    assert!(
        text.contains("depends_on[40]") && text.contains("state[40]"),
        "{text}"
    );
    assert!(text.contains("oldest changes"), "{text}");
}

#[test]
fn then_texts_are_cut_and_ten_changes_stay() {
    let text = told(&facts(12, 300), 2000);
    assert!(text.contains("changes[10]"), "{text}");
    assert!(text.contains("…") && text.contains("texts past"), "{text}");
    assert!(
        text.contains("dropped: 2 oldest changes; texts past"),
        "{text}"
    );
}

#[test]
fn then_dependencies_and_the_last_is_number_and_version() {
    let text = told(&facts(12, 300), 900);
    assert!(
        text.contains("depends_on;") || text.ends_with("depends_on\n"),
        "{text}"
    );
    let least = told(&facts(400, 300), 50);
    assert!(
        least.starts_with("number: WORK-001\n") && least.contains("version: 400\n"),
        "{least}"
    );
    assert!(least.contains("dropped: all but these lines\n"), "{least}");
}

#[test]
fn earlier_omissions_count_among_the_dropped_changes() {
    let facts = Facts {
        earlier: 7,
        ..facts(2, 2)
    };
    assert!(told(&facts, 10_000).contains("dropped: 7 oldest changes\n"));
}

#[test]
fn the_number_of_counted_texts_is_bounded() {
    let counted = std::cell::Cell::new(0);
    let count = |text: &str| {
        counted.set(counted.get() + 1);
        text.split_whitespace().count()
    };
    let many = facts(10_000, 2);
    fit(&many, 5000, as_toon, count, || unreachable!()).unwrap();
    assert!(counted.get() <= 20, "{}", counted.get());
}
