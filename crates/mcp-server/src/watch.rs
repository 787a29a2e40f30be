//! The changes of an item, for its subscribers.

use std::sync::Arc;

use crate::calls::run;
use crate::program::Program;
use crate::words::Words;

/// A waiting reader of one item.
pub(crate) struct Watch {
    program: Arc<dyn Program>,
    item: String,
    /// The position up to which the log is known.
    position: u64,
    /// The version of the item there; `None` without such an item.
    version: Option<u64>,
}

impl Watch {
    /// Begins at the present end of the log. `None` if it cannot be read.
    pub(crate) async fn begin(program: Arc<dyn Program>, item: String) -> Option<Self> {
        // The position is read first: a change after it is seen twice, and never missed.
        let position = program.wait_past(0).await?;
        let version = version(&*program, &item).await;
        Some(Self {
            program,
            item,
            position,
            version,
        })
    }

    /// Waits for the next change of the item. `None` if the log cannot be read.
    pub(crate) async fn changed(&mut self) -> Option<()> {
        loop {
            self.position = self.program.wait_past(self.position).await?;
            let version = version(&*self.program, &self.item).await;
            if version != self.version {
                self.version = version;
                return Some(());
            }
        }
    }
}

async fn version(program: &dyn Program, item: &str) -> Option<u64> {
    let words = Words::of("show").values([item]);
    run(program, words).await.ok()?["version"].as_u64()
}
