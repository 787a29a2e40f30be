//! The form of an answer for programs: compact or in lines, with all fields or with some.

use serde::Serialize;
use serialization::toon;

use crate::cli::{Format, Rows};
use crate::hidden;
use crate::node::Node;
use crate::print::{cell, table};
use crate::run_error::RunError;
use crate::transcode::from_json;

/// The form of the answers of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) format: Format,
    /// Whether nulls and empty lists are left out.
    pub(crate) omits_empty: bool,
    /// Whether a person reads the answer on a terminal.
    pub(crate) is_on_terminal: bool,
}

impl Form {
    /// An answer as JSON or TOON, with hidden characters escaped, without a line break at the end.
    pub(crate) fn text(self, view: &impl Serialize) -> Result<String, RunError> {
        match self.omits_empty {
            true => self.edited(view, |_| {}),
            false => self.written(view),
        }
    }

    /// An answer after an edit of its fields.
    pub(crate) fn edited(
        self,
        view: &impl Serialize,
        edit: impl FnOnce(&mut Node<'_>),
    ) -> Result<String, RunError> {
        let json = serde_json::to_string(view).map_err(std::io::Error::from)?;
        let mut node = Node::of(&json).map_err(std::io::Error::from)?;
        edit(&mut node);
        if self.omits_empty {
            node.omit_empty(self.format == Format::Toon);
        }
        match self.format {
            Format::Toon => {
                let json = serde_json::to_string(&node).map_err(std::io::Error::from)?;
                let document = from_json(&json);
                let document = document.map_err(|error| internal(error.to_string()))?;
                self.written(&document)
            }
            _ => self.written(&node),
        }
    }

    /// The rows of a list with the chosen fields.
    pub(crate) fn rows(self, rows: &[impl Serialize], fields: &[&str]) -> Result<String, RunError> {
        self.edited(&rows, |node| {
            node.keep(fields);
            if self.format == Format::Toon {
                node.flatten();
            }
        })
    }

    fn written(self, view: &impl Serialize) -> Result<String, RunError> {
        match self.format {
            Format::Toon => {
                // It fails only for a key that is no text or occurs twice, and the answers of the
                // program have no such keys.
                let text = toon::to_string(view).map_err(internal)?;
                Ok(hidden::escape_toon(&text).into_owned())
            }
            _ => {
                let text = match self.is_on_terminal {
                    true => serde_json::to_string_pretty(view),
                    false => serde_json::to_string(view),
                };
                let text = text.map_err(std::io::Error::from)?;
                Ok(hidden::escape_json(&text).into_owned())
            }
        }
    }
}

/// The rows of a list as a table for people, with the chosen fields.
pub(crate) fn as_table(
    rows: &[impl Serialize],
    fields: &[&str],
    width: Option<u16>,
) -> Result<String, RunError> {
    let json = serde_json::to_string(rows).map_err(std::io::Error::from)?;
    let mut node = Node::of(&json).map_err(std::io::Error::from)?;
    node.keep(fields);
    let mut table = table(fields, width);
    for row in node.elements() {
        table.add_row(fields.iter().map(|field| cell(row.text_of(field))));
    }
    Ok(table.trim_fmt())
}

impl Rows {
    /// The fields that a list has in a format; `None` for all.
    ///
    /// `defaults` are the fields of a TOON answer without `--fields`: the columns that people get.
    /// The fields keep the order of `all`.
    pub(crate) fn fields(
        &self,
        all: &[&'static str],
        defaults: &[&'static str],
        format: Format,
    ) -> Option<Vec<&'static str>> {
        let named = |wanted: &[&str]| {
            let kept = all.iter().filter(|field| wanted.contains(field));
            Some(kept.copied().collect())
        };
        match self {
            Self::Ids => named(&["number"]),
            Self::Fields(fields) if fields.contains(&"all") => None,
            Self::Fields(fields) if !fields.is_empty() => named(fields),
            Self::Fields(_) if format == Format::Toon => named(defaults),
            Self::Fields(_) => None,
        }
    }
}

fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> RunError {
    RunError::Internal(error.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};
    use serialization::tokens::{O200kBase, TokenCounter};

    use super::*;
    use crate::view::{ITEM_FIELDS, LIST_DEFAULTS};

    /// The value of a field of an item, with a hostile or a plain text.
    fn value(field: &str, text: &str, number: u64) -> Value {
        match field {
            "number" => json!(format!("WORK-{number:03}")),
            "id" => json!("385777958276562944"),
            "version" | "notes" => json!(number),
            "status" => json!("in_progress"),
            "title" | "description" | "resolution" => json!(text),
            "assignee" if number.is_multiple_of(2) => json!("agent:builder"),
            "parent" => json!({ "id": "385777958276562944", "number": "WORK-001" }),
            "claim" if number.is_multiple_of(3) => json!({
                "claimant": "agent:builder", "term": 1, "since": "2026-01-09T10:00:00Z",
                "until": null,
            }),
            "test_run" if number.is_multiple_of(5) => json!({
                "coverage_percent": 92.5, "positive": 6, "tests_claimed": true,
                "files": [{ "name": "lines.info", "counts": { "negative": "refused" } }],
            }),
            "approvers" => json!(["ada", "agent:b"]),
            "children" | "dependencies" => json!(vec![
                json!({ "id": "385777958276562944", "number": "WORK-007", "kind": "blocks" });
                usize::try_from(number % 3).unwrap()
            ]),
            _ => Value::Null,
        }
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z ]{1,40}",
            "\\PC{0,40}",
            "[-,:\"\\\\#|\\[\\]{}0-9 \n]{0,20}",
            Just("\u{202e}true".to_owned()),
        ]
    }

    /// The tokens of the same rows in TOON and in compact JSON.
    fn tokens(rows: &[Map<String, Value>], fields: &[&str]) -> [usize; 2] {
        [Format::Toon, Format::Json].map(|format| {
            let form = Form {
                format,
                omits_empty: false,
                is_on_terminal: false,
            };
            O200kBase::new().count(&form.rows(rows, fields).unwrap())
        })
    }

    fn rows(items: &[(String, u64)]) -> Vec<Map<String, Value>> {
        let row = |(text, number): &(String, u64)| {
            let fields = ITEM_FIELDS.iter();
            fields
                .map(|field| ((*field).to_owned(), value(field, text, *number)))
                .collect()
        };
        items.iter().map(row).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_table_in_toon_has_at_most_the_tokens_of_compact_json(
            items in proptest::collection::vec((text(), 0..2000_u64), 0..20),
            fields in proptest::sample::subsequence(&ITEM_FIELDS[..], 1..22),
        ) {
            let rows = rows(&items);
            for fields in [&fields[..], &ITEM_FIELDS, &LIST_DEFAULTS] {
                let [toon, json] = tokens(&rows, fields);
                // The head of a table costs three tokens more than brackets. A name that JSON would
                // repeat saves them.
                let is_small = fields.len() < 3 || rows.len() == 1;
                let more = if is_small { 3 } else { 0 };
                prop_assert!(
                    toon <= json + more,
                    "TOON {toon}, JSON {json}, {fields:?}: {items:?}"
                );
            }
        }
    }
}
