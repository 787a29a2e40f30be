//! Rows of events as `COPY … TO STDOUT (FORMAT binary)` sends them.
//!
//! Each message has one row: the number of its columns in two bytes, then the length of each column
//! in four bytes and its value. NULL has the length -1. The first message begins with a header, and
//! the last one has -1 columns. Numbers are big-endian. The
//! [manual](https://www.postgresql.org/docs/15/sql-copy.html) has the format.
//!
//! A page of the log is read so: the driver needs half the time for it.

use postgres_database::{Database, DatabaseError};
use uuid::Uuid;

use super::row::{Columns, EventRows};

/// The header: a signature, flags, and the length of an extension, which no version has.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

const END: &[u8] = &[0xff, 0xff];

/// The events of a query with the columns of an event.
pub(crate) async fn read(database: &Database, query: &str) -> Result<EventRows, DatabaseError> {
    let take = |events: &mut EventRows, message: &[u8]| match row(message) {
        Some(Some(columns)) => events.take(&columns),
        Some(None) => Ok(()),
        None => Err(DatabaseError::Damaged(
            "the server sent a row in an unknown form".to_owned(),
        )),
    };
    database.copy(query, take).await
}

/// The row of a message. `Some(None)` is the end, `None` a message that has another form.
fn row(message: &[u8]) -> Option<Option<Columns<'_>>> {
    let mut rest = message.strip_prefix(HEADER).unwrap_or(message);
    if rest.is_empty() || rest == END {
        return Some(None);
    }
    let count: [u8; 2] = take(&mut rest)?;
    let rest = &mut rest;
    let columns = Columns {
        position: number(rest)?,
        stream: text(rest)?,
        version: number(rest)?,
        id: Uuid::from_slice(value(rest)??).ok()?,
        event_type: text(rest)?,
        schema: number(rest)?,
        recorded_at: number(rest)?,
        metadata: value(rest)??,
        payload: value(rest)?,
    };
    (u16::from_be_bytes(count) == 9 && rest.is_empty()).then_some(Some(columns))
}

fn number(rest: &mut &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(value(rest)??.try_into().ok()?))
}

fn text<'r>(rest: &mut &'r [u8]) -> Option<&'r str> {
    std::str::from_utf8(value(rest)??).ok()
}

/// The next value; `Some(None)` is NULL.
fn value<'r>(rest: &mut &'r [u8]) -> Option<Option<&'r [u8]>> {
    let length = i32::from_be_bytes(take(rest)?);
    match usize::try_from(length) {
        Ok(length) => rest.split_off(..length).map(Some),
        Err(_) => (length == -1).then_some(None),
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row with these values.
    fn message(values: &[Option<&[u8]>]) -> Vec<u8> {
        let mut message = u16::try_from(values.len()).unwrap().to_be_bytes().to_vec();
        for value in values {
            let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap());
            message.extend(length.to_be_bytes());
            message.extend(value.unwrap_or_default());
        }
        message
    }

    fn values<'v>(numbers: &'v [[u8; 8]; 4], id: &'v [u8; 16]) -> [Option<&'v [u8]>; 9] {
        let [position, version, schema, at] = numbers.each_ref().map(|number| number.as_slice());
        [
            position, b"lamp-1", version, id, b"Lit", schema, at, b"{}", b"\0\xff",
        ]
        .map(Some)
    }

    #[test]
    fn a_row_has_its_columns_with_and_without_the_header() {
        let (numbers, id) = ([7_i64, 3, 1, -5].map(i64::to_be_bytes), [9; 16]);
        let mut values = values(&numbers, &id);
        let plain = message(&values);
        for message in [plain.clone(), [HEADER, &plain].concat()] {
            let columns = row(&message).unwrap().unwrap();
            assert_eq!(
                (
                    columns.position,
                    columns.stream,
                    columns.version,
                    columns.id
                ),
                (7, "lamp-1", 3, Uuid::from_bytes(id))
            );
            assert_eq!(
                (
                    columns.event_type,
                    columns.schema,
                    columns.recorded_at,
                    columns.metadata
                ),
                ("Lit", 1, -5, &b"{}"[..])
            );
            assert_eq!(columns.payload, Some(&b"\0\xff"[..]));
        }
        values[8] = None;
        assert_eq!(row(&message(&values)).unwrap().unwrap().payload, None);
    }

    #[test]
    fn a_header_alone_and_the_end_are_no_row() {
        for message in [HEADER, END, &[HEADER, END].concat()] {
            assert!(matches!(row(message), Some(None)), "{message:?}");
        }
    }

    #[test]
    fn a_message_of_another_form_is_refused_at_every_length() {
        let (numbers, id) = ([7_i64, 3, 1, -5].map(i64::to_be_bytes), [9; 16]);
        let values = values(&numbers, &id);
        let whole = message(&values);
        for length in 1..whole.len() {
            assert!(row(&whole[..length]).is_none(), "{length} bytes");
        }
        assert!(row(&[&whole[..], b"x"].concat()).is_none());
        assert!(row(&message(&values[..8])).is_none());
        let mut ten = values.to_vec();
        ten.push(None);
        assert!(row(&message(&ten)).is_none());
        for (column, wrong) in [(0, &b"1234567"[..]), (1, b"\xff"), (3, b"short")] {
            let mut values = values;
            values[column] = Some(wrong);
            assert!(row(&message(&values)).is_none(), "column {column}");
            values[column] = None;
            assert!(row(&message(&values)).is_none(), "column {column} is NULL");
        }
    }
}
