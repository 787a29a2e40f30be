//! The payload columns of a table: their keys, their order, and the payloads that fit them.

use std::collections::{BTreeSet, HashMap};

use super::node::Node;

/// The entries of an object, in order.
pub(crate) type Entries = [(String, Node)];

/// The columns of a table. A payload fits them if it has its keys in the order of the columns;
/// columns may be absent. With the columns a, b, c, `{"a":1,"c":2}` fits and `{"c":2,"a":1}` does
/// not.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Columns(Vec<Column>);

#[derive(Debug, Clone, PartialEq)]
struct Column {
    key: String,
    /// The columns of the objects below the key, if all its values are such objects.
    group: Option<Columns>,
}

/// A key gets a column only if more than one payload in 32 has it. Otherwise nearly all of its
/// cells would be the mark for an absent key. If each payload had its own keys, the number of those
/// cells would grow with the square of the payloads.
const MOST_ABSENT: usize = 32;

/// An object nested deeper than this is JSON in one cell.
const MAX_GROUP_DEPTH: usize = 8;

impl Columns {
    /// The columns for the payloads, and for each payload whether it fits them.
    pub(crate) fn of(payloads: &[&Entries]) -> (Self, Vec<bool>) {
        let candidate = Self::collect(payloads, payloads.len() / MOST_ABSENT, 0);
        let fitting: Vec<bool> = payloads
            .iter()
            .map(|entries| candidate.fit(entries))
            .collect();
        let kept: Vec<&Entries> = payloads
            .iter()
            .zip(&fitting)
            .filter_map(|(entries, fits)| fits.then_some(*entries))
            .collect();
        // Payloads that do not fit have no influence on the columns and their order.
        (Self::collect(&kept, 0, 0), fitting)
    }

    /// The cells of a payload, nested as the columns are; `write` writes one cell.
    pub(crate) fn cells(
        &self,
        entries: &Entries,
        write: &mut impl FnMut(Option<&Node>) -> Node,
    ) -> Vec<(String, Node)> {
        // The keys have the order of the columns, so one pass finds them all.
        let mut rest = entries.iter().peekable();
        self.0
            .iter()
            .map(|column| {
                let found = rest.next_if(|(key, _)| *key == column.key);
                let value = found.map(|(_, value)| value);
                let cell = match &column.group {
                    None => write(value),
                    Some(group) => {
                        let below = match value {
                            Some(Node::Map(below)) => below.as_slice(),
                            _ => &[],
                        };
                        Node::Map(group.cells(below, write))
                    }
                };
                (column.key.clone(), cell)
            })
            .collect()
    }

    fn collect(payloads: &[&Entries], too_few: usize, depth: usize) -> Self {
        let mut keys = Keys::default();
        for entries in payloads {
            keys.meet(entries);
        }
        let columns = keys.in_order().into_iter().filter_map(|key| {
            let (name, values) = &keys.met[key];
            (values.len() > too_few).then(|| Column {
                key: (*name).to_owned(),
                group: group(values, too_few, depth),
            })
        });
        Self(columns.collect())
    }

    fn fit(&self, entries: &Entries) -> bool {
        let mut columns = self.0.iter();
        entries.iter().all(|(key, value)| {
            let Some(column) = columns.find(|column| column.key == *key) else {
                return false;
            };
            match (&column.group, value) {
                (Some(group), Node::Map(below)) => group.fit(below),
                (Some(_), _) => false,
                (None, _) => true,
            }
        })
    }
}

/// The columns below a key. It is `None`, and each value a single cell, if a value is not an object
/// with content, or if more than one in eight of the objects does not fit the columns.
fn group(values: &[&Node], too_few: usize, depth: usize) -> Option<Columns> {
    if depth + 1 >= MAX_GROUP_DEPTH {
        return None;
    }
    let objects: Option<Vec<&Entries>> = values
        .iter()
        .map(|value| match value {
            Node::Map(entries) if !entries.is_empty() => Some(entries.as_slice()),
            _ => None,
        })
        .collect();
    let objects = objects?;
    let columns = Columns::collect(&objects, too_few, depth + 1);
    let unfit = objects.iter().filter(|entries| !columns.fit(entries));
    (unfit.count() * 8 <= objects.len()).then_some(columns)
}

