//! Owns keys that stand twice in one object (section 14.3): an error, or the last one wins.
//!
//! A value is handed out while it is read, so that whether a later one replaces it has to be known
//! beforehand. A lenient reading therefore goes over the document twice, with the same code: once
//! to note what is replaced, and once to read, each key in its first place with its last value.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::mem;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::Lines;
use crate::toon::decode::reader::Reader;

/// What is done about keys that stand twice.
#[derive(Debug)]
pub(super) enum Duplicates {
    /// They are errors.
    Refuse,
    /// They are noted, for a second reading.
    Note(Replacements),
    /// They are known.
    Replace(Replacements),
}

/// What is read for a key that stands twice, by the place of the key.
pub(super) type Replacements = HashMap<usize, Turn>;

/// Whether a field is read where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    Here,
    /// Its value is the one of the field on the line that begins at `line`; what follows begins at
    /// `resume`.
    Later {
        line: usize,
        resume: usize,
    },
    /// Its value is read already, or replaced; what follows begins at `resume`.
    Past {
        resume: usize,
    },
}

/// A key of an object, and where its field stands.
#[derive(Debug)]
pub(super) struct Sibling<'de> {
    pub(super) key: Cow<'de, str>,
    pub(super) place: usize,
    /// Where the lines begin that follow its value.
    resume: usize,
}

/// The keys of one object, as far as it is read.
pub(super) struct Siblings<'de> {
    /// Where they begin among the keys of all objects that are being read.
    base: usize,
    /// A bit for each key, by a sketch of it: a key whose bit is not there is new.
    sketches: u64,
    index: Option<HashSet<Cow<'de, str>>>,
    /// Where to go on after a value that stands elsewhere.
    resume: Option<usize>,
}

/// As many keys are compared one by one.
const FEW: usize = 16;

impl<'de> Siblings<'de> {
    #[inline]
    pub(super) fn open(reader: &Reader<'de>) -> Self {
        Self {
            base: reader.siblings.len(),
            sketches: 0,
            index: None,
            resume: None,
        }
    }

    /// Takes the next key, which stands at `place`. It is the last one of the reader's keys then,
    /// unless it is past.
    #[inline]
    pub(super) fn next(
        &mut self,
        reader: &mut Reader<'de>,
        key: Cow<'de, str>,
        place: usize,
    ) -> Result<Turn, Fault> {
        let mut turn = Turn::Here;
        match &reader.duplicates {
            Duplicates::Refuse => {
                if self.is_known(&reader.siblings[self.base..], &key) {
                    let key = key.as_ref().into();
                    return Err(Fault::new(DecodeErrorKind::DuplicateKey { key }, place));
                }
            }
            Duplicates::Note(_) => {}
            Duplicates::Replace(replacements) => {
                turn = replacements.get(&place).copied().unwrap_or(Turn::Here);
                match turn {
                    Turn::Here => {}
                    Turn::Later { line, resume } => {
                        reader.lines.seek(line);
                        self.resume = Some(resume);
                    }
                    Turn::Past { resume } => {
                        reader.lines.seek(resume);
                        return Ok(turn);
                    }
                }
            }
        }
        reader.siblings.push(Sibling {
            key,
            place,
            resume: 0,
        });
        Ok(turn)
    }

    /// Goes on behind the value of the last key.
    #[inline]
    pub(super) fn value_read(&mut self, reader: &mut Reader<'de>) {
        if let Some(resume) = self.resume.take() {
            reader.lines.seek(resume);
        }
        if let (Duplicates::Note(_), Some(last)) = (&reader.duplicates, reader.siblings.last_mut())
        {
            last.resume = reader.lines.position();
        }
    }

    /// Forgets the keys, after they have been compared where they are noted.
    #[inline]
    pub(super) fn close(&self, reader: &mut Reader<'de>) {
        if let Duplicates::Note(replacements) = &mut reader.duplicates {
            note(&reader.siblings[self.base..], &reader.lines, replacements);
        }
        reader.siblings.truncate(self.base);
    }

    #[inline]
    fn is_known(&mut self, known: &[Sibling<'de>], key: &str) -> bool {
        let sketch = sketch(key);
        let may_be_known = self.sketches & sketch != 0;
        self.sketches |= sketch;
        may_be_known && self.is_among(known, key)
    }

    fn is_among(&mut self, known: &[Sibling<'de>], key: &str) -> bool {
        if known.len() < FEW {
            return known.iter().any(|sibling| sibling.key == key);
        }
        let index = self.index.get_or_insert_default();
        let unindexed = &known[index.len()..];
        index.extend(unindexed.iter().map(|sibling| sibling.key.clone()));
        index.contains(key)
    }
}

/// One bit of 64, by the length of a key and its outermost characters.
#[inline]
fn sketch(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let first = bytes.first().copied().unwrap_or_default();
    let last = bytes.last().copied().unwrap_or_default();
    let mixed = usize::from(first) ^ (usize::from(last) << 2) ^ (bytes.len() << 3);
    1 << (mixed & 63)
}

fn note(siblings: &[Sibling<'_>], lines: &Lines<'_>, replacements: &mut Replacements) {
    let mut firsts = HashMap::new();
    for sibling in siblings {
        let first = *firsts.entry(&sibling.key).or_insert(sibling);
        if first.place == sibling.place {
            continue;
        }
        let later = Turn::Later {
            line: lines.beginning(sibling.place),
            resume: first.resume,
        };
        replacements.insert(first.place, later);
        let past = Turn::Past {
            resume: sibling.resume,
        };
        replacements.insert(sibling.place, past);
    }
}

impl Duplicates {
    /// What a first reading has noted, for the second.
    pub(super) fn noted(&mut self) -> Self {
        match self {
            Self::Note(replacements) => Self::Replace(mem::take(replacements)),
            Self::Refuse | Self::Replace(_) => Self::Refuse,
        }
    }
}
