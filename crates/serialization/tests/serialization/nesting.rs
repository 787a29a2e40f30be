//! The limit of nesting is equal for writing and reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serialization::{JsonErrorKind, JsonStateCodec};
use shared_kernel::codec::StateCodec;

use crate::recorded::refusal;

/// Each kind of value that adds a level to JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Tree {
    Leaf,
    Bytes(#[serde(serialize_with = "as_bytes")] Vec<u8>),
    Newtype(Box<Tree>),
    Tuple(u8, Box<Tree>),
    Struct { inner: Box<Tree> },
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
    Pair((u8, Box<Tree>)),
    Triple(Triple),
    Inner(Inner),
    Maybe(Option<Box<Tree>>),
    Wrapped(Wrapped),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Triple(u8, u8, Box<Tree>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Inner {
    tree: Box<Tree>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Wrapped(Box<Tree>);

fn as_bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// A function that wraps a value in one more value.
type Deeper = fn(Tree) -> Tree;

/// Each wrapper with the number of levels that it adds.
fn ways() -> [(usize, Deeper); 10] {
    [
        (1, |tree| Tree::Newtype(tree.into())),
        (2, |tree| Tree::Tuple(1, tree.into())),
        (2, |tree| Tree::Struct { inner: tree.into() }),
        (2, |tree| Tree::List(vec![tree])),
        (2, |tree| {
            Tree::Map(BTreeMap::from([("k".to_owned(), tree)]))
        }),
        (2, |tree| Tree::Pair((1, tree.into()))),
        (2, |tree| Tree::Triple(Triple(1, 2, tree.into()))),
        (2, |tree| Tree::Inner(Inner { tree: tree.into() })),
        (1, |tree| Tree::Maybe(Some(tree.into()))),
        (1, |tree| Tree::Wrapped(Wrapped(tree.into()))),
    ]
}

fn nested(levels: usize, leaf: Tree) -> Tree {
    (0..levels).fold(leaf, |tree, _| Tree::Newtype(tree.into()))
}

#[test]
fn the_maximum_depth_is_equal_for_reading_and_writing() {
    let codec = JsonStateCodec::<Tree>::new();
    for (index, (cost, deeper)) in ways().into_iter().enumerate() {
        let deepest = deeper(nested(127 - cost, Tree::Leaf));
        let stored = codec.encode(&deepest).unwrap();
        assert_eq!(codec.decode(&stored).unwrap(), deepest, "way {index}");

        let too_deep = deeper(nested(128 - cost, Tree::Leaf));
        let error = codec.encode(&too_deep).unwrap_err();
        assert!(
            matches!(refusal(&error), JsonErrorKind::TooDeep { max: 127 }),
            "way {index}"
        );
        let json = serde_json::to_vec(&too_deep).unwrap();
        assert!(
            codec.decode(&json).is_err(),
            "way {index}: the limit is lower than need be"
        );
    }
}

#[test]
fn a_level_at_the_very_end_counts_as_well() {
    let codec = JsonStateCodec::<Tree>::new();
    let ends = [
        (1, Tree::Bytes(vec![1, 2])),
        (1, Tree::List(vec![])),
        (1, Tree::Map(BTreeMap::new())),
    ];
    for (extra, leaf) in ends {
        // The variant is an object around the list, the map or the bytes.
        let cost = extra + 1;
        let deepest = nested(127 - cost, leaf.clone());
        let stored = codec.encode(&deepest).unwrap();
        assert_eq!(codec.decode(&stored).unwrap(), deepest);
        let error = codec.encode(&nested(128 - cost, leaf)).unwrap_err();
        assert!(matches!(refusal(&error), JsonErrorKind::TooDeep { .. }));
    }
}

#[test]
fn a_hundred_thousand_levels_are_refused_as_well() {
    let tree = nested(100_000, Tree::Leaf);
    let error = JsonStateCodec::<Tree>::new().encode(&tree).unwrap_err();
    assert!(matches!(refusal(&error), JsonErrorKind::TooDeep { .. }));
    // Dropping a deep tree of boxes would overflow the stack, so it is taken apart in a loop.
    let mut rest = tree;
    while let Tree::Newtype(inner) = rest {
        rest = *inner;
    }
}
