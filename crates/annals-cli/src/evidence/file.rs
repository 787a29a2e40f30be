//! Reading a file of a test tool in pieces, with its size and its hash.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256 as Hasher};
use work_item::{EvidenceFile, FileCounts, FileName, Sha256};

use super::error::{EvidenceError, Source};

/// The largest size of a line, a tag or a text in a file, in bytes.
const LARGEST_PIECE: u64 = 16 << 20;

/// The file at a path, and the results that `counts` finds in it. `counts` reads it to its end.
pub(crate) fn evidence_file(
    path: &Path,
    source: Source,
    counts: impl FnOnce(&mut Pieces<'_>) -> Result<FileCounts, EvidenceError>,
) -> Result<EvidenceFile, EvidenceError> {
    let name = path.file_name().unwrap_or(path.as_os_str());
    let name = FileName::new(name.to_str().ok_or(EvidenceError::NameNotText)?)?;
    let found = std::fs::metadata(path)?;
    // A pipe is not opened, because that would wait for a writer.
    if !found.is_file() {
        return Err(EvidenceError::NoRegularFile);
    }
    let largest = source.largest_file();
    if found.len() > largest {
        return Err(EvidenceError::TooLarge { largest });
    }
    let mut file = File::open(path)?;
    let mut pieces = Pieces::new(&mut file, largest);
    let counts = counts(&mut pieces)?;
    let checked = pieces.0.into_inner();
    Ok(EvidenceFile {
        name,
        size: checked.size,
        sha256: Sha256::from_bytes(checked.hash.finalize().into()),
        counts,
    })
}

/// The bytes of a file. A reader takes them line by line or tag by tag, so that a large file does
/// not need a large memory.
pub(crate) struct Pieces<'a>(BufReader<Checked<'a>>);

/// A reader that hashes and checks the bytes: their number, the size of the present piece, and that
/// they are UTF-8.
struct Checked<'a> {
    from: &'a mut dyn Read,
    hash: Hasher,
    size: u64,
    largest: u64,
    /// The bytes read since the present piece began.
    piece: u64,
    /// The beginning of a character before its end is read.
    cut: Vec<u8>,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(from: &'a mut dyn Read, largest: u64) -> Self {
        Self(BufReader::new(Checked {
            from,
            hash: Hasher::new(),
            size: 0,
            largest,
            piece: 0,
            cut: Vec::new(),
        }))
    }

    /// Begins a line, a tag or a text.
    pub(super) fn begin_piece(&mut self) {
        self.0.get_mut().piece = 0;
    }
}

impl Checked<'_> {
    fn check(&mut self, bytes: &[u8]) -> Result<(), EvidenceError> {
        let start = self.size - self.cut.len() as u64;
        self.size += bytes.len() as u64;
        self.piece += bytes.len() as u64;
        let largest = self.largest;
        if self.size > largest {
            return Err(EvidenceError::TooLarge { largest });
        }
        if self.piece > LARGEST_PIECE {
            let largest = LARGEST_PIECE;
            return Err(EvidenceError::LargePiece { largest });
        }
        self.cut.extend_from_slice(bytes);
        match std::str::from_utf8(&self.cut) {
            Ok(_) => self.cut.clear(),
            // More bytes can complete the last character.
            Err(error) if error.error_len().is_none() && !bytes.is_empty() => {
                self.cut.drain(..error.valid_up_to());
            }
            Err(error) => {
                let at = start + error.valid_up_to() as u64;
                return Err(EvidenceError::NotText { at });
            }
        }
        Ok(())
    }
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(buffer)?;
        let bytes = &buffer[..count];
        self.hash.update(bytes);
        self.check(bytes).map_err(io::Error::other)?;
        Ok(count)
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.0.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.0.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: FileCounts = FileCounts::Lines {
        covered: 1,
        total: 2,
    };

    /// Reads all pieces, each of one line.
    fn read_lines(pieces: &mut Pieces<'_>) -> Result<FileCounts, EvidenceError> {
        let mut line = String::new();
        while pieces.read_line(&mut line)? > 0 {
            line.clear();
            pieces.begin_piece();
        }
        Ok(LINES)
    }

    #[test]
    fn a_file_keeps_its_name_size_and_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines.info");
        std::fs::write(&path, b"abc").unwrap();
        let file = evidence_file(&path, Source::Lcov, read_lines).unwrap();
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
        file.set_len(Source::Junit.largest_file() + 1).unwrap();
        let refused = evidence_file(&path, Source::Junit, |_| panic!("it is not counted"));
        let refused = refused.unwrap_err();
        assert!(matches!(refused, EvidenceError::TooLarge { .. }));
        assert_eq!(refused.to_string(), "it has more than 1024 MiB");
        let folder = evidence_file(folder.path(), Source::Junit, |_| Ok(LINES));
        assert!(matches!(folder, Err(EvidenceError::NoRegularFile)));
    }

    #[test]
    fn a_file_that_grows_is_refused_at_the_largest_size() {
        let mut endless = io::repeat(b'\n');
        let refused = read_lines(&mut Pieces::new(&mut endless, 100_000)).unwrap_err();
        assert!(matches!(
            refused,
            EvidenceError::TooLarge { largest: 100_000 }
        ));
        let mut exact = io::repeat(b'\n').take(100_000);
        assert!(read_lines(&mut Pieces::new(&mut exact, 100_000)).is_ok());
    }

    #[test]
    fn a_large_piece_is_refused() {
        let mut endless = io::repeat(b'x');
        let refused = read_lines(&mut Pieces::new(&mut endless, u64::MAX)).unwrap_err();
        assert!(matches!(refused, EvidenceError::LargePiece { .. }));
        // Each line is a piece of its own.
        let mut line = vec![b'x'; 9 << 20];
        line.push(b'\n');
        let mut lines: &[u8] = &line.repeat(2);
        assert!(read_lines(&mut Pieces::new(&mut lines, u64::MAX)).is_ok());
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
        /// Reads one byte at a time.
        struct Slowly<'a>(&'a [u8]);
        impl Read for Slowly<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let one = buffer.len().min(1);
                self.0.read(&mut buffer[..one])
            }
        }
        let read = |bytes| read_lines(&mut Pieces::new(&mut Slowly(bytes), u64::MAX));
        assert!(read("ü\n漢🦀\n".as_bytes()).is_ok());
        for (bytes, place) in [
            (&b"abc\xff"[..], 3),
            (b"\xc3\xbc\xc3", 2),
            (b"ab\xf0\x9f\xa6\n", 2),
        ] {
            let found = read(bytes).unwrap_err();
            assert!(
                matches!(found, EvidenceError::NotText { at } if at == place),
                "{found:?}"
            );
        }
    }
}
