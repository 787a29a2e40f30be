//! [Hidden](work_item::mark_hidden) characters in the answers of the program.
//!
//! The answers show such characters or replace them: texts for people and contexts have U+FFFD in
//! their place, JSON and TOON have an escape such as `\u202e`.
//! Both formats read the escape as the same character. TOON has no escape past U+FFFF, so the tags
//! from U+E0000 stay in it.

use std::borrow::Cow;

use work_item::mark_hidden;

/// The text with U+FFFD instead of each hidden character. Line feeds and tabs stay.
pub(crate) fn replace(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let replaced = marked(text).map(|(c, is_hidden)| match is_hidden {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    });
    Cow::Owned(replaced.collect())
}

/// A JSON text with an escape instead of each hidden character. Outside of its strings, JSON has
/// only visible characters and white space.
pub(crate) fn escape_json(json: &str) -> Cow<'_, str> {
    if is_plain(json) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for (c, is_hidden) in marked(json) {
        match is_hidden && !matches!(c, '\r') {
            true => push_escape(&mut escaped, c),
            false => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// A TOON document with an escape instead of each hidden character up to U+FFFF. A text without
/// quotes gets quotes. The document has the default delimiter, a comma.
pub(crate) fn escape_toon(toon: &str) -> Cow<'_, str> {
    if is_plain(toon) {
        return Cow::Borrowed(toon);
    }
    let mut escaped = String::with_capacity(toon.len() + 16);
    let mut is_quoted = false;
    // A text without quotes begins here, and has a hidden character.
    let (mut start, mut needs_quotes) = (0, false);
    let mut before = None;
    for (c, is_hidden) in marked(toon) {
        // A text without quotes has no comma and no colon. A line has spaces before it, or `- `.
        let ends = !is_quoted && matches!(c, ',' | ':' | '\n');
        if ends && needs_quotes {
            escaped.insert(start, '"');
            escaped.push('"');
            needs_quotes = false;
        }
        if is_hidden && u32::from(c) <= 0xFFFF {
            push_escape(&mut escaped, c);
            needs_quotes |= !is_quoted;
        } else {
            escaped.push(c);
        }
        let is_lead = c == ' ' && matches!(&escaped[start..], " " | "- ");
        if ends || !is_quoted && is_lead {
            start = escaped.len();
        }
        if c == '"' && before != Some('\\') {
            is_quoted = !is_quoted;
        }
        // The second backslash of `\\` escapes nothing.
        before = (before != Some('\\') || c != '\\').then_some(c);
    }
    if needs_quotes {
        escaped.insert(start, '"');
        escaped.push('"');
    }
    Cow::Owned(escaped)
}

/// Whether a text has only printable ASCII characters and white space.
fn is_plain(text: &str) -> bool {
    let plain = |byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    text.bytes().all(plain)
}

/// The characters of a text, each with whether it is hidden there.
fn marked(text: &str) -> impl Iterator<Item = (char, bool)> {
    mark_hidden(text).map(|(_, c, is_hidden)| (c, is_hidden))
}

/// Writes `\u202e`, or past U+FFFF the two escapes of its surrogates.
fn push_escape(text: &mut String, c: char) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        text.push_str(&format!("\\u{unit:04x}"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use serialization::toon;

    use super::*;

    const HIDDEN: &str = "\u{7f}\u{80}\u{9b}\u{61c}\u{200b}\u{200e}\u{200f}\u{202a}\u{202e}\u{2028}\
                          \u{2029}\u{2060}\u{2066}\u{2069}\u{feff}\u{e0041}\u{e007f}";

    #[test]
    fn each_hidden_character_is_replaced() {
        for c in HIDDEN.chars() {
            let text = format!("a{c}b");
            assert_eq!(replace(&text), "a\u{fffd}b", "{c:?}");
        }
        assert_eq!(replace("\x1b[31mred\x07"), "\u{fffd}[31mred\u{fffd}");
        assert_eq!(replace("plain ü🦀\n\tline"), "plain ü🦀\n\tline");
    }

    #[test]
    fn json_reads_the_escapes_as_the_same_characters() {
        let value = json!({ HIDDEN: [HIDDEN, "a\u{200d}"] });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let escaped = escape_json(&text);
        assert!(
            marked(&escaped).all(|(_, is_hidden)| !is_hidden),
            "{escaped}"
        );
        assert!(escaped.contains("\\u202e") && escaped.contains("\\udb40\\udc41"));
        assert_eq!(serde_json::from_str::<Value>(&escaped).unwrap(), value);
    }

    #[test]
    fn a_text_without_quotes_gets_them_for_an_escape() {
        let value = json!({
            "a": "x\u{202e}y z",
            "b": ["\u{200b}", "plain", "with, \u{2028}"],
            "c": [{"d": 1, "e": "\u{9b}"}, {"d": 2, "e": "- \u{9b}"}],
            "f": ["\u{202e}", {"g": "\u{202e}"}, ["\u{202e}"]],
            "\u{202e}": "\\\u{202e}\"",
        });
        let escaped = escape_toon(&toon::to_string(&value).unwrap()).into_owned();
        let expected = concat!(
            "a: \"x\\u202ey z\"\n",
            "b[3]: \"\\u200b\",plain,\"with, \\u2028\"\n",
            "c[2]{d,e}:\n",
            "  1,\"\\u009b\"\n",
            "  2,\"- \\u009b\"\n",
            "f[3]:\n",
            "  - \"\\u202e\"\n",
            "  - g: \"\\u202e\"\n",
            "  - [1]: \"\\u202e\"\n",
            "\"\\u202e\": \"\\\\\\u202e\\\"\"",
        );
        assert_eq!(escaped, expected);
        assert_eq!(toon::from_str::<Value>(&escaped).unwrap(), value);
        assert_eq!(escape_toon("\u{202e}"), "\"\\u202e\"");
        assert_eq!(escape_toon("a: \u{e0041}"), "a: \u{e0041}");
    }

    fn text() -> impl Strategy<Value = String> {
        let any_of = |texts: &[&str]| {
            proptest::sample::select(texts.iter().map(|t| t.to_string()).collect::<Vec<_>>())
        };
        let part = any_of(&[
            "\u{202e}",
            "\u{9b}",
            "\u{200d}",
            "\u{e0041}",
            "a",
            " ",
            "-",
            ",",
            ":",
            "\"",
            "\\",
            "#",
            "[",
            "}",
            "\n",
            "ü",
            "1",
            "true",
        ]);
        proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<u8>().prop_map(Value::from),
            text().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::btree_map(text(), inner.clone(), 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
                proptest::collection::vec((text(), text()), 1..4).prop_map(|rows| rows
                    .into_iter()
                    .map(|(a, b)| json!({ "a": a, "b\u{202e}": b }))
                    .collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_value_of_a_document_never_changes(value in value()) {
            let toon = toon::to_string(&value).unwrap();
            let escaped = escape_toon(&toon).into_owned();
            prop_assert_eq!(&toon::from_str::<Value>(&escaped).unwrap(), &value, "{}", escaped);
            let escapable = |(c, is_hidden): (char, bool)| is_hidden && u32::from(c) <= 0xFFFF;
            prop_assert!(!marked(&escaped).any(escapable), "{}", escaped);
            let json = serde_json::to_string(&value).unwrap();
            let escaped = escape_json(&json).into_owned();
            prop_assert_eq!(&serde_json::from_str::<Value>(&escaped).unwrap(), &value);
        }
    }
}
