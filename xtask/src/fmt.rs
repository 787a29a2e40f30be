//! `cargo xtask fmt`: the code is formatted. It looks and changes nothing.

use anyhow::Result;

use crate::{process, workspace};

pub(crate) fn run() -> Result<()> {
    process::run(
        &mut process::cargo(&workspace::root(), &["fmt", "--all", "--check"]),
        "the code is not formatted",
        "run `cargo fmt --all`",
    )
}
