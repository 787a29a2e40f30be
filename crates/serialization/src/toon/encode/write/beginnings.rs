//! Owns what lines begin with that have the keys of structs: they are put together once and copied
//! from then on.

use crate::toon::encode::static_keys::StaticKeys;

/// The beginnings of lines, by the key and a number for all else that they depend on: a newline, the
/// indentation, and the key in the quotes that it needs.
pub(super) struct Beginnings {
    places: StaticKeys<Place>,
    text: String,
}

/// Where a beginning stands in the text.
#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
}

/// So much text is kept; then all is forgotten.
const KEPT: usize = 2 * 1024;

impl Beginnings {
    pub(super) fn new() -> Self {
        Self {
            places: StaticKeys::new(),
            text: String::new(),
        }
    }

    #[inline]
    pub(super) fn get(&mut self, key: &'static str, tag: usize) -> Option<&str> {
        let Place { start, end } = *self.places.get(key, tag)?;
        Some(&self.text[start..end])
    }

    pub(super) fn keep(&mut self, key: &'static str, tag: usize, beginning: &str) {
        if beginning.len() > KEPT {
            return;
        }
        if self.text.len() + beginning.len() > KEPT {
            *self = Self::new();
        }
        self.text.reserve_exact(KEPT - self.text.len());
        let start = self.text.len();
        self.text.push_str(beginning);
        let end = self.text.len();
        self.places.put(key, tag, Place { start, end });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_given_back_until_there_is_too_much() {
        let mut beginnings = Beginnings::new();
        assert_eq!(beginnings.get("id", 1), None);
        beginnings.keep("id", 1, "\n  id");
        beginnings.keep("id", 2, "\n    id");
        assert_eq!(beginnings.get("id", 1), Some("\n  id"));
        assert_eq!(beginnings.get("id", 2), Some("\n    id"));

        let long = "x".repeat(KEPT - 5);
        beginnings.keep("long", 1, &long);
        assert_eq!(beginnings.get("id", 1), None);
        assert_eq!(beginnings.get("long", 1), Some(long.as_str()));
        assert_eq!(beginnings.text.capacity(), KEPT);

        beginnings.keep("longer", 1, &"x".repeat(KEPT + 1));
        assert_eq!(beginnings.get("longer", 1), None);
        assert_eq!(beginnings.get("long", 1), Some(long.as_str()));
    }
}
