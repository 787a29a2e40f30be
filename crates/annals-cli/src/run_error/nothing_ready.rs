//! The refusal of `next` without a ready item.

use std::collections::BTreeMap;
use std::fmt;

/// No item is ready.
#[derive(Debug)]
pub(crate) struct NothingReady {
    /// The number of open items by their first reason, for example `claimed`.
    pub(crate) others: BTreeMap<&'static str, u64>,
    /// The numbers of the items that the actor has claimed.
    pub(crate) yours: Vec<String>,
}

impl fmt::Display for NothingReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no item is ready: ")?;
        if self.others.is_empty() {
            return f.write_str("there is no open item");
        }
        let counts = self.others.iter();
        let counts = counts.map(|(kind, count)| format!("{count} {}", words(kind)));
        f.write_str(&counts.collect::<Vec<_>>().join(", "))?;
        match self.yours.is_empty() {
            true => Ok(()),
            false => write!(f, "; yours: {}", self.yours.join(", ")),
        }
    }
}

impl std::error::Error for NothingReady {}

/// The kind of a reason in words, after a count.
fn words(kind: &str) -> &str {
    match kind {
        "open_blocker" => "with an open blocker",
        "open_child" => "with open children",
        "in_progress" => "in progress",
        "assigned" => "assigned to others",
        "unreadable_item" => "beside an unreadable item",
        other => other,
    }
}
