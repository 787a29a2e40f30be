//! The first difference between two JSON texts, the order of members and of sets aside.
//!
//! Arrays are equal if one is a permutation of the other: a set has another order in every process.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::path;

/// Longer values are cut in a message.
const MOST_CHARS_OF_A_VALUE: usize = 80;

/// A place at which two texts differ.
pub(super) struct Difference {
    pub(super) path: String,
    /// The value at the path in the first text, or `nothing`.
    pub(super) first: String,
    /// The value at the path in the second text, or `nothing`.
    pub(super) second: String,
}

/// Returns the first difference; `None` if the texts are equal but for their order.
pub(super) fn first(first: &[u8], second: &[u8]) -> serde_json::Result<Option<Difference>> {
    let (first, second) = (
        serde_json::from_slice(first)?,
        serde_json::from_slice(second)?,
    );
    if ordered(&first) == ordered(&second) {
        return Ok(None);
    }
    Ok(Some(differ(String::new(), Some(&first), Some(&second))))
}

/// Descends into two values that differ.
fn differ(path: String, first: Option<&Value>, second: Option<&Value>) -> Difference {
    let inner = match (first, second) {
        (Some(Value::Object(first)), Some(Value::Object(second))) => {
            let mut keys = first.keys().chain(second.keys());
            let key = keys.find(|key| !equal(first.get(*key), second.get(*key)));
            key.map(|key| {
                let mut path = path.clone();
                path::push_key(&mut path, key);
                (path, first.get(key), second.get(key))
            })
        }
        (Some(Value::Array(first)), Some(Value::Array(second))) if first.len() == second.len() => {
            let mut pairs = first.iter().zip(second).enumerate();
            let pair = pairs.find(|(_, (first, second))| !equal(Some(first), Some(second)));
            pair.map(|(index, (first, second))| {
                let mut path = path.clone();
                path::push_index(&mut path, index);
                (path, Some(first), Some(second))
            })
        }
        _ => None,
    };
    match inner {
        Some((path, first, second)) => differ(path, first, second),
        None => Difference {
            path,
            first: shown(first),
            second: shown(second),
        },
    }
}

fn equal(first: Option<&Value>, second: Option<&Value>) -> bool {
    first.map(ordered) == second.map(ordered)
}

/// The text of a value with all members and elements in order, which is equal for equal values.
fn ordered(value: &Value) -> String {
    match value {
        Value::Array(elements) => {
            let mut elements: Vec<String> = elements.iter().map(ordered).collect();
            elements.sort_unstable();
            format!("[{}]", elements.join(","))
        }
        Value::Object(members) => {
            let members: BTreeMap<&str, String> = in_order(members);
            let members = members.iter();
            let members: Vec<_> = members
                .map(|(key, value)| format!("{key:?}:{value}"))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        scalar => scalar.to_string(),
    }
}

fn in_order(members: &Map<String, Value>) -> BTreeMap<&str, String> {
    let members = members.iter();
    members
        .map(|(key, value)| (key.as_str(), ordered(value)))
        .collect()
}

fn shown(value: Option<&Value>) -> String {
    let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    match text.char_indices().nth(MOST_CHARS_OF_A_VALUE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(written: &str, read: &str) -> Option<(String, String, String)> {
        let difference = first(written.as_bytes(), read.as_bytes()).unwrap();
        difference.map(
            |Difference {
                 path,
                 first,
                 second,
             }| (path, first, second),
        )
    }

    #[test]
    fn the_order_of_members_and_elements_does_not_count() {
        for (written, read) in [
            (r#"{"a":1,"b":[1,2]}"#, r#"{"b":[2,1],"a":1}"#),
            (r#"[[1,{"a":1,"b":2}],[3]]"#, r#"[[3],[{"b":2,"a":1},1]]"#),
            ("[1,1,2]", "[1,2,1]"),
        ] {
            assert_eq!(found(written, read), None, "{written}");
        }
    }

    #[test]
    fn the_first_difference_has_its_path_and_both_values() {
        let long = format!("[{}]", "1,".repeat(99) + "1");
        for (written, read, path, one, other) in [
            ("1", "2", "", "1", "2"),
            ("0.0", "-0.0", "", "0.0", "-0.0"),
            ("1", "1.0", "", "1", "1.0"),
            ("[1,1,2]", "[1,2,2]", "[1]", "1", "2"),
            ("[1,1]", "[1]", "", "[1,1]", "[1]"),
            (
                r#"{"a":{"b":[1,{"c":0}]}}"#,
                r#"{"a":{"b":[1,{}]}}"#,
                "a.b[1].c",
                "0",
                "nothing",
            ),
            ("{}", r#"{"a":null}"#, "a", "nothing", "null"),
            (&long, "0", "", &format!("{}…", &long[..80]), "0"),
        ] {
            let expected = (path.to_owned(), one.to_owned(), other.to_owned());
            assert_eq!(found(written, read), Some(expected), "{written}");
        }
    }
}
