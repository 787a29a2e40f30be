//! Owns how texts are measured: in the tokens that a language model reads.

#[cfg(feature = "tiktoken")]
mod o200k_base;

#[cfg(feature = "tiktoken")]
pub use o200k_base::O200kBase;

/// Counts the tokens of a text by a tokenizer with a name.
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
    /// The name of the tokenizer, as its makers call it.
    fn name(&self) -> &str;

    /// How many tokens the text is. The same text is always the same number.
    fn count(&self, text: &str) -> usize;
}
