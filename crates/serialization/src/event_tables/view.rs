//! Owns what of the events a view tells.

use super::view_column::Column;
use crate::tokens::TokenCounter;

/// What the document of a view begins with, as the value of `event_log`.
pub(crate) const FORMAT: &str = "view";

/// A selection from events for somebody who reads them, such as a language model: one table for
/// each event type, in which every row has its place in the log as `seq`, so that what is said can
/// be cited.
///
/// Without further wishes it tells the stream, the time, the actor and the whole payload. Times are
/// whole seconds, in a payload too. What a view leaves out cannot be restored.
///
/// # Budgets
/// With a [budget](Self::with_budget), the text never has more tokens. What does not fit is dropped
/// in this order, and no more of it than has to be:
///
/// 1. the columns of metadata: free pairs, causation, correlation, schema version, id, version,
///    actor;
/// 2. the payloads of the oldest events, which then stand in one table called `earlier`;
/// 3. the oldest events.
///
/// A line called `dropped` says what was dropped. A budget too small even for that line is an
/// error.
#[derive(Clone)]
pub struct EventView<'a> {
    columns: Vec<Column>,
    fields: Fields,
    counter: Option<&'a dyn TokenCounter>,
    budget: Option<usize>,
}

/// Which keys of the payloads are told.
#[derive(Debug, Clone)]
enum Fields {
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl<'a> EventView<'a> {
    /// The stream, the time, the actor and the whole payload.
    #[must_use]
    pub fn new() -> Self {
        Self {
            columns: vec![Column::Stream, Column::Time, Column::Actor],
            fields: Fields::All,
            counter: None,
            budget: None,
        }
    }

    /// With these columns instead. They stand in the order of [`Column`].
    #[must_use]
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns = columns.into_iter().collect();
        self.columns.sort_unstable();
        self.columns.dedup();
        self
    }

    /// With these keys of the payloads only; keys inside nested objects come with the object.
    #[must_use]
    pub fn with_fields(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = Fields::Only(keys.into_iter().map(Into::into).collect());
        self
    }

    /// With all keys of the payloads but these.
    #[must_use]
    pub fn without_fields(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = Fields::Without(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Measured by a counter. Without one, the form with fewer bytes is the smaller one.
    #[must_use]
    pub fn with_counter(mut self, counter: &'a dyn TokenCounter) -> Self {
        self.counter = Some(counter);
        self
    }

    /// With at most so many tokens, as the counter counts them.
    #[must_use]
    pub fn with_budget(mut self, tokens: usize, counter: &'a dyn TokenCounter) -> Self {
        self.counter = Some(counter);
        self.budget = Some(tokens);
        self
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(crate) fn counter(&self) -> Option<&'a dyn TokenCounter> {
        self.counter
    }

    pub(crate) fn budget(&self) -> Option<usize> {
        self.budget
    }

    pub(crate) fn includes(&self, key: &str) -> bool {
        match &self.fields {
            Fields::All => true,
            Fields::Only(keys) => keys.iter().any(|known| known == key),
            Fields::Without(keys) => !keys.iter().any(|known| known == key),
        }
    }
}

impl Default for EventView<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for EventView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventView")
            .field("columns", &self.columns)
            .field("fields", &self.fields)
            .field("counter", &self.counter.map(TokenCounter::name))
            .field("budget", &self.budget)
            .finish()
    }
}
