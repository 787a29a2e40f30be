//! Counts scenarios by kind, as the harness will run them: an outline counts once per example row.
//!
//! A tag is in effect on what it stands above: a feature's tag on all of its scenarios, a rule's on
//! those of the rule, the tag of a table of examples on its rows. Exactly one tag of kind must be in
//! effect, wherever it stands.

use gherkin::{Feature, GherkinEnv, Scenario};

use super::mix::{Kind, Mix};

/// What was counted, and what could not be.
#[derive(Debug, Default)]
pub(crate) struct Census {
    pub(crate) mix: Mix,
    /// One line each: file, line, scenario, and what is wrong with it.
    pub(crate) problems: Vec<String>,
}

impl Census {
    /// Adds the scenarios of one feature file.
    pub(crate) fn count(&mut self, path: &str, text: &str) {
        let feature = match Feature::parse(text, GherkinEnv::default()) {
            Ok(feature) => feature,
            Err(error) => {
                self.problems
                    .push(format!("{path}: does not parse: {error}"));
                return;
            }
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

    fn count_scenario(&mut self, path: &str, scenario: &Scenario, above: &[&Vec<String>]) {
        let mut tags = above.to_vec();
        tags.push(&scenario.tags);
        if scenario.examples.is_empty() {
            self.add(path, scenario, &tags, 1);
            return;
        }
        for examples in &scenario.examples {
            let rows = examples
                .table
                .as_ref()
                .map_or(0, |table| table.rows.len().saturating_sub(1));
            if rows == 0 {
                self.refuse(path, scenario, "has a table of examples without a row");
                continue;
            }
            tags.push(&examples.tags);
            self.add(
                path,
                scenario,
                &tags,
                u32::try_from(rows).unwrap_or(u32::MAX),
            );
            tags.pop();
        }
    }

    fn add(&mut self, path: &str, scenario: &Scenario, tags: &[&Vec<String>], scenarios: u32) {
        let mut kinds: Vec<Kind> = Vec::new();
        for kind in tags
            .iter()
            .flat_map(|tags| tags.iter())
            .filter_map(|tag| Kind::of_tag(tag))
        {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        match kinds[..] {
            [kind] => self.mix.add(kind, scenarios),
            [] => self.refuse(path, scenario, "has none of @positive, @negative, @edge"),
            _ => self.refuse(
                path,
                scenario,
                "has more than one of @positive, @negative, @edge",
            ),
        }
    }

    fn refuse(&mut self, path: &str, scenario: &Scenario, problem: &str) {
        let line = scenario.position.line;
        self.problems
            .push(format!("{path}:{line}: `{}` {problem}", scenario.name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> Census {
        let mut census = Census::default();
        census.count("features/a.feature", text);
        census
    }

    fn mix_of(kinds: &[(Kind, u32)]) -> Mix {
        let mut mix = Mix::default();
        for (kind, scenarios) in kinds {
            mix.add(*kind, *scenarios);
        }
        mix
    }

    #[test]
    fn own_and_inherited_tags_count() {
        let census = counted(
            "Feature: a\n  @positive\n  Scenario: one\n    Given x\n\n  @negative\n  Rule: r\n    Scenario: two\n      Given x\n",
        );
        assert!(census.problems.is_empty(), "{:?}", census.problems);
        assert_eq!(
            census.mix,
            mix_of(&[(Kind::Positive, 1), (Kind::Negative, 1)])
        );
        let census = counted("@edge\nFeature: a\n  @sqlite\n  Scenario: one\n    Given x\n");
        assert_eq!(census.mix, mix_of(&[(Kind::Edge, 1)]));
    }

    #[test]
    fn an_outline_counts_once_per_row_of_each_table() {
        let census = counted(
            "Feature: a\n  Scenario Outline: one\n    Given <x>\n\n    @positive\n    Examples:\n      | x |\n      | 1 |\n      | 2 |\n\n    @edge\n    Examples:\n      | x |\n      | 0 |\n",
        );
        assert!(census.problems.is_empty(), "{:?}", census.problems);
        assert_eq!(census.mix, mix_of(&[(Kind::Positive, 2), (Kind::Edge, 1)]));
    }

    #[test]
    fn a_scenario_without_a_kind_is_named_with_its_line() {
        let census = counted("Feature: a\n  @slow\n  Scenario: one\n    Given x\n");
        assert_eq!(census.problems.len(), 1);
        assert!(census.problems[0].starts_with("features/a.feature:3: `one` has none"));
        assert_eq!(census.mix, Mix::default());
    }

    #[test]
    fn two_kinds_in_effect_are_refused_the_same_kind_twice_is_one() {
        let both = counted("@edge\nFeature: a\n  @positive\n  Scenario: one\n    Given x\n");
        assert_eq!(both.problems.len(), 1);
        let same = counted("@edge\nFeature: a\n  @edge\n  Scenario: one\n    Given x\n");
        assert_eq!(same.mix, mix_of(&[(Kind::Edge, 1)]));
    }

    #[test]
    fn examples_without_a_row_and_text_that_is_no_feature_are_refused() {
        let empty = counted(
            "Feature: a\n  @edge\n  Scenario Outline: one\n    Given <x>\n\n    Examples:\n      | x |\n",
        );
        assert_eq!(empty.problems.len(), 1);
        assert_eq!(counted("no feature at all").problems.len(), 1);
    }
}
