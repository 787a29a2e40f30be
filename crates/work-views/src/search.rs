//! Full-text search over titles, descriptions and notes.

use read_models_sqlite::sqlx::{self, Row};
use work_tracking::TrackedItem;

use crate::{ItemViews, ViewError};

/// The best rows, each with the words around the first match.
const SEARCH: &str = "\
WITH hits AS (
  SELECT rowid AS item, rank AS place FROM texts WHERE texts MATCH ?1 ORDER BY rank, rowid LIMIT ?2
)
SELECT version, state,
  (SELECT snippet(texts, -1, '', '', '…', 12) FROM texts WHERE texts MATCH ?1 AND rowid = item)
FROM hits JOIN items USING (item) ORDER BY place, item";

/// The words of a search. An item is found if each of them begins a word of its title, of its
/// description or of a note. Upper case and accents do not matter.
///
/// ```
/// use work_views::Words;
///
/// assert!(Words::new("quarterly rep").is_some());
/// assert!(Words::new(" -- ").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// The words of a text; `None` if it has no letter and no digit. Every character is taken as
    /// it is: `AND`, `*` and `"` have no meaning.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        let words = words.filter(|word| word.contains(char::is_alphanumeric));
        // In a query of FTS5, quotes around a word are doubled within it, and * stands for its end.
        let quoted: Vec<_> = words
            .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
            .collect();
        (!quoted.is_empty()).then(|| Self(quoted.join(" ")))
    }
}

/// An item that a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The item.
    pub tracked: TrackedItem,
    /// Words around the first match; `…` marks a cut.
    pub excerpt: String,
}

impl ItemViews {
    /// The items with the words in their present texts, the best match first, at most `limit`. A
    /// match in a title counts more than one in a description, and that more than one in a note.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn search(&self, words: &Words, limit: u32) -> Result<Vec<Found>, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let rows = sqlx::query(SEARCH)
            .bind(words.0.as_str())
            .bind(limit)
            .fetch_all(&mut reader)
            .await
            .map_err(|error| ViewError::row(&build, error))?;
        let found = rows.iter().map(|row| {
            let excerpt = row.try_get(2)?;
            let tracked = self.tracked(row)?;
            Ok(Found { tracked, excerpt })
        });
        let found: Result<_, shared_kernel::codec::FormatError> = found.collect();
        found.map_err(|error| ViewError::row(&build, error))
    }
}
