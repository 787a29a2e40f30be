//! The proof that a value comes back: its JSON is read, and the copy is written as the same JSON.

use serde_json::Value;

use super::output::Written;
use super::path;
use super::{JsonError, JsonErrorKind, difference};

/// The number of fields that an error may mean, before it names the value around them.
const MOST_PLACES_TRIED: usize = 16;

/// Checks that written JSON is read back as a value that is the same JSON again
/// ([law 52](shared_kernel::laws#law-52)).
///
/// The usual case is cheap: the bytes are equal. Otherwise they are compared as values, whose
/// members and sets may have another order.
pub(super) fn check<T>(
    written: &Written,
    read: impl Fn(&[u8]) -> Result<T, JsonErrorKind>,
    write: impl FnOnce(&T) -> Result<Written, JsonError>,
) -> Result<(), JsonError> {
    if written.has_raw {
        // `RawValue` hides numbers and nesting that a reader of generic JSON refuses.
        let read = |json: &[u8]| Ok(serde_json::from_slice::<Value>(json)?);
        read(&written.json).map_err(|kind| unreadable(written, kind, read))?;
    }
    let copy = read(&written.json).map_err(|kind| unreadable(written, kind, read))?;
    let again = write(&copy)?;
    if again.json == written.json {
        return same_nulls(written, &again);
    }
    match difference::first(&written.json, &again.json) {
        // The offsets differ with the order, so only their number is compared.
        Ok(None) if written.nulls.len() == again.nulls.len() => Ok(()),
        Ok(None) => same_nulls(written, &again),
        Ok(Some(found)) => {
            let (written, read) = (found.first, found.second);
            let kind = JsonErrorKind::Changed { written, read };
            Err(JsonError::at(found.path, kind))
        }
        Err(error) => Err(JsonError::at(String::new(), error.into())),
    }
}

/// Checks that each `null` is a `Some` in both values or in neither.
fn same_nulls(written: &Written, again: &Written) -> Result<(), JsonError> {
    let (one, other) = (&written.nulls, &again.nulls);
    if one == other {
        return Ok(());
    }
    let has = |nulls: &[usize], null| nulls.binary_search(null).is_ok();
    let mut nulls = one.iter().chain(other);
    let lone = nulls.find(|null| has(one, null) != has(other, null));
    let end = lone.map_or(0, |null| null + 1);
    let path = path::at_end_of(written.json.get(..end).unwrap_or_default());
    Err(JsonError::at(path, JsonErrorKind::SomeIsNull))
}

/// The error of a value that cannot be read back.
#[cold]
fn unreadable<T>(
    written: &Written,
    reason: JsonErrorKind,
    read: impl Fn(&[u8]) -> Result<T, JsonErrorKind>,
) -> JsonError {
    let place = place_of_failure(&written.json, read);
    let path = place_in_buffered(written, &place, &reason.to_string()).unwrap_or(place);
    let reason = Box::new(reason);
    JsonError::at(path, JsonErrorKind::NotReadBack { reason })
}

/// The path of the value at which reading a JSON text fails.
///
/// The error of `serde_json` has the place up to which it has read. If that is the end of an array
/// or object, the last element of it may be meant, or the whole:
///
/// ```text
/// {"a":1,"b":"x"}     b is refused by its own type, or a field is missing
/// {"a":1,"b":"x",}    with a comma, the error is the same only if b is meant
/// ```
pub(super) fn place_of_failure<T>(
    json: &[u8],
    read: impl Fn(&[u8]) -> Result<T, JsonErrorKind>,
) -> String {
    let failure = |json: &[u8]| match read(json) {
        Err(JsonErrorKind::Serde(error)) => Some(error),
        _ => None,
    };
    let Some(error) = failure(json) else {
        return String::new();
    };
    let lines = json.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let mut end = json.len().min(before + error.column());
    if let Some((b'}' | b']', inside)) = json[..end].split_last() {
        let with_comma = [inside, b",", &json[end - 1..]].concat();
        let again = failure(&with_comma);
        if again.is_some_and(|again| message(&again) == message(&error)) {
            end -= 1;
        }
    }
    path::at_end_of(&json[..end])
}

/// The message of an error without its line and column.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place)
        .map_or(text.clone(), str::to_owned)
}

/// The path of a field below `place` that the error names.
///
/// Serde reads a value with `flatten`, `tag` or `untagged` whole before it reads the fields. An
/// error then names the value, and not its field. Two kinds of fields fail only there: integers of
/// 128 bits, and keys of maps that are no text.
fn place_in_buffered(written: &Written, place: &str, reason: &str) -> Option<String> {
    let json = &written.json;
    let mut wide = written.wide.clone();
    // The entries of a map are sorted after they were written.
    wide.sort_unstable();
    let wide = wide
        .iter()
        .filter(|_| reason.contains("128 is not supported"));
    let key = reason
        .split_once("string \"")
        .and_then(|(_, rest)| rest.split_once('"'));
    let key = key.map(|(key, _)| format!("\"{key}\":"));
    let keys = key
        .iter()
        .flat_map(|key| memchr::memmem::find_iter(json, key).map(|start| start + key.len() - 2));
    let mut paths = wide
        .copied()
        .chain(keys)
        .take(MOST_PLACES_TRIED)
        .map(|end| path::at_end_of(&json[..=end]));
    paths.find(|path| path::is_within(path, place))
}
