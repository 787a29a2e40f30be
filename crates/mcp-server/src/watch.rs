//! The changes of an item, for its subscribers.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::time::MissedTickBehavior;

use crate::calls::run;
use crate::program::Program;
use crate::words::Words;

/// The least time between two looks at the log.
const PAUSE: Duration = Duration::from_secs(1);

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
        let version = version(&*program, &item).await.ok()?;
        Some(Self {
            program,
            item,
            position,
            version,
        })
    }

    /// Waits for the next change of the item. While the log cannot be read, for example because its
    /// server is restarted, it tries again each second.
    pub(crate) async fn changed(&mut self) {
        let mut ticks = tokio::time::interval(PAUSE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(position) = self.program.wait_past(self.position).await else {
                continue;
            };
            let Ok(version) = version(&*self.program, &self.item).await else {
                continue;
            };
            self.position = position;
            if version != self.version {
                self.version = version;
                return;
            }
        }
    }
}

/// The version of an item; `None` without such an item.
async fn version(program: &dyn Program, item: &str) -> Result<Option<u64>, Value> {
    let words = Words::of("show").values([item]);
    match run(program, words).await {
        Ok(item) => Ok(item["version"].as_u64()),
        Err(error) if error["error"]["exit_code"] == 5 => Err(error),
        Err(_) => Ok(None),
    }
}
