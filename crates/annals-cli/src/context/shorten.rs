//! Shortening a long text.

use std::borrow::Cow;

/// The mark of a shortened text.
const REST: char = '…';

/// The text in at most `limit` characters. A shortened text ends with `…`: `wörds` in 4 characters
/// is `wör…`.
pub(crate) fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return Cow::Borrowed(text);
    }
    let kept = text
        .char_indices()
        .nth(limit.saturating_sub(1))
        .map_or(text, |(end, _)| &text[..end]);
    let mut cut = kept.trim_end().to_owned();
    cut.push(REST);
    Cow::Owned(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_within_the_limit_is_unchanged() {
        assert_eq!(shorten("wörd", 4), "wörd");
        assert_eq!(shorten("", 0), "");
    }

    #[test]
    fn a_longer_text_ends_with_the_mark() {
        assert_eq!(shorten("wörds", 4), "wör…");
        assert_eq!(shorten("two words", 5), "two…");
        assert_eq!(shorten("🦀🦀🦀", 2), "🦀…");
        assert_eq!(shorten("ab", 1), "…");
    }
}
