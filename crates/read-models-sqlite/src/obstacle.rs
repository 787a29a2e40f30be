//! The file or folder that keeps this process from reading or writing.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// The file that may not be written, with its owner and its mode; or the folder that is missing.
/// For example "/srv/lamps (owner 0, mode 755) may not be written".
pub(crate) fn obstacle(path: &Path) -> Option<String> {
    let companions = ["", "-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    });
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(missing) = folder.filter(|folder| !folder.exists()) {
        return Some(format!("the folder {} does not exist", missing.display()));
    }
    let places = companions.into_iter().chain(folder.map(Path::to_owned));
    places
        .filter_map(|place| Some((std::fs::metadata(&place).ok()?, place)))
        .find(|(found, place)| !may_be_written(place, found))
        .map(|(found, place)| {
            format!(
                "{}{} may not be written; change its rights, ask its owner, or use \
                 SqliteReadModels::temporary",
                place.display(),
                rights(&found)
            )
        })
}

#[cfg(unix)]
fn may_be_written(place: &Path, _: &Metadata) -> bool {
    rustix::fs::access(place, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn may_be_written(_: &Path, found: &Metadata) -> bool {
    !found.permissions().readonly()
}

/// The owner and the mode of a file, as ` (owner 1001, mode 644)`.
#[cfg(unix)]
fn rights(found: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(" (owner {}, mode {:o})", found.uid(), found.mode() & 0o7777)
}

#[cfg(not(unix))]
fn rights(_: &Metadata) -> String {
    String::new()
}
