//! Rules on a Rust file as a whole: its first line, its length, its name.

use super::file::{File, Finding};

/// Above this, a file holds two concepts. It bounds files that are built into something; tests may
/// list more cases than that.
const MOST_LINES: usize = 500;

/// Names that tell nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = [
    "common", "helper", "helpers", "misc", "types", "util", "utils",
];

/// The first line tells what the file owns and refuses.
pub(crate) fn opens_with_its_header(file: &File) -> Vec<Finding> {
    if file.rust.is_none() || file.text.starts_with("//!") {
        return Vec::new();
    }
    vec![file.on(
        1,
        "the first line is no `//!` that tells what the file owns",
    )]
}

/// No file grows beyond one concept.
pub(crate) fn stays_short(file: &File) -> Vec<Finding> {
    let lines = file.text.lines().count();
    if file.rust.is_none() || !file.is_below("src") || lines <= MOST_LINES {
        return Vec::new();
    }
    vec![file.on(
        lines,
        format!("{lines} lines, at most {MOST_LINES}: these are two concepts"),
    )]
}

/// A module is called after what it holds.
pub(crate) fn has_a_telling_name(file: &File) -> Vec<Finding> {
    let module = match file.path.strip_suffix("/mod.rs") {
        Some(folder) => folder,
        None => file.path.strip_suffix(".rs").unwrap_or_default(),
    };
    let module = module.rsplit('/').next().unwrap_or_default();
    if EMPTY_NAMES.contains(&module) {
        return vec![file.on(
            1,
            format!("`{module}` tells nothing: name it after what it holds"),
        )];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    #[test]
    fn a_header_is_the_first_line() {
        assert_eq!(
            lines(opens_with_its_header, "a/src/b.rs", "//! Owns b.\n"),
            CLEAN
        );
        assert_eq!(
            lines(opens_with_its_header, "a/tests/b.rs", "use x;\n//! Late.\n"),
            [1]
        );
        assert_eq!(lines(opens_with_its_header, "a/src/b.rs", ""), [1]);
        assert_eq!(lines(opens_with_its_header, "a.toml", ""), CLEAN);
    }

    #[test]
    fn five_hundred_lines_are_enough() {
        assert_eq!(lines(stays_short, "a/src/b.rs", &"x\n".repeat(500)), CLEAN);
        assert_eq!(lines(stays_short, "a/src/b.rs", &"x\n".repeat(501)), [501]);
        assert_eq!(
            lines(stays_short, "a/tests/b.rs", &"x\n".repeat(501)),
            CLEAN
        );
        assert_eq!(lines(stays_short, "src/b.md", &"x\n".repeat(501)), CLEAN);
    }

    #[test]
    fn names_tell_what_is_inside() {
        for path in [
            "a/src/utils.rs",
            "a/src/types.rs",
            "a/tests/common/mod.rs",
            "helpers.rs",
        ] {
            assert_eq!(lines(has_a_telling_name, path, ""), [1], "{path}");
        }
        for path in [
            "a/src/event_types.rs",
            "a/src/common_ground.rs",
            "utils/a.rs",
            "utils.md",
        ] {
            assert_eq!(lines(has_a_telling_name, path, ""), CLEAN, "{path}");
        }
    }
}
