//! The codec of a payload's cells: one value in one cell.
//!
//! A cell is the value itself, or a text that begins with one of these marks:
//!
//! - `~` an absent key
//! - `@` a point in time, in seconds after the event was recorded: `@-.25`
//! - `$` the part of a stream's name after its first dash, by the number of the stream: `$1`
//! - `*` a list, with `|` between its items: `*a|1|null`
//! - `=` JSON: any other list or object, a number that TOON writes in another way than JSON, and a
//!   text that begins with a mark: `=1.0`, `="@1"`

use std::collections::HashMap;

use jiff::Timestamp;

use super::node::Node;

const MARKS: [char; 5] = ['~', '@', '$', '*', '='];
const NANOSECONDS: i128 = 1_000_000_000;
/// The greatest integer, 2^53, that every reader of TOON gives back exactly, also one with 64-bit
/// floats only.
const MAX_EXACT: u64 = 1 << 53;
/// The part of a stream's name has to be at least this long: a shorter one is as cheap as its
/// number.
const MIN_REFERENCE: usize = 6;

/// The precision of times: exact, or whole seconds for views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    Exact,
    Seconds,
}

/// The numbered streams of a document, from 1. Cells refer to their names.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
    by_suffix: HashMap<String, usize>,
}

impl Streams {
    pub(crate) fn new(names: Vec<String>) -> Self {
        let mut streams = Self::default();
        for name in names {
            let number = streams.names.len() + 1;
            if let Some(suffix) = suffix(&name).filter(|text| text.len() >= MIN_REFERENCE) {
                let known = streams.by_suffix.entry(suffix.to_owned());
                known.or_insert(number);
            }
            streams.numbers.entry(name.clone()).or_insert(number);
            streams.names.push(name);
        }
        streams
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn name(&self, number: u64) -> Option<&str> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.names.get(index).map(String::as_str)
    }
}

/// Writes and reads the cells of one event.
#[derive(Clone, Copy)]
pub(crate) struct CellCodec<'a> {
    pub(crate) streams: &'a Streams,
    pub(crate) recorded_at: Timestamp,
    pub(crate) precision: Precision,
}

impl CellCodec<'_> {
    /// The codec for an event recorded at another time.
    pub(crate) fn at(self, recorded_at: Timestamp) -> Self {
        Self {
            recorded_at,
            ..self
        }
    }

    /// Writes the cell of a value, or of an absent key for `None`.
    pub(crate) fn write(&self, value: Option<&Node>) -> Node {
        let Some(value) = value else {
            return Node::text("~");
        };
        match value {
            Node::Null | Node::Bool(_) => value.clone(),
            Node::Signed(number) if number.unsigned_abs() <= MAX_EXACT => value.clone(),
            Node::Float(number) if round_trips(*number, self.precision) => value.clone(),
            Node::Text(text) => Node::Text(self.write_text(text)),
            Node::List(items) => Node::Text(write_list(items).unwrap_or_else(|| json(value))),
            _ => Node::Text(json(value)),
        }
    }

    /// Reads a cell: `Some(None)` is an absent key, and `None` an invalid cell.
    pub(crate) fn read(&self, cell: &Node) -> Option<Option<Node>> {
        let Node::Text(text) = cell else {
            let is_scalar = !matches!(cell, Node::List(_) | Node::Map(_));
            return is_scalar.then(|| Some(cell.clone()));
        };
        let Some(mark) = text.chars().next().filter(|mark| MARKS.contains(mark)) else {
            return Some(Some(cell.clone()));
        };
        let rest = &text[1..];
        let value = match mark {
            '~' if rest.is_empty() => return Some(None),
            '@' => Node::text(instant(rest, self.recorded_at)?.to_string()),
            '$' => Node::text(suffix(self.streams.name(rest.parse().ok()?)?)?),
            '*' => read_list(rest),
            '=' => serde_json::from_str(rest).ok()?,
            _ => return None,
        };
        Some(Some(value))
    }

    fn write_text(&self, text: &str) -> String {
        if let Some(number) = self.streams.by_suffix.get(text) {
            return format!("${number}");
        }
        if let Some(offset) = offset(text, self.recorded_at, self.precision) {
            return offset;
        }
        escaped(text)
    }
}

/// The cell of a text that is neither a time nor a stream's name. One that begins with a mark
/// becomes JSON.
fn escaped(text: &str) -> String {
    if text.starts_with(MARKS) {
        json(&Node::text(text))
    } else {
        text.to_owned()
    }
}

fn json(value: &Node) -> String {
    format!("={}", value.to_json())
}

fn suffix(stream: &str) -> Option<&str> {
    stream.split_once('-').map(|(_, suffix)| suffix)
}

/// Whether a float can be a cell itself. An exact one needs a fraction and no exponent in JSON:
/// TOON writes 1.0 as `1`, which reads back as an integer. In a view, any float below 1e15 can.
fn round_trips(number: f64, precision: Precision) -> bool {
    match precision {
        Precision::Seconds => number.abs() < 1e15,
        Precision::Exact => number.fract() != 0.0 && !Node::Float(number).to_json().contains('e'),
    }
}

fn offset(text: &str, from: Timestamp, precision: Precision) -> Option<String> {
    // A cheap check first, because most texts are not times.
    if !text.starts_with(|c: char| c.is_ascii_digit() || c == '-') || !text.ends_with('Z') {
        return None;
    }
    let at: Timestamp = text.parse().ok()?;
    if at.to_string() != text {
        return None;
    }
    let difference = at.as_nanosecond() - from.as_nanosecond();
    let difference = match precision {
        Precision::Exact => difference,
        Precision::Seconds => difference.div_euclid(NANOSECONDS) * NANOSECONDS,
    };
    Some(format!("@{}", seconds(difference)))
}

