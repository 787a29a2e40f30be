//! The rules: one per workspace crate, as docs/architecture.md draws them.
//!
//! A crate that has no rule is refused, so that a new one says where it stands. A pattern is the
//! name of a crate; with a `*` at its end it is the beginning of names.

/// What one crate may and must not depend on.
pub(crate) struct Rule {
    /// The crate.
    pub(crate) of: &'static str,
    /// Workspace crates that it may be built on.
    pub(crate) may: &'static [&'static str],
    /// Workspace crates that its tests may use besides.
    pub(crate) tests_may: &'static [&'static str],
    /// What must be absent from everything that it is built on, however far below.
    pub(crate) absent: &'static [&'static [&'static str]],
    /// What it must not ask for itself; the crates below it may.
    pub(crate) not_direct: &'static [&'static str],
    /// Whether it is a program, and may ask for what makes one: [`PROGRAMS`].
    pub(crate) program: bool,
    /// Bounds it and all that it is built on, for a user who takes the default features.
    pub(crate) fewer_crates_than: Option<usize>,
}

const NOTHING: Rule = Rule {
    of: "",
    may: &[],
    tests_may: &[],
    absent: &[],
    not_direct: &[],
    program: false,
    fewer_crates_than: None,
};

/// What makes a program of a library. Whatever is no program asks for none of it, in its tests
/// neither; the Gherkin harness bringing a command line of its own along is another thing.
pub(crate) const PROGRAMS: &[&str] = &["clap*", "anyhow", "eyre", "tracing-subscriber"];

/// The same but for `anyhow`, which a library may bring along.
const PROGRAMS_BUT_ANYHOW: &[&str] = &["clap*", "eyre", "tracing-subscriber"];

const DATABASES: &[&str] = &[
    "sqlx*",
    "libsqlite3-sys",
    "rusqlite",
    "tokio-postgres",
    "diesel",
];
const RUNTIMES: &[&str] = &["tokio*", "async-std", "smol", "async-executor", "async-io"];
const FORMATS: &[&str] = &[
    "serde_json",
    "serde_yaml*",
    "toml*",
    "ron",
    "csv*",
    "ciborium*",
    "bincode*",
    "postcard",
    "rmp*",
    "bson",
    "prost*",
    "quick-xml",
];
const TERMINALS: &[&str] = &[
    "crossterm*",
    "comfy-table",
    "indicatif",
    "console",
    "anstream",
    "anstyle*",
    "ratatui*",
];
/// What a pure domain has no use for: suspension, and chance that does not come in as a value.
const IMPURE: &[&str] = &[
    "async-*",
    "futures*",
    "getrandom",
    "rand",
    "rand_*",
    "fastrand",
    "reqwest",
    "hyper",
];

/// Everything below the program.
const BELOW_ANNALS: &[&str] = &[
    "shared-kernel",
    "conformance",
    "serialization",
    "persistence-memory",
    "persistence-sqlite",
    "work-item",
    "work-tracking",
];

/// One rule per member of the workspace.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        of: "shared-kernel-derive",
        tests_may: &["shared-kernel"],
        absent: &[DATABASES, RUNTIMES, FORMATS, TERMINALS, PROGRAMS],
        ..NOTHING
    },
    Rule {
        of: "shared-kernel",
        may: &["shared-kernel-derive"],
        tests_may: &["persistence-memory", "conformance"],
        // Its tests show that errors work with anyhow's `?`.
        absent: &[DATABASES, RUNTIMES, FORMATS, TERMINALS, PROGRAMS_BUT_ANYHOW],
        fewer_crates_than: Some(40),
        ..NOTHING
    },
    Rule {
        of: "conformance",
        may: &["shared-kernel"],
        tests_may: &["persistence-memory"],
        absent: &[DATABASES, TERMINALS, PROGRAMS],
        ..NOTHING
    },
    Rule {
        of: "serialization",
        may: &["shared-kernel"],
        // The tokenizer behind a feature reports its errors by anyhow; nobody below the program
        // asks for that by name.
        absent: &[DATABASES, RUNTIMES, TERMINALS, PROGRAMS_BUT_ANYHOW],
        ..NOTHING
    },
    Rule {
        of: "persistence-memory",
        may: &["shared-kernel"],
        tests_may: &["conformance"],
        absent: &[DATABASES, TERMINALS, PROGRAMS],
        ..NOTHING
    },
    Rule {
        of: "persistence-sqlite",
        may: &["shared-kernel"],
        tests_may: &["conformance"],
        absent: &[TERMINALS, PROGRAMS],
        ..NOTHING
    },
    Rule {
        of: "work-item",
        may: &["shared-kernel"],
        tests_may: &["persistence-memory", "serialization"],
        absent: &[DATABASES, RUNTIMES, FORMATS, TERMINALS, PROGRAMS],
        // The ports of shared-kernel bring some of these along, and that is its affair.
        not_direct: IMPURE,
        ..NOTHING
    },
    Rule {
        of: "work-tracking",
        may: &["shared-kernel", "work-item"],
        tests_may: &["conformance", "persistence-memory", "serialization"],
        absent: &[DATABASES, RUNTIMES, TERMINALS, PROGRAMS],
        ..NOTHING
    },
    Rule {
        of: "annals",
        may: BELOW_ANNALS,
        program: true,
        ..NOTHING
    },
    Rule {
        of: "acceptance",
        may: BELOW_ANNALS,
        tests_may: &["annals"],
        ..NOTHING
    },
    Rule {
        of: "benches",
        may: BELOW_ANNALS,
        ..NOTHING
    },
    Rule {
        of: "xtask",
        program: true,
        ..NOTHING
    },
];

/// Whether a pattern names a crate.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_names() {
        assert!(matches("sqlx*", "sqlx") && matches("sqlx*", "sqlx-sqlite"));
        assert!(matches("rand", "rand") && !matches("rand", "rand_core"));
        assert!(!matches("sqlx*", "libsqlx"));
    }

    #[test]
    fn every_crate_has_one_rule() {
        for rule in RULES {
            assert_eq!(
                RULES.iter().filter(|other| other.of == rule.of).count(),
                1,
                "{}",
                rule.of
            );
        }
    }

    #[test]
    fn rules_name_only_crates_that_have_rules() {
        for rule in RULES {
            for name in rule.may.iter().chain(rule.tests_may) {
                assert!(
                    RULES.iter().any(|other| other.of == *name),
                    "{} → {name}",
                    rule.of
                );
            }
        }
    }

    #[test]
    fn the_arrows_have_no_circle() {
        // Take away, again and again, what depends on nothing that is left: a circle would stay.
        let mut left: Vec<&Rule> = RULES.iter().collect();
        while !left.is_empty() {
            let names: Vec<&str> = left.iter().map(|rule| rule.of).collect();
            let before = left.len();
            left.retain(|rule| rule.may.iter().any(|name| names.contains(name)));
            assert!(left.len() < before, "a circle among {names:?}");
        }
    }
}
