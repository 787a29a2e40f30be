//! Owns the name of a stream and the category that it belongs to.

use crate::text::{InvalidText, TextProblem, validated_text};

validated_text! {
    /// The name of a stream, for example `work_item-7001`.
    ///
    /// Any Unicode text of 1 to 1,024 bytes without control characters; streams whose names differ
    /// in a single byte are different streams. The part before the first `-` is the
    /// [category](Self::category).
    ///
    /// ```
    /// use shared_kernel::StreamId;
    ///
    /// let stream = StreamId::new("work_item-7001")?;
    /// assert_eq!(stream.category().as_str(), "work_item");
    /// assert!(StreamId::new("").is_err());
    /// # Ok::<(), shared_kernel::InvalidText>(())
    /// ```
    StreamId, "stream id", max 1024
}

impl StreamId {
    /// The part of the name before the first `-`, or the whole name where it has none.
    #[must_use]
    pub fn category(&self) -> Category {
        Category(self.category_str().into())
    }

    /// The same as [`category`](Self::category), borrowed.
    #[must_use]
    pub fn category_str(&self) -> &str {
        self.as_str()
            .split_once('-')
            .map_or(self.as_str(), |(category, _)| category)
    }
}

/// The kind of thing that a stream is about: the part of its name before the first `-`.
///
/// It may be empty, since a stream may be called `-1`.
///
/// ```
/// use shared_kernel::Category;
///
/// assert_eq!(Category::new("work_item")?.as_str(), "work_item");
/// assert!(Category::new("work-item").is_err());
/// # Ok::<(), shared_kernel::InvalidText>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Category(std::sync::Arc<str>);

impl Category {
    /// Takes `text` as a category.
    ///
    /// # Errors
    /// [`InvalidText`] when it has a `-`, a control character, or more bytes than a stream id may
    /// have: no stream could ever be in it.
    pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidText> {
        let text = text.as_ref();
        let what = "category";
        if let Some(at) = text.find('-') {
            return Err(InvalidText {
                what,
                problem: TextProblem::Separator { found: '-', at },
            });
        }
        if !text.is_empty() {
            crate::text::check(what, StreamId::MAX_BYTES, text)?;
        }
        Ok(Self(text.into()))
    }

    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Category {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_category_ends_at_the_first_dash() {
        for (name, category) in [
            ("order-1", "order"),
            ("order", "order"),
            ("a-b-c", "a"),
            ("-1", ""),
            ("ö-ä", "ö"),
        ] {
            assert_eq!(
                StreamId::new(name).unwrap().category(),
                Category::new(category).unwrap()
            );
        }
    }

    #[test]
    fn a_category_that_no_stream_can_have_is_refused() {
        let problem = |text: &str| Category::new(text).unwrap_err().problem;
        assert_eq!(problem("a-b"), TextProblem::Separator { found: '-', at: 1 });
        assert_eq!(
            problem("a\tb"),
            TextProblem::ControlCharacter { found: '\t', at: 1 }
        );
        assert!(matches!(
            problem(&"x".repeat(1025)),
            TextProblem::TooLong { bytes: 1025, .. }
        ));
    }

    #[test]
    fn serde_keeps_the_rule() {
        let stream: StreamId = serde_json::from_str("\"a-1\"").unwrap();
        assert_eq!(serde_json::to_string(&stream).unwrap(), "\"a-1\"");
        assert!(serde_json::from_str::<StreamId>("\"\"").is_err());
    }
}
