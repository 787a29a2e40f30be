//! Documents that a strict decoder refuses, with the kind, line and column of each error.

use serde_json::Value;
use serialization::toon::{self, DecodeError, DecodeErrorKind as Kind, HeaderFlaw};

#[track_caller]
fn refused(document: &str, line: usize, column: usize) -> DecodeError {
    let error = toon::from_str::<Value>(document).unwrap_err();
    assert_eq!((error.line(), error.column()), (line, column), "{error}");
    let skipped = toon::from_str::<serde::de::IgnoredAny>(document).unwrap_err();
    assert_eq!(skipped.to_string(), error.to_string());
    error
}

/// Checks that a document is refused, with the line, column and kind of the error.
macro_rules! refuses {
    ($document:expr, $line:literal : $column:literal, $($kind:tt)+) => {
        let error = refused($document, $line, $column);
        assert!(matches!(error.kind(), $($kind)+), "{error:?}");
    };
}

#[test]
fn a_length_past_64_bits_is_named_as_it_is_written() {
    for (document, line, column) in [
        ("[18446744073709551616]: 1", 1, 1),
        ("a: 0\nb[18446744073709551616]:\n  - 1", 2, 2),
        ("b[1]:\n  - [18446744073709551616]: 1", 2, 5),
        ("[18446744073709551616|]{a}:\n  1", 1, 1),
        ("k[18446744073709551616:]{a}:\n  b: 1", 1, 2),
    ] {
        let error = refused(document, line, column);
        let expected = "the header declares 18446744073709551616, found 1";
        assert_eq!(error.kind().to_string(), expected, "{document}");
    }
}

#[test]
fn lengths_that_do_not_match() {
    refuses!("a[2]: 1", 1:2, Kind::LengthMismatch { declared: 2, found: 1 });
    refuses!("a[2]: 1,2,3", 1:11, Kind::LengthMismatch { declared: 2, found: 3 });
    const MAX: u64 = u64::MAX;
    refuses!("a[18446744073709551615]: 1", 1:2, Kind::LengthMismatch { declared: MAX, found: 1 });
    refuses!("a[1]:\nb: 1", 1:2, Kind::LengthMismatch { declared: 1, found: 0 });
    refuses!("a[2]:\n  - 1", 1:2, Kind::LengthMismatch { declared: 2, found: 1 });
    refuses!("a[1]:\n  - 1\n  - 2", 3:3, Kind::LengthMismatch { declared: 1, found: 2 });
    refuses!("a[1]:\n  - 1\n  -", 3:3, Kind::LengthMismatch { declared: 1, found: 2 });
    refuses!("[2]{a}:\n  1", 1:1, Kind::LengthMismatch { declared: 2, found: 1 });
    refuses!("[1]{a}:\n  1\n  2", 3:3, Kind::LengthMismatch { declared: 1, found: 2 });
    refuses!("a[2:]{b}:\n  x: 1", 1:2, Kind::LengthMismatch { declared: 2, found: 1 });
    refuses!("a[1:]{b}:\n  x: 1\n  y: 2", 3:3, Kind::LengthMismatch { declared: 1, found: 2 });
    refuses!("[2]{a}:\n  #1\n  2", 1:1, Kind::LengthMismatch { declared: 2, found: 1 });
}

#[test]
fn rows_of_another_width_than_the_fields() {
    refuses!("[1]{a,b}:\n  1", 2:3, Kind::WidthMismatch { expected: 2, found: 1 });
    refuses!("[1]{a,b{c,d}}:\n  1,2,3,4", 2:3, Kind::WidthMismatch { expected: 3, found: 4 });
    refuses!("[1:]{a}:\n  x:", 2:5, Kind::WidthMismatch { expected: 1, found: 0 });
    refuses!("[1:]{a}:\n  x: 1,2", 2:6, Kind::WidthMismatch { expected: 1, found: 2 });
    refuses!("[1\t]{a\tb}:\n  1,2", 2:3, Kind::WidthMismatch { expected: 2, found: 1 });
}

