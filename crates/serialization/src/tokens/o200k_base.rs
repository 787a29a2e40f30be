//! The tokenizer `o200k_base`; its vocabulary is part of the program, so it needs no network.

use std::collections::HashSet;
use std::fmt;

use tiktoken_rs::CoreBPE;

use super::TokenCounter;

/// Counts in tokens of `o200k_base`, by [tiktoken-rs](https://docs.rs/tiktoken-rs).
///
/// The first counter unpacks the vocabulary. All counters share it until the program ends.
///
/// ```
/// use serialization::tokens::{O200kBase, TokenCounter};
///
/// assert_eq!(O200kBase::new().count("what happened since"), 3);
/// ```
#[derive(Clone, Copy)]
pub struct O200kBase {
    tokenizer: &'static CoreBPE,
}

impl O200kBase {
    /// Returns a counter, which unpacks the vocabulary if it is the first.
    #[must_use]
    pub fn new() -> Self {
        Self {
            tokenizer: tiktoken_rs::o200k_base_singleton(),
        }
    }
}

impl Default for O200kBase {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenCounter for O200kBase {
    fn name(&self) -> &'static str {
        "o200k_base"
    }

    /// A text that looks like a special token, for example `<|endoftext|>`, counts as plain text.
    ///
    /// The tokenizer splits a text with a regular expression, which fails on very long sequences of
    /// blanks. For such a text this returns the number of bytes: a text never has more tokens than
    /// bytes.
    fn count(&self, text: &str) -> usize {
        match self.tokenizer.encode(text, &HashSet::new()) {
            Ok((tokens, _)) => tokens.len(),
            Err(_) => text.len(),
        }
    }
}

impl fmt::Debug for O200kBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("O200kBase").finish_non_exhaustive()
    }
}
