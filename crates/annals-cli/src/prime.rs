//! The text that tells an agent how to work with a store, and its place in a file.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

/// The text, at most 150 tokens.
pub(crate) const TEXT: &str = "\
Work items: `annals`. Set ANNALS_ACTOR=agent:NAME; add `--format toon`.
- next --claim (the best ready item); release N; context N
- add TITLE [--parent N] [--on N,M]; start N…; note N TEXT
- test-run N --positive 6 --negative 3 --edge 1; done N…
N is a number. --key KEY makes a command repeatable. --seen @57, from context, refuses it if the \
item changed. `what-if` before a command writes nothing.
Exit codes: 0 done, 2 usage, 3 refused, 4 conflict, 5 store failed. Follow the hint.";

const BEGIN: &str = "<!-- annals prime: begin -->";
const END: &str = "<!-- annals prime: end -->";

/// The text was not written into a file.
#[derive(Debug, Error)]
pub(crate) enum PrimeError {
    #[error("{} has {found}, so there is no place for the text", path.display())]
    Marks { path: PathBuf, found: Marks },
    #[error("cannot read or write {}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} is read-only", path.display())]
    ReadOnly { path: PathBuf },
}

/// The marks in a file that do not enclose one text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    begins: usize,
    ends: usize,
}

impl fmt::Display for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { begins, ends } = self;
        match (begins, ends) {
            (1, 1) => write!(f, "the mark `{END}` before `{BEGIN}`"),
            _ => write!(
                f,
                "the mark `{BEGIN}` {begins} time(s) and `{END}` {ends} time(s)"
            ),
        }
    }
}

impl PrimeError {
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Marks { .. } => "remove these marks, and what is between them, then try again",
            Self::File { .. } => "name another file with --install FILE",
            Self::ReadOnly { .. } => "change its rights, or name another file with --install FILE",
        }
    }
}

/// Writes the text into a file between the marks. The other bytes of the file stay as they are.
/// Returns whether the file has changed.
pub(crate) fn install(path: &Path) -> Result<bool, PrimeError> {
    let failed = |source| PrimeError::File {
        path: path.to_owned(),
        source,
    };
    let before = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A link that leads nowhere is not followed.
            let mut new = OpenOptions::new();
            let new = new.write(true).create_new(true).open(path);
            let text = merged(&[]).map_err(|found| PrimeError::Marks {
                path: path.to_owned(),
                found,
            })?;
            new.and_then(|mut new| new.write_all(&text))
                .map_err(failed)?;
            return Ok(true);
        }
        Err(error) => return Err(failed(error)),
    };
    let after = merged(&before).map_err(|found| PrimeError::Marks {
        path: path.to_owned(),
        found,
    })?;
    if after == before {
        return Ok(false);
    }
    // The file of a link is replaced, and not the link.
    let file = path.canonicalize().map_err(failed)?;
    let rights = std::fs::metadata(&file).map_err(failed)?.permissions();
    if rights.readonly() {
        let path = path.to_owned();
        return Err(PrimeError::ReadOnly { path });
    }
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let written = tempfile::Builder::new()
        .prefix(".annals-prime-")
        .tempfile_in(folder);
    let written = written.and_then(|mut new| {
        new.write_all(&after)?;
        new.as_file().set_permissions(rights)?;
        new.as_file().sync_all()?;
        new.persist(&file).map_err(|error| error.error)
    });
    written.map_err(failed)?;
    Ok(true)
}

/// The content of a file with the text between its marks, or at its end.
fn merged(before: &[u8]) -> Result<Vec<u8>, Marks> {
    let (begins, ends) = (
        places(before, BEGIN.as_bytes()),
        places(before, END.as_bytes()),
    );
    // An earlier text keeps its line breaks; a new one gets those of the file.
    let earlier = match (&begins[..], &ends[..]) {
        ([begin], [end]) if begin < end => &before[*begin..*end],
        _ => before,
    };
    let like = match earlier.contains(&b'\n') {
        true => earlier,
        false => before,
    };
    let line = match places(like, b"\r\n").is_empty() {
        true => "\n",
        false => "\r\n",
    };
    let text = format!("{BEGIN}\n{TEXT}\n{END}").replace('\n', line);
    let (begins, ends) = (
        places(before, BEGIN.as_bytes()),
        places(before, END.as_bytes()),
    );
    let mut after = Vec::with_capacity(before.len() + text.len() + 4);
    match (&begins[..], &ends[..]) {
        ([], []) => {
            after.extend_from_slice(before);
            if !before.is_empty() {
                let ends_line = before.ends_with(b"\n");
                let breaks = if ends_line { 1 } else { 2 };
                after.extend_from_slice(line.repeat(breaks).as_bytes());
            }
            after.extend_from_slice(text.as_bytes());
            after.extend_from_slice(line.as_bytes());
        }
        ([begin], [end]) if begin < end => {
            after.extend_from_slice(&before[..*begin]);
            after.extend_from_slice(text.as_bytes());
            after.extend_from_slice(&before[end + END.len()..]);
        }
        _ => {
            return Err(Marks {
                begins: begins.len(),
                ends: ends.len(),
            });
        }
    }
    Ok(after)
}

/// The places of some bytes.
fn places(text: &[u8], wanted: &[u8]) -> Vec<usize> {
    let found = text.windows(wanted.len()).enumerate();
    let found = found.filter(|(_, window)| *window == wanted);
    found.map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serialization::tokens::{O200kBase, TokenCounter};

    use super::*;

    #[test]
    fn the_text_has_at_most_150_tokens() {
        let tokens = O200kBase::new().count(TEXT);
        assert!(tokens <= 150, "{tokens}");
    }

    #[test]
    fn marks_that_enclose_no_text_are_refused() {
        for (text, begins, ends) in [
            (BEGIN.to_owned(), 1, 0),
            (format!("{END}\n{BEGIN}"), 1, 1),
            (format!("{BEGIN}{END}{BEGIN}{END}"), 2, 2),
        ] {
            assert_eq!(
                merged(text.as_bytes()),
                Err(Marks { begins, ends }),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_other_bytes_stay_and_a_repetition_changes_nothing(
            before in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(b'\r')], 0..60),
            after in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let first = merged(&before).unwrap();
            prop_assert!(first.starts_with(&before));
            prop_assert_eq!(&merged(&first).unwrap(), &first);
            // An old text between the marks is replaced.
            let old = [&before[..], BEGIN.as_bytes(), b"old", END.as_bytes(), &after].concat();
            let new = merged(&old).unwrap();
            prop_assert!(new.starts_with(&before) && new.ends_with(&after));
            prop_assert!(places(&new, b"old").len() <= places(&[&before[..], &after].concat(), b"old").len());
            prop_assert_eq!(&merged(&new).unwrap(), &new);
        }
    }
}
