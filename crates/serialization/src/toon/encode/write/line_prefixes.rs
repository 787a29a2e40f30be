//! Owns what lines begin with that have the keys of structs: they are put together once and copied
//! from then on.

use crate::toon::encode::static_key_cache::StaticKeyCache;

/// The beginnings of lines, by the key and a number for all else that they depend on: a newline, the
/// indentation, and the key in the quotes that it needs.
pub(super) struct LinePrefixes {
    spans: StaticKeyCache<Span>,
    text: String,
}

/// Where a beginning stands in the text.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// So much text is kept; then all is forgotten.
const KEPT: usize = 2 * 1024;

impl LinePrefixes {
    pub(super) fn new() -> Self {
        Self {
            spans: StaticKeyCache::new(),
            text: String::new(),
        }
    }

    #[inline]
    pub(super) fn get(&mut self, key: &'static str, tag: usize) -> Option<&str> {
        let Span { start, end } = *self.spans.get(key, tag)?;
        Some(&self.text[start..end])
    }

    pub(super) fn keep(&mut self, key: &'static str, tag: usize, prefix: &str) {
        if prefix.len() > KEPT {
            return;
        }
        if self.text.len() + prefix.len() > KEPT {
            *self = Self::new();
        }
        self.text.reserve_exact(KEPT - self.text.len());
        let start = self.text.len();
        self.text.push_str(prefix);
        let end = self.text.len();
        self.spans.put(key, tag, Span { start, end });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_given_back_until_there_is_too_much() {
        let mut line_prefixes = LinePrefixes::new();
        assert_eq!(line_prefixes.get("id", 1), None);
        line_prefixes.keep("id", 1, "\n  id");
        line_prefixes.keep("id", 2, "\n    id");
        assert_eq!(line_prefixes.get("id", 1), Some("\n  id"));
        assert_eq!(line_prefixes.get("id", 2), Some("\n    id"));

        let long = "x".repeat(KEPT - 5);
        line_prefixes.keep("long", 1, &long);
        assert_eq!(line_prefixes.get("id", 1), None);
        assert_eq!(line_prefixes.get("long", 1), Some(long.as_str()));
        assert_eq!(line_prefixes.text.capacity(), KEPT);

        line_prefixes.keep("longer", 1, &"x".repeat(KEPT + 1));
        assert_eq!(line_prefixes.get("longer", 1), None);
        assert_eq!(line_prefixes.get("long", 1), Some(long.as_str()));
    }
}
