//! The values of an answer, for the choice of its fields, and for rows that are a table: keys keep
//! their order, and numbers their digits.

use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug)]
pub(crate) enum Node<'t> {
    /// A text, a number, `true`, `false` or `null`.
    Leaf(&'t RawValue),
    /// A text that stands for a list or an object.
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl<'t> Node<'t> {
    /// Reads a JSON text.
    pub(crate) fn of(json: &'t str) -> Result<Self, serde_json::Error> {
        match json.trim_start().as_bytes().first() {
            Some(b'[') => {
                let values: Vec<&RawValue> = serde_json::from_str(json)?;
                let values = values.into_iter().map(|value| Self::of(value.get()));
                Ok(Self::List(values.collect::<Result<_, _>>()?))
            }
            Some(b'{') => {
                let Entries(entries) = serde_json::from_str(json)?;
                let entries = entries.into_iter();
                let entries = entries.map(|(key, value)| Ok((key, Self::of(value.get())?)));
                Ok(Self::Object(entries.collect::<Result<_, _>>()?))
            }
            _ => serde_json::from_str(json).map(Self::Leaf),
        }
    }

    /// Keeps only these fields of an object, or of each object in a list.
    pub(crate) fn keep(&mut self, fields: &[&str]) {
        match self {
            Self::Object(entries) => entries.retain(|(key, _)| fields.contains(&key.as_str())),
            Self::List(values) => values.iter_mut().for_each(|value| value.keep(fields)),
            Self::Leaf(_) | Self::Text(_) => {}
        }
    }

    /// Turns the lists and objects in the rows of a list into texts, so that the rows are a table:
    /// `[{"id": "70", "number": "WORK-002", "kind": "blocks"}]` becomes `WORK-002 kind=blocks`.
    pub(crate) fn flatten(&mut self) {
        let Self::List(rows) = self else { return };
        for row in rows {
            if let Self::Object(entries) = row {
                for (_, value) in entries {
                    if matches!(value, Self::List(_) | Self::Object(_)) {
                        *value = Self::Text(value.in_words());
                    }
                }
            }
        }
    }

    /// A value in one line: the values of an object with their keys, but for its id and what is
    /// empty, and the entries of a list behind each other.
    fn in_words(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Leaf(value) if value.get() == "null" => String::new(),
            Self::Leaf(value) => {
                let text = serde_json::from_str::<String>(value.get());
                text.unwrap_or_else(|_| value.get().to_owned())
            }
            Self::List(values) => {
                let values: Vec<_> = values.iter().map(Self::in_words).collect();
                values.join("; ")
            }
            Self::Object(entries) => {
                let entries = entries.iter().filter(|(key, _)| key != "id");
                let words = entries.filter_map(|(key, value)| match value.in_words() {
                    empty if empty.is_empty() => None,
                    number if key == "number" => Some(number),
                    other => Some(format!("{key}={other}")),
                });
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Leaves out nulls and empty lists. With `by_column`, a list of objects keeps a field if one
    /// of the objects has a value, so that all of them have the same fields.
    pub(crate) fn omit_empty(&mut self, by_column: bool) {
        match self {
            Self::Object(entries) => {
                entries.retain(|(_, value)| !value.is_empty());
                entries
                    .iter_mut()
                    .for_each(|(_, value)| value.omit_empty(by_column));
            }
            Self::List(values) if by_column => {
                let filled = |value: &Self| match value {
                    Self::Object(entries) => entries
                        .iter()
                        .filter(|(_, value)| !value.is_empty())
                        .map(|(key, _)| key.clone())
                        .collect(),
                    _ => Vec::new(),
                };
                let filled: Vec<String> = values.iter().flat_map(filled).collect();
                // Rows without a field would be no table.
                if filled.is_empty() {
                    return;
                }
                for value in values {
                    match value {
                        Self::Object(entries) => entries.retain(|(key, _)| filled.contains(key)),
                        other => other.omit_empty(by_column),
                    }
                }
            }
            Self::List(values) => values
                .iter_mut()
                .for_each(|value| value.omit_empty(by_column)),
            Self::Leaf(_) | Self::Text(_) => {}
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::Leaf(value) => value.get() == "null",
            Self::Text(text) => text.is_empty(),
            Self::List(values) => values.is_empty(),
            Self::Object(_) => false,
        }
    }

    /// Keeps only these fields of the objects at a path of keys. Lists on the way are passed.
    pub(crate) fn keep_below(&mut self, path: &[&str], fields: &[&str]) {
        match (self, path) {
            (value, []) => value.keep(fields),
            (Self::Object(entries), [key, rest @ ..]) => {
                let below = entries.iter_mut().filter(|(found, _)| found == key);
                below.for_each(|(_, value)| value.keep_below(rest, fields));
            }
            (Self::List(values), path) => values
                .iter_mut()
                .for_each(|value| value.keep_below(path, fields)),
            (Self::Leaf(_) | Self::Text(_), _) => {}
        }
    }

    /// The values of a list.
    pub(crate) fn elements(&self) -> &[Self] {
        match self {
            Self::List(values) => values,
            _ => &[],
        }
    }

    /// A field of an object as text for people: nothing for `null`, and one line for lists and
    /// objects.
    pub(crate) fn text_of(&self, field: &str) -> String {
        let Self::Object(entries) = self else {
            return String::new();
        };
        let found = entries.iter().find(|(key, _)| key == field);
        found.map_or_else(String::new, |(_, value)| value.in_words())
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leaf(value) => value.serialize(serializer),
            Self::Text(text) => text.serialize(serializer),
            Self::List(values) => serializer.collect_seq(values),
            Self::Object(entries) => {
                serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
            }
        }
    }
}

/// The keys and values of an object, in their order.
struct Entries<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"[{"b":1.50,"a":null,"c":[]},{"b":null,"a":"x\n","c":[]}]"#;

    fn written(edit: impl FnOnce(&mut Node<'_>)) -> String {
        let mut node = Node::of(TEXT).unwrap();
        edit(&mut node);
        serde_json::to_string(&node).unwrap()
    }

    #[test]
    fn keys_keep_their_order_and_numbers_their_digits() {
        assert_eq!(written(|_| {}), TEXT);
        let kept = r#"[{"b":1.50,"c":[]},{"b":null,"c":[]}]"#;
        assert_eq!(written(|node| node.keep(&["c", "b"])), kept);
    }

    #[test]
    fn nulls_and_empty_lists_are_left_out_of_each_object_or_of_whole_columns() {
        let each = r#"[{"b":1.50},{"a":"x\n"}]"#;
        assert_eq!(written(|node| node.omit_empty(false)), each);
        let columns = r#"[{"b":1.50,"a":null},{"b":null,"a":"x\n"}]"#;
        assert_eq!(written(|node| node.omit_empty(true)), columns);
    }

    #[test]
    fn people_get_texts_without_quotes() {
        let node = Node::of(TEXT).unwrap();
        let row = &node.elements()[1];
        assert_eq!(
            ["a", "b", "c", "d"].map(|field| row.text_of(field)),
            ["x\n", "", "", ""]
        );
    }

    #[test]
    fn rows_become_a_table_with_a_text_for_each_list_and_object() {
        let rows = r#"[{"on":[{"id":"70","number":"WORK-002","kind":"blocks"},{"id":"71","number":"WORK-003","kind":"relates"}],"run":{"share":1.50,"by":null,"files":["a","b"],"is_new":false},"names":[],"n":1}]"#;
        let mut node = Node::of(rows).unwrap();
        node.flatten();
        let table = r#"[{"on":"WORK-002 kind=blocks; WORK-003 kind=relates","run":"share=1.50 files=a; b is_new=false","names":"","n":1}]"#;
        assert_eq!(serde_json::to_string(&node).unwrap(), table);
    }
}
