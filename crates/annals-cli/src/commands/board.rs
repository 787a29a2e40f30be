//! The command `board`: the items by status, once or after each change.

use std::pin::pin;

use futures_util::future::{Either, select};
use schemars::JsonSchema;
use serde::Serialize;
use shared_kernel::repository::AsOf;
use shared_kernel::{EventStore, GlobalPosition};
use work_item::WorkItem;
use work_tracking::{self, BoardQuery, ItemFilter, ListProgress, TrackedItem};

use crate::claims::Claims;
use crate::cli::{Board, Format};
use crate::moment::Moment;
use crate::overview::columns::drawn;
use crate::overview::error::OverviewError;
use crate::print::{FAINT, time};
use crate::progress::Progress;
use crate::read_model::overview::Rows;
use crate::run_error::RunError;
use crate::session::Session;
use crate::view::ClaimView;

/// The largest number of cards in a column.
const CARDS: usize = 10;

/// Clears a terminal, and moves to its first line.
const CLEAR: &str = "\u{1b}[H\u{1b}[2J";

/// The answer of `board`.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct BoardView<'a> {
    /// The last position of the board, if it is one of the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    columns: Vec<ColumnView<'a>>,
}

/// The items of one status.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct ColumnView<'a> {
    status: &'static str,
    /// The number of all items with this status.
    count: usize,
    /// The first of them.
    cards: Vec<CardView<'a>>,
}

/// An item on a board.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct CardView<'a> {
    id: String,
    number: String,
    title: &'a str,
    #[serde(rename = "type")]
    item_type: &'static str,
    priority: &'static str,
    assignee: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<ClaimView>,
    /// Whether it is ready for you; only for a pending item, now.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<bool>,
    version: u64,
}

pub(crate) async fn run(arguments: Board, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    if arguments.watch && session.format == Format::Toon {
        return Err(OverviewError::WatchInToon.into());
    }
    let query = query(&arguments, session).await?;
    if arguments.watch {
        return watch(&query, session).await;
    }
    let width = session.environment.width;
    let Some(moment) = arguments.as_of else {
        let mut rows = Rows::of(session).await?;
        let board = present(&query, &mut rows, session).await?;
        let claims = claims(&board, session).await?;
        return session.answer(&view(&board, &claims, None), || {
            drawn(&board, &claims, width)
        });
    };
    let (position, named) = position(moment, session).await?;
    let board = fold(&query, Some(position), session).await?;
    let claims = Claims::default();
    session.answer(&view(&board, &claims, Some(position)), || {
        format!("{named}\n\n{}", drawn(&board, &claims, width))
    })
}

async fn query(arguments: &Board, session: &mut Session<'_, '_>) -> Result<BoardQuery, RunError> {
    let parent = match arguments.parent {
        Some(parent) => Some(session.tracker.show(parent).await?.item.id()),
        None => None,
    };
    let types = arguments.item_type.iter();
    let filter = ItemFilter {
        item_types: types.flat_map(|several| several.0.clone()).collect(),
        assignees: arguments.assignee.iter().map(|who| who.0.clone()).collect(),
        parent,
        ..ItemFilter::new()
    };
    Ok(BoardQuery {
        filter,
        cards: CARDS,
    })
}

/// The present board, from the read model or from the log.
async fn present(
    query: &BoardQuery,
    rows: &mut Rows,
    session: &mut Session<'_, '_>,
) -> Result<work_tracking::Board, RunError> {
    match rows.board(query, session).await {
        Some(board) => Ok(board),
        None => fold(query, None, session).await,
    }
}

/// The board by a replay of the log.
async fn fold(
    query: &BoardQuery,
    as_of: Option<GlobalPosition>,
    session: &mut Session<'_, '_>,
) -> Result<work_tracking::Board, RunError> {
    let mut progress = Progress::begin("reading the log", session.environment);
    let update = |done: ListProgress| progress.update(done.read.get(), done.end.get());
    Ok(session.tracker.board(query, as_of, update).await?)
}

