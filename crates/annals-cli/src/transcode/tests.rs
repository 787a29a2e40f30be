//! The round trip of the filter: JSON to TOON to JSON gives the same JSON.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::value::RawValue;
use serialization::toon::{self, DecodeOptions, Delimiter, EncodeOptions};

use super::*;

/// Texts that look like numbers, literals or markup, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z]{0,3}",
        "[-0-9.eE+x]{0,24}",
        "[-,|:\t \\[\\]{}\"\\\\#x0-9]{0,12}",
    ]
}

/// Numbers as a program prints them, and decimals of up to 40 digits.
fn number() -> impl Strategy<Value = String> {
    let float = any::<f64>().prop_filter("a number", |float| float.is_finite());
    let decimal = ("-?(0|[1-9][0-9]{0,19})", "(\\.[0-9]{1,20})?", -400..=400);
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        any::<i128>().prop_map(|number| number.to_string()),
        any::<u128>().prop_map(|number| number.to_string()),
        float.prop_map(|float| format!("{float:e}")),
        "-?(0|[1-9][0-9]{0,39})",
        "-?(0|[1-9][0-9]{0,2})(\\.[0-9]{1,37})?",
        decimal.prop_map(|(whole, fraction, exponent)| format!("{whole}{fraction}E{exponent:+}")),
    ]
}

/// The text of a JSON value without blanks.
fn json() -> impl Strategy<Value = String> {
    let quoted = |text: &String| serde_json::to_string(text).unwrap();
    let leaf = prop_oneof![
        prop_oneof!["null", "true", "false"],
        number(),
        text().prop_map(move |text| quoted(&text)),
    ];
    let object = move |entries: Vec<(String, String)>| {
        let mut keys = HashSet::new();
        let entries = entries.iter().filter(|(key, _)| keys.insert(key.clone()));
        let entries: Vec<_> = entries
            .map(|(key, value)| quoted(key) + ":" + value)
            .collect();
        format!("{{{}}}", entries.join(","))
    };
    leaf.prop_recursive(4, 48, 6, move |inner| {
        let of_one_shape = (vec(text(), 1..4), vec(vec(inner.clone(), 4), 1..4));
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            vec((text(), inner), 0..6).prop_map(object),
            of_one_shape.prop_map(move |(keys, rows)| {
                let row = |cells: Vec<String>| object(keys.iter().cloned().zip(cells).collect());
                let rows: Vec<_> = rows.into_iter().map(row).collect();
                format!("[{}]", rows.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn json_round_trips_through_toon(
        json in json(),
        delimiter in prop_oneof![Just(Delimiter::Comma), Just(Delimiter::Tab), Just(Delimiter::Pipe)],
    ) {
        let read = from_json(&json).unwrap();
        prop_assert_eq!(with_decimals(&compact(&read)), with_decimals(&json));
        let options = EncodeOptions::new().with_delimiter(delimiter);
        let document = toon::to_string_with(&read, options).unwrap();
        for pretty in [false, true] {
            let back = json_from_toon(&document, DecodeOptions::strict(), pretty);
            let back = back.map_err(|flaw| TestCaseError::fail(format!("{flaw} in {document}")))?;
            let back = compact(&from_json(str::from_utf8(&back).unwrap()).unwrap());
            prop_assert_eq!(with_decimals(&back), with_decimals(&json), "{}", document);
        }
    }
}

/// The JSON text of a document without blanks. Without its feature `arbitrary_precision`,
/// `serde_json` writes a number that is given as text as an object around the text.
pub(super) fn compact(document: &json_document::JsonDocument<'_>) -> String {
    let json = serde_json::to_string(document).unwrap();
    let mut parts = json.split("{\"$serde_json::private::Number\":\"");
    let mut text = parts.next().unwrap().to_owned();
    for part in parts {
        text += &part.replacen("\"}", "", 1);
    }
    text
}

/// The JSON with one notation for numbers of the same value.
fn with_decimals(json: &str) -> String {
    let mut out = String::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let mut token = first.len_utf8();
        if matches!(first, '"' | '-' | '0'..='9') {
            let mut values = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
            values.next();
            token = values.byte_offset();
        }
        match first {
            '-' | '0'..='9' => {
                let number = &rest[..token];
                let shortest = number::shortest(number);
                out += &decimal(shortest.as_deref().unwrap_or(number));
            }
            _ => out += &rest[..token],
        }
        rest = &rest[token..];
    }
    out
}

/// The value of a number as its significant digits and a power of ten: `-12e1` for `-120.0`.
fn decimal(number: &str) -> String {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let sign = if whole.starts_with('-') { "-" } else { "" };
    let digits = whole.replace('-', "") + fraction;
    let significant = digits.trim_end_matches('0');
    let zeros = digits.len() - significant.len();
    let power = exponent.parse::<i64>().unwrap() + zeros as i64 - fraction.len() as i64;
    match significant.trim_start_matches('0') {
        "" => "0".to_owned(),
        significant => format!("{sign}{significant}e{power}"),
    }
}
