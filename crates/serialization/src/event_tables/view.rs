//! A view of events: the columns and payload keys to show, and the budget.

use super::view_column::Column;
use crate::tokens::TokenCounter;

/// The value of `event_log` in the document of a view.
pub(crate) const FORMAT: &str = "view";

/// A selection from events for a reader such as a language model: one table for each event type.
/// Every row has its position in the log as `seq`, so that a reader can cite an event.
///
/// By default a view shows the stream, the time, the actor and the whole payload. Times are whole
/// seconds, in payloads too. A view cannot be restored to events.
///
/// # Budgets
/// With a [budget](Self::with_budget), the text never has more tokens. The view drops as little as
/// possible, in this order:
///
/// 1. the columns of metadata: free pairs, causation, correlation, schema version, id, version,
///    actor;
/// 2. the payloads of the oldest events, which then stand in one table called `earlier`;
/// 3. the oldest events.
///
/// The line `dropped` lists the dropped content, for example `payloads of 3 events (seq 1 to 3);
/// columns actor`. A budget too small even for that line is an error.
#[derive(Clone)]
pub struct EventView<'a> {
    columns: Vec<Column>,
    fields: Fields,
    counter: Option<&'a dyn TokenCounter>,
    budget: Option<usize>,
}

/// The keys of payloads that a view shows.
#[derive(Debug, Clone)]
enum Fields {
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

impl<'a> EventView<'a> {
    /// A view with the stream, the time, the actor and the whole payload.
    #[must_use]
    pub fn new() -> Self {
        Self {
            columns: vec![Column::Stream, Column::Time, Column::Actor],
            fields: Fields::All,
            counter: None,
            budget: None,
        }
    }

    /// Shows these columns instead. Their order is always that of [`Column`].
    #[must_use]
    pub fn with_columns(mut self, columns: impl IntoIterator<Item = Column>) -> Self {
        self.columns = columns.into_iter().collect();
        self.columns.sort_unstable();
        self.columns.dedup();
        self
    }

    /// Shows only these keys of the payloads. A key with a nested object shows the whole object.
    #[must_use]
    pub fn with_fields(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = Fields::Only(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Shows all keys of the payloads except these.
    #[must_use]
    pub fn without_fields(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = Fields::Without(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Compares the two forms by this counter. Without a counter, the one with fewer bytes is
    /// smaller.
    #[must_use]
    pub fn with_counter(mut self, counter: &'a dyn TokenCounter) -> Self {
        self.counter = Some(counter);
        self
    }

    /// Limits the text to `tokens`, as the counter counts them.
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