#[test]
fn lines_without_the_colon_they_need() {
    refuses!("hello\nworld", 1:6, Kind::MissingColon);
    refuses!("a:\n  user", 2:7, Kind::MissingColon);
    refuses!("a: 1\nb", 2:2, Kind::MissingColon);
    refuses!("\"a\" b: 1", 1:5, Kind::MissingColon);
    refuses!("\"a\" [1]: 1", 1:4, Kind::MissingColon);
    refuses!("[1:]{a}:\n  x", 2:4, Kind::MissingColon);
    refuses!("[1:]{a}:\n  \"x\" 1:2", 2:7, Kind::MissingColon);
    refuses!("a: 1\nitems[2]{id,name}", 2:18, Kind::MissingColon);
    refuses!("a: 1\n\"b: 2\"", 2:7, Kind::MissingColon);
}

#[test]
fn lines_that_are_neither_items_nor_rows() {
    refuses!("a[1]:\n  b: 1", 2:3, Kind::ExpectedItem);
    refuses!("a[1]:\n  -b", 2:3, Kind::ExpectedItem);
    refuses!("a[2]{b,c}:\n  1,2\n  d: 3", 3:3, Kind::ExpectedRow);
    refuses!("a[1]{b}:\n  d:3,4", 2:3, Kind::ExpectedRow);
}

#[test]
fn brackets_that_are_not_a_header() {
    for (brackets, flaw, column) in [
        ("a[]: 1", HeaderFlaw::Brackets, 3),
        ("a[bar]: 1", HeaderFlaw::Brackets, 3),
        ("a[03]: 1", HeaderFlaw::Brackets, 3),
        ("a[-1]: 1", HeaderFlaw::Brackets, 3),
        ("a[+1]: 1", HeaderFlaw::Brackets, 3),
        ("a[1.5]: 1", HeaderFlaw::Brackets, 3),
        ("a[1,]: 1", HeaderFlaw::Brackets, 3),
        ("a[1: 1", HeaderFlaw::Brackets, 3),
        ("a[2|:]{b}:", HeaderFlaw::Brackets, 3),
        ("a[2 :]{b}:", HeaderFlaw::Brackets, 3),
        ("a[2:,]{b}:", HeaderFlaw::Brackets, 3),
        ("a [1]: 1", HeaderFlaw::SpaceBeforeBracket, 2),
        ("a\t[1]: 1", HeaderFlaw::SpaceBeforeBracket, 2),
        ("a[1] : 1", HeaderFlaw::NoColon, 5),
        ("a[1][b]: 1", HeaderFlaw::NoColon, 5),
        ("a[1]b: 1", HeaderFlaw::NoColon, 5),
        ("a[1] {b}:", HeaderFlaw::NoColon, 5),
        ("a[1]{b} :", HeaderFlaw::NoColon, 8),
        ("a[1:]: 1", HeaderFlaw::KeyedWithoutFields, 6),
        ("a[1]{}:", HeaderFlaw::EmptyField, 6),
        ("a[1]{b,}:", HeaderFlaw::EmptyField, 8),
        ("a[1]{b,{c}}:", HeaderFlaw::EmptyField, 8),
        ("a[1]{b{}}:", HeaderFlaw::EmptyField, 8),
        ("a[1]{b {c}}:", HeaderFlaw::SpaceBeforeGroup, 7),
        ("a[1]{\"b\" {c}}:", HeaderFlaw::SpaceBeforeGroup, 9),
        ("a[1]{b{c}d}:", HeaderFlaw::AfterField, 10),
        ("a[1]{b{c}{d}}:", HeaderFlaw::AfterField, 10),
        ("a[1]{\"b\"c}:", HeaderFlaw::AfterField, 9),
        ("a[1]{b,c{d}:", HeaderFlaw::AfterField, 12),
        ("a[1|]{b,c}:", HeaderFlaw::OtherDelimiter, 8),
        ("a[1]{b|c}:", HeaderFlaw::OtherDelimiter, 7),
        ("a[1]{b\tc}:", HeaderFlaw::OtherDelimiter, 7),
        ("a[1]{b}: 1", HeaderFlaw::InlineValues, 10),
        ("a[1:]{b}: 1", HeaderFlaw::InlineValues, 11),
    ] {
        let error = refused(brackets, 1, column);
        let Kind::InvalidHeader(found) = error.kind() else {
            panic!("{brackets}: {error:?}");
        };
        assert_eq!(*found, flaw, "{brackets}");
    }
}

