//! The decoder against the official test cases of the TOON specification, from the folder in
//! `TOON_SPEC_DIR`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;
use serde_json::Value;
use serialization::toon::{self, DecodeErrorKind, DecodeOptions, HeaderFlaw, Indent};

/// Cases of version 4.0 that are errors in version 4.4: a lenient decoder recovers from five kinds
/// of flaws, and a malformed header is not one of them.
const ERRORS_SINCE_4_1: [&str; 4] = [
    "treats extra brackets after valid array segment as literal key (non-strict)",
    "treats bracket segment without a length as literal key (non-strict)",
    "treats non-integer bracket content as literal key (non-strict)",
    "treats text between bracket segment and colon as literal key (non-strict)",
];

#[derive(Deserialize)]
struct Fixture {
    tests: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    input: String,
    #[serde(default)]
    expected: Value,
    #[serde(default)]
    should_error: bool,
    #[serde(default)]
    options: Options,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Options {
    strict: Option<bool>,
    indent_size: Option<usize>,
}

impl Options {
    fn decode(&self) -> DecodeOptions {
        let options = match self.strict {
            Some(false) => DecodeOptions::lenient(),
            _ => DecodeOptions::strict(),
        };
        let indent = self.indent_size.map_or(Indent::default(), |spaces| {
            Indent::new(spaces).expect("the cases indent by a few spaces")
        });
        options.with_indent(indent)
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the environment names the folder"
)]
fn every_official_case_is_decoded_as_specified() {
    let Some(folder) = env::var_os("TOON_SPEC_DIR") else {
        println!("TOON_SPEC_DIR is not set: the official cases are not run");
        return;
    };
    let mut run = 0;
    let mut differing = Vec::new();
    for case in cases(&PathBuf::from(folder).join("fixtures/decode")) {
        let decoded = toon::from_str_with::<Value>(&case.input, case.options.decode());
        let as_expected = if ERRORS_SINCE_4_1.contains(&case.name.as_str()) {
            matches!(
                decoded.as_ref().map_err(|error| error.kind()),
                Err(DecodeErrorKind::InvalidHeader(
                    HeaderFlaw::Brackets | HeaderFlaw::NoColon
                ))
            )
        } else if case.should_error {
            decoded.is_err()
        } else {
            decoded
                .as_ref()
                .is_ok_and(|value| same(value, &case.expected))
        };
        if !as_expected {
            differing.push(format!("{}: {decoded:?}", case.name));
        }
        run += 1;
    }
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(run >= 343, "only {run} cases were found");
}

fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| {
            let fixture: Fixture = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            fixture.tests
        })
        .collect()
}

/// Whether two values are equal: numbers by their value, objects including the order of their keys.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|((key, l), (other, r))| key == other && same(l, r))
        }
        _ => left == right,
    }
}
