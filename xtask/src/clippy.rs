//! `cargo xtask clippy`: no warning, of the compiler or of clippy, in any target with any feature.

use anyhow::Result;

use crate::{process, workspace};

const ARGUMENTS: [&str; 7] = [
    "clippy",
    "--workspace",
    "--all-targets",
    "--all-features",
    "--",
    "-D",
    "warnings",
];

pub(crate) fn run() -> Result<()> {
    process::run(
        &mut process::cargo(&workspace::root(), &ARGUMENTS),
        "clippy has something to say",
        "mend what it names (`cargo clippy --fix` mends some of it), then run `cargo xtask clippy`",
    )
}
