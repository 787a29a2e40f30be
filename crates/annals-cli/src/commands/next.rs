//! The command `next`: the best ready item, shown or claimed.

use super::carry_out::carry_out;
use super::change;
use super::ready::{ReadyView, as_table};
use crate::cli::{Guard, Next};
use crate::order::{Action, Order};
use crate::read_model::queue;
use crate::run_error::{NothingReady, RunError};
use crate::session::Session;

pub(crate) async fn run(arguments: Next, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if arguments.claim {
        return claim(arguments, session).await;
    }
    let ready = queue::ready(Some(1), session).await?;
    let Some(first) = ready.first() else {
        return Err(nothing_ready(session).await?.into());
    };
    let width = session.environment.width;
    session.answer(&ReadyView::from(first), || as_table(&ready, width))
}

/// Claims the first item that is ready when its claim is decided.
///
/// Another caller can take an item after the queue was read. Then the next item is tried; after the
/// last one, the queue is read again.
async fn claim(arguments: Next, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    loop {
        let ready = queue::ready(Some(PAGE), session).await?;
        let ids = ready.iter().map(|one| one.tracked.item.id());
        let order = Order {
            action: Action::ClaimFirst {
                length: arguments.length,
                ready: ids.collect(),
            },
            items: Vec::new(),
            guard: Guard {
                key: arguments.key.clone(),
                ..Guard::default()
            },
            keeps_text: false,
        };
        // A key that was used gives its item, also when no item is ready now.
        let done = carry_out(&order, session).await?;
        if !done.answers.is_empty() {
            return change::answer(&order, done, session).await;
        }
        if ready.is_empty() {
            return Err(nothing_ready(session).await?.into());
        }
    }
}

/// The number of items that are tried before the queue is read again.
const PAGE: usize = 50;

/// The reasons why no item is ready.
async fn nothing_ready(session: &mut Session<'_, '_>) -> Result<NothingReady, RunError> {
    let queue = queue::whole(session).await?;
    let yours = queue.yours.iter().map(|id| id.number().to_string());
    Ok(NothingReady {
        yours: yours.collect(),
        others: queue.others,
    })
}
