//! Hostile documents: deep, wide and long ones, and wrong lengths.

use std::collections::BTreeMap;
use std::thread;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serialization::toon::{self, DecodeErrorKind as Kind, DecodeOptions, MaxDepth};

/// A document of `levels` levels for each way to nest, with a primitive inside.
fn nested(levels: usize) -> [String; 5] {
    let indented = |line: &str, levels: usize| -> String {
        (0..levels)
            .map(|level| format!("{}{line}\n", "  ".repeat(level)))
            .collect()
    };
    let inner = "  ".repeat(levels - 1);
    [
        format!("{}{inner}a: 1", indented("a:", levels - 1)),
        format!("[1]:\n{}{inner}  - 1", indented("  - [1]:", levels - 1)),
        items(levels),
        format!(
            "[1]{{{}b{}}}:\n  1",
            "a{".repeat(levels - 2),
            "}".repeat(levels - 2)
        ),
        format!(
            "[1:]{{{}b{}}}:\n  x: 1",
            "a{".repeat(levels - 2),
            "}".repeat(levels - 2)
        ),
    ]
}

/// Objects in lists in objects: `- a[1]:`, two levels per line.
fn items(levels: usize) -> String {
    let mut document = String::from("a[1]:\n");
    for line in 1..levels / 2 {
        document.push_str(&format!("{}- a[1]:\n", "    ".repeat(line - 1) + "  "));
    }
    document + &"    ".repeat(levels / 2 - 1) + "  - 1"
}

fn deepest() -> DecodeOptions {
    DecodeOptions::strict().with_max_depth(MaxDepth::MAX)
}

