//! Token counters: the size of a text as a language model measures it.

#[cfg(feature = "tiktoken")]
mod o200k_base;

#[cfg(feature = "tiktoken")]
pub use o200k_base::O200kBase;

/// Counts the tokens of a text with a named tokenizer.
///
/// ```
/// use serialization::tokens::TokenCounter;
///
/// struct Words;
///
/// impl TokenCounter for Words {
///     fn name(&self) -> &str {
///         "words"
///     }
///
///     fn count(&self, text: &str) -> usize {
///         text.split_whitespace().count()
///     }
/// }
///
/// assert_eq!(Words.count("what happened since"), 3);
/// ```
pub trait TokenCounter {
    /// The name that the tokenizer's authors gave it, for example `o200k_base`.
    fn name(&self) -> &str;

    /// The number of tokens in the text. The same text always gives the same number.
    fn count(&self, text: &str) -> usize;
}
