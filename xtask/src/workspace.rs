//! Where the workspace is, which packages are its members, and which files belong to it.
//!
//! The files are what git would commit: tracked ones and new ones that no ignore rule names.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand};

/// The folder with the root manifest.
pub(crate) fn root() -> PathBuf {
    // `cargo run` says where this package lies now; the path of the build is the answer for a
    // binary that is started by hand.
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = PathBuf::from(package);
    package
        .parent()
        .map_or_else(|| package.clone(), Path::to_path_buf)
}

/// The members as their manifests describe them, without what they depend on.
pub(crate) fn metadata(root: &Path) -> Result<Metadata> {
    MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("cargo could not describe the workspace")
}

/// Paths relative to `root`, with `/`, sorted.
pub(crate) fn files(root: &Path) -> Result<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .context("could not start git, which lists the files of the workspace")?;
    ensure!(
        output.status.success(),
        "git could not list the files: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let listed = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    let mut files: Vec<String> = listed
        .split('\0')
        .filter(|path| !path.is_empty())
        // A tracked file that was deleted and not committed yet is still listed.
        .filter(|path| root.join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, arguments: &[&str]) {
        let status = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .status()
            .unwrap();
        assert!(status.success());
    }

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn new_files_count_ignored_and_deleted_ones_do_not() {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet"]);
        for (name, text) in [
            (".gitignore", "ignored\n"),
            ("ignored", ""),
            ("gone", ""),
            ("new", ""),
        ] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        git(folder.path(), &["add", "gone"]);
        std::fs::remove_file(folder.path().join("gone")).unwrap();
        assert_eq!(files(folder.path()).unwrap(), [".gitignore", "new"]);
    }

    #[test]
    fn a_folder_without_git_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        // An empty repository above would make this one part of it.
        std::fs::write(folder.path().join(".git"), "gitdir: nowhere\n").unwrap();
        assert!(files(folder.path()).is_err());
    }
}
