//! `cargo xtask bdd`: every scenario has one tag of its kind, the mix is as agreed, and all pass.
//!
//! The test harness counts an undefined or a skipped step as a failure.

use anyhow::Result;
use gherkin::{Feature, GherkinEnv, Scenario};

use crate::failure::Failure;
use crate::{process, workspace};

/// The test target that runs the features.
pub(crate) const TEST_TARGET: &str = "bdd";

/// A tag, and the lowest and highest share of the scenarios in percent.
const AGREED: [(&str, f64, f64); 3] = [
    ("positive", 60.0, 65.0),
    ("negative", 25.0, 30.0),
    ("edge", 10.0, 15.0),
];

/// Percentage points by which a share may leave its range.
const TOLERANCE: f64 = 2.0;

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let mut mix = Mix::default();
    for path in workspace::files(&root, &["features/*.feature"])? {
        mix.count(&path, &workspace::read(&root, &path)?);
    }
    print!("{}", mix.table());
    if let Err(problem) = mix.judge() {
        let next = "tag or write the scenarios under features/, then run `cargo xtask bdd`";
        return Err(Failure::new(problem, next).into());
    }
    // The selection of packages is that of the gate `test`, so that both share their dependencies.
    process::run(
        &mut process::cargo(&root, &["test", "--workspace", "--test", TEST_TARGET]),
        "a scenario is red",
        "mend it, then run `cargo test -p acceptance --test bdd`",
    )
}

/// The scenarios by kind.
#[derive(Default)]
struct Mix {
    /// In the order of [`AGREED`].
    scenarios: [usize; 3],
    /// One line for each scenario without exactly one kind, and for each unreadable file.
    problems: Vec<String>,
}

impl Mix {
    /// Adds the scenarios of one feature file.
    fn count(&mut self, path: &str, text: &str) {
        let feature = match Feature::parse(text, GherkinEnv::default()) {
            Ok(feature) => feature,
            Err(error) => return self.problems.push(format!("{path}: {error}")),
        };
        for scenario in &feature.scenarios {
            self.count_scenario(path, scenario, &[&feature.tags]);
        }
        for rule in &feature.rules {
            for scenario in &rule.scenarios {
                self.count_scenario(path, scenario, &[&feature.tags, &rule.tags]);
            }
        }
    }

    /// An outline counts once per row of its examples, as the harness runs it.
    fn count_scenario(&mut self, path: &str, scenario: &Scenario, above: &[&[String]]) {
        let place = format!("{path}:{}: `{}`", scenario.position.line, scenario.name);
        let tags = [above, &[&scenario.tags]].concat();
        if scenario.examples.is_empty() {
            self.add(&place, &tags, 1);
        }
        for examples in &scenario.examples {
            // The first row is the header.
            let rows = examples.table.as_ref().map_or(0, |table| table.rows.len());
            let tags = [&tags[..], &[&examples.tags]].concat();
            self.add(&place, &tags, rows.saturating_sub(1));
        }
    }

    /// Tags apply downwards: those of the feature, the rule, the scenario and the examples.
    fn add(&mut self, place: &str, tags: &[&[String]], count: usize) {
        let has = |kind: &str| tags.iter().any(|tags| tags.iter().any(|tag| tag == kind));
        let kinds: Vec<usize> = (0..3).filter(|kind| has(AGREED[*kind].0)).collect();
        let mut problem = |problem: &str| self.problems.push(format!("{place} {problem}"));
        match kinds[..] {
            [kind] if count > 0 => self.scenarios[kind] += count,
            [_] => problem("has an empty table of examples"),
            [] => problem("has none of @positive, @negative, @edge"),
            _ => problem("has more than one of @positive, @negative, @edge"),
        }
    }

    fn total(&self) -> usize {
        self.scenarios.iter().sum()
    }

    /// Each tag with its count, its share in percent and the agreed range.
    fn shares(&self) -> impl Iterator<Item = (&'static str, usize, f64, f64, f64)> {
        let total = self.total().max(1) as f64;
        let rows = AGREED.iter().zip(self.scenarios);
        rows.map(move |((tag, low, high), count)| {
            (*tag, count, 100.0 * count as f64 / total, *low, *high)
        })
    }

