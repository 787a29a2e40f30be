//! The programs that the gates run, and the installation of the missing ones.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// A program that `cargo install` builds.
pub(crate) struct Tool {
    /// The words that start it, for example `cargo deny`.
    words: &'static [&'static str],
    /// The package to install, and its features. An installed program of another version is used.
    package: &'static str,
}

pub(crate) const DENY: Tool = tool(&["cargo", "deny"], "cargo-deny@0.20.2");
pub(crate) const LLVM_COV: Tool = tool(&["cargo", "llvm-cov"], "cargo-llvm-cov@0.9.1");
/// Without its web server, which is half of the build.
pub(crate) const MDBOOK: Tool = tool(&["mdbook"], "mdbook@0.5.4 --no-default-features -F search");
pub(crate) const TYPOS: Tool = tool(&["typos"], "typos-cli@1.52.0");

const fn tool(words: &'static [&'static str], package: &'static str) -> Tool {
    Tool { words, package }
}

impl Tool {
    /// Installs the tool if it is missing, and returns its command, to be given arguments.
    pub(crate) fn command(&self, root: &Path) -> Result<Command> {
        if !process::succeeds(self.start(root).arg("--version")) {
            println!("`{}` is missing: cargo installs it", self.words.join(" "));
            process::run(
                process::cargo(root, &["install", "--locked"]).args(self.package.split(' ')),
                &format!("{} could not be installed", self.package),
                &format!("run `cargo install --locked {}`", self.package),
            )?;
        }
        Ok(self.start(root))
    }

    fn start(&self, root: &Path) -> Command {
        if let ["cargo", subcommand] = self.words {
            return process::cargo(root, &[subcommand]);
        }
        let mut command = Command::new(self.words[0]);
        command.current_dir(root);
        command
    }
}
