//! Reading a file of a test tool, up to a largest size, with its hash.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256 as Hasher};
use work_item::{EvidenceFile, FileCounts, FileName, Sha256};

use super::error::{EvidenceError, Source};

/// The bytes of a file: all of them, or one more than the largest size. `None` if it is not a
/// regular file, for example a pipe, which is not opened.
pub(crate) fn read(path: &Path, source: Source) -> io::Result<Option<Vec<u8>>> {
    if !std::fs::metadata(path)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(source.largest_file() + 1)
        .read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// The file at a path with these bytes, and the results that `counts` finds in them.
pub(crate) fn evidence_file(
    path: &Path,
    source: Source,
    bytes: &[u8],
    counts: impl FnOnce(&[u8]) -> Result<FileCounts, EvidenceError>,
) -> Result<EvidenceFile, EvidenceError> {
    let (size, largest) = (bytes.len() as u64, source.largest_file());
    if size > largest {
        return Err(EvidenceError::TooLarge { largest });
    }
    let name = path.file_name().unwrap_or(path.as_os_str());
    Ok(EvidenceFile {
        name: FileName::new(name.to_str().ok_or(EvidenceError::NameNotText)?)?,
        size,
        sha256: Sha256::from_bytes(Hasher::digest(bytes).into()),
        counts: counts(bytes)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: FileCounts = FileCounts::Lines {
        covered: 1,
        total: 2,
    };

    #[test]
    fn a_file_keeps_its_name_size_and_hash() {
        let path = Path::new("target/cov/lines.info");
        let file = evidence_file(path, Source::Lcov, b"abc", |_| Ok(LINES)).unwrap();
        assert_eq!((file.name.as_str(), file.size), ("lines.info", 3));
        // The example of FIPS 180-4.
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(file.sha256.as_str(), hash);
        assert_eq!(file.counts, LINES);
    }

    #[test]
    fn a_file_above_the_largest_size_is_refused_before_it_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("huge.xml");
        let file = File::create(&path).unwrap();
        let (source, largest) = (Source::Junit, Source::Junit.largest_file());
        file.set_len(largest * 1000).unwrap();
        let bytes = read(&path, source).unwrap().unwrap();
        assert_eq!(bytes.len() as u64, largest + 1);
        let refused = evidence_file(&path, source, &bytes, |_| panic!("it is not counted"));
        let refused = refused.unwrap_err();
        assert!(matches!(refused, EvidenceError::TooLarge { .. }));
        assert_eq!(refused.to_string(), "it has more than 8 MiB");

        file.set_len(largest).unwrap();
        let bytes = read(&path, source).unwrap().unwrap();
        assert_eq!(bytes.len() as u64, largest);
        assert_eq!(read(folder.path(), source).unwrap(), None);
    }
}
