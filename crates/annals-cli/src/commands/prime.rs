//! The command `prime`: how an agent works with the store, and the items that it holds.

use schemars::JsonSchema;
use serde::Serialize;
use work_item::{Participant, Status};
use work_tracking::{ItemFilter, ListQuery};

use super::list;
use crate::claims::Claims;
use crate::cli::{Global, Prime};
use crate::context::shorten;
use crate::environment::{Environment, Purpose};
use crate::prime::{TEXT, install};
use crate::print::{printable, time};
use crate::run_error::RunError;
use crate::session::{Session, answer};
use crate::view::ClaimView;

/// The answer of `prime`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct PrimeView {
    text: &'static str,
    /// The open items that are assigned to the actor.
    held: Vec<HeldView>,
}

/// The answer of `prime --install`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct InstallView<'a> {
    file: &'a str,
    /// Whether the file has changed.
    changed: bool,
}

/// An open item of the actor.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct HeldView {
    number: String,
    title: String,
    status: &'static str,
    /// The claim; nothing for an item without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<ClaimView>,
}

/// The longest title of an item, in characters.
const TITLE: usize = 60;

pub(crate) async fn run(
    arguments: Prime,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    if let Some(file) = arguments.install {
        if global.read_only {
            return Err(RunError::OnlyReads);
        }
        let file = match &environment.folder {
            Some(folder) => folder.join(file),
            None => file,
        };
        let changed = install(&file)?;
        let path = file.display().to_string();
        let view = InstallView {
            file: &path,
            changed,
        };
        return answer(environment, global, &view, || match changed {
            true => printable(&format!("written into {path}")),
            false => printable(&format!("{path} has the text already")),
        });
    }
    let held = held(global, environment).await?;
    let view = PrimeView { text: TEXT, held };
    answer(environment, global, &view, || {
        let mut text = TEXT.to_owned();
        for one in &view.held {
            let HeldView {
                number,
                title,
                status,
                claim,
            } = one;
            text.push_str(&format!("\nyours: {number} {status} {title}"));
            if let Some(claim) = claim {
                let until = claim.until.map_or_else(|| "its release".to_owned(), time);
                text.push_str(&format!(" (claimed until {until})"));
            }
        }
        text
    })
}

/// The open items of the actor; none without a store.
async fn held(
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<Vec<HeldView>, RunError> {
    let mut session = match Session::open(global, Purpose::Read, environment).await {
        Err(RunError::NoStore { .. }) => return Ok(Vec::new()),
        opened => opened?,
    };
    let held = items(global, &mut session).await;
    session.close().await;
    held
}

async fn items(global: &Global, session: &mut Session<'_, '_>) -> Result<Vec<HeldView>, RunError> {
    session.act(global)?;
    let actor = session.metadata().actor;
    let filter = ItemFilter {
        assignees: actor.into_iter().map(Participant::from).collect(),
        statuses: Status::ALL
            .iter()
            .copied()
            .filter(|status| status.is_open())
            .collect(),
        ..ItemFilter::new()
    };
    let held = list::all_of(&ListQuery::from(&filter), session).await?;
    let claims = Claims::of(held.iter().map(|tracked| &tracked.item), session).await?;
    let view = held.iter().map(|tracked| HeldView {
        claim: claims.view(&tracked.item),
        number: tracked.item.id().number().to_string(),
        title: shorten(&printable(tracked.item.title().as_str()), TITLE).into_owned(),
        status: tracked.item.status().as_str(),
    });
    Ok(view.collect())
}
