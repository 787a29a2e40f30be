//! The file or folder that keeps this process from reading or writing.

use std::path::Path;

/// The folder that is missing, or the file that may not be written, with its owner and its mode.
/// For example "/srv/lamps (owner 0, mode 755) may not be written".
pub(crate) fn obstacle(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|name| !name.as_os_str().is_empty());
    if let Some(missing) = folder.filter(|folder| !folder.exists()) {
        return Some(format!("the folder {} does not exist", missing.display()));
    }
    let refused = sqlite_file::obstacle(path)?;
    Some(format!("{refused}, or use SqliteReadModels::temporary"))
}
