//! Output for people: colours, tables, times, and texts without control characters.

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, Color, ContentArrangement, Table};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use work_item::{Priority, Status};

pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();

/// A table with these headings, at most `width` columns wide.
pub(crate) fn table(headings: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).force_no_tty().enforce_styling();
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    let heading = |text: &&str| Cell::new(text).add_attribute(comfy_table::Attribute::Bold);
    table.set_header(headings.iter().map(heading));
    table
}

/// Replaces the characters that could control a terminal: control characters, and marks that
/// reverse the direction of text, which could make a line show other words than it contains.
pub(crate) fn printable(text: &str) -> String {
    let turns = |c: char| {
        let marks = matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}');
        marks || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let keep = |c: char| (!c.is_control() && !turns(c)) || c == '\n' || c == '\t';
    text.chars()
        .map(|c| if keep(c) { c } else { '\u{fffd}' })
        .collect()
}

/// A table cell.
pub(crate) fn cell(text: impl std::fmt::Display) -> Cell {
    Cell::new(printable(&text.to_string()))
}

pub(crate) fn status_cell(status: Status) -> Cell {
    cell(status).fg(match status {
        Status::Pending => Color::Grey,
        Status::InProgress => Color::Yellow,
        Status::Blocked => Color::Red,
        Status::Done => Color::Green,
        Status::Cancelled => Color::DarkGrey,
    })
}

pub(crate) fn priority_cell(priority: Priority) -> Cell {
    match priority {
        Priority::Critical => cell(priority).fg(Color::Red),
        Priority::High => cell(priority).fg(Color::Yellow),
        Priority::Medium | Priority::Low => cell(priority),
    }
}

/// A time in the user's time zone, to the second: `2026-01-09 10:02:11`.
pub(crate) fn time(timestamp: Timestamp) -> String {
    timestamp
        .to_zoned_datetime(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// A duration cut to whole seconds.
pub(crate) fn whole_seconds(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_do_not_reach_a_terminal() {
        assert_eq!(printable("plain ü🦀\n\tline"), "plain ü🦀\n\tline");
        assert_eq!(
            printable("\x1b[31mred\x07\u{9b}"),
            "\u{fffd}[31mred\u{fffd}\u{fffd}"
        );
        assert_eq!(printable("a\u{202e}b\u{2066}c"), "a\u{fffd}b\u{fffd}c");
        assert_eq!(printable("שלום\u{200f}"), "שלום\u{fffd}");
        assert_eq!(printable("a\u{200e}b\u{61c}"), "a\u{fffd}b\u{fffd}");
    }
}
