//! Equality by the specification's section 2: numbers are equal by their mathematical value.

use serde_json::Value;

/// Asserts that two values are equal in the data model of TOON; for example, 1 and 1.0 are.
///
/// # Panics
/// If they are not equal.
pub fn assert_same(left: &Value, right: &Value, document: &str) {
    assert!(same(left, right), "{left}\nis not\n{right}\nin\n{document}");
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64() && !(left.is_u64() && right.is_u64())
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same_entry = |((left_key, left), (right_key, right)): (_, (&String, &Value))| {
                let left_key: &String = left_key;
                left_key == right_key && same(left, right)
            };
            left.len() == right.len() && left.iter().zip(right).all(same_entry)
        }
        _ => left == right,
    }
}
