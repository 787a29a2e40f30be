//! The place of the store: named by the user, in the folder of a project, or in the data directory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::run_error::RunError;

/// The folder in a project that contains its store.
pub(crate) const FOLDER: &str = ".annals";

/// The name of a store in a folder of its own.
const FILE: &str = "work.annals";

/// The variable that names the store.
pub(crate) const VARIABLE: &str = "ANNALS_STORE";

/// The path of the store. The first of these that is there wins:
///
/// 1. the argument of `--store`
/// 2. the variable `ANNALS_STORE`, which must be an absolute path
/// 3. `work.annals` in the nearest folder `.annals`, in the current directory or above it
/// 4. `annals/work.annals` in the data directory of the user
pub(crate) fn store_path(
    argument: Option<&Path>,
    environment: &Environment<'_>,
) -> Result<PathBuf, RunError> {
    if let Some(path) = argument {
        return Ok(path.to_owned());
    }
    if let Some(path) = from_variable(environment) {
        return match (path.is_absolute(), &environment.folder) {
            (true, _) => Ok(path),
            (false, folder) => Err(RunError::RelativeStore {
                absolute: folder.as_ref().map(|folder| folder.join(&path)),
                path,
            }),
        };
    }
    if let Some(project) = environment.folder.as_deref().and_then(nearest_project) {
        return Ok(store_in(&project));
    }
    let default = environment.default_store.clone();
    default.ok_or(RunError::NoDefaultStore)
}

/// The path in `ANNALS_STORE`, unless it is empty.
pub(crate) fn from_variable(environment: &Environment<'_>) -> Option<PathBuf> {
    let variable: Option<OsString> = (environment.variable)(VARIABLE);
    variable.filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The store in a folder `.annals`.
pub(crate) fn store_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// The nearest folder `.annals`, in `folder` or above it.
fn nearest_project(folder: &Path) -> Option<PathBuf> {
    let mut projects = folder.ancestors().map(|folder| folder.join(FOLDER));
    projects.find(|project| project.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_project_wins_and_files_are_none() {
        let top = tempfile::tempdir().unwrap();
        let outer = top.path().join(FOLDER);
        let inner = top.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::create_dir(&outer).unwrap();
        std::fs::write(inner.join(FOLDER), "a file").unwrap();
        assert_eq!(nearest_project(&inner), Some(outer));
        let nearer = top.path().join("a").join(FOLDER);
        std::fs::create_dir(&nearer).unwrap();
        assert_eq!(nearest_project(&inner), Some(nearer));
    }
}
