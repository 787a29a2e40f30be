//! Tables of very many columns with rows in different orders.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serialization::toon;

/// An object with the columns `0..width`; every tenth is a group of two. The order is
/// `0, step, 2 * step …` modulo `width`. A cell is the number of its column plus `base`.
struct Row {
    width: usize,
    step: usize,
    base: usize,
}

struct Group(usize, usize);

impl Serialize for Group {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        // The keys of the groups are also keys of columns.
        let mut keys = ["0", "1"];
        if self.1 != 1 {
            keys.reverse();
        }
        for key in keys {
            map.serialize_entry(key, &format!("{}{key}", self.0))?;
        }
        map.end()
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.width))?;
        for at in 0..self.width {
            let column = at * self.step % self.width;
            let value = column + self.base;
            if column % 10 == 9 {
                map.serialize_entry(&column, &Group(value, self.step))?;
            } else {
                map.serialize_entry(&column, &value)?;
            }
        }
        map.end()
    }
}

/// An object with the given columns; its cells need quotes and escapes.
struct Texts(Vec<usize>);

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|key| (key, format!("{key}\n,"))))
    }
}

fn expected(width: usize, bases: &[usize]) -> String {
    let cells = |cell: &dyn Fn(usize) -> String| (0..width).map(cell).collect::<Vec<_>>().join(",");
    let header = cells(&|at| match at % 10 {
        9 => format!("\"{at}\"{{\"0\",\"1\"}}"),
        _ => format!("\"{at}\""),
    });
    let mut document = format!("[{}]{{{header}}}:", bases.len());
    for base in bases {
        let row = cells(&|at| match at % 10 {
            9 => format!("\"{0}0\",\"{0}1\"", at + base),
            _ => format!("{}", at + base),
        });
        document.push_str("\n  ");
        document.push_str(&row);
    }
    document
}

#[test]
fn rows_of_any_width_are_put_in_the_order_of_the_header() {
    // 7919 is a prime and no factor of these widths, so every column comes once.
    for width in [1, 2, 10, 11, 1_022, 1_023, 1_024, 1_025, 1_026, 5_000] {
        let row = |step, base| Row { width, step, base };
        let rows = [row(1, 0), row(7_919, 100_000), row(1, 5), row(7_919, 7)];
        assert_eq!(
            toon::to_string(&rows).unwrap(),
            expected(width, &[0, 100_000, 5, 7]),
            "{width} columns"
        );
    }
}

#[test]
fn texts_of_wide_reordered_rows_are_escaped_once() {
    let row = |is_turned: bool| {
        let mut keys: Vec<usize> = (0..2_000).collect();
        if is_turned {
            keys.reverse();
        }
        Texts(keys)
    };
    let document = toon::to_string(&[row(false), row(true)]).unwrap();
    let lines: Vec<&str> = document.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1], lines[2]);
    assert!(lines[1].ends_with(",\"1998\\n,\",\"1999\\n,\""));
}
