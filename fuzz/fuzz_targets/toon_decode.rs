//! Any bytes are read or refused: no panic, no overflow, no hang; and what was read strictly can be
//! written, and reads the same again.

#![no_main]

use std::collections::BTreeMap;

use fuzz::assert_same;
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serialization::toon::{self, DecodeOptions, Indent};

/// A type that asks for most of what serde can ask for.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what is read is not looked at")]
struct Asking<'a> {
    #[serde(borrow)]
    a: Option<&'a str>,
    #[serde(default)]
    b: Vec<(i128, f32)>,
    id: Option<Choice>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "what is read is not looked at")]
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
        let document = toon::to_string(value).expect("what was read can be written");
        let again: Value = toon::from_str(&document).expect("what was written can be read");
        assert_same(value, &again, &document);
        let lenient = lenient.expect("what is right is right leniently too");
        assert_same(value, &lenient, &document);
    }
    let _typed = toon::from_slice::<Asking>(bytes);
    let _typed = toon::from_slice::<BTreeMap<u64, Choice>>(bytes);
    let _typed = toon::from_slice::<Vec<Choice>>(bytes);
    if let Ok(indent) = Indent::new(4) {
        let _wide = toon::from_slice_with::<Value>(bytes, DecodeOptions::strict().with_indent(indent));
    }
});
