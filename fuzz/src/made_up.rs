//! Values generated from the fuzzer's bytes; they often have the same keys, like the rows of
//! tables.

use arbitrary::{Arbitrary, Result, Unstructured};
use serde_json::{Map, Number, Value};
use serialization::toon::{Delimiter, EncodeOptions, Indent};

/// Keys and strings with a meaning in TOON. One byte selects one, so short inputs reach much code.
const WORDS: [&str; 24] = [
    "", "a", "b", "id", "a.b", "a-b", "true", "null", "-", "- x", "#", "[", "[]", "[2]: x", "{a}", ":", "a: b",
    "a,b", "a|b", "a\tb", " x ", "05", "\u{feff}x", "\"\\\n\r\u{1}",
];

/// A value with the options to encode it.
#[derive(Debug)]
pub struct MadeUp {
    /// The value.
    pub value: Value,
    /// The options of the encoder.
    pub options: EncodeOptions,
    /// The indent of these options, for the decoder.
    pub indent: Indent,
}

impl<'a> Arbitrary<'a> for MadeUp {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let delimiter = *bytes.choose(&[Delimiter::Comma, Delimiter::Tab, Delimiter::Pipe])?;
        let indent = Indent::new(bytes.int_in_range(1..=4)?).unwrap_or_default();
        Ok(Self {
            value: value(bytes, 6)?,
            options: EncodeOptions::new().with_delimiter(delimiter).with_indent(indent),
            indent,
        })
    }
}

fn value(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    if depth == 0 {
        return primitive(bytes);
    }
    match bytes.int_in_range(0..=6_u8)? {
        0 => rows(bytes, depth).map(Value::Array),
        1 => {
            let rows = rows(bytes, depth)?;
            let mut keyed = Map::new();
            for row in rows {
                keyed.insert(text(bytes)?, row);
            }
            Ok(Value::Object(keyed))
        }
        2 => some(bytes, |bytes| value(bytes, depth - 1)).map(Value::Array),
        3 => {
            let entries = some(bytes, |bytes| Ok((text(bytes)?, value(bytes, depth - 1)?)))?;
            Ok(Value::Object(entries.into_iter().collect()))
        }
        _ => primitive(bytes),
    }
}

/// Objects with the same keys. One cell in 24 is any value, so most of them are rows of a table.
fn rows(bytes: &mut Unstructured<'_>, depth: usize) -> Result<Vec<Value>> {
    let keys = some(bytes, text)?;
    let nested = bytes.arbitrary::<bool>()?;
    some(bytes, |bytes| {
        let mut row = Map::new();
        for (index, key) in keys.iter().enumerate() {
            let cell = if nested && index == 0 {
                Value::Object([(text(bytes)?, primitive(bytes)?)].into_iter().collect())
            } else if bytes.ratio(1, 24)? {
                value(bytes, depth - 1)?
            } else {
                primitive(bytes)?
            };
            row.insert(key.clone(), cell);
        }
        Ok(Value::Object(row))
    })
}

fn some<'a, T>(
    bytes: &mut Unstructured<'a>,
    mut make: impl FnMut(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = bytes.int_in_range(0..=4_usize)?;
    (0..count).map(|_| make(bytes)).collect()
}

fn primitive(bytes: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match bytes.int_in_range(0..=5_u8)? {
        0 => Value::Null,
        1 => Value::Bool(bytes.arbitrary()?),
        2 => Value::from(bytes.arbitrary::<i64>()?),
        3 => Number::from_f64(bytes.arbitrary()?).map_or(Value::Null, Value::Number),
        _ => Value::String(text(bytes)?),
    })
}

fn text(bytes: &mut Unstructured<'_>) -> Result<String> {
    if bytes.ratio(1, 4)? {
        bytes.arbitrary()
    } else {
        bytes.choose(&WORDS).map(|word| (*word).to_owned())
    }
}
