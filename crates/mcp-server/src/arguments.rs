//! The arguments of a tool call, checked against the parameters of the tool.

use serde_json::{Map, Value};

use crate::definition::parameters;
use crate::fit::{DEFAULT_BUDGET, LEAST_BUDGET, MOST_BUDGET};
use crate::tools::{BUDGET, Kind, Parameter, ToolData};

/// The longest text of an argument, in bytes. The texts of items are shorter.
const LONGEST: usize = 100_000;
/// The largest number of texts in a list.
const MOST_TEXTS: usize = 100;

/// The arguments of a call.
#[derive(Debug, Default)]
pub(crate) struct Arguments(Map<String, Value>);

impl Arguments {
    /// The arguments, if they fit the tool. An argument that is null counts as left out.
    pub(crate) fn checked(
        tool: &ToolData,
        is_read_only: bool,
        given: Option<Map<String, Value>>,
    ) -> Result<Self, String> {
        let known: Vec<_> = parameters(tool, is_read_only).collect();
        let mut arguments = given.unwrap_or_default();
        arguments.retain(|_, value| !value.is_null());
        for (name, value) in &arguments {
            let Some(parameter) = known.iter().find(|one| one.name == name) else {
                let names: Vec<_> = known.iter().map(|one| one.name).collect();
                let (name, names) = (quoted(name), names.join(", "));
                let tool = tool.name;
                return Err(format!(
                    "{tool} has no argument {name}; its arguments are {names}"
                ));
            };
            check(parameter, value)?;
        }
        for parameter in known.iter().filter(|one| one.is_required) {
            if !arguments.contains_key(parameter.name) {
                let (tool, name) = (tool.name, parameter.name);
                return Err(format!("{tool} needs the argument {name}"));
            }
        }
        Ok(Self(arguments))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A number as it was written.
    pub(crate) fn number(&self, name: &str) -> Option<String> {
        self.0.get(name).map(ToString::to_string)
    }

    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let texts = self.0.get(name).and_then(Value::as_array);
        texts.into_iter().flatten().filter_map(Value::as_str)
    }

    /// The largest number of tokens in the answer.
    pub(crate) fn budget(&self) -> usize {
        let budget = self.0.get(BUDGET.name).and_then(Value::as_u64);
        let budget = budget.and_then(|budget| usize::try_from(budget).ok());
        budget.unwrap_or(DEFAULT_BUDGET)
    }

    /// The arguments that decide on the rows of an answer.
    pub(crate) fn query(&self) -> Map<String, Value> {
        let mut query = self.0.clone();
        query.retain(|name, _| name != "cursor" && name != BUDGET.name);
        query
    }
}

fn check(parameter: &Parameter, value: &Value) -> Result<(), String> {
    let name = parameter.name;
    let fits = |text: &Value| text.as_str().is_some_and(|text| text.len() <= LONGEST);
    let (is_right, wanted) = match parameter.kind {
        Kind::Text => (fits(value), format!("a text of at most {LONGEST} bytes")),
        Kind::Count => (value.is_u64(), "a whole number from 0".to_owned()),
        Kind::Budget => {
            let budget = value.as_u64().and_then(|it| usize::try_from(it).ok());
            (
                budget.is_some_and(|budget| (LEAST_BUDGET..=MOST_BUDGET).contains(&budget)),
                format!("a whole number of tokens from {LEAST_BUDGET} to {MOST_BUDGET}"),
            )
        }
        Kind::Number => (value.is_number(), "a number".to_owned()),
        Kind::Flag => (value.is_boolean(), "true or false".to_owned()),
        Kind::Texts => {
            let texts = value.as_array();
            let is_right = texts.is_some_and(|texts| {
                (1..=MOST_TEXTS).contains(&texts.len()) && texts.iter().all(fits)
            });
            (is_right, format!("a list of 1 to {MOST_TEXTS} texts"))
        }
        Kind::Word(words) => (
            value.as_str().is_some_and(|word| words.contains(&word)),
            format!("one of {}", words.join(", ")),
        ),
    };
    match is_right {
        true => Ok(()),
        false => Err(format!("{name} must be {wanted}")),
    }
}

/// A name as messages quote it: its first 40 characters, with escapes.
pub(crate) fn quoted(name: &str) -> String {
    format!("{:?}", name.chars().take(40).collect::<String>())
}
