//! The names of the files of a folder.

use std::io;
use std::path::{Path, PathBuf};

use read_side::{Build, ModelName};

/// The application id in the header of each file: `anvw`.
pub(crate) const APPLICATION_ID: i32 = 0x616e_7677;

/// The name of the catalog.
pub(crate) const CATALOG: &str = "catalog.db";

/// The end of the names of builds.
const SUFFIX: &str = ".views";

/// The files that SQLite keeps beside one in use.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The file of a build, for example `open_lamps.v3.2.views`.
pub(crate) fn build_path(folder: &Path, build: &Build) -> PathBuf {
    folder.join(format!("{build}{SUFFIX}"))
}

/// The build of a file, by its name.
fn build_of(name: &str) -> Option<Build> {
    let mut parts = name.strip_suffix(SUFFIX)?.split('.');
    let build = Build {
        model: ModelName::new(parts.next()?).ok()?,
        version: parts.next()?.strip_prefix('v')?.parse().ok()?,
        number: parts.next()?.parse().ok()?,
    };
    // `lamps.v03.1` and `lamps.v3.1.old` are not our names.
    (format!("{build}{SUFFIX}") == name).then_some(build)
}

/// Removes the file of a build. A missing file is no error.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    for suffix in [""].into_iter().chain(COMPANIONS) {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The builds that have a file, or a part of one, and are not known.
pub(crate) fn unknown(folder: &Path, known: &[Build]) -> io::Result<Vec<Build>> {
    let mut unknown = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else { continue };
        let main = COMPANIONS
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix))
            .unwrap_or(name);
        unknown.extend(build_of(main).filter(|build| !known.contains(build)));
    }
    unknown.sort();
    unknown.dedup();
    Ok(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_leads_to_its_build_and_back() {
        let build = build_of("open_lamps.v3.2.views").unwrap();
        assert_eq!(build.to_string(), "open_lamps.v3.2");
        assert_eq!(
            build_path(Path::new("views"), &build),
            Path::new("views/open_lamps.v3.2.views")
        );
    }

    #[test]
    fn other_names_are_not_those_of_builds() {
        for name in [
            "catalog.db",
            "lamps.v3.views",
            "lamps.v03.2.views",
            "lamps.v3.+2.views",
            "lamps.v3.2.old.views",
            "Lamps.v3.2.views",
            "lamps.v3.2",
        ] {
            assert!(build_of(name).is_none(), "{name}");
        }
    }
}
