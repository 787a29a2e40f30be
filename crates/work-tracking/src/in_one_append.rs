//! A command that drafts its append itself, for example several commands as one.

use shared_kernel::repository::Draft;
use shared_kernel::{Append, RepositoryError};

use crate::WorkTracker;

impl WorkTracker {
    /// Writes the append of `draft`, and drafts again after a conflict until the time limit.
    ///
    /// For example, several commands run on a view of the store in memory, and the draft is the
    /// append of all of their events. `draft` must have no side effects. An append without events
    /// and checks is not written.
    ///
    /// # Errors
    /// The error of `draft`, at once and with nothing written. Otherwise a [`RepositoryError`] in
    /// the error type of `draft`.
    pub async fn in_one_append<T, E, F>(&self, mut draft: impl FnMut() -> F) -> Result<T, E>
    where
        E: From<RepositoryError>,
        F: Future<Output = Result<(Append, T), E>>,
    {
        let executed = self.items.execute_across(|_| {
            let drafted = draft();
            async {
                let (append, value) = drafted.await?;
                Ok::<_, E>(Draft::of([]).and(append).with_value(value))
            }
        });
        Ok(executed.await?.value)
    }
}
