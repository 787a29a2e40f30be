//! The cells of an event's time: seconds after the first event of the document.

use jiff::Timestamp;

use super::node::Node;

/// The cell of a time: a number, or a timestamp if the number would not be exact.
pub(crate) fn write(at: Timestamp, since: Timestamp) -> Node {
    let cell = match i64::try_from(at.as_nanosecond() - since.as_nanosecond()) {
        Ok(difference) if difference % 1_000_000_000 == 0 => {
            Node::Signed(difference / 1_000_000_000)
        }
        Ok(difference) => Node::Float(difference as f64 / 1e9),
        Err(_) => return Node::text(at.to_string()),
    };
    if read(&cell, since) == Some(at) {
        cell
    } else {
        Node::text(at.to_string())
    }
}

/// The cell of a time in whole seconds, for views.
pub(crate) fn write_seconds(at: Timestamp, since: Timestamp) -> Node {
    Node::Signed(at.as_second() - since.as_second())
}

/// The time of a cell; `None` if the cell is invalid.
pub(crate) fn read(cell: &Node, since: Timestamp) -> Option<Timestamp> {
    let difference = match cell {
        Node::Signed(seconds) => i128::from(*seconds) * 1_000_000_000,
        // A float is exact to the microsecond, like the times in a store.
        Node::Float(seconds) => {
            let micros = (seconds * 1e6).round();
            if micros.is_nan() || micros.abs() >= 1e18 {
                return None;
            }
            micros as i128 * 1_000
        }
        Node::Text(text) => return text.parse().ok(),
        _ => return None,
    };
    Timestamp::from_nanosecond(since.as_nanosecond() + difference).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read_back() {
        let since: Timestamp = "2026-03-02T08:00:00.123456Z".parse().unwrap();
        for (text, cell) in [
            ("2026-03-02T08:00:00.123456Z", Node::Signed(0)),
            ("2026-03-02T08:00:07.123456Z", Node::Signed(7)),
            ("2026-03-02T08:00:00.123457Z", Node::Float(0.000_001)),
            ("2026-04-02T08:00:00Z", Node::Float(2_678_399.876_544)),
            ("2026-03-02T08:00:00Z", Node::Float(-0.123_456)),
            // Finer than a microsecond, or too far away.
            (
                "2026-03-02T08:00:00.123456001Z",
                Node::text("2026-03-02T08:00:00.123456001Z"),
            ),
            ("0001-01-01T00:00:00Z", Node::text("0001-01-01T00:00:00Z")),
        ] {
            let at: Timestamp = text.parse().unwrap();
            assert_eq!(write(at, since), cell);
            assert_eq!(read(&cell, since), Some(at));
        }
    }

    #[test]
    fn invalid_times_are_refused() {
        let since = Timestamp::UNIX_EPOCH;
        for cell in [
            Node::Null,
            Node::text("soon"),
            Node::Float(1e300),
            Node::Float(f64::NAN),
            Node::Signed(i64::MAX),
        ] {
            assert_eq!(read(&cell, since), None, "{cell:?}");
        }
    }
}
