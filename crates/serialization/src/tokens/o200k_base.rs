//! Owns the tokenizer `o200k_base`, which needs no network: its vocabulary is part of the program.

use std::collections::HashSet;
use std::fmt;

use tiktoken_rs::CoreBPE;

use super::TokenCounter;

/// Counts in tokens of `o200k_base`, by [tiktoken-rs](https://docs.rs/tiktoken-rs).
///
/// The vocabulary is unpacked when the first one is made, and kept as long as the program runs.
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
    /// The tokenizer.
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

    /// What looks like a special token is text like any other.
    ///
    /// The regular expression by which the tokenizer cuts its text gives up on runs of very many
    /// blanks; for such a text the answer is its bytes, which its tokens are never more than.
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
