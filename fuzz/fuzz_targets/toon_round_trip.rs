//! The encoder writes any value as a document that the strict decoder reads as the same value.

#![no_main]

use fuzz::{MadeUp, assert_same};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serialization::toon::{self, DecodeOptions};

fuzz_target!(|made_up: MadeUp| {
    let MadeUp { value, options, indent } = made_up;
    let document = toon::to_string_with(&value, options).expect("the encoder writes any JSON value");
    let read = DecodeOptions::strict().with_indent(indent);
    let again: Value = toon::from_str_with(&document, read)
        .unwrap_or_else(|error| panic!("{error}\nin\n{document}"));
    assert_same(&value, &again, &document);

    let mut streamed = Vec::new();
    toon::to_writer_with(&mut streamed, &value, options).expect("a vector takes all bytes");
    assert_eq!(document.as_bytes(), streamed);
});
