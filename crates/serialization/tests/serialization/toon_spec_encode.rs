//! The encoder against the official test cases of the TOON specification.

use serialization::toon::{self, Delimiter, EncodeOptions, Indent};

use crate::toon_spec::{Case, Json, cases};

#[test]
fn every_official_case_is_written_byte_for_byte() {
    let mut failures = Vec::new();
    for (file, case) in cases("encode") {
        assert!(!case.should_error, "{file}: {}", case.name);
        let Json::Text(expected) = &case.expected else {
            panic!("{file}: {}: the document is no text", case.name);
        };
        let options = options(&case);
        let text = toon::to_string_with(&case.input, options).unwrap();
        if text != *expected {
            failures.push(format!(
                "{file}: {}:\n{text}\ninstead of\n{expected}",
                case.name
            ));
        }
        let mut streamed = Vec::new();
        toon::to_writer_with(&mut streamed, &case.input, options).unwrap();
        assert_eq!(streamed, text.as_bytes(), "{file}: {}", case.name);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn options(case: &Case) -> EncodeOptions {
    let mut options = EncodeOptions::new();
    if let Some(indent) = case.options.indent {
        options = options.with_indent(Indent::new(indent).unwrap());
    }
    options.with_delimiter(match case.options.delimiter.as_deref() {
        None | Some(",") => Delimiter::Comma,
        Some("\t") => Delimiter::Tab,
        Some("|") => Delimiter::Pipe,
        Some(other) => panic!("{other:?} is no delimiter"),
    })
}
