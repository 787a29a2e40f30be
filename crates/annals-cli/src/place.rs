//! The place of the store: named by the user, in the folder of a project, or in the data directory.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use persistence_postgres::PostgresStore;

use crate::cli::{is_address, one_line};
use crate::environment::Environment;
use crate::run_error::RunError;

/// The folder in a project that contains its store.
pub(crate) const FOLDER: &str = ".annals";

/// The name of a store in a folder of its own.
const FILE: &str = "work.annals";

/// The variable that names the store.
pub(crate) const VARIABLE: &str = "ANNALS_STORE";

/// The place of a store. It is shown without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// A file.
    File(PathBuf),
    /// A database on a server.
    Server(ServerAddress),
}

/// The address of a database on a server, such as `postgres://ada@db.example/work`.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// As the user wrote it, perhaps with a password.
    address: String,
    location: String,
}

impl ServerAddress {
    /// The address with its password, for the connection only.
    pub(crate) fn with_password(&self) -> &str {
        &self.address
    }
}

impl StorePlace {
    /// The place that a user has named: an address or a path.
    pub(crate) fn named(name: &Path) -> Result<Self, RunError> {
        if !is_address(name) {
            return Ok(Self::File(name.to_owned()));
        }
        let address = name.to_string_lossy().into_owned();
        let location = PostgresStore::location_of(&address).map_err(RunError::Address)?;
        Ok(Self::Server(ServerAddress { address, location }))
    }

    /// The path of a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }
}

impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(address) => f.pad(&address.location),
        }
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.location)
    }
}

/// The place of the store. The first of these that is there wins:
///
/// 1. the argument of `--store`
/// 2. the variable `ANNALS_STORE`, which must be an absolute path or an address
/// 3. `work.annals` in the nearest folder `.annals`, in the current directory or above it
/// 4. `annals/work.annals` in the data directory of the user
pub(crate) fn store_place(
    argument: Option<&Path>,
    environment: &Environment<'_>,
) -> Result<StorePlace, RunError> {
    if let Some(name) = argument {
        return StorePlace::named(name);
    }
    if let Some(name) = from_variable(environment) {
        let variable = VARIABLE;
        let name = one_line(name).map_err(|_| RunError::NotOneLine { variable })?;
        return match StorePlace::named(&name)? {
            StorePlace::File(path) if !path.is_absolute() => Err(RunError::RelativeStore {
                absolute: environment.folder.as_ref().map(|folder| folder.join(&path)),
                path,
            }),
            place => Ok(place),
        };
    }
    // Without the current directory, a project could be missed.
    let folder = environment.folder.as_deref().ok_or(RunError::NoDirectory)?;
    if let Some(project) = nearest_project(folder)? {
        return Ok(StorePlace::File(store_in(&project)));
    }
    // With a relative HOME, each directory would have another one.
    let default = environment.default_store.clone();
    let default = default.filter(|path| path.is_absolute());
    default
        .map(StorePlace::File)
        .ok_or(RunError::NoDefaultStore)
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

/// The nearest folder `.annals`, in `folder` or above it. An entry of that name that is no folder,
/// or that other users could have put there, is an error: a store must not change in silence.
fn nearest_project(folder: &Path) -> Result<Option<PathBuf>, RunError> {
    for folder in folder.ancestors() {
        let path = folder.join(FOLDER);
        let refused = |reason| {
            let path = path.clone();
            Err(RunError::ProjectRefused { path, reason })
        };
        match fs::symlink_metadata(&path).and_then(|_| fs::metadata(&path)) {
            Ok(found) if !found.is_dir() => return refused("it is not a folder".to_owned()),
            Ok(found) => match distrust(&found) {
                Some(reason) => return refused(reason),
                None => return Ok(Some(path)),
            },
            Err(_) if fs::symlink_metadata(&path).is_err_and(|error| is_missing(&error)) => {}
            Err(error) => return refused(error.to_string()),
        }
    }
    Ok(None)
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

/// The reason not to use a folder that others control: the store in it could be theirs.
#[cfg(unix)]
fn distrust(found: &fs::Metadata) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let (owner, me) = (found.uid(), rustix::process::geteuid().as_raw());
    if owner != me && owner != 0 {
        return Some(format!("it belongs to the user with the number {owner}"));
    }
    (found.mode() & 0o002 != 0).then(|| "every user can write in it".to_owned())
}

#[cfg(not(unix))]
fn distrust(_: &fs::Metadata) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(folder: &Path) -> PathBuf {
        let path = folder.join(FOLDER);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn reason(folder: &Path) -> String {
        match nearest_project(folder) {
            Err(RunError::ProjectRefused { path, reason }) => {
                assert_eq!(path.file_name().unwrap(), FOLDER);
                reason
            }
            found => panic!("{found:?}"),
        }
    }

    #[test]
    fn the_nearest_project_wins() {
        let top = tempfile::tempdir().unwrap();
        let inner = top.path().join("a/b");
        fs::create_dir_all(&inner).unwrap();
        assert!(nearest_project(&inner).unwrap().is_none());
        let outer = project(top.path());
        assert_eq!(nearest_project(&inner).unwrap(), Some(outer));
        let nearer = project(&top.path().join("a"));
        assert_eq!(nearest_project(&inner).unwrap(), Some(nearer));
    }

    #[cfg(unix)]
    #[test]
    fn an_entry_that_is_no_trusted_folder_is_refused() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let top = tempfile::tempdir().unwrap();
        fs::write(top.path().join(FOLDER), "a file").unwrap();
        assert_eq!(reason(top.path()), "it is not a folder");
        fs::remove_file(top.path().join(FOLDER)).unwrap();
        symlink("nowhere", top.path().join(FOLDER)).unwrap();
        assert!(reason(top.path()).contains("No such file"));
        fs::remove_file(top.path().join(FOLDER)).unwrap();
        let open = project(top.path());
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        assert_eq!(reason(top.path()), "every user can write in it");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o775)).unwrap();
        assert_eq!(nearest_project(top.path()).unwrap(), Some(open));
    }
}
