//! The limit of nesting in the encoder, and values that change between its two passes.

use std::cell::Cell;
use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serialization::toon::{self, EncodeError, EncodeOptions, MaxDepth};

fn with_depth<T: Serialize>(value: &T, levels: usize) -> Result<String, EncodeError> {
    let depth = MaxDepth::new(levels).unwrap();
    toon::to_string_with(value, EncodeOptions::new().with_max_depth(depth))
}

fn too_deep<T: Serialize>(value: &T, levels: usize) -> bool {
    match with_depth(value, levels) {
        Ok(_) => false,
        Err(EncodeError::TooDeep { max }) => {
            assert_eq!(max, levels);
            true
        }
        Err(other) => panic!("{other}"),
    }
}

/// A value of `left` levels of one kind. It recurses like a derived type and needs no memory.
#[derive(Clone, Copy)]
struct Chain {
    kind: Kind,
    left: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Array,
    Tuple,
    Map,
    Struct,
    Some,
    Newtype,
    NewtypeVariant,
    TupleVariant,
    StructVariant,
}

const KINDS: [Kind; 9] = [
    Kind::Array,
    Kind::Tuple,
    Kind::Map,
    Kind::Struct,
    Kind::Some,
    Kind::Newtype,
    Kind::NewtypeVariant,
    Kind::TupleVariant,
    Kind::StructVariant,
];

impl Serialize for Chain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{
            SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleVariant,
        };
        if self.left == 0 {
            return serializer.serialize_u8(1);
        }
        let inner = Self {
            kind: self.kind,
            left: self.left - 1,
        };
        match self.kind {
            Kind::Array => serializer.collect_seq([inner]),
            Kind::Tuple => {
                let mut tuple = serializer.serialize_tuple(1)?;
                tuple.serialize_element(&inner)?;
                tuple.end()
            }
            Kind::Map => serializer.collect_map([("k", inner)]),
            Kind::Struct => {
                let mut fields = serializer.serialize_struct("Chain", 1)?;
                fields.serialize_field("k", &inner)?;
                fields.end()
            }
            Kind::Some => serializer.serialize_some(&inner),
            Kind::Newtype => serializer.serialize_newtype_struct("Chain", &inner),
            Kind::NewtypeVariant => serializer.serialize_newtype_variant("Chain", 0, "k", &inner),
            Kind::TupleVariant => {
                let mut tuple = serializer.serialize_tuple_variant("Chain", 0, "k", 1)?;
                tuple.serialize_field(&inner)?;
                tuple.end()
            }
            Kind::StructVariant => {
                let mut fields = serializer.serialize_struct_variant("Chain", 0, "k", 1)?;
                fields.serialize_field("k", &inner)?;
                fields.end()
            }
        }
    }
}

#[test]
fn the_root_is_level_one_and_variants_with_an_array_or_an_object_are_two_levels() {
    for kind in KINDS {
        let per_link = match kind {
            Kind::TupleVariant | Kind::StructVariant => 2,
            _ => 1,
        };
        for levels in [1, 2, 7, 128, MaxDepth::MAX.levels()] {
            let links = levels / per_link;
            assert!(
                !too_deep(&Chain { kind, left: links }, levels),
                "{kind:?}, {levels}"
            );
            assert!(
                too_deep(
                    &Chain {
                        kind,
                        left: links + 1
                    },
                    levels
                ),
                "{kind:?}, {levels}"
            );
        }
    }
}

#[test]
fn a_hundred_thousand_levels_are_an_error_and_no_overflow() {
    for kind in KINDS {
        let chain = Chain {
            kind,
            left: 100_000,
        };
        assert!(too_deep(&chain, 128), "{kind:?}");
        assert!(too_deep(&chain, MaxDepth::MAX.levels()), "{kind:?}");
        assert!(too_deep(&[BTreeMap::from([("row", 1)])], 1));
        assert!(matches!(
            toon::to_writer(Vec::new(), &chain),
            Err(EncodeError::TooDeep { max: 128 })
        ));
    }
}

#[test]
fn a_key_in_too_many_wrappers_is_an_error_and_no_overflow() {
    struct Keyed(Chain);
    impl Serialize for Keyed {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([(self.0, 1)])
        }
    }
    let keyed = |left| {
        Keyed(Chain {
            kind: Kind::Newtype,
            left,
        })
    };
    assert_eq!(toon::to_string(&keyed(100)).unwrap(), "\"1\": 1");
    assert!(matches!(
        toon::to_string(&keyed(100_000)),
        Err(EncodeError::TooDeep { .. })
    ));
}

