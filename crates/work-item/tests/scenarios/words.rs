//! The words of the enums: reading, refusing and ordering them.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use work_item::{
    Bearing, DependencyKind, Field, GateLevel, Priority, RiskTier, Status, Transition, UnknownWord,
    WorkItemType,
};

fn check<T>(all: &[T], words: &[&str], what: &str)
where
    T: FromStr<Err = UnknownWord> + Display + Debug + PartialEq + Copy,
{
    assert_eq!(all.len(), words.len());
    for (value, word) in all.iter().zip(words) {
        assert_eq!(value.to_string(), *word);
        assert_eq!(format!("{value:>12}"), format!("{word:>12}"));
        assert_eq!(word.parse::<T>(), Ok(*value));
        assert_eq!(word.to_uppercase().parse::<T>(), Ok(*value));
    }
    for unknown in ["", "urgent", "in progress", "T5", "L3", " high"] {
        let refused = unknown.parse::<T>().unwrap_err();
        assert_eq!(refused.what, what);
        assert_eq!(refused.found, unknown);
        assert_eq!(refused.known, words);
    }
}

#[test]
fn every_word_is_parsed_and_other_words_are_refused() {
    check(
        Priority::ALL,
        &["low", "medium", "high", "critical"],
        "priority",
    );
    check(
        Status::ALL,
        &["pending", "in_progress", "blocked", "done", "cancelled"],
        "status",
    );
    check(
        WorkItemType::ALL,
        &["epic", "story", "task", "subtask", "bug", "spike"],
        "work item type",
    );
    check(RiskTier::ALL, &["T1", "T2", "T3", "T4"], "risk tier");
    check(GateLevel::ALL, &["L0", "L1", "L2"], "gate level");
    check(
        Transition::ALL,
        &[
            "start",
            "block",
            "unblock",
            "complete",
            "cancel",
            "reopen",
            "release",
            "close_elsewhere",
        ],
        "transition",
    );
    check(
        DependencyKind::ALL,
        &["blocks", "relates"],
        "kind of dependency",
    );
    check(
        Bearing::ALL,
        &["status", "evidence", "dependency"],
        "bearing",
    );
    let fields: Vec<_> = Field::ALL.iter().map(|field| field.as_str()).collect();
    check(Field::ALL, &fields, "field");
}

#[test]
fn words_are_ordered_from_low_to_high() {
    assert!(Priority::ALL.is_sorted());
    assert!(RiskTier::ALL.is_sorted());
    assert!(RiskTier::T4 > RiskTier::T1);
    assert!(RiskTier::ALL.iter().map(|tier| tier.gate()).is_sorted());
}

#[test]
fn only_the_highest_tier_needs_an_approval() {
    for tier in RiskTier::ALL {
        assert_eq!(tier.needs_approval(), *tier == RiskTier::T4);
    }
}

#[test]
fn done_and_cancelled_are_closed() {
    let open: Vec<_> = Status::ALL.iter().filter(|s| s.is_open()).collect();
    assert_eq!(
        open,
        [&Status::Pending, &Status::InProgress, &Status::Blocked]
    );
}
