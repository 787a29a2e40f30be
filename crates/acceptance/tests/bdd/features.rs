//! Reading the scenarios of the feature files, with outlines expanded.
//!
//! Refused are mistakes that would otherwise pass without testing anything: a file that does not
//! parse, a scenario without a kind, an outline without rows, an unknown tag, two scenarios with
//! one name.

use std::collections::HashSet;
use std::path::Path;

use cucumber::feature::Ext as _;
use cucumber::gherkin::{Feature, GherkinEnv, Scenario, StepType};

use crate::arguments::Arguments;
use crate::place::StoreKind;

/// The kind of a scenario: success, refusal, or the limit between them.
const KINDS: [&str; 3] = ["positive", "negative", "edge"];

/// Mark scenarios about the file of a store, and about a store on a server.
const FILE: &str = "file";
const SERVER: &str = "server";

/// The scenarios of all features.
#[derive(Debug, Clone)]
pub(crate) struct Scenarios(Vec<Feature>);

/// Reads all feature files in `folder` and its subfolders.
pub(crate) fn load(folder: &Path) -> Result<Scenarios, Vec<String>> {
    let mut files = Vec::new();
    if let Err(error) = find(folder, &mut files) {
        return Err(vec![format!("{}: {error}", folder.display())]);
    }
    files.sort();
    let mut problems = Vec::new();
    let mut features = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).display();
        match Feature::parse_path(&file, GherkinEnv::default()) {
            Ok(feature) => {
                let found = problems_before_expansion(&feature);
                problems.extend(found.map(|problem| format!("{name}: {problem}")));
                match feature.expand_examples() {
                    Ok(feature) => features.push(feature),
                    Err(error) => problems.push(format!("{name}: {error}")),
                }
            }
            Err(error) => problems.push(format!("{name}: {}", with_causes(&error))),
        }
    }
    let scenarios = Scenarios(features);
    problems.extend(scenarios.problems());
    if problems.is_empty() {
        Ok(scenarios)
    } else {
        Err(problems)
    }
}

/// The message of an error and its cause; only the cause has the line.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn find(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "feature") {
            files.push(path);
        }
    }
    Ok(())
}

/// Outlines without rows, which would expand to nothing.
fn problems_before_expansion(feature: &Feature) -> impl Iterator<Item = String> {
    let outlines = all_scenarios(feature).filter(|scenario| {
        let rows = |table: &cucumber::gherkin::Table| table.rows.len() > 1;
        let full = |examples: &cucumber::gherkin::Examples| examples.table.iter().any(rows);
        let is_outline = scenario.keyword != "Scenario" || !scenario.examples.is_empty();
        is_outline && (scenario.examples.is_empty() || !scenario.examples.iter().all(full))
    });
    outlines.map(|scenario| format!("`{}` has no examples", scenario.name))
}

fn all_scenarios(feature: &Feature) -> impl Iterator<Item = &Scenario> {
    let in_rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
    feature.scenarios.iter().chain(in_rules)
}

impl Scenarios {
    /// The scenarios that the command line selects.
    pub(crate) fn select(&self, arguments: &Arguments) -> Self {
        self.only(|feature, scenario| arguments.select(&name_of(feature, scenario)))
    }

    /// The scenarios for which `wanted` is true.
    pub(crate) fn only(&self, wanted: impl Fn(&Feature, &Scenario) -> bool) -> Self {
        let mut features = self.0.clone();
        for feature in &mut features {
            let whole = feature.clone();
            feature.scenarios.retain(|one| wanted(&whole, one));
            for rule in &mut feature.rules {
                rule.scenarios.retain(|one| wanted(&whole, one));
            }
        }
        features.retain(|feature| all_scenarios(feature).next().is_some());
        Self(features)
    }

    /// The scenarios that a kind of stores claims, and the others.
    pub(crate) fn claimed_by(&self, kind: StoreKind) -> (Self, Self) {
        let is_claimed = |scenario: &Scenario| {
            scenario.tags.iter().all(|tag| match tag.as_str() {
                FILE => kind == StoreKind::Sqlite,
                SERVER => kind == StoreKind::Postgres,
                _ => true,
            })
        };
        let claimed = self.only(|_, scenario| is_claimed(scenario));
        (claimed, self.only(|_, scenario| !is_claimed(scenario)))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let of_feature =
            |feature| all_scenarios(feature).map(move |scenario| name_of(feature, scenario));
        self.0.iter().flat_map(of_feature)
    }

    pub(crate) fn count(&self) -> usize {
        self.names().count()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_features(self) -> Vec<Feature> {
        self.0
    }

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut names = HashSet::new();
        for feature in &self.0 {
            for scenario in all_scenarios(feature) {
                let name = name_of(feature, scenario);
                let kinds = scenario.tags.iter().filter(|tag| is_kind(tag)).count();
                if kinds != 1 {
                    problems.push(format!("{name}: has {kinds} of the tags @positive, @negative, @edge; exactly one is asked for"));
                }
                let outcome = |step: &cucumber::gherkin::Step| step.ty == StepType::Then;
                if !scenario.steps.iter().any(outcome) {
                    problems.push(format!("{name}: has no outcome"));
                }
                let unknown =
                    |tag: &&String| !is_kind(tag) && ![FILE, SERVER].contains(&tag.as_str());
                let tags = scenario.tags.iter().chain(&feature.tags).find(unknown);
                problems.extend(tags.map(|tag| format!("{name}: nobody knows the tag @{tag}")));
                if !names.insert(name.clone()) {
                    problems.push(format!("{name}: another scenario has the same name"));
                }
            }
        }
        problems
    }
}

fn is_kind(tag: &str) -> bool {
    KINDS.contains(&tag)
}

/// The last two parts of the file's path, and the name of the scenario.
fn name_of(feature: &Feature, scenario: &Scenario) -> String {
    let path = feature.path.as_deref().unwrap_or(Path::new(""));
    let file = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    format!("{}/{file}: {}", folder.to_string_lossy(), scenario.name)
}