    fn table(&self) -> String {
        let rows = self.shares().map(|(tag, count, share, low, high)| {
            format!("@{tag:<9} {count:>5} {share:>6.1} %  agreed: {low:.0}–{high:.0} %\n")
        });
        let total = self.total();
        rows.chain([format!("all        {total:>5}\n")]).collect()
    }

    fn judge(&self) -> Result<(), String> {
        if !self.problems.is_empty() {
            return Err(self.problems.join("\n"));
        }
        if self.total() == 0 {
            return Err("there is no scenario under features/".to_owned());
        }
        let mut shares = self.shares();
        match shares
            .find(|(_, _, share, low, high)| !(low - TOLERANCE..=high + TOLERANCE).contains(share))
        {
            None => Ok(()),
            Some((tag, _, share, low, high)) => {
                Err(format!("@{tag} is {share:.1} %, not {low:.0}–{high:.0} %"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> Mix {
        let mut mix = Mix::default();
        mix.count("features/a.feature", text);
        mix
    }

    fn judged(scenarios: [usize; 3]) -> Result<(), String> {
        let problems = Vec::new();
        Mix {
            scenarios,
            problems,
        }
        .judge()
    }

    #[test]
    fn own_and_inherited_tags_count() {
        let mix = counted(
            "Feature: a\n  @positive\n  Scenario: one\n    Given x\n\n  @negative\n  Rule: r\n    Scenario: two\n      Given x\n",
        );
        assert_eq!((mix.scenarios, mix.problems.len()), ([1, 1, 0], 0));
        let mix = counted("@edge\nFeature: a\n  @sqlite\n  Scenario: one\n    Given x\n");
        assert_eq!((mix.scenarios, mix.problems.len()), ([0, 0, 1], 0));
    }

    #[test]
    fn an_outline_counts_once_per_row_of_each_table() {
        let mix = counted(
            "Feature: a\n  Scenario Outline: one\n    Given <x>\n\n    @positive\n    Examples:\n      | x |\n      | 1 |\n      | 2 |\n\n    @edge\n    Examples:\n      | x |\n      | 0 |\n",
        );
        assert_eq!((mix.scenarios, mix.problems.len()), ([2, 0, 1], 0));
    }

    #[test]
    fn a_scenario_without_a_kind_is_named_with_its_line() {
        let mix = counted("Feature: a\n  @slow\n  Scenario: one\n    Given x\n");
        assert!(mix.problems[0].starts_with("features/a.feature:3: `one` has none of"));
        assert_eq!(mix.judge().unwrap_err(), mix.problems[0]);
    }

    #[test]
    fn two_kinds_are_refused_and_the_same_kind_twice_is_one() {
        let both = counted("@edge\nFeature: a\n  @positive\n  Scenario: one\n    Given x\n");
        assert_eq!((both.scenarios, both.problems.len()), ([0, 0, 0], 1));
        let same = counted("@edge\nFeature: a\n  @edge\n  Scenario: one\n    Given x\n");
        assert_eq!((same.scenarios, same.problems.len()), ([0, 0, 1], 0));
    }

    #[test]
    fn examples_without_a_row_and_text_that_is_no_feature_are_refused() {
        let empty = counted(
            "Feature: a\n  @edge\n  Scenario Outline: one\n    Given <x>\n\n    Examples:\n      | x |\n",
        );
        assert_eq!(empty.problems.len(), 1);
        assert_eq!(counted("no feature at all").problems.len(), 1);
    }

    #[test]
    fn shares_within_the_tolerance_pass() {
        assert_eq!(judged([62, 27, 11]), Ok(()));
        assert_eq!(judged([67, 25, 8]), Ok(()));
        assert_eq!(judged([58, 27, 15]), Ok(()));
    }

    #[test]
    fn shares_beyond_it_and_no_scenario_are_refused() {
        assert!(judged([671, 249, 80]).is_err());
        assert!(judged([579, 271, 150]).is_err());
        assert!(judged([0, 0, 0]).is_err());
    }

    #[test]
    fn the_kind_outside_of_its_range_is_named() {
        assert!(
            judged([63, 26, 0])
                .unwrap_err()
                .starts_with("@positive is 70.8 %")
        );
        assert!(
            judged([65, 35, 0])
                .unwrap_err()
                .starts_with("@negative is 35.0 %")
        );
    }
}
