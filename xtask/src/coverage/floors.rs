//! Which share of its lines each crate has to have run, and whether it has.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::ranges;
use super::tally::Tally;
use crate::workspace;

/// Crates with a floor of their own, in percent. A name that ends with `-` is a family.
const FLOORS: [(&str, usize); 5] = [
    ("shared-kernel", 95),
    ("serialization", 95),
    ("work-item", 95),
    ("persistence-", 95),
    // A program has ends that no test reaches: a terminal, a home folder, a signal.
    ("annals", 85),
];
/// Every other crate.
const FLOOR: usize = 90;
/// What checks other code and is itself not shipped.
const NOT_COUNTED: [&str; 3] = ["acceptance", "benches", "xtask"];

/// The members that have a floor.
pub(crate) fn counted(root: &Path) -> Result<Vec<String>> {
    let metadata = workspace::metadata(root)?;
    let mut names: Vec<String> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .collect();
    names.retain(|name| !NOT_COUNTED.contains(&name.as_str()));
    names.sort();
    Ok(names)
}

fn floor(name: &str) -> usize {
    FLOORS
        .iter()
        .find(|(of, _)| *of == name || (of.ends_with('-') && name.starts_with(of)))
        .map_or(FLOOR, |(_, floor)| *floor)
}

/// Whether a crate has run what it has to. A crate of which nothing was measured has not: that is
/// a mistake in the measurement, or a crate without code.
fn reaches(tally: &Tally, floor: usize) -> bool {
    tally.lines > 0 && tally.run * 100 >= floor * tally.lines
}

/// One row per counted crate.
pub(crate) fn table(crates: &BTreeMap<String, Tally>, counted: &[String]) -> String {
    let mut text = format!(
        "{:<20} {:>7} {:>7} {:>9} {:>7}\n",
        "crate", "lines", "run", "share", "floor"
    );
    let nothing = Tally::default();
    for name in counted {
        let tally = crates.get(name).unwrap_or(&nothing);
        let mark = if reaches(tally, floor(name)) {
            ""
        } else {
            "  BELOW"
        };
        text.push_str(&format!(
            "{name:<20} {:>7} {:>7} {:>9} {:>5} %{mark}\n",
            tally.lines,
            tally.run,
            share(tally),
            floor(name)
        ));
    }
    text
}

/// In percent, cut off and not rounded: 94.999 must not look like 95.
fn share(tally: &Tally) -> String {
    match (tally.run * 10_000).checked_div(tally.lines) {
        Some(share) => format!("{}.{:02} %", share / 100, share % 100),
        None => "–".to_owned(),
    }
}

/// The lines that were not run, file by file.
pub(crate) fn uncovered(crates: &BTreeMap<String, Tally>) -> String {
    let mut text = String::new();
    for (name, tally) in crates {
        if NOT_COUNTED.contains(&name.as_str()) {
            continue;
        }
        for (path, lines) in &tally.files {
            if let Some(ranges) = ranges::uncovered(lines) {
                text.push_str(&format!("not run: {path}:{ranges}\n"));
            }
        }
    }
    text
}

/// Whether every crate reaches its floor, or which do not.
pub(crate) fn gate(crates: &BTreeMap<String, Tally>, counted: &[String]) -> Result<(), String> {
    let nothing = Tally::default();
    let below: Vec<String> = counted
        .iter()
        .filter_map(|name| {
            let tally = crates.get(name).unwrap_or(&nothing);
            let floor = floor(name);
            (!reaches(tally, floor)).then(|| match tally.lines {
                0 => format!("of {name} nothing was measured"),
                _ => format!("{name} has {} of {floor} %", share(tally)),
            })
        })
        .collect();
    if below.is_empty() {
        Ok(())
    } else {
        Err(below.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crates(of: &[(&str, usize, usize)]) -> BTreeMap<String, Tally> {
        of.iter()
            .map(|(name, run, lines)| {
                let tally = Tally {
                    lines: *lines,
                    run: *run,
                    files: BTreeMap::new(),
                };
                ((*name).to_owned(), tally)
            })
            .collect()
    }

    fn gated(of: &[(&str, usize, usize)]) -> Result<(), String> {
        let counted: Vec<String> = of.iter().map(|(name, ..)| (*name).to_owned()).collect();
        gate(&crates(of), &counted)
    }

    #[test]
    fn each_crate_has_the_floor_that_was_agreed() {
        for name in [
            "shared-kernel",
            "serialization",
            "work-item",
            "persistence-memory",
            "persistence-sqlite",
        ] {
            assert_eq!(floor(name), 95, "{name}");
        }
        assert_eq!(floor("annals"), 85);
        assert_eq!(floor("conformance"), 90);
        assert_eq!(floor("work-tracking"), 90);
    }

    #[test]
    fn a_share_on_the_floor_passes_and_one_line_less_does_not() {
        assert_eq!(
            gated(&[("work-item", 950, 1000), ("annals", 85, 100)]),
            Ok(())
        );
        assert!(gated(&[("work-item", 949, 1000)]).is_err());
        assert!(gated(&[("annals", 84, 100)]).is_err());
        assert!(gated(&[("conformance", 899, 1000)]).is_err());
    }

    #[test]
    fn only_crates_below_their_floor_are_named() {
        let problem = gated(&[("work-item", 90, 100), ("conformance", 90, 100)]).unwrap_err();
        assert_eq!(problem, "work-item has 90.00 % of 95 %");
    }

    #[test]
    fn a_crate_that_was_not_measured_is_red() {
        let counted = vec!["work-item".to_owned()];
        assert!(gate(&BTreeMap::new(), &counted).is_err());
        assert!(table(&BTreeMap::new(), &counted).contains("–"));
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        assert_eq!(
            share(&Tally {
                lines: 100_000,
                run: 94_999,
                ..Tally::default()
            }),
            "94.99 %"
        );
        assert_eq!(
            share(&Tally {
                lines: 3,
                run: 3,
                ..Tally::default()
            }),
            "100.00 %"
        );
    }

    #[test]
    fn lines_that_were_not_run_are_shown_but_for_what_is_not_counted() {
        let mut crates = crates(&[("work-item", 1, 2), ("acceptance", 1, 2)]);
        for (name, tally) in &mut crates {
            tally.files.insert(
                format!("crates/{name}/src/a.rs"),
                BTreeMap::from([(7, false)]),
            );
        }
        assert_eq!(uncovered(&crates), "not run: crates/work-item/src/a.rs:7\n");
    }

    #[test]
    fn members_that_are_shipped_are_counted() {
        let names = counted(&workspace::root()).unwrap();
        assert!(names.contains(&"annals".to_owned()) && !names.contains(&"xtask".to_owned()));
    }
}
