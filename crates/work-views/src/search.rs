//! Full-text search over titles, descriptions and notes.

use read_models_sqlite::sqlx::{self, Row};
use shared_kernel::codec::FormatError;
use work_tracking::TrackedItem;

use crate::{ItemViews, ViewError};

/// The best of the newest matches, each with the words around the first match.
///
/// The rank of 50,000 matches takes 40 ms, and a query for each excerpt 1 ms. So the rank looks at
/// the newest matches only, and its own query returns the excerpts.
const SEARCH: &str = "\
WITH hits AS MATERIALIZED (
  SELECT rowid AS item, rank AS place, snippet(texts, -1, '', '', '…', 12) AS excerpt
  FROM texts
  WHERE texts MATCH ?1 AND rowid >= (SELECT min(item) FROM (
    SELECT rowid AS item FROM texts WHERE texts MATCH ?1 ORDER BY rowid DESC LIMIT ?2))
  ORDER BY rank LIMIT ?3
)
SELECT version, state, excerpt FROM hits JOIN items USING (item) ORDER BY place, item";

/// The most matches that are ranked for a few answers.
const RANKED: u32 = 1_000;

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
    /// The items with the words in their present texts, at most `limit`: first those with all words
    /// in the title, then the others. A match in a description counts more than one in a note. Of
    /// more than 1,000 matches in titles, or in all texts, the newest 1,000 items are ranked, or
    /// the newest `limit` items if that is more.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn search(&self, words: &Words, limit: u32) -> Result<Vec<Found>, ViewError> {
        let (build, mut reader) = self.reader().await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found: Vec<Found> = Vec::new();
        for query in [format!("title : ({})", words.0), words.0.clone()] {
            if found.len() >= most {
                break;
            }
            // The matches in titles come again among all matches.
            let rows = sqlx::query(SEARCH)
                .bind(query)
                .bind(RANKED.max(limit))
                .bind(limit.saturating_mul(2))
                .fetch_all(&mut reader)
                .await
                .map_err(|error| ViewError::row(&build, error))?;
            let more = rows.iter().map(|row| {
                let excerpt = row.try_get(2)?;
                let tracked = self.tracked(row)?;
                Ok(Found { tracked, excerpt })
            });
            let more: Result<Vec<Found>, FormatError> = more.collect();
            for one in more.map_err(|error| ViewError::row(&build, error))? {
                let id = one.tracked.item.id();
                if !found.iter().any(|known| known.tracked.item.id() == id) {
                    found.push(one);
                }
            }
            found.truncate(most);
        }
        Ok(found)
    }
}