#[derive(Debug, Deserialize)]
struct Node {
    #[serde(default)]
    a: Option<Box<Node>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Untagged {
    #[expect(dead_code, reason = "it is never read")]
    Leaf(u8),
    #[expect(dead_code, reason = "it is never read")]
    List(Vec<Untagged>),
    Map(BTreeMap<String, Untagged>),
}

#[test]
fn the_maximum_depth_is_read() {
    for levels in [4, 128] {
        for document in nested(levels) {
            toon::from_str::<Value>(&document).unwrap_or_else(|error| panic!("{error}"));
            toon::from_str::<IgnoredAny>(&document).unwrap();
        }
    }
}

#[test]
fn more_than_the_maximum_depth_is_refused() {
    for levels in [130, 513, 100_000] {
        let options = if levels == 513 {
            deepest()
        } else {
            DecodeOptions::strict()
        };
        let max = if levels == 513 { 512 } else { 128 };
        let documents = if levels < 1_000 {
            nested(levels + levels % 2).to_vec()
        } else {
            flat(levels)
        };
        for document in documents {
            let error = toon::from_str_with::<Value>(&document, options).unwrap_err();
            assert!(
                matches!(error.kind(), Kind::TooDeep { max: found } if *found == max),
                "{error:?}"
            );
            let error = toon::from_str_with::<IgnoredAny>(&document, options).unwrap_err();
            assert!(matches!(error.kind(), Kind::TooDeep { .. }), "{error:?}");
        }
    }
}

/// The starts of documents of very many levels, far past the limit. Whole documents would have
/// gigabytes of spaces.
fn flat(levels: usize) -> Vec<String> {
    let lines: String = (0..1_000)
        .map(|level| format!("{}a:\n", "  ".repeat(level)))
        .collect();
    let lists: String = (0..1_000)
        .map(|level| format!("{}- [1]:\n", "  ".repeat(level + 1)))
        .collect();
    vec![
        lines,
        format!("[1]:\n{lists}"),
        format!(
            "[1]{{{}b{}}}:\n  1",
            "a{".repeat(levels),
            "}".repeat(levels)
        ),
        format!("[1:]{{{}", "a{".repeat(levels)) + ":",
    ]
}

#[test]
fn the_deepest_documents_fit_on_a_small_stack() {
    thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(|| {
            for document in nested(512) {
                toon::from_str_with::<Value>(&document, deepest()).unwrap();
                toon::from_str_with::<IgnoredAny>(&document, deepest()).unwrap();
                toon::from_str_with::<Value>(
                    &document,
                    DecodeOptions::lenient().with_max_depth(MaxDepth::MAX),
                )
                .unwrap();
            }
            let chain = nested(512)[0].replace("a: 1", "a:");
            let error = toon::from_str_with::<Node>(&chain, deepest()).unwrap_err();
            assert!(
                matches!(error.kind(), Kind::TooDeep { max: 512 }),
                "{error:?}"
            );
            let mut node = toon::from_str::<Node>(&nested(100)[0].replace("a: 1", "a:")).unwrap();
            let mut levels = 0;
            while let Some(inner) = node.a {
                node = *inner;
                levels += 1;
            }
            assert_eq!(levels, 100);
            let mixed = toon::from_str_with::<Untagged>(&items(100), deepest()).unwrap();
            assert!(matches!(mixed, Untagged::Map(map) if matches!(map["a"], Untagged::List(_))));
        })
        .unwrap()
        .join()
        .unwrap();
}

/// The type contains itself through options and newtypes alone, so only `null` fits it.
#[test]
fn a_type_that_only_unwraps_itself_ends_in_an_error() {
    #[derive(Debug, Deserialize)]
    struct Endless(#[expect(dead_code, reason = "it is never read")] Option<Box<Endless>>);
    for document in ["1", "a: 1", "[1]: 1", "[1]{a}:\n  1"] {
        let error = toon::from_str::<Endless>(document).unwrap_err();
        assert!(matches!(error.kind(), Kind::TooDeep { .. }), "{error:?}");
    }
    assert!(toon::from_str::<Endless>("null").is_ok());
    let error = toon::from_str::<Vec<Endless>>("[1]{a}:\n  1").unwrap_err();
    assert!(matches!(error.kind(), Kind::TooDeep { .. }), "{error:?}");
    let error = toon::from_str::<BTreeMap<String, Endless>>("a: 1").unwrap_err();
    assert_eq!((error.line(), error.column()), (1, 4));
}

#[test]
fn a_declared_length_reserves_nothing() {
    for document in [
        "[4294967295]: 1",
        "[18446744073709551615]:\n  - 1",
        "[99999999999999999999]{a}:\n  1",
    ] {
        let error = toon::from_str::<Vec<Value>>(document).unwrap_err();
        assert!(
            matches!(
                error.kind(),
                Kind::LengthMismatch { found: 1, .. } | Kind::LengthPastRange { found: 1, .. }
            ),
            "{error:?}"
        );
        let lenient =
            toon::from_str_with::<Vec<Value>>(document, DecodeOptions::lenient()).unwrap();
        assert_eq!(lenient.len(), 1);
        assert!(lenient.capacity() < 32);
    }
}

#[test]
fn wide_headers_long_rows_and_many_keys_are_read() {
    let names: Vec<String> = (0..50_000).map(|at| format!("f{at}")).collect();
    let cells: Vec<String> = (0..50_000).map(|at| at.to_string()).collect();
    let table = format!("[1]{{{}}}:\n  {}", names.join(","), cells.join(","));
    let rows: Vec<BTreeMap<String, u32>> = toon::from_str(&table).unwrap();
    assert_eq!(rows[0]["f49999"], 49_999);

    let fields: String = names.iter().map(|name| format!("{name}: 1\n")).collect();
    let object: BTreeMap<String, u8> = toon::from_str(&fields).unwrap();
    assert_eq!(object.len(), 50_000);
    let twice = format!("{fields}{fields}");
    let object: BTreeMap<String, u8> =
        toon::from_str_with(&twice, DecodeOptions::lenient()).unwrap();
    assert_eq!(object.len(), 50_000);

    let lines = format!(
        "a: 1\n{}{}b: 2",
        "\n".repeat(100_000),
        "  # comment\n".repeat(100_000)
    );
    assert_eq!(
        toon::from_str::<BTreeMap<String, u8>>(&lines)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn numbers_of_many_digits_are_read() {
    let digits = "9".repeat(100_000);
    for number in [
        format!("0.{digits}"),
        format!("1e-{digits}"),
        format!("0e{digits}"),
        format!("-0.{}1", "0".repeat(100_000)),
    ] {
        assert!(toon::from_str::<f64>(&number).unwrap().abs() <= 1.0);
    }
    for number in [
        digits.clone(),
        format!("1e{digits}"),
        format!("-{digits}.5"),
    ] {
        let error = toon::from_str::<Value>(&number).unwrap_err();
        assert!(
            matches!(error.kind(), Kind::NumberOutOfRange { .. }),
            "{:?}",
            error.line()
        );
    }
    assert_eq!(
        toon::from_str::<u8>(&format!("0.{}5e100001", "0".repeat(100_000))).unwrap(),
        5
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in r#"[ \t\na-c0-2:,|\[\]{}"\\#.eé-]{0,60}"#) {
        let strict = toon::from_str::<Value>(&text);
        let skipped = toon::from_str::<IgnoredAny>(&text);
        let lenient = toon::from_str_with::<Value>(&text, DecodeOptions::lenient());
        if let Ok(value) = strict {
            prop_assert!(skipped.is_ok());
            prop_assert_eq!(lenient.unwrap(), value);
        }
    }

    #[test]
    fn the_position_of_an_error_is_within_the_text(text in r#"[ \na-c1:,\[\]{}"é-]{0,40}"#) {
        if let Err(error) = toon::from_str::<Value>(&text) {
            let line = text.split('\n').nth(error.line() - 1).unwrap();
            prop_assert!(error.column() <= line.chars().count() + 1);
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let read = toon::from_slice::<Value>(&bytes);
        prop_assert!(str::from_utf8(&bytes).is_ok() || read.is_err());
    }
}
