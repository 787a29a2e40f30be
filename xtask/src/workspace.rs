//! The root of the workspace, its members and its files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::process;

/// The folder with the root manifest.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable. A binary that is started by hand falls back to the folder
    // that it was built in.
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package).parent();
    root.map(Path::to_path_buf).unwrap_or_default()
}

/// The members as their manifests describe them, without the packages below them.
pub(crate) fn metadata(root: &Path) -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo could not describe the workspace")
}

/// The files that git tracks or would add, as paths from the root, sorted.
///
/// `patterns` are git's: `*.md` finds Markdown files in every folder.
pub(crate) fn files(root: &Path, patterns: &[&str]) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-zco", "--exclude-standard", "--"]);
    let listed = process::capture(git.args(patterns).current_dir(root))?;
    // git still lists a tracked file whose deletion is not committed.
    let files = listed.split_terminator('\0');
    let mut files: Vec<&str> = files.filter(|path| root.join(path).is_file()).collect();
    files.sort_unstable();
    files.dedup();
    Ok(files.into_iter().map(str::to_owned).collect())
}

/// The text of a file, given by its path from the root.
pub(crate) fn read(root: &Path, path: &str) -> Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| format!("could not read {path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn files_include_new_ones_and_leave_out_ignored_and_deleted_ones() {
        let folder = tempfile::tempdir().unwrap();
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            process::capture(git.args(arguments).current_dir(folder.path())).unwrap()
        };
        git(&["init", "--quiet"]);
        for (name, text) in [
            (".gitignore", "b.md\n"),
            ("a.md", ""),
            ("b.md", ""),
            ("c.md", ""),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        git(&["add", "c.md"]);
        std::fs::remove_file(folder.path().join("c.md")).unwrap();
        assert_eq!(files(folder.path(), &["*.md"]).unwrap(), ["a.md"]);
    }

    #[test]
    fn a_folder_without_git_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        // Otherwise a repository further up would own this folder.
        std::fs::write(folder.path().join(".git"), "gitdir: nowhere\n").unwrap();
        assert!(files(folder.path(), &["*.md"]).is_err());
    }
}