/// Nanoseconds as seconds with the fewest digits: `-.25`, `0`, `61.5`.
fn seconds(nanoseconds: i128) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let size = nanoseconds.unsigned_abs();
    let whole = size / NANOSECONDS.unsigned_abs();
    let fraction = format!("{:09}", size % NANOSECONDS.unsigned_abs());
    match (whole, fraction.trim_end_matches('0')) {
        (whole, "") => format!("{sign}{whole}"),
        (0, fraction) => format!("{sign}.{fraction}"),
        (whole, fraction) => format!("{sign}{whole}.{fraction}"),
    }
}

fn instant(text: &str, from: Timestamp) -> Option<Timestamp> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > 9 || !all_digits(whole) || !all_digits(fraction) || digits.is_empty() {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let difference = whole.checked_mul(NANOSECONDS)?.checked_add(fraction)? * sign;
    Timestamp::from_nanosecond(from.as_nanosecond().checked_add(difference)?).ok()
}

/// The cell of a list as `*a|b`; `None` if an item is a list or an object, or a text that is empty,
/// contains `|` or would read as a number, boolean or null.
fn write_list(items: &[Node]) -> Option<String> {
    let items: Option<Vec<String>> = items
        .iter()
        .map(|item| match item {
            Node::Text(text) => {
                let plain = !text.is_empty() && !text.contains('|') && scalar(text).is_none();
                plain.then(|| text.clone())
            }
            Node::List(_) | Node::Map(_) => None,
            scalar => Some(scalar.to_json()),
        })
        .collect();
    Some(format!("*{}", items?.join("|")))
}

fn read_list(text: &str) -> Node {
    if text.is_empty() {
        return Node::List(Vec::new());
    }
    let items = text.split('|');
    Node::List(
        items
            .map(|item| scalar(item).unwrap_or_else(|| Node::text(item)))
            .collect(),
    )
}

/// The number, boolean or null of a JSON text; `None` for any other text.
fn scalar(text: &str) -> Option<Node> {
    match serde_json::from_str(text).ok()? {
        Node::Text(_) | Node::List(_) | Node::Map(_) => None,
        scalar => Some(scalar),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(streams: &Streams) -> CellCodec<'_> {
        CellCodec {
            streams,
            recorded_at: "2026-03-02T08:00:00.25Z".parse().unwrap(),
            precision: Precision::Exact,
        }
    }

    #[test]
    fn values_are_written_and_read_back() {
        let streams = Streams::new(vec!["work_item-7001001".into()]);
        let codec = codec(&streams);
        for (json, cell) in [
            ("null", Node::Null),
            ("true", Node::Bool(true)),
            ("-7", Node::Signed(-7)),
            ("0.5", Node::Float(0.5)),
            ("1.0", Node::text("=1.0")),
            ("-0.0", Node::text("=-0.0")),
            ("1e-7", Node::text("=1e-7")),
            ("9007199254740993", Node::text("=9007199254740993")),
            ("18446744073709551615", Node::text("=18446744073709551615")),
            ("\"\"", Node::text("")),
            ("\"plain\"", Node::text("plain")),
            ("\"~\"", Node::text("=\"~\"")),
            ("\"@1\"", Node::text("=\"@1\"")),
            ("\"7001001\"", Node::text("$1")),
            ("\"2026-03-02T08:00:00.25Z\"", Node::text("@0")),
            ("\"2026-03-02T08:00:00Z\"", Node::text("@-.25")),
            ("\"2026-03-02T09:00:00Z\"", Node::text("@3599.75")),
            (
                "\"2026-03-02T08:00:00.250Z\"",
                Node::text("2026-03-02T08:00:00.250Z"),
            ),
            ("\"2026-03-02\"", Node::text("2026-03-02")),
            ("[]", Node::text("*")),
            ("[\"a\",1,null,1.50]", Node::text("*a|1|null|1.5")),
            ("[\"a|b\"]", Node::text("=[\"a|b\"]")),
            ("[\"1\"]", Node::text("=[\"1\"]")),
            ("[\"\"]", Node::text("=[\"\"]")),
            ("[[]]", Node::text("=[[]]")),
            ("{\"b\":1,\"a\":{}}", Node::text("={\"b\":1,\"a\":{}}")),
        ] {
            let value: Node = serde_json::from_str(json).unwrap();
            assert_eq!(codec.write(Some(&value)), cell, "{json}");
            assert_eq!(codec.read(&cell), Some(Some(value)), "{json}");
        }
        assert_eq!(codec.write(None), Node::text("~"));
        assert_eq!(codec.read(&Node::text("~")), Some(None));
    }

    #[test]
    fn a_mark_with_invalid_text_after_it_is_refused() {
        let streams = Streams::new(vec!["one".into()]);
        for cell in [
            "~x",
            "@",
            "@-",
            "@1.0000000001",
            "@+1",
            "@99999999999999",
            "$",
            "$0",
            "$1",
            "$2",
            "=",
            "={",
        ] {
            assert_eq!(codec(&streams).read(&Node::text(cell)), None, "{cell}");
        }
        assert_eq!(codec(&streams).read(&Node::Map(Vec::new())), None);
    }

    #[test]
    fn in_a_view_times_are_whole_seconds() {
        let streams = Streams::default();
        let codec = CellCodec {
            precision: Precision::Seconds,
            ..codec(&streams)
        };
        let cell = codec.write(Some(&Node::text("2026-03-02T08:01:01Z")));
        assert_eq!(cell, Node::text("@60"));
    }
}
