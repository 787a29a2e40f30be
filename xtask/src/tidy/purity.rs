//! Rules on what a library must not do, where cargo's metadata cannot show it: be asynchronous,
//! read the clock, throw dice, look into the environment. Tests of a library may.

use super::file::{File, Finding};
use crate::rust_text::words;

/// The pure domain.
const DOMAIN: &str = "work-item";
/// The crate with the ports that time and chance come through.
const KERNEL: &str = "shared-kernel";
/// What is put together out of libraries, and may look around in the machine.
const PROGRAMS: [&str; 2] = ["annals", "acceptance"];

const WALL_CLOCK: [&str; 8] = [
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "Utc::now",
    "Local::now",
    "OffsetDateTime::now_utc",
    "Uuid::now_v7",
    "Instant::now",
];
const RANDOMNESS: [&str; 7] = [
    "getrandom",
    "rand::",
    "fastrand",
    "thread_rng",
    "OsRng",
    "Uuid::new_v4",
    "Uuid::now_v7",
];
const ENVIRONMENT: [&str; 6] = [
    "env::var",
    "env::var_os",
    "env::vars",
    "env::args",
    "env::args_os",
    "env::current_dir",
];

/// Commands decide and events are applied in one go: nothing in the domain waits.
pub(crate) fn domain_is_synchronous(file: &File) -> Vec<Finding> {
    if file.library() != Some(DOMAIN) {
        return Vec::new();
    }
    found(file, &["async", "await"], "the domain is synchronous")
}

/// Time comes in through the port, or as a value.
pub(crate) fn wall_clock_has_one_place(file: &File) -> Vec<Finding> {
    let own_place = file.library() == Some(KERNEL) && file.name() == "clock.rs";
    if !is_library(file) || own_place {
        return Vec::new();
    }
    // A span of time that is measured and kept to itself is fine, but in the domain.
    let names = match file.library() {
        Some(DOMAIN) => &WALL_CLOCK[..],
        _ => &WALL_CLOCK[..WALL_CLOCK.len() - 1],
    };
    found(file, names, "time comes through the clock port")
}

/// Chance comes in through the port, or as a value.
pub(crate) fn randomness_has_one_place(file: &File) -> Vec<Finding> {
    let own_place = file.library() == Some(KERNEL) && file.name() == "randomness.rs";
    if !is_library(file) || own_place {
        return Vec::new();
    }
    found(
        file,
        &RANDOMNESS,
        "chance comes through the randomness port",
    )
}

/// What a library needs is handed to it.
pub(crate) fn environment_is_the_programs(file: &File) -> Vec<Finding> {
    if !is_library(file) {
        return Vec::new();
    }
    found(
        file,
        &ENVIRONMENT,
        "only the program looks into the environment",
    )
}

fn is_library(file: &File) -> bool {
    file.library().is_some_and(|name| !PROGRAMS.contains(&name))
}

fn found(file: &File, names: &[&str], why: &str) -> Vec<Finding> {
    let Some(rust) = &file.rust else {
        return Vec::new();
    };
    names
        .iter()
        .flat_map(|name| words(&rust.code, name).map(move |offset| (offset, name)))
        .filter(|(offset, _)| !rust.in_test_item(*offset))
        .map(|(offset, name)| file.at(offset, format!("`{name}`: {why}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::file::{CLEAN, lines};
    use super::*;

    const DOMAIN_FILE: &str = "crates/work-item/src/item.rs";
    const ADAPTER: &str = "crates/persistence-sqlite/src/store.rs";

    #[test]
    fn the_domain_waits_for_nothing() {
        assert_eq!(
            lines(
                domain_is_synchronous,
                DOMAIN_FILE,
                "async fn a() {\n    b().await\n}\n"
            ),
            [1, 2]
        );
        assert_eq!(
            lines(domain_is_synchronous, DOMAIN_FILE, "fn a() {} // async\n"),
            CLEAN
        );
        assert_eq!(
            lines(
                domain_is_synchronous,
                DOMAIN_FILE,
                "#[cfg(test)]\nmod tests {\n async fn a() {}\n}\n"
            ),
            CLEAN
        );
        assert_eq!(
            lines(domain_is_synchronous, ADAPTER, "async fn a() {}\n"),
            CLEAN
        );
    }

    #[test]
    fn the_wall_clock_is_read_in_one_file() {
        let read = "let now = jiff::Timestamp::now();\n";
        assert_eq!(lines(wall_clock_has_one_place, ADAPTER, read), [1]);
        assert_eq!(
            lines(
                wall_clock_has_one_place,
                "crates/shared-kernel/src/ids.rs",
                read
            ),
            [1]
        );
        assert_eq!(
            lines(
                wall_clock_has_one_place,
                "crates/shared-kernel/src/clock.rs",
                read
            ),
            CLEAN
        );
        assert_eq!(
            lines(
                wall_clock_has_one_place,
                "crates/persistence-sqlite/src/clock.rs",
                read
            ),
            [1]
        );
        assert_eq!(
            lines(wall_clock_has_one_place, "crates/annals/src/main.rs", read),
            CLEAN
        );
        assert_eq!(
            lines(
                wall_clock_has_one_place,
                "crates/persistence-sqlite/tests/a.rs",
                read
            ),
            CLEAN
        );
    }

    #[test]
    fn a_measured_span_is_no_wall_clock_but_in_the_domain() {
        let read = "let started = Instant::now();\n";
        assert_eq!(lines(wall_clock_has_one_place, ADAPTER, read), CLEAN);
        assert_eq!(lines(wall_clock_has_one_place, DOMAIN_FILE, read), [1]);
    }

    #[test]
    fn dice_are_thrown_in_one_file() {
        let thrown = "getrandom::fill(&mut bytes)?;\n";
        assert_eq!(lines(randomness_has_one_place, ADAPTER, thrown), [1]);
        assert_eq!(
            lines(
                randomness_has_one_place,
                "crates/shared-kernel/src/randomness.rs",
                thrown
            ),
            CLEAN
        );
        assert_eq!(
            lines(
                randomness_has_one_place,
                "crates/shared-kernel/src/clock.rs",
                thrown
            ),
            [1]
        );
        assert_eq!(
            lines(
                randomness_has_one_place,
                ADAPTER,
                "operand::a(); // rand::b\n"
            ),
            CLEAN
        );
    }

    #[test]
    fn only_the_program_looks_around() {
        let look = "let store = std::env::var(\"ANNALS_STORE\");\n";
        assert_eq!(lines(environment_is_the_programs, ADAPTER, look), [1]);
        assert_eq!(
            lines(
                environment_is_the_programs,
                "crates/annals/src/main.rs",
                look
            ),
            CLEAN
        );
        assert_eq!(
            lines(
                environment_is_the_programs,
                ADAPTER,
                "env!(\"CARGO_PKG_VERSION\");\n"
            ),
            CLEAN
        );
    }
}
