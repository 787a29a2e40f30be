//! The texts of a command that changes items, so that it can be executed several times.

use std::collections::BTreeSet;

use work_item::{Description, NewWorkItem, Participant};
use work_tracking::ItemRef;

use super::test_run::test_run;
use super::text;
use crate::cli::{Add, Change, Guard, KeepText, Target, Targets, TextArgument, TextFile};
use crate::order::{Action, Addition, Order};
use crate::run_error::RunError;
use crate::session::Session;

/// The command of a command line, with all of its texts and files.
pub(super) async fn order(
    change: Change,
    session: &mut Session<'_, '_>,
) -> Result<Order, RunError> {
    let on_one = |target: Target, action| Order {
        action,
        items: vec![target.item],
        guard: target.guard,
        keeps_text: false,
    };
    let on_all = |targets: Targets, action| Order {
        action,
        items: targets.item,
        guard: targets.guard,
        keeps_text: false,
    };
    let keeping = |order: Order, keep: KeepText| Order {
        keeps_text: keep.keep_text,
        ..order
    };
    let order = match change {
        Change::Add(it) => add(it, session).await?,
        Change::Start(it) => on_all(it, Action::Start),
        Change::Claim(it) => on_all(it.target, Action::Claim(it.length.length)),
        Change::Release(it) => on_all(it, Action::Release),
        Change::Block(it) => {
            let reason = text::of_argument(it.reason, "reason", session.environment).await?;
            keeping(on_all(it.target, Action::Block(reason)), it.keep)
        }
        Change::Unblock(it) => on_all(it, Action::Unblock),
        Change::Done(it) => {
            let resolution = match it.resolution {
                Some(text) => {
                    Some(text::of_argument(text, "resolution", session.environment).await?)
                }
                None => None,
            };
            keeping(on_all(it.target, Action::Done(resolution)), it.keep)
        }
        Change::Cancel(it) => {
            let reason = text::of_argument(it.reason, "reason", session.environment).await?;
            keeping(on_all(it.target, Action::Cancel(reason)), it.keep)
        }
        Change::Reopen(it) => {
            let reason = text::of_argument(it.reason, "reason", session.environment).await?;
            keeping(on_all(it.target, Action::Reopen(reason)), it.keep)
        }
        Change::Assign(it) => {
            let who = it.who.map(|who| Participant::from(who.into_actor()));
            on_all(it.target.all(), Action::Assign(who))
        }
        Change::TestRun(it) => {
            let run = test_run(&it).await?;
            on_all(it.target, Action::TestRun(run))
        }
        Change::Approve(it) => on_all(it, Action::Approve),
        Change::Depend(it) => {
            let (on, kind) = (it.on, it.kind);
            on_all(it.target, Action::Depend { on, kind })
        }
        Change::Undepend(it) => on_all(it.target, Action::Undepend { on: it.on }),
        Change::Note(it) => {
            let (text, file) = (it.text, it.source.file);
            let note = text::of_source(text, file, "note", "", session.environment).await?;
            on_all(it.target.all(), Action::Note(note))
        }
        Change::Retitle(it) => {
            let title = text::of_argument(it.title, "title", session.environment).await?;
            on_one(it.target, Action::Retitle(title))
        }
        Change::Describe(it) => {
            let text = described(it.text, it.source, it.none, it.target.item, session).await?;
            on_one(it.target, Action::Describe(text))
        }
        Change::Prioritise(it) => on_all(it.target, Action::Prioritise(it.priority)),
    };
    let items = distinct(order.items, session).await;
    Ok(Order { items, ..order })
}

/// The items, each once. One that is not found stays, and is refused by the command.
async fn distinct(items: Vec<ItemRef>, session: &mut Session<'_, '_>) -> Vec<ItemRef> {
    if items.len() < 2 {
        return items;
    }
    let (mut known, mut distinct) = (BTreeSet::new(), Vec::new());
    for item in items {
        let found = session.tracker.show(item).await;
        let is_double = found.is_ok_and(|found| !known.insert(found.item.id().snowflake()));
        if !is_double {
            distinct.push(item);
        }
    }
    distinct
}

/// The new description of an item; `None` to remove it.
async fn described(
    text: Option<TextArgument<Description>>,
    source: TextFile,
    is_removed: bool,
    item: ItemRef,
    session: &mut Session<'_, '_>,
) -> Result<Option<Description>, RunError> {
    if is_removed {
        return Ok(None);
    }
    let present = match (&text, &source.file) {
        (None, None) => {
            let present = session.tracker.show(item).await?.item;
            present.description().map(ToString::to_string)
        }
        _ => None,
    };
    let present = present.unwrap_or_default();
    let environment = &mut *session.environment;
    let text = text::of_source(text, source.file, "description", &present, environment);
    text.await.map(Some)
}

async fn add(mut arguments: Add, session: &mut Session<'_, '_>) -> Result<Order, RunError> {
    let (title, description) = text::of_new_item(&mut arguments, session.environment).await?;
    let mut new = NewWorkItem::new(title)
        .with_type(arguments.item_type)
        .with_priority(arguments.priority)
        .with_risk_tier(arguments.risk);
    new.description = description;
    let assignee = arguments.assignee;
    let on = distinct(arguments.on, session).await;
    let addition = Addition {
        new,
        parent: arguments.parent,
        on,
        assignee: assignee.map(|who| Participant::from(who.into_actor())),
    };
    Ok(Order {
        action: Action::Add(Box::new(addition)),
        items: Vec::new(),
        keeps_text: false,
        guard: Guard {
            key: arguments.key,
            ..Guard::default()
        },
    })
}
