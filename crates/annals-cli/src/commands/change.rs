//! The commands that change an item.

use shared_kernel::{Metadata, StreamVersion};
use work_item::NewWorkItem;
use work_tracking::{CommandContext, CommandOutcome};

use super::test_run::test_run;
use crate::cli::{Add, Change, Target};
use crate::composition::Creator;
use crate::print::{FAINT, STRONG, printable};
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::{ItemView, OutcomeView};

pub(crate) async fn run(change: Change, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let tracker = session.tracker.clone();
    let (actor, metadata) = (session.actor.name.clone(), session.metadata());
    let under = |target: &Target| context(&metadata, target);
    let outcome = match change {
        Change::Add(it) => add(it, session).await?,
        Change::Start(it) => tracker.start(it.item, &under(&it)?).await?,
        Change::Block(it) => {
            let context = under(&it.target)?;
            tracker.block(it.target.item, it.reason, &context).await?
        }
        Change::Unblock(it) => tracker.unblock(it.item, &under(&it)?).await?,
        Change::Done(it) => {
            let context = under(&it.target)?;
            tracker
                .complete(it.target.item, it.resolution, &context)
                .await?
        }
        Change::Cancel(it) => {
            let context = under(&it.target)?;
            tracker.cancel(it.target.item, it.reason, &context).await?
        }
        Change::Reopen(it) => {
            let context = under(&it.target)?;
            tracker.reopen(it.target.item, it.reason, &context).await?
        }
        Change::Assign(it) => {
            let context = under(&it.target)?;
            match it.who {
                Some(who) => tracker.assign(it.target.item, who.0.name, &context).await?,
                None => tracker.unassign(it.target.item, &context).await?,
            }
        }
        Change::TestRun(it) => {
            let context = under(&it.target)?;
            let run = test_run(&it).await?;
            tracker
                .record_test_run(it.target.item, run, &context)
                .await?
        }
        Change::Approve(it) => {
            let context = under(&it)?;
            tracker.approve(it.item, actor, &context).await?
        }
        Change::Depend(it) => {
            let context = under(&it.target)?;
            tracker
                .add_dependency(it.target.item, it.on, it.kind, &context)
                .await?
        }
        Change::Undepend(it) => {
            let context = under(&it.target)?;
            tracker
                .remove_dependency(it.target.item, it.on, &context)
                .await?
        }
        Change::Note(it) => {
            let context = under(&it.target)?;
            tracker.note(it.target.item, it.text, &context).await?
        }
        Change::Retitle(it) => {
            let context = under(&it.target)?;
            tracker.retitle(it.target.item, it.title, &context).await?
        }
        Change::Describe(it) => {
            let context = under(&it.target)?;
            tracker.describe(it.target.item, it.text, &context).await?
        }
        Change::Prioritise(it) => {
            let context = under(&it.target)?;
            tracker
                .change_priority(it.target.item, it.priority, &context)
                .await?
        }
    };
    let view = OutcomeView {
        recorded: outcome.recorded,
        item: ItemView::new(&outcome.item, outcome.version),
    };
    let answered = session.answer(&view, || sentence(&outcome));
    answered.map_err(RunError::after_change)
}

/// The context of a command: its metadata, and the version that the user expects.
fn context(metadata: &Metadata, target: &Target) -> Result<CommandContext, RunError> {
    let context = CommandContext::from(metadata.clone());
    Ok(match target.expect {
        Some(version) => context.at_version(StreamVersion::new(version)?),
        None => context,
    })
}

async fn add(arguments: Add, session: &mut Session<'_, '_>) -> Result<CommandOutcome, RunError> {
    let mut new = NewWorkItem::new(arguments.title)
        .with_type(arguments.item_type)
        .with_priority(arguments.priority)
        .with_risk_tier(arguments.risk);
    new.description = arguments.description;
    let creator = Creator::lease(&session.store, &session.environment.clock).await?;
    let metadata = session.metadata();
    let created = creator
        .tracker
        .create(new, arguments.parent, metadata)
        .await;
    creator.release(&session.store).await;
    Ok(created?)
}

/// The answer for people: `WORK-003 Sum up the figures: done`.
fn sentence(outcome: &CommandOutcome) -> String {
    let item = &outcome.item;
    let unchanged = if outcome.recorded == 0 {
        " (unchanged)"
    } else {
        ""
    };
    let assignee = item
        .assignee()
        .map_or_else(String::new, |name| format!(", {name}"));
    format!(
        "{STRONG}{}{STRONG:#} {}: {}{assignee}{FAINT}{unchanged}{FAINT:#}",
        item.id().number(),
        printable(item.title().as_str()),
        item.status(),
    )
}
