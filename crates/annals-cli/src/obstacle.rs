//! The reason why a store cannot be opened, as the file system shows it.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::tilde::{TILDE, has_tilde};

/// The reason why the file of a store cannot be opened or created.
#[derive(Debug, Error)]
pub(crate) enum Obstacle {
    #[error("the directory {} does not exist", _0.display())]
    NoDirectory(PathBuf),
    #[error("no file can be created in the directory {}", _0.display())]
    NoNewFile(PathBuf),
    #[error("it is a symbolic link to {}, which is not there", _0.display())]
    DanglingLink(PathBuf),
    #[error("it is a directory")]
    IsDirectory(PathBuf),
    #[error("it is not a regular file")]
    NoRegularFile,
    #[error("the answers of the program go to that file")]
    IsOutput,
    #[error(transparent)]
    System(io::Error),
}

impl Obstacle {
    /// Looks for the obstacle at a path. Returns `None` for a regular file.
    pub(crate) fn find(path: &Path) -> Option<Self> {
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => Some(Self::IsDirectory(path.to_owned())),
            Ok(found) if !found.is_file() => Some(Self::NoRegularFile),
            Ok(_) => is_output(path).then_some(Self::IsOutput),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Ok(target) = fs::read_link(path) {
                    return Some(Self::DanglingLink(target));
                }
                let directory = directory_of(path);
                Some(match directory.is_dir() {
                    true => Self::NoNewFile(directory),
                    false => Self::NoDirectory(directory),
                })
            }
            Err(error) => Some(Self::System(error)),
        }
    }

    /// The next step.
    pub(crate) fn hint(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NoDirectory(path) if has_tilde(path) => TILDE,
            Self::NoDirectory(_) => {
                "create that directory, or name another path with --store or ANNALS_STORE"
            }
            Self::NoNewFile(_) => {
                "check its permissions, or name another path with --store or ANNALS_STORE"
            }
            Self::DanglingLink(_) => {
                "mount the disk of the link, or name another path with --store or ANNALS_STORE"
            }
            Self::IsDirectory(path) => {
                let file = path.join("work.annals");
                let path = file.display();
                return Cow::Owned(match file.is_file() {
                    true => format!("name the store in it: {path}"),
                    false => format!("name a file in it; `annals add` can create {path}"),
                });
            }
            Self::NoRegularFile | Self::IsOutput => {
                "name another path with --store or ANNALS_STORE"
            }
            Self::System(_) => {
                "check the permissions of the path, or name another one with --store or ANNALS_STORE"
            }
        })
    }
}

/// Whether a path leads to the file to which standard output or standard error goes, as
/// `/dev/stdout` does.
pub(crate) fn is_output(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let file = |path: &Path| {
            fs::metadata(path)
                .ok()
                .map(|found| (found.dev(), found.ino()))
        };
        let outputs = ["/dev/stdout", "/dev/stderr"].map(|name| file(Path::new(name)));
        let found = file(path);
        found.is_some() && outputs.contains(&found)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// The directory of a file; `.` for a name without one.
fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory.to_owned(),
        _ => PathBuf::from("."),
    }
}
