//! Steps: writing and reading TOON.

use cucumber::gherkin::Step;
use cucumber::{Parameter, then, when};
use serde_json::Value;
use serialization::toon::{
    self, DecodeError, DecodeErrorKind, DecodeOptions, Delimiter, EncodeError, EncodeOptions,
};

use crate::world::AnnalsWorld;

/// The written documents, and the outcomes of reading.
#[derive(Debug, Default)]
pub(crate) struct ToonNotes {
    document: Option<Result<String, EncodeError>>,
    read: Option<Result<Value, DecodeError>>,
}

/// Parses the name of a delimiter.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(name = "delimiter", regex = "comma|tab|pipe")]
struct Named(Delimiter);

impl std::str::FromStr for Named {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(Self(match name {
            "tab" => Delimiter::Tab,
            "pipe" => Delimiter::Pipe,
            _ => Delimiter::Comma,
        }))
    }
}

#[when("this is written as TOON:")]
fn is_written(world: &mut AnnalsWorld, step: &Step) {
    write(world, &json(&block(step)), EncodeOptions::new());
}

#[when(regex = r"^the text (.+) is written as TOON$")]
fn text_is_written(world: &mut AnnalsWorld, text: String) {
    write(world, &Value::String(text), EncodeOptions::new());
}

#[when(regex = r"^(\{.*\}) is written as TOON with (comma|tab|pipe)$")]
fn is_written_with(world: &mut AnnalsWorld, value: String, delimiter: Named) {
    let options = EncodeOptions::new().with_delimiter(delimiter.0);
    write(world, &json(&value), options);
}

#[when(expr = "a list in a list, {int} deep, is written as TOON")]
fn lists_are_written(world: &mut AnnalsWorld, depth: usize) {
    world.format.toon.document = Some(toon::to_string(&NestedList { depth }));
    world.format.toon.read = None;
}

#[when("this document is read:")]
fn is_read(world: &mut AnnalsWorld, step: &Step) {
    read(world, &block(step), DecodeOptions::strict());
}

#[when(regex = r"^the document (.+) is read$")]
fn document_is_read(world: &mut AnnalsWorld, document: String) {
    read(world, &unescaped(&document), DecodeOptions::strict());
}

#[when(regex = r"^the document (.+) is read leniently$")]
fn document_is_read_leniently(world: &mut AnnalsWorld, document: String) {
    read(world, &unescaped(&document), DecodeOptions::lenient());
}

#[when(expr = "{int} lists that open in one another are read")]
fn lists_are_read(world: &mut AnnalsWorld, depth: usize) {
    let lists: String = (1..depth)
        .map(|level| format!("\n{}- [1]:", "  ".repeat(level.min(200))))
        .collect();
    read(world, &format!("[1]:{lists}"), DecodeOptions::strict());
}

#[then("the document is:")]
fn document_is_block(world: &mut AnnalsWorld, step: &Step) {
    assert_eq!(*document(world), block(step));
}

#[then(regex = "^the document is (.+)$")]
fn document_is(world: &mut AnnalsWorld, expected: String) {
    let expected = if expected == "empty" { "" } else { &expected };
    assert_eq!(document(world), expected);
}

#[then(regex = "^reading it gives the text (.+)$")]
fn reading_gives_text(world: &mut AnnalsWorld, text: String) {
    let value: Value = toon::from_str(document(world)).unwrap();
    assert_eq!(value, Value::String(text));
}

#[then(regex = r"^reading it gives (\{.*\})$")]
fn reading_gives(world: &mut AnnalsWorld, expected: String) {
    let value: Value = toon::from_str(document(world)).unwrap();
    assert_eq!(value, json(&expected));
}

#[then(regex = "^it reads (.+)$")]
fn it_reads(world: &mut AnnalsWorld, expected: String) {
    let read = world.format.toon.read.as_ref().expect("something was read");
    assert_eq!(*read.as_ref().expect("reading succeeds"), json(&expected));
}

#[then(expr = "it is refused at line {int}")]
fn is_refused(world: &mut AnnalsWorld, line: usize) {
    let read = world.format.toon.read.as_ref().expect("something was read");
    let error = read.as_ref().expect_err("reading is refused");
    assert_eq!(error.line(), line, "{error}");
}

#[then("it is refused as too deep")]
fn is_too_deep(world: &mut AnnalsWorld) {
    let notes = &world.format.toon;
    match (&notes.document, &notes.read) {
        (_, Some(read)) => {
            let error = read.as_ref().expect_err("reading is refused");
            assert!(matches!(error.kind(), DecodeErrorKind::TooDeep { .. }));
        }
        (Some(Err(EncodeError::TooDeep { .. })), None) => {}
        other => panic!("{other:?}"),
    }
}

/// A list in a list in a list …
struct NestedList {
    depth: usize,
}

impl serde::Serialize for NestedList {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let inner = self.depth.checked_sub(1).map(|depth| Self { depth });
        serializer.collect_seq(inner)
    }
}

fn write(world: &mut AnnalsWorld, value: &Value, options: EncodeOptions) {
    world.format.toon.document = Some(toon::to_string_with(value, options));
    world.format.toon.read = None;
}

fn read(world: &mut AnnalsWorld, document: &str, options: DecodeOptions) {
    world.format.toon.read = Some(toon::from_str_with(document, options));
}

fn document(world: &AnnalsWorld) -> &String {
    let document = world.format.toon.document.as_ref();
    let document = document.expect("something was written");
    document.as_ref().expect("writing succeeds")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The text between the three quotes, without the line breaks beside them.
fn block(step: &Step) -> String {
    let block = step.docstring.as_deref().expect("a block of text");
    block.trim_matches('\n').to_owned()
}

/// A document that a step gives in one line.
fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\\\", "\\")
}
