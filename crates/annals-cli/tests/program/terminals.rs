//! Several terminals at once on one store.

use crate::program::{Desk, finish};

#[test]
fn numbers_of_concurrent_programs_are_contiguous() {
    let desk = Desk::new();
    let start = |number: usize| {
        let mut command = desk.command(&["add", &format!("item {number}")]);
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..16).map(start).collect();
    for child in children {
        let run = finish(child);
        assert_eq!(run.code, Some(0), "{}", run.err);
    }
    let list = desk.json(&["list"]);
    let numbers: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["number"].clone())
        .collect();
    let expected: Vec<_> = (1..=16).map(|number| format!("WORK-{number:03}")).collect();
    assert_eq!(numbers, expected);
    assert!(desk.done(&["check"]).contains("clean"));
}

#[test]
fn of_several_concurrent_starts_one_succeeds() {
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    let start = |_| {
        let mut command = desk.command(&["start", "WORK-1"]);
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..8).map(start).collect();
    let mut codes: Vec<_> = children
        .into_iter()
        .map(|child| finish(child).code.unwrap())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 3, 3, 3, 3, 3, 3, 3]);
    assert_eq!(desk.json(&["show", "WORK-1"])["version"], 3);
}
