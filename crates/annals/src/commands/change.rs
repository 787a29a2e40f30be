//! Owns the commands that change an item, and what they answer.

use work_item::{NewWorkItem, TestRatio, TestRun};
use work_tracking::CommandOutcome;

use crate::cli::{Add, Change, Format, TestRunArguments};
use crate::composition::Creator;
use crate::failure::Failure;
use crate::print::{FAINT, STRONG, printable};
use crate::session::Session;
use crate::view::{ItemView, OutcomeView};

pub(crate) async fn run(change: Change, session: &mut Session<'_, '_>) -> Result<(), Failure> {
    let (tracker, context) = (session.tracker.clone(), session.context.clone());
    let outcome = match change {
        Change::Add(it) => add(it, session).await?,
        Change::Start(it) => tracker.start(it.item, &context).await?,
        Change::Block(it) => tracker.block(it.item, it.reason, &context).await?,
        Change::Unblock(it) => tracker.unblock(it.item, &context).await?,
        Change::Done(it) => tracker.complete(it.item, it.resolution, &context).await?,
        Change::Cancel(it) => tracker.cancel(it.item, it.reason, &context).await?,
        Change::Reopen(it) => tracker.reopen(it.item, it.reason, &context).await?,
        Change::Assign(it) => match it.who {
            Some(who) => tracker.assign(it.item, who, &context).await?,
            None => tracker.unassign(it.item, &context).await?,
        },
        Change::TestRun(it) => {
            tracker
                .record_test_run(it.item, test_run(&it), &context)
                .await?
        }
        Change::Approve(it) => {
            let approver = session.actor.name.clone();
            tracker.approve(it.item, approver, &context).await?
        }
    };
    match session.format {
        Format::Json => session.write_json(&OutcomeView {
            recorded: outcome.recorded,
            item: ItemView::new(&outcome.item, outcome.version),
        }),
        Format::Human => session.write(sentence(&outcome)),
    }
}

async fn add(arguments: Add, session: &mut Session<'_, '_>) -> Result<CommandOutcome, Failure> {
    let mut new = NewWorkItem::new(arguments.title)
        .with_type(arguments.item_type)
        .with_priority(arguments.priority)
        .with_risk_tier(arguments.risk);
    new.description = arguments.description;
    let creator = Creator::lease(&session.store, &session.surroundings.clock).await?;
    let metadata = session.context.metadata.clone();
    let created = creator
        .tracker
        .create(new, arguments.parent, metadata)
        .await;
    creator.hand_back(&session.store).await;
    Ok(created?)
}

fn test_run(arguments: &TestRunArguments) -> TestRun {
    let TestRunArguments {
        coverage,
        positive,
        negative,
        edge,
        ..
    } = *arguments;
    // No counts at all say that nothing was counted, which a mix of tests cannot.
    let ratio = TestRatio::new(positive, negative, edge).ok();
    TestRun { coverage, ratio }
}

/// What people are told: where the item stands now.
fn sentence(outcome: &CommandOutcome) -> String {
    let item = &outcome.item;
    let unchanged = if outcome.recorded == 0 {
        " (it was so before)"
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
