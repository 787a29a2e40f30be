//! The kinds of payloads: columns can restore some byte for byte, others have to stay as they are.

use super::node::Node;

/// A payload by its kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Payload {
    /// A JSON object that serde_json would write byte for byte the same: no blanks, numbers in its
    /// notation, no key twice. `{"a":1.5}` is one, `{"a": 1.50}` is not.
    Entries(Vec<(String, Node)>),
    /// Any other text.
    Text(String),
    /// Bytes that are not UTF-8, as two hexadecimal digits each.
    Hex(String),
}

impl Payload {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Self::Hex(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
        };
        match serde_json::from_str::<Node>(text) {
            Ok(node) if node.to_json() == text && !repeats_a_key(&node) => match node {
                Node::Map(entries) => Self::Entries(entries),
                _ => Self::Text(text.to_owned()),
            },
            _ => Self::Text(text.to_owned()),
        }
    }
}

/// The bytes of hexadecimal digits in lower case; `None` for any other text.
pub(crate) fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

fn repeats_a_key(node: &Node) -> bool {
    match node {
        Node::List(items) => items.iter().any(repeats_a_key),
        Node::Map(entries) => {
            let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
            keys.sort_unstable();
            !keys.is_sorted_by(|a, b| a < b)
                || entries.iter().any(|(_, value)| repeats_a_key(value))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_payloads_that_round_trip_exactly_become_columns() {
        for kept in [
            "",
            " {}",
            "[1]",
            "null",
            "hello",
            r#"{"a":1.50}"#,
            r#"{"a":1e3}"#,
            r#"{"a": 1}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":[{"b":1,"b":1}]}"#,
            r#"{"a":-0}"#,
            r#"{"a":"\u0041"}"#,
            r#"{"a":123456789012345678901234567890}"#,
        ] {
            assert_eq!(Payload::of(kept.as_bytes()), Payload::Text(kept.into()));
        }
        for columnar in [r#"{}"#, r#"{"b":1.0,"a":[null,{"c":1e-7}]}"#] {
            assert!(matches!(
                Payload::of(columnar.as_bytes()),
                Payload::Entries(_)
            ));
        }
        assert_eq!(Payload::of(b"\xff\x00"), Payload::Hex("ff00".into()));
    }

    #[test]
    fn hexadecimal_digits_are_read_strictly() {
        assert_eq!(bytes_of_hex("00ff7a"), Some(vec![0, 255, 0x7a]));
        assert_eq!(bytes_of_hex(""), Some(vec![]));
        for wrong in ["0", "0g", "FF", "é"] {
            assert_eq!(bytes_of_hex(wrong), None, "{wrong}");
        }
    }
}
