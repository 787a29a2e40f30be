//! A board for people: its columns side by side, as many as fit.
//!
//! ```text
//! pending (12)            in_progress (1)
//! WORK-001 high           WORK-004 ada
//! Write the report        Sum up the figures of…
//! and 2 more
//! ```

use comfy_table::{Attribute, Cell, ColumnConstraint, Width};
use work_item::{Priority, WorkItem};
use work_tracking::{Board, BoardColumn};

use crate::claims::Claims;
use crate::print::{STRONG, cell, cell_in_priority, cell_in_status, printable, table, wrapped};

/// The smallest width of a column. On narrower terminals fewer columns stand side by side.
const NARROWEST: u16 = 20;
/// The spaces around a column.
const AROUND: u16 = 2;

/// The board on a terminal of this width. Without a terminal, the columns stand below each other,
/// and no title is cut.
pub(crate) fn drawn(board: &Board, claims: &Claims, width: Option<u16>) -> String {
    if board.is_empty() {
        return "no work items".to_owned();
    }
    let bands: Vec<_> = match width {
        None => board
            .columns
            .iter()
            .map(|column| listed(column, claims))
            .collect(),
        Some(width) => {
            let most = u16::try_from(board.columns.len()).unwrap_or(u16::MAX);
            let beside = (width / (NARROWEST + AROUND)).clamp(1, most);
            let room = (width / beside).saturating_sub(AROUND);
            let bands = board.columns.chunks(usize::from(beside));
            bands.map(|columns| band(columns, claims, room)).collect()
        }
    };
    bands.join("\n\n")
}

/// A column as lines.
fn listed(column: &BoardColumn, claims: &Claims) -> String {
    let heading = format!("{STRONG}{}{STRONG:#}", heading(column));
    let cards = column
        .cards
        .iter()
        .flat_map(|card| lines(&card.item, claims));
    let lines = cards.chain(more(column)).map(|line| printable(&line));
    std::iter::once(heading)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Some columns side by side, each with `room` for its text.
fn band(columns: &[BoardColumn], claims: &Claims, room: u16) -> String {
    let mut table = table(&[], None);
    table.set_header(columns.iter().map(|column| {
        let text = cut(&heading(column), room);
        cell_in_status(text, column.status).add_attribute(Attribute::Bold)
    }));
    // The columns of all bands are below each other.
    let fixed = ColumnConstraint::Absolute(Width::Fixed(room + AROUND));
    table.set_constraints(columns.iter().map(|_| fixed));
    let cells = columns.iter().map(|column| cells(column, claims, room));
    let cells: Vec<Vec<Cell>> = cells.collect();
    let rows = cells.iter().map(Vec::len).max().unwrap_or_default();
    for row in 0..rows {
        let row = cells
            .iter()
            .map(|cells| cells.get(row).cloned().unwrap_or_else(|| cell("")));
        table.add_row(row);
    }
    table.trim_fmt()
}

/// The cards of a column, and the number of the items without a card.
fn cells(column: &BoardColumn, claims: &Claims, room: u16) -> Vec<Cell> {
    let cards = column.cards.iter().map(|card| {
        let lines = lines(&card.item, claims).map(|line| cut(&line, room));
        cell_in_priority(lines.join("\n"), card.item.priority())
    });
    let more = more(column).map(|more| cell(cut(&more, room)).add_attribute(Attribute::Dim));
    cards.chain(more).collect()
}

fn heading(column: &BoardColumn) -> String {
    format!("{} ({})", column.status, column.count)
}

fn more(column: &BoardColumn) -> Option<String> {
    let rest = column.count.saturating_sub(column.cards.len());
    (rest > 0).then(|| format!("and {rest} more"))
}

/// The number, the priority unless it is medium, and the assignee; below them the title.
fn lines(item: &WorkItem, claims: &Claims) -> [String; 2] {
    let mut head = item.id().number().to_string();
    if item.priority() != Priority::Medium {
        head = format!("{head} {}", item.priority());
    }
    let who = claims.who(item);
    if !who.is_empty() {
        head = format!("{head} {who}");
    }
    [head, item.title().to_string()]
}

/// The beginning of a text that fits into a width. `…` marks the cut.
fn cut(text: &str, room: u16) -> String {
    let text = printable(text);
    // With no-break spaces it is one word, which is wrapped anywhere.
    let word = text.replace(' ', "\u{a0}");
    if wrapped(&word, Some(room)).len() <= 1 {
        return text;
    }
    let lines = wrapped(&word, Some(room.saturating_sub(1)));
    let first = lines.into_iter().next().unwrap_or_default();
    format!("{}…", first.replace('\u{a0}', " ").trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_to_the_width_and_marked() {
        for (text, expected) in [
            ("Write the report", "Write the report"),
            ("exactly twenty chars", "exactly twenty chars"),
            ("Write the report of January", "Write the report of…"),
            ("Write the report 漢 of May", "Write the report 漢…"),
            ("agent:build-and-deploy", "agent:build-and-dep…"),
            ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrs…"),
            ("漢字漢字漢字漢字漢字漢字", "漢字漢字漢字漢字漢…"),
            ("a\u{202e}b", "a\u{fffd}b"),
        ] {
            assert_eq!(cut(text, 20), expected);
        }
    }
}
