//! The path of a field in a payload, for example `lines[2].amount`.

use std::fmt::Write as _;

/// Longer keys are cut in a path.
const MOST_CHARS_OF_A_KEY: usize = 80;

/// A member or an element, and the array or object that it is in.
enum Step {
    /// In an object, after this key; `None` before the first key and after a comma.
    Member(Option<String>),
    /// In an array, at this index.
    Element(usize),
}

/// The path of the value at which a JSON text ends, which may be cut anywhere.
///
/// ```text
/// {"a":1,"b":[4,5     →  b[1]
/// {"a":1,"b":[4,5]    →  b
/// ```
pub(super) fn at_end_of(json: &[u8]) -> String {
    let mut steps: Vec<Step> = Vec::new();
    let mut rest = json.iter().copied().enumerate();
    while let Some((start, byte)) = rest.next() {
        match byte {
            b'{' => steps.push(Step::Member(None)),
            b'[' => steps.push(Step::Element(0)),
            b'}' | b']' => drop(steps.pop()),
            b',' => match steps.last_mut() {
                Some(Step::Element(index)) => *index += 1,
                Some(Step::Member(key)) => *key = None,
                None => {}
            },
            b'"' => {
                let mut escaped = false;
                let end = rest.by_ref().find(|(_, byte)| {
                    let ends = *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    ends
                });
                if let (Some((end, _)), Some(Step::Member(key @ None))) = (end, steps.last_mut()) {
                    *key = serde_json::from_slice(&json[start..=end]).ok();
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Member(Some(key)) => push_key(&mut path, &key),
            Step::Member(None) => {}
            Step::Element(index) => push_index(&mut path, index),
        }
    }
    path
}

/// Whether a path leads into the value at another one: `a.b` and `a[2]` into `a`, not `ab`.
pub(super) fn is_within(path: &str, place: &str) -> bool {
    let rest = path.strip_prefix(place);
    rest.is_some_and(|rest| place.is_empty() || rest.starts_with(['.', '[']))
}

/// Appends the key of a member, for example `.amount`, or `["a b"]` where it is no plain name.
pub(super) fn push_key(path: &mut String, key: &str) {
    let is_plain = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let short: String = key.chars().take(MOST_CHARS_OF_A_KEY).collect();
    if short.is_empty() || !short.chars().all(is_plain) {
        // Writing to a string does not fail.
        let _ = write!(path, "[{short:?}]");
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(&short);
}

/// Appends the index of an element, for example `[2]`.
pub(super) fn push_index(path: &mut String, index: usize) {
    let _ = write!(path, "[{index}]");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_a_path_wherever_it_is_cut() {
        for (json, path) in [
            ("", ""),
            ("1", ""),
            ("{", ""),
            ("[", "[0]"),
            (r#"{"a"#, ""),
            (r#"{"a""#, "a"),
            (r#"{"a":"#, "a"),
            (r#"{"a":1"#, "a"),
            (r#"{"a":1,"#, ""),
            (r#"{"a":1}"#, ""),
            (r#"{"a":[4,{"b":"x,]"#, "a[1].b"),
            (r#"{"a":[4,{"b":"\"","c":[]"#, "a[1].c"),
            (r#"{"a":[4,{"b":1}"#, "a[1]"),
            (r#"[[],[[7"#, "[1][0][0]"),
            (r#"{"a b":{"":{"ü-1":0"#, r#"["a b"][""].ü-1"#),
        ] {
            assert_eq!(at_end_of(json.as_bytes()), path, "{json}");
        }
    }

    #[test]
    fn a_path_is_within_a_value_and_not_beside_it() {
        for (path, place, within) in [
            ("a", "", true),
            ("a.b", "a", true),
            ("a[2]", "a", true),
            ("a", "a", false),
            ("ab", "a", false),
            ("b", "a", false),
        ] {
            assert_eq!(is_within(path, place), within, "{path} in {place}");
        }
    }

    #[test]
    fn a_long_key_is_cut() {
        let json = format!("{{\"{}\":", "k".repeat(1000));
        assert_eq!(at_end_of(json.as_bytes()), "k".repeat(80));
    }
}
