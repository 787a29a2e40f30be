//! `cargo xtask docs`: the documentation of every crate builds without a warning, broken links
//! between items among them. The examples in it are run by `test`.

use anyhow::Result;

use crate::{process, workspace};

pub(crate) fn run() -> Result<()> {
    let mut command = process::cargo(
        &workspace::root(),
        &["doc", "--workspace", "--no-deps", "--all-features"],
    );
    command.env(
        "RUSTDOCFLAGS",
        flags(std::env::var("RUSTDOCFLAGS").ok().as_deref()),
    );
    process::run(
        &mut command,
        "the documentation has warnings",
        "mend what rustdoc names, then run `cargo xtask docs`",
    )
}

/// Whatever flags are set stay, and warnings become errors.
fn flags(set: Option<&str>) -> String {
    match set {
        None | Some("") => "-D warnings".to_owned(),
        Some(set) => format!("{set} -D warnings"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_are_set_are_kept() {
        assert_eq!(flags(None), "-D warnings");
        assert_eq!(flags(Some("")), "-D warnings");
        assert_eq!(flags(Some("--cfg docsrs")), "--cfg docsrs -D warnings");
    }
}