/// The keys of payloads with their values, and the pairs of neighbouring keys.
#[derive(Default)]
struct Keys<'a> {
    met: Vec<(&'a str, Vec<&'a Node>)>,
    indexes: HashMap<&'a str, usize>,
    before: BTreeSet<(usize, usize)>,
}

impl<'a> Keys<'a> {
    fn meet(&mut self, entries: &'a Entries) {
        let mut last = None;
        for (key, value) in entries {
            let index = *self.indexes.entry(key).or_insert_with(|| {
                self.met.push((key, Vec::new()));
                self.met.len() - 1
            });
            self.met[index].1.push(value);
            if let Some(last) = last {
                self.before.insert((last, index));
            }
            last = Some(index);
        }
    }

    /// The keys in topological order: each key comes after the keys that were seen right before it.
    /// If payloads contradict each other, the key met first goes first.
    fn in_order(&self) -> Vec<usize> {
        let mut waits_for = vec![0usize; self.met.len()];
        for (_, later) in &self.before {
            waits_for[*later] += 1;
        }
        let mut waiting: BTreeSet<usize> = (0..self.met.len()).collect();
        let mut free: BTreeSet<usize> = waiting
            .iter()
            .copied()
            .filter(|key| waits_for[*key] == 0)
            .collect();
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(key) = free.pop_first().or_else(|| waiting.first().copied()) {
            waiting.remove(&key);
            order.push(key);
            for (_, later) in self.before.range((key, 0)..=(key, usize::MAX)) {
                waits_for[*later] = waits_for[*later].saturating_sub(1);
                if waits_for[*later] == 0 && waiting.contains(later) {
                    free.insert(*later);
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(json: &str) -> Vec<(String, Node)> {
        match serde_json::from_str(json).unwrap() {
            Node::Map(entries) => entries,
            other => unreachable!("{other:?}"),
        }
    }

    fn names(columns: &Columns) -> Vec<&str> {
        columns.0.iter().map(|column| column.key.as_str()).collect()
    }

    fn over(payloads: &[&str]) -> (Columns, Vec<bool>) {
        let payloads: Vec<_> = payloads.iter().map(|json| entries(json)).collect();
        let payloads: Vec<&Entries> = payloads.iter().map(Vec::as_slice).collect();
        Columns::of(&payloads)
    }

    #[test]
    fn optional_keys_get_a_place_that_fits_all_payloads() {
        let (columns, fitting) = over(&[
            r#"{"a":1,"z":1}"#,
            r#"{"a":1,"c":1,"z":1}"#,
            r#"{"a":1,"b":1,"c":1}"#,
            r#"{"first":1,"a":1}"#,
        ]);
        assert_eq!(names(&columns), ["first", "a", "b", "c", "z"]);
        assert_eq!(fitting, [true; 4]);
    }

    #[test]
    fn a_payload_in_another_order_is_left_out() {
        let (columns, fitting) =
            over(&[r#"{"a":1,"b":1}"#, r#"{"b":1,"a":1,"c":1}"#, r#"{"b":2}"#]);
        assert_eq!(names(&columns), ["a", "b"]);
        assert_eq!(fitting, [true, false, true]);
    }

    #[test]
    fn a_key_is_a_group_where_all_its_values_are_objects_with_content() {
        let (columns, _) = over(&[
            r#"{"g":{"x":1},"m":{"x":1},"e":{}}"#,
            r#"{"g":{"y":1},"m":null}"#,
        ]);
        let groups: Vec<bool> = columns.0.iter().map(|c| c.group.is_some()).collect();
        assert_eq!(groups, [true, false, false]);
        assert_eq!(names(columns.0[0].group.as_ref().unwrap()), ["x", "y"]);
    }

    #[test]
    fn a_rare_key_gets_no_column() {
        let mut payloads = vec![r#"{"a":1}"#; 64];
        payloads[7] = r#"{"a":1,"rare":1}"#;
        let (columns, fitting) = over(&payloads);
        assert_eq!(names(&columns), ["a"]);
        assert_eq!(fitting.iter().filter(|fits| !**fits).count(), 1);
    }

    #[test]
    fn deeply_nested_objects_are_grouped_up_to_a_limit() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(20), "}".repeat(20));
        let (mut columns, fitting) = over(&[&deep]);
        let mut depth = 0;
        while let Some(group) = columns.0[0].group.take() {
            columns = group;
            depth += 1;
        }
        assert_eq!((depth, fitting), (7, vec![true]));
    }
}
