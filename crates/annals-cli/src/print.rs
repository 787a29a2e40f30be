//! Output for people: colours, tables, times, and texts without control characters.

use anstyle::{AnsiColor, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, Color, ContentArrangement, Table};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use work_item::{Priority, Status};

use crate::hidden;

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

/// The text without the characters that could control a terminal or hide from a reader.
pub(crate) fn printable(text: &str) -> String {
    hidden::replace(text).into_owned()
}

/// The lines of a text, wrapped between words so that they have at most `width` columns. A line and
/// its rest begin in the same column. Without a width, only the line breaks of the text end a line.
pub(crate) fn wrapped(text: &str, width: Option<u16>) -> Vec<String> {
    let lines = text.split('\n');
    let Some(width) = width else {
        return lines.map(ToOwned::to_owned).collect();
    };
    let wrap = |line: &str| {
        let words = line.trim_start_matches(' ');
        let lead = &line[..line.len() - words.len()];
        let taken = u16::try_from(lead.len()).unwrap_or(u16::MAX);
        let rest = wrapped_words(words, width.saturating_sub(taken).max(NARROWEST));
        rest.into_iter()
            .map(|rest| format!("{lead}{rest}"))
            .collect::<Vec<_>>()
    };
    lines.flat_map(wrap).collect()
}

fn wrapped_words(line: &str, width: u16) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).force_no_tty();
    table
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(width);
    table.add_row([line]);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 0));
    }
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// The text as [`wrapped`] for people, with all lines but the first behind `indent` columns. The
/// first line has that many columns before it, too.
pub(crate) fn indented(text: &str, indent: u16, width: Option<u16>) -> String {
    let width = width.map(|width| width.saturating_sub(indent));
    let spaces = " ".repeat(usize::from(indent));
    wrapped(&printable(text), width).join(&format!("\n{spaces}"))
}

/// The smallest width of wrapped text, in columns.
const NARROWEST: u16 = 16;

/// A table cell.
pub(crate) fn cell(text: impl std::fmt::Display) -> Cell {
    Cell::new(printable(&text.to_string()))
}

pub(crate) fn status_cell(status: Status) -> Cell {
    cell_in_status(status, status)
}

/// A text in the colour of a status.
pub(crate) fn cell_in_status(text: impl std::fmt::Display, status: Status) -> Cell {
    cell(text).fg(match status {
        Status::Pending => Color::Grey,
        Status::InProgress => Color::Yellow,
        Status::Blocked => Color::Red,
        Status::Done => Color::Green,
        Status::Cancelled => Color::DarkGrey,
    })
}

pub(crate) fn priority_cell(priority: Priority) -> Cell {
    cell_in_priority(priority, priority)
}

/// A text in the colour of a priority.
pub(crate) fn cell_in_priority(text: impl std::fmt::Display, priority: Priority) -> Cell {
    match priority {
        Priority::Critical => cell(text).fg(Color::Red),
        Priority::High => cell(text).fg(Color::Yellow),
        Priority::Medium | Priority::Low => cell(text),
    }
}

/// A time in the user's time zone, to the second, with the zone: `2026-01-09 10:02:11 +01:00`.
pub(crate) fn time(timestamp: Timestamp) -> String {
    let zoned = timestamp.to_zoned_datetime(TimeZone::system());
    let offset = match zoned.offset().seconds() {
        0 => "UTC".to_owned(),
        _ => zoned.strftime("%:z").to_string(),
    };
    format!("{} {offset}", zoned.strftime(TO_SECONDS))
}

/// The heading of a column of times: `when (Europe/Berlin)`.
pub(crate) fn when() -> String {
    format!("when ({})", zone_name())
}

/// The name of the user's time zone: `Europe/Berlin`.
pub(crate) fn zone_name() -> String {
    let zone = TimeZone::system();
    match zone.iana_name() {
        None if zone.is_unknown() => "UTC".to_owned(),
        Some(name) if !matches!(name, "Etc/UTC" | "Etc/UCT" | "UCT") => name.to_owned(),
        Some(_) => "UTC".to_owned(),
        None => "local time".to_owned(),
    }
}

/// Whether the system knows no time zone, so that times are in UTC.
pub(crate) fn lacks_time_zone() -> bool {
    TimeZone::try_system().is_err()
}

/// A time in a column with the heading [`when`].
pub(crate) fn time_cell(timestamp: Timestamp) -> Cell {
    let zoned = timestamp.to_zoned_datetime(TimeZone::system());
    cell(zoned.strftime(TO_SECONDS))
}

const TO_SECONDS: &str = "%Y-%m-%d %H:%M:%S";

/// A duration cut to whole seconds.
pub(crate) fn whole_seconds(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_wrapped_between_words() {
        let text = "The report of January\n\n  has 漢字漢字漢字 in its title";
        let lines = wrapped(text, Some(18));
        let expected = [
            "The report of",
            "January",
            "",
            "  has 漢字漢字漢字",
            "  in its title",
        ];
        assert_eq!(lines, expected);
        assert_eq!(wrapped(text, None).len(), 3);
        assert_eq!(wrapped("", Some(80)), [""]);
    }

    #[test]
    fn the_lines_after_the_first_are_indented() {
        let text = indented("one two three four five", 4, Some(20));
        assert_eq!(text, "one two three\n    four five");
        assert_eq!(indented("one\ntwo", 2, None), "one\n  two");
    }
}
