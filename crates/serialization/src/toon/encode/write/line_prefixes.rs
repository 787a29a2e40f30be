//! A cache of line prefixes: the encoder builds the start of a struct field's line once, and copies
//! it for later fields.

use crate::toon::encode::static_key_cache::StaticKeyCache;

/// The prefixes of lines by key and tag. A prefix is a newline, the indentation and the key, with
/// quotes if it needs them, for example `"\n  id"`. The tag stands for the indentation.
pub(super) struct LinePrefixes {
    spans: StaticKeyCache<Span>,
    text: String,
}

/// The part of the text that is a prefix.
#[derive(Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
}

/// The size of the cache in bytes. When it is full, the cache starts anew.
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
    fn kept_prefixes_are_reused_up_to_a_limit() {
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
