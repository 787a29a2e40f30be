//! The decoder reads or refuses any bytes without a panic, an overflow or a hang. The encoder can
//! write every value that it reads strictly, and that text reads as the same value.

#![no_main]

use std::collections::BTreeMap;

use fuzz::assert_same;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serialization::toon::{self, DecodeOptions, Indent};

/// A type that uses most of serde's hints to a deserializer.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "no code uses the decoded fields")]
struct ManyHints<'a> {
    #[serde(borrow)]
    a: Option<&'a str>,
    #[serde(default)]
    b: Vec<(i128, f32)>,
    id: Option<Choice>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "no code uses the decoded fields")]
enum Choice {
    A,
    B(u8),
    Id { a: char, b: Option<Box<Choice>> },
    Pair(bool, String),
}

fuzz_target!(|bytes: &[u8]| {
    let strict = toon::from_slice::<Value>(bytes);
    let skipped = toon::from_slice::<IgnoredAny>(bytes);
    assert!(strict.is_err() || skipped.is_ok(), "{strict:?} was skipped with {skipped:?}");
    let lenient = toon::from_slice_with::<Value>(bytes, DecodeOptions::lenient());
    if let Ok(value) = &strict {
        let document = toon::to_string(value).expect("the encoder writes a decoded value");
        let again: Value = toon::from_str(&document).expect("the decoder reads an encoded value");
        assert_same(value, &again, &document);
        let lenient = lenient.expect("a lenient decoder reads every valid document");
        assert_same(value, &lenient, &document);
    }
    let _typed = toon::from_slice::<ManyHints>(bytes);
    let _typed = toon::from_slice::<BTreeMap<u64, Choice>>(bytes);
    let _typed = toon::from_slice::<Vec<Choice>>(bytes);
    if let Ok(indent) = Indent::new(4) {
        let _wide = toon::from_slice_with::<Value>(bytes, DecodeOptions::strict().with_indent(indent));
    }
});