#[test]
fn headers_without_a_key_where_one_is_needed() {
    refuses!("a: 1\n[2]: 1,2", 2:1, Kind::InvalidHeader(HeaderFlaw::NoKey));
    refuses!("a:\n  [1]{b}:", 2:3, Kind::InvalidHeader(HeaderFlaw::NoKey));
    refuses!("[1]:\n  - [1]{b}:\n    1", 2:5, Kind::InvalidHeader(HeaderFlaw::NoKey));
    refuses!("[1]:\n  - [1:]{b}:\n      x: 1", 2:5, Kind::InvalidHeader(HeaderFlaw::NoKey));
}

#[test]
fn indentation_that_is_not_a_level() {
    refuses!("a:\n   b: 1", 2:4, Kind::PartialIndentation { spaces: 3, indent: 2 });
    refuses!("a:\n\tb: 1", 2:1, Kind::TabInIndentation);
    refuses!("a:\n  \tb: 1", 2:3, Kind::TabInIndentation);
    refuses!("a: 1\n\t# no comment", 2:1, Kind::TabInIndentation);
}

#[test]
fn lines_that_are_indented_too_deep() {
    refuses!("  a: 1", 1:3, Kind::TooFarIndented { expected: 0, found: 1 });
    refuses!("a:\n    b: 1", 2:5, Kind::TooFarIndented { expected: 1, found: 2 });
    refuses!("a: 1\n  b: 2", 2:3, Kind::TooFarIndented { expected: 0, found: 1 });
    refuses!("a: 1\n  text", 2:3, Kind::TooFarIndented { expected: 0, found: 1 });
    refuses!("a[1]: 1\n  - 1", 2:3, Kind::TooFarIndented { expected: 0, found: 1 });
    refuses!("a[1]{b}:\n  1\n    2", 3:5, Kind::TooFarIndented { expected: 1, found: 2 });
    refuses!("a[1]:\n  - 1\n    b: 2", 3:5, Kind::TooFarIndented { expected: 1, found: 2 });
    refuses!("a[1]:\n  -\n    b: 2", 3:5, Kind::TooFarIndented { expected: 1, found: 2 });
    refuses!("a[1]:\n  - b: 1\n      c: 2", 3:7, Kind::TooFarIndented { expected: 2, found: 3 });
}

#[test]
fn blank_lines_inside_of_arrays() {
    refuses!("a[2]:\n  - 1\n\n  - 2", 3:1, Kind::BlankLine);
    refuses!("[2]{a}:\n  1\n  \n\n  2", 3:1, Kind::BlankLine);
    refuses!("a[2:]{b}:\n  x: 1\n\n  y: 2", 3:1, Kind::BlankLine);
    refuses!("[1]:\n  - a: 1\n\n    b: 2", 3:1, Kind::BlankLine);
    refuses!("[1]:\n  - a:\n\n      b: 2", 3:1, Kind::BlankLine);
    refuses!("[2]:\n  - a[1]{b}:\n      1\n\n  - 2", 4:1, Kind::BlankLine);
    refuses!("[2]:\n  - 1\n# comment\n\n# comment\n  - 2", 4:1, Kind::BlankLine);
}

#[test]
fn strings_that_are_not_closed_or_go_on() {
    refuses!("\"abc", 1:1, Kind::UnterminatedString);
    refuses!("a: \"abc\\\"", 1:4, Kind::UnterminatedString);
    refuses!("[1]: \"a,b", 1:6, Kind::UnterminatedString);
    refuses!("\"a: 1\nb: 2", 1:6, Kind::MissingColon);
    refuses!("a: 1\n\"b: 2", 2:1, Kind::UnterminatedString);
    refuses!("a: \"b\" c", 1:7, Kind::AfterString);
    refuses!("[2]: \"b\"c,d", 1:9, Kind::AfterString);
}

#[test]
fn invalid_escapes() {
    for escape in [
        "\\x",
        "\\u12",
        "\\u12g4",
        "\\ud800",
        "\\uDFFF",
        "\\b",
        "\\/",
        "\\u+123",
        "\\ud83d\\ude00",
    ] {
        refuses!(&format!("é: \"ö{escape}\""), 1:6, Kind::InvalidEscape);
        refuses!(&format!("\"é{escape}\": 1"), 1:3, Kind::InvalidEscape);
        refuses!(&format!("[0]{{\"é{escape}\"}}:"), 1:7, Kind::InvalidEscape);
    }
}