#[test]
fn a_derived_list_of_the_greatest_depth_fits_the_stack_of_a_test() {
    #[derive(Serialize)]
    struct Node {
        value: u8,
        children: Vec<Node>,
        next: Option<Box<Node>>,
    }
    let mut by_option = Node {
        value: 0,
        children: vec![],
        next: None,
    };
    for _ in 1..MaxDepth::MAX.levels() / 2 {
        by_option = Node {
            value: 1,
            children: vec![],
            next: Some(Box::new(by_option)),
        };
    }
    assert!(!too_deep(&by_option, MaxDepth::MAX.levels()));
    assert!(too_deep(&Some(&by_option), MaxDepth::MAX.levels()));
    let mut by_array = Node {
        value: 0,
        children: vec![],
        next: None,
    };
    for _ in 1..MaxDepth::MAX.levels() / 2 {
        by_array = Node {
            value: 1,
            children: vec![by_array],
            next: None,
        };
    }
    assert!(!too_deep(&by_array, MaxDepth::MAX.levels()));
}

/// A value that differs each time that it is serialised.
struct Changing<T> {
    times: Cell<usize>,
    values: Vec<T>,
}

impl<T> Changing<T> {
    fn new(values: impl Into<Vec<T>>) -> Self {
        Self {
            times: Cell::new(0),
            values: values.into(),
        }
    }
}

impl<T: Serialize> Serialize for Changing<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = self.times.get();
        self.times.set(time + 1);
        self.values[time.min(self.values.len() - 1)].serialize(serializer)
    }
}

fn changed<T: Serialize>(value: &T) -> bool {
    matches!(toon::to_string(value), Err(EncodeError::ValueChanged))
}

#[test]
fn an_array_that_grows_or_shrinks_is_an_error() {
    for (first, then) in [
        (vec![1], vec![1, 2]),
        (vec![1, 2], vec![1]),
        (vec![], vec![1]),
        (vec![1], vec![]),
    ] {
        assert!(changed(&Changing::new([first.clone(), then.clone()])));
        let rows = |of: &[i32]| {
            of.iter()
                .map(|at| BTreeMap::from([("k", *at)]))
                .collect::<Vec<_>>()
        };
        assert!(changed(&Changing::new([rows(&first), rows(&then)])));
        let lists = |of: &[i32]| of.iter().map(|at| vec![*at]).collect::<Vec<_>>();
        assert!(changed(&Changing::new([lists(&first), lists(&then)])));
    }
}

#[test]
fn a_value_that_changes_its_kind_is_an_error_or_another_document() {
    use serde_json::json;
    let kinds = [
        json!(1),
        json!([]),
        json!([1, 2]),
        json!([[1], [2]]),
        json!([{ "a": 1 }, { "a": 2 }]),
        json!([{ "a": { "b": 1 } }, { "a": { "b": 2 } }]),
        json!([{ "a": 1 }, { "b": 2 }]),
        json!({}),
        json!({ "a": 1 }),
        json!({ "p": { "a": 1 }, "q": { "a": 2 } }),
        json!({ "p": { "a": 1 }, "q": { "b": 2 } }),
        json!({ "p": { "a": 1, "b": 2 }, "q": { "b": 2, "a": 1 } }),
    ];
    for first in &kinds {
        for then in &kinds {
            for third in &kinds {
                let value = || Changing::new([first.clone(), then.clone(), third.clone()]);
                for result in [
                    toon::to_string(&value()),
                    toon::to_string(&[value()]),
                    toon::to_string(&BTreeMap::from([("f", value())])),
                    toon::to_string(&[BTreeMap::from([("f", value())])]),
                    toon::to_string(&BTreeMap::from([
                        ("f", BTreeMap::from([("g", value())])),
                        ("h", BTreeMap::from([("g", value())])),
                    ])),
                ] {
                    match result {
                        Ok(_) | Err(EncodeError::ValueChanged) => {}
                        Err(other) => panic!("{first} {then}: {other}"),
                    }
                }
            }
        }
    }
}

#[test]
fn rows_that_change_are_errors() {
    let row = |key: &str| BTreeMap::from([(key.to_owned(), 1)]);
    let other_key = [
        Changing::new([row("a")]),
        Changing::new([row("a"), row("b")]),
    ];
    assert!(changed(&other_key));
    let more = BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
    assert!(changed(&[
        Changing::new([row("a")]),
        Changing::new([row("a"), more.clone()])
    ]));
    assert!(changed(&[
        Changing::new([more.clone()]),
        Changing::new([more.clone(), row("a")])
    ]));
    // The first row is serialised three times: for the plan, for the header and for the row.
    assert!(changed(&[Changing::new([
        row("a"),
        row("a"),
        more.clone()
    ])]));
    assert!(changed(&[Changing::new([row("a"), BTreeMap::new()])]));
}

#[test]
fn a_row_that_repeats_a_key_in_the_second_pass_is_an_error() {
    struct Fields(&'static [&'static str]);
    impl Serialize for Fields {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            for key in self.0 {
                map.serialize_entry(key, &1)?;
            }
            map.end()
        }
    }
    let fields = |of: &'static [&'static str]| Fields(of);
    assert!(changed(&[
        Changing::new([fields(&["a", "b"])]),
        Changing::new([fields(&["a", "b"]), fields(&["b", "b"])]),
    ]));
}
