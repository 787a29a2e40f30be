//! The read model of both subjects: a table with an index, and a full-text index.

use serde::{Deserialize, Serialize};

pub(crate) const TABLES: &str = "CREATE TABLE items (
  number INTEGER PRIMARY KEY, title TEXT NOT NULL, status TEXT NOT NULL, assignee TEXT,
  priority INTEGER NOT NULL, risk TEXT NOT NULL, version INTEGER NOT NULL, position INTEGER NOT NULL
) STRICT;
CREATE INDEX items_by_status ON items (status, priority);
CREATE VIRTUAL TABLE words USING fts5 (title, text)";

pub(crate) const UPSERT: &str = "INSERT INTO items VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
    ON CONFLICT DO UPDATE SET title = ?2, status = ?3, assignee = ?4, priority = ?5, risk = ?6, \
    version = ?7, position = ?8";
pub(crate) const FORGET_WORDS: &str = "DELETE FROM words WHERE rowid = ?1";
pub(crate) const WORDS: &str = "INSERT INTO words (rowid, title, text) VALUES (?1, ?2, ?3)";
pub(crate) const STATUS: &str =
    "UPDATE items SET status = ?2, version = ?3, position = ?4 WHERE number = ?1";

/// A change of an item. Most changes set only the status; each fourth one writes the texts.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
pub(crate) enum Change {
    Described {
        title: String,
        text: String,
        status: String,
        assignee: Option<String>,
        priority: i64,
        risk: String,
    },
    Moved {
        status: String,
    },
}

impl Change {
    /// The change number `n` of an item.
    pub(crate) fn example(number: usize, n: usize) -> Self {
        let status = ["open", "active", "review", "done"][n % 4].to_owned();
        if !(number + n).is_multiple_of(4) {
            return Self::Moved { status };
        }
        let word = |k: usize| {
            format!(
                "word{}",
                number.wrapping_mul(31).wrapping_add(k * k + n) % 5_000
            )
        };
        let words = |count: usize| (0..count).map(word).collect::<Vec<_>>().join(" ");
        Self::Described {
            title: words(6),
            text: words(40),
            status,
            assignee: (number % 3 > 0).then(|| format!("person-{}", number % 17)),
            priority: i64::try_from(number % 5).unwrap_or(0),
            risk: ["low", "medium", "high"][number % 3].to_owned(),
        }
    }
}
