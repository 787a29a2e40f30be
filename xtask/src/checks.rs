//! The gates that run one command: fmt, typos, deny, advisories, clippy, docs, book.

use anyhow::Result;

use crate::failure::NotChecked;
use crate::process::{cargo, run, succeeds};
use crate::tools::{DENY, MDBOOK, TYPOS};
use crate::workspace::root;

/// The code is formatted; no file is changed.
pub(crate) fn fmt() -> Result<()> {
    run(
        &mut cargo(&root(), &["fmt", "--all", "--check"]),
        "the code is not formatted",
        "run `cargo fmt --all`",
    )
}

/// No known misspelling in any file; typos.toml holds the exceptions.
pub(crate) fn typos() -> Result<()> {
    run(
        &mut TYPOS.command(&root())?,
        "a word is misspelt",
        "correct it, or add the word with a reason to typos.toml; then run `cargo xtask typos`",
    )
}

/// Licences, duplicate versions, bans and sources, by deny.toml.
pub(crate) fn deny() -> Result<()> {
    run(
        DENY.command(&root())?
            .args(["check", "bans", "licenses", "sources"]),
        "a dependency breaks a rule of deny.toml",
        "change it, or add an exception with a reason to deny.toml; then run `cargo xtask deny`",
    )
}

/// Known vulnerabilities and yanked versions, if the advisory database can be fetched.
pub(crate) fn advisories() -> Result<()> {
    if !succeeds(DENY.command(&root())?.args(["fetch", "db"])) {
        return Err(NotChecked("the advisory database cannot be fetched").into());
    }
    run(
        DENY.command(&root())?.args(["check", "advisories"]),
        "an advisory names a dependency",
        "run `cargo update -p CRATE`, or add an exception with a reason to deny.toml; then run \
         `cargo xtask advisories`",
    )
}

/// No warning of the compiler or of clippy, in any target with any feature.
pub(crate) fn clippy() -> Result<()> {
    let everything = ["clippy", "--workspace", "--all-targets", "--all-features"];
    run(
        cargo(&root(), &everything).args(["--", "-D", "warnings"]),
        "clippy or the compiler warns",
        "correct the code (`cargo clippy --fix` may do it), then run `cargo xtask clippy`",
    )
}

/// rustdoc builds every crate without a warning; a broken link is one.
pub(crate) fn docs() -> Result<()> {
    let flags = std::env::var("RUSTDOCFLAGS").unwrap_or_default();
    let everything = ["doc", "--workspace", "--no-deps", "--all-features"];
    run(
        cargo(&root(), &everything).env("RUSTDOCFLAGS", format!("{flags} -D warnings").trim()),
        "rustdoc warns",
        "correct the documentation, then run `cargo xtask docs`",
    )
}

/// The guide builds, into target/book: no page, anchor or link is missing.
pub(crate) fn book() -> Result<()> {
    MDBOOK.command(&root())?;
    run(
        &mut cargo(&root(), &["run", "--package", "guide"]),
        "the guide does not build",
        "correct the page that is named, then run `cargo xtask book`",
    )
}
