//! Maps and sets: keys that are no text, and the order of the entries.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nulls::Patch;
use super::{Amount, Flat, Line, Tagged, Untagged, comes_back, flat, is_refused, line};

#[test]
fn keys_that_are_no_text_are_refused_where_serde_buffers_them() {
    let by_number = || BTreeMap::from([(7_u8, true)]);
    comes_back(&line(by_number()));
    is_refused(
        &line(flat(by_number())),
        "[0].terms.amount.7",
        "expected u8",
    );
    is_refused(
        &line(Tagged::Paid {
            amount: by_number(),
        }),
        "[0].terms.amount.7",
        "expected u8",
    );
    is_refused(
        &line(Untagged::Paid {
            amount: by_number(),
        }),
        "[0].terms",
        "untagged",
    );
    let open = Flat {
        name: String::new(),
        terms: by_number(),
    };
    is_refused(&open, "7", "expected u8");
    let by_flag = BTreeMap::from([(true, 1)]);
    is_refused(&flat(by_flag), "amount.true", "expected a boolean");
    comes_back(&flat(BTreeMap::from([('x', 1)])));
}

#[test]
fn the_place_of_a_null_or_a_wide_integer_moves_with_the_entries_of_its_map() {
    type Map<T> = HashMap<String, Line<T>>;
    fn map<T>(terms: impl Fn(u8) -> T) -> Map<T> {
        let line = |number| Line {
            number,
            terms: terms(number),
        };
        (0..50).map(|n| (format!("k{n}"), line(n))).collect()
    }
    is_refused(&map(|n| (n == 7).then_some(None::<u8>)), "k7.terms", "Some");
    comes_back(&map(|n| Patch {
        nick: [None, Some(None), Some(Some(n))][usize::from(n % 3)],
    }));
    // The first entry in the text is `k0`; the number of `k1` may have been written before it.
    is_refused(&map(|n| flat(u128::from(n))), "k0.terms.amount", "128");
    let only_k1 = map(|n| OneOf {
        wide: (n == 1).then(|| flat(7_u128)),
    });
    is_refused(&only_k1, "k1.terms.wide.amount", "128");
}

#[derive(Serialize, Deserialize)]
struct OneOf {
    wide: Option<Flat<Amount<u128>>>,
}

#[test]
fn the_order_of_sets_and_of_members_does_not_count() {
    let numbers: HashSet<u32> = (0..200).collect();
    comes_back(&numbers);
    let texts: HashSet<String> = (0..200).map(|n| n.to_string()).collect();
    comes_back(&Amount {
        amount: HashMap::from([("x".to_owned(), vec![texts])]),
    });

    /// Writes its fields in turns.
    #[derive(PartialEq, Debug)]
    struct Turning(Cow<'static, str>);
    impl Serialize for Turning {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeStruct;
            let mut fields = serializer.serialize_struct("Turning", 2)?;
            let owned = matches!(self.0, Cow::Owned(_));
            let (first, second) = if owned { ("b", "a") } else { ("a", "b") };
            fields.serialize_field(first, &self.0)?;
            fields.serialize_field(second, &self.0)?;
            fields.end()
        }
    }
    impl<'de> Deserialize<'de> for Turning {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let mut fields = BTreeMap::<String, String>::deserialize(deserializer)?;
            Ok(Self(fields.remove("a").unwrap_or_default().into()))
        }
    }
    comes_back(&Turning("x".into()));
}
