//! Cursors: opaque texts with which a list goes on.
//!
//! A cursor has the number of rows that the client got, and a checksum of the query, so a cursor of
//! another query is refused. Example: `40-9f3a21bc`.

use serde_json::{Map, Value};

/// The number of rows that a call asks for. `left_out` counts no further.
pub(crate) const FETCHED: usize = 200;

/// The largest number of rows before a page.
const MOST_SKIPPED: usize = 10_000_000;

/// The cursor after some rows of a query.
pub(crate) fn cursor(skipped: usize, tool: &str, query: &Map<String, Value>) -> String {
    let query = Value::Object(query.clone());
    let sum = checksum(&format!("{skipped} {tool} {query}"));
    format!("{skipped}-{sum:08x}")
}

/// The number of rows before a page.
pub(crate) fn skipped(
    given: Option<&str>,
    tool: &str,
    query: &Map<String, Value>,
) -> Result<usize, String> {
    let Some(given) = given else {
        return Ok(0);
    };
    let rows = given.split('-').next().and_then(|rows| rows.parse().ok());
    rows.filter(|rows| *rows <= MOST_SKIPPED && cursor(*rows, tool, query) == given)
        .ok_or_else(|| {
            "the cursor is not from an answer to these arguments; leave it out to begin again"
                .to_owned()
        })
}

/// FNV-1a.
fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |sum, byte| {
        (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