#[test]
fn duplicate_keys() {
    for (document, line, column, twice) in [
        ("a: 1\na: 2", 2, 1, "a"),
        ("a: 1\n\"\\u0061\"[1]: 2", 2, 1, "a"),
        ("o:\n  x: 1\n  y: 1\n  x: 2", 4, 3, "x"),
        ("[1]:\n  - a: 1\n    a: 2", 3, 5, "a"),
        ("m[2:]{v}:\n  a: 1\n  a: 2", 3, 3, "a"),
        ("[0]{a,b,a}:", 1, 9, "a"),
        ("[0]{a,a{b}}:", 1, 7, "a"),
        ("[0]{a{b,\"b\"}}:", 1, 9, "b"),
    ] {
        let error = refused(document, line, column);
        let Kind::DuplicateKey { key } = error.kind() else {
            panic!("{document}: {error:?}");
        };
        assert_eq!(&**key, twice);
    }
}

#[test]
fn a_duplicate_key_among_many() {
    let mut document: String = (0..100).map(|key| format!("k{key}: 1\n")).collect();
    document.push_str("k3: 2");
    refuses!(&document, 101:1, Kind::DuplicateKey { .. });
    let mut names: Vec<String> = (0..100).map(|key| format!("k{key}")).collect();
    names.push("k3".into());
    refuses!(&format!("[0]{{{}}}:", names.join(",")), 1:395, Kind::DuplicateKey { .. });
}

#[test]
fn the_same_key_in_different_objects_is_no_duplicate() {
    let value: Value =
        toon::from_str("a:\n  a:\n    a: 1\n  b: 1\nb[2]:\n  - a: 1\n  - a: 2").unwrap();
    assert_eq!(value["a"]["b"], 1);
}

#[test]
fn content_after_the_root() {
    refuses!("[1]: 1\na: 2", 2:1, Kind::TrailingContent);
    refuses!("[]\n[]", 2:1, Kind::TrailingContent);
    refuses!("[1:]{a}:\n  x: 1\ny: 2", 3:1, Kind::TrailingContent);
    refuses!("[1]{a}:\n  1\n\nb", 4:1, Kind::TrailingContent);
}

#[test]
fn bytes_that_are_not_utf8() {
    for (bytes, line, column) in [
        (&b"a: \xff"[..], 1, 4),
        (b"\xc3", 1, 1),
        (b"a: 1\n\xc3\xa9: \xed\xa0\x80", 2, 4),
    ] {
        let error = toon::from_slice::<Value>(bytes).unwrap_err();
        assert!(matches!(error.kind(), Kind::InvalidUtf8), "{error:?}");
        assert_eq!((error.line(), error.column()), (line, column));
    }
    let lenient = toon::from_slice_with::<Value>(b"a: \xff", toon::DecodeOptions::lenient());
    assert!(matches!(lenient.unwrap_err().kind(), Kind::InvalidUtf8));
}

#[test]
fn a_failing_reader_is_reported_with_its_error() {
    struct Failing;
    impl std::io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let reader = std::io::Read::chain(&b"a: 1\nb"[..], Failing);
    let error = toon::from_reader::<Value>(reader).unwrap_err();
    assert!(matches!(error.kind(), Kind::Read(_)), "{error:?}");
    assert_eq!((error.line(), error.column()), (2, 2));
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "unplugged");
}

#[test]
fn a_reader_is_read_to_its_end() {
    let value: Value = toon::from_reader(&b"a: 1\nb: 2"[..]).unwrap();
    assert_eq!(value["b"], 2);
}

#[test]
fn the_message_ends_with_the_position() {
    let error = toon::from_str::<Value>("é: 1\nö: \"x\" y").unwrap_err();
    assert!(error.to_string().ends_with("at line 2 column 7"), "{error}");
    assert!(format!("{error:?}").contains("AfterString"));
}

#[test]
fn an_error_has_the_size_of_a_pointer() {
    assert_eq!(size_of::<Result<(), DecodeError>>(), size_of::<usize>());
}
