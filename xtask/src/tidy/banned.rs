//! Rules on Rust code that is written in no place: silenced lints, unfinished code, re-exports of
//! everything, tests that sleep.

use super::file::{File, Finding};
use crate::rust_text::words;

/// A lint is met, or expected with a reason; it is never allowed in silence.
pub(crate) fn allows_no_lint(file: &File) -> Vec<Finding> {
    let Some(rust) = &file.rust else {
        return Vec::new();
    };
    words(&rust.code, "allow")
        .filter(|offset| {
            let before = rust.code[..*offset].trim_end();
            let attribute = ["#[", "#!["].iter().any(|opening| before.ends_with(opening))
                // The second half of `#[cfg_attr(condition, allow(…))]`.
                || (before.ends_with(',') && innermost_opening(before).ends_with("cfg_attr"));
            attribute
                && rust.code[offset + "allow".len()..]
                    .trim_start()
                    .starts_with('(')
        })
        .map(|offset| file.at(offset, "write `#[expect(lint, reason = \"…\")]`"))
        .collect()
}

/// What stands before the last bracket that is still open.
fn innermost_opening(code: &str) -> &str {
    let mut depth = 0_usize;
    for (offset, byte) in code.bytes().enumerate().rev() {
        match byte {
            b')' | b']' | b'}' => depth += 1,
            b'(' | b'[' | b'{' if depth == 0 => return code[..offset].trim_end(),
            b'(' | b'[' | b'{' => depth -= 1,
            _ => {}
        }
    }
    ""
}

/// What is not written yet is not committed yet, and what was for a look is gone again.
pub(crate) fn is_finished(file: &File) -> Vec<Finding> {
    let Some(rust) = &file.rust else {
        return Vec::new();
    };
    ["todo!", "unimplemented!", "dbg!"]
        .iter()
        .flat_map(|name| words(&rust.code, name).map(move |offset| (offset, name)))
        .map(|(offset, name)| file.at(offset, format!("`{name}` is not finished code")))
        .collect()
}

/// A reader of the root of a crate sees by name what it offers.
pub(crate) fn re_exports_by_name(file: &File) -> Vec<Finding> {
    let Some(rust) = &file.rust else {
        return Vec::new();
    };
    words(&rust.code, "pub use")
        .filter(|offset| {
            let statement = rust.code[*offset..].split(';').next().unwrap_or_default();
            statement.contains('*')
        })
        .map(|offset| file.at(offset, "re-export by name, not `*`"))
        .collect()
}

/// A test waits for what it needs (a barrier, a channel), not for time to pass. A method of that
/// name, of a clock that the test owns, is another thing.
pub(crate) fn tests_do_not_sleep(file: &File) -> Vec<Finding> {
    let Some(rust) = &file.rust else {
        return Vec::new();
    };
    let all_test = file.is_below("tests");
    ["sleep", "sleep_ms", "sleep_until"]
        .iter()
        .flat_map(|name| words(&rust.code, name).map(move |offset| (offset, name.len())))
        .filter(|(offset, _)| all_test || rust.in_test_item(*offset))
        .filter(|(offset, length)| {
            let before = rust.code[..*offset].trim_end();
            let called = rust.code[offset + length..].trim_start().starts_with('(');
            called && !before.ends_with('.') && words(before, "fn").all(|at| at + 2 != before.len())
        })
        .map(|(offset, _)| file.at(offset, "wait with a barrier or a channel, not with time"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    const SOURCE: &str = "crates/a/src/b.rs";

    #[test]
    fn silenced_lints_are_found_in_every_form() {
        assert_eq!(
            lines(allows_no_lint, SOURCE, "#[allow(dead_code)]\nfn a() {}\n"),
            [1]
        );
        assert_eq!(
            lines(allows_no_lint, SOURCE, "//! b\n#![ allow (dead_code)]\n"),
            [2]
        );
        assert_eq!(
            lines(
                allows_no_lint,
                SOURCE,
                "#[cfg_attr(test, allow(dead_code))]\n"
            ),
            [1]
        );
        assert_eq!(
            lines(allows_no_lint, SOURCE, "#[cfg_attr(any(a, b), allow(x))]\n"),
            [1]
        );
    }

    #[test]
    fn an_expectation_a_function_and_a_string_are_no_silenced_lint() {
        assert_eq!(
            lines(
                allows_no_lint,
                SOURCE,
                "#[expect(dead_code, reason = \"x\")]\n"
            ),
            CLEAN
        );
        assert_eq!(
            lines(allows_no_lint, SOURCE, "list.allow(x); f(a, allow(x));\n"),
            CLEAN
        );
        assert_eq!(
            lines(
                allows_no_lint,
                SOURCE,
                "// #[allow(x)]\nf(\"#[allow(x)]\");\n"
            ),
            CLEAN
        );
    }

    #[test]
    fn unfinished_code_is_found_outside_of_comments_and_strings() {
        assert_eq!(
            lines(
                is_finished,
                SOURCE,
                "todo!();\nunimplemented!(\"x\");\ndbg!(1);\n"
            ),
            [1, 2, 3]
        );
        assert_eq!(
            lines(
                is_finished,
                SOURCE,
                "/// todo!()\nf(\"dbg!(x)\"); mytodo!();\n"
            ),
            CLEAN
        );
        assert_eq!(lines(is_finished, "a.md", "todo!()\n"), CLEAN);
    }

    #[test]
    fn re_exports_of_everything_are_found() {
        assert_eq!(
            lines(
                re_exports_by_name,
                SOURCE,
                "pub use a::*;\npub use b::{c, d::*};\n"
            ),
            [1, 2]
        );
        assert_eq!(
            lines(
                re_exports_by_name,
                SOURCE,
                "pub use a::{\n    b,\n    c::*,\n};\n"
            ),
            [1]
        );
        assert_eq!(
            lines(
                re_exports_by_name,
                SOURCE,
                "pub use a::B;\nuse super::*;\nlet x = 2 * 3;\n"
            ),
            CLEAN
        );
    }

    #[test]
    fn tests_that_sleep_are_found() {
        let path = "crates/a/tests/b.rs";
        assert_eq!(
            lines(tests_do_not_sleep, path, "std::thread::sleep(x);\n"),
            [1]
        );
        assert_eq!(
            lines(tests_do_not_sleep, path, "\ntokio::time::sleep(x).await;\n"),
            [2]
        );
        assert_eq!(
            lines(
                tests_do_not_sleep,
                path,
                "use std::thread::sleep;\nsleep(x);\n"
            ),
            [2]
        );
        let module = "fn a() { thread::sleep(x); }\n#[cfg(test)]\nmod tests {\n    fn b() { thread::sleep(x); }\n}\n";
        assert_eq!(lines(tests_do_not_sleep, SOURCE, module), [4]);
    }

    #[test]
    fn a_clock_of_the_test_may_sleep() {
        let path = "crates/a/tests/b.rs";
        assert_eq!(
            lines(
                tests_do_not_sleep,
                path,
                "clock.sleep(x).await;\nfn sleep(x: u8) {}\n"
            ),
            CLEAN
        );
        assert_eq!(
            lines(
                tests_do_not_sleep,
                path,
                "// thread::sleep(x)\nasleep(x);\n"
            ),
            CLEAN
        );
        assert_eq!(
            lines(tests_do_not_sleep, SOURCE, "fn a() { thread::sleep(x); }\n"),
            CLEAN
        );
    }
}
