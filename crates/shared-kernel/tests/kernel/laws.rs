//! The page of the laws, to which the documentation links: rustdoc does not check anchors.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/contract.md");

/// The numbers after each `before` in a text.
fn numbers<'t>(text: &'t str, before: &'t str) -> impl Iterator<Item = u32> + use<'t> {
    text.split(before).skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit());
        rest[..end.unwrap_or(rest.len())].parse().unwrap()
    })
}

/// The laws that the files of a folder link.
fn linked_in(folder: &Path, linked: &mut BTreeSet<u32>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            linked_in(&path, linked);
        } else {
            linked.extend(numbers(&fs::read_to_string(path).unwrap(), "laws#law-"));
        }
    }
}

#[test]
fn every_law_has_one_anchor_beside_its_number() {
    let mut anchors: Vec<_> = numbers(PAGE, "<a id=\"law-").collect();
    for law in &anchors {
        let in_list = format!("\n{law}. <a id=\"law-{law}\"></a>");
        let in_bullet = format!("\n- **{law}.** <a id=\"law-{law}\"></a>");
        assert!(
            PAGE.contains(&in_list) || PAGE.contains(&in_bullet),
            "law {law}"
        );
    }
    let count = anchors.len();
    anchors.sort_unstable();
    anchors.dedup();
    assert_eq!(anchors.len(), count, "a number stands twice");
    let removed = (1..=75).find(|law| !anchors.contains(law));
    assert_eq!(removed, None, "a law was removed");
}

#[test]
fn every_linked_law_has_an_anchor() {
    let mut linked = BTreeSet::new();
    linked_in(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut linked,
    );
    let anchors: BTreeSet<_> = numbers(PAGE, "<a id=\"law-").collect();
    assert!(linked.contains(&12), "no links found");
    assert_eq!(
        linked.difference(&anchors).collect::<Vec<_>>(),
        Vec::<&u32>::new()
    );
}
