//! Rules on the ends of lines and of files.
//!
//! Files whose bytes are what a test compares with (golden files, snapshots) are left alone.

use super::file::{File, Finding};

/// No blank stands before the end of a line.
pub(crate) fn no_line_trails(file: &File) -> Vec<Finding> {
    if bytes_matter(file) {
        return Vec::new();
    }
    file.text
        .split('\n')
        .enumerate()
        .filter(|(_, line)| line.ends_with(char::is_whitespace))
        .map(|(index, _)| file.on(index + 1, "white space at the end of the line"))
        .collect()
}

/// The last line is a line like the others.
pub(crate) fn the_last_line_ends(file: &File) -> Vec<Finding> {
    if bytes_matter(file) || file.text.is_empty() || file.text.ends_with('\n') {
        return Vec::new();
    }
    vec![file.on(file.text.lines().count(), "the last line has no end")]
}

fn bytes_matter(file: &File) -> bool {
    file.is_below("golden") || file.path.ends_with(".snap")
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    #[test]
    fn white_space_at_the_end_of_lines_is_found() {
        assert_eq!(lines(no_line_trails, "a.md", "a \nb\n\t\nc\r\n"), [1, 3, 4]);
        assert_eq!(lines(no_line_trails, "a.md", "a\n\n b\n"), CLEAN);
    }

    #[test]
    fn a_last_line_without_an_end_is_found() {
        assert_eq!(lines(the_last_line_ends, "a.md", "a\nb"), [2]);
        assert_eq!(lines(the_last_line_ends, "a.md", "a\nb\n"), CLEAN);
        assert_eq!(lines(the_last_line_ends, "a.md", ""), CLEAN);
    }

    #[test]
    fn golden_bytes_are_left_alone() {
        assert_eq!(
            lines(the_last_line_ends, "crates/a/tests/golden/b.json", "{}"),
            CLEAN
        );
        assert_eq!(
            lines(no_line_trails, "crates/a/tests/snapshots/b.snap", "a \n"),
            CLEAN
        );
    }
}