/// The last position of a moment, and the moment in words.
async fn position(
    moment: Moment,
    session: &mut Session<'_, '_>,
) -> Result<(GlobalPosition, String), RunError> {
    let events = session.store.events.clone();
    let head = events.head().await?.unwrap_or(GlobalPosition::START);
    match session.resolve(moment)? {
        AsOf::Time(at) => {
            let position = events.position_at(at).await?;
            let position = position.unwrap_or(GlobalPosition::START);
            let named = format!("as of {} (position {position})", time(at));
            Ok((position, named))
        }
        AsOf::Position(asked) => Ok((asked, format!("as of position {asked}"))),
        // A number alone is a position here.
        AsOf::Version(number) if number.get() > head.get() => Err(OverviewError::NoSuchPosition {
            asked: number.get(),
            head: head.get(),
        }
        .into()),
        AsOf::Version(number) => {
            let position = GlobalPosition::new(number.get())?;
            Ok((position, format!("as of position {position}")))
        }
    }
}

/// Writes the board, and writes it again after each change until standard output is closed.
async fn watch(query: &BoardQuery, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let environment = &session.environment;
    let is_dumb = (environment.variable)("TERM").is_some_and(|terminal| terminal == "dumb");
    let redraws = environment.width.is_some() && !is_dumb;
    let mut gone = (environment.reader_gone)();
    let events = session.store.events.clone();
    let mut rows = Rows::of(session).await?;
    let mut shown = None;
    loop {
        let head = events.head().await?.unwrap_or(GlobalPosition::START);
        let board = present(query, &mut rows, session).await?;
        // An event about other items, or past the filter, changes nothing.
        if shown.as_ref() != Some(&board) {
            let claims = claims(&board, session).await?;
            write(&board, &claims, redraws, shown.is_none(), session)?;
            shown = Some(board);
        }
        match select(pin!(events.wait_past(head)), &mut gone).await {
            Either::Left((waited, _)) => waited?,
            Either::Right(_) => return Ok(()),
        };
    }
}

/// Writes a watched board: over the last one, or below it.
fn write(
    board: &work_tracking::Board,
    claims: &Claims,
    redraws: bool,
    is_first: bool,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let text = drawn(board, claims, session.environment.width);
    match session.format {
        Format::Human if redraws => {
            session.environment.out.to.write_all(CLEAR.as_bytes())?;
            session.tell(format_args!(
                "{text}\n\n{FAINT}waiting for the next event; Ctrl-C ends{FAINT:#}"
            ))?;
        }
        Format::Human if is_first => session.tell(text)?,
        Format::Human => session.tell(format_args!("\n{text}"))?,
        _ => session.write_json_line(&view(board, claims, None))?,
    }
    Ok(session.environment.out.to.flush()?)
}

fn view<'b>(
    board: &'b work_tracking::Board,
    claims: &Claims,
    position: Option<GlobalPosition>,
) -> BoardView<'b> {
    let columns = board.columns.iter().map(|column| ColumnView {
        status: column.status.as_str(),
        count: column.count,
        cards: column
            .cards
            .iter()
            .map(|card| CardView::new(card, claims))
            .collect(),
    });
    BoardView {
        position: position.map(GlobalPosition::get),
        columns: columns.collect(),
    }
}

/// The claims of the cards, now, and which of them are ready.
async fn claims(
    board: &work_tracking::Board,
    session: &mut Session<'_, '_>,
) -> Result<Claims, RunError> {
    let cards = board.columns.iter().flat_map(|column| &column.cards);
    let items: Vec<_> = cards.map(|card| &card.item).collect();
    Claims::and_ready(&items, session).await
}

impl<'a> CardView<'a> {
    fn new(tracked: &'a TrackedItem, claims: &Claims) -> Self {
        let item: &WorkItem = &tracked.item;
        Self {
            id: item.id().snowflake().to_string(),
            number: item.id().number().to_string(),
            title: item.title().as_str(),
            item_type: item.item_type().as_str(),
            priority: item.priority().as_str(),
            assignee: item.assignee().map(ToString::to_string),
            claim: claims.view(item),
            ready: claims.is_ready(item),
            version: tracked.version.get(),
        }
    }
}
