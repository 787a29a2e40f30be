//! Owns the search in short stretches of text, eight bytes at a time.

/// Eight bytes of a line, the first one lowest; zeros stand for what lies behind its end.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

const LOWS: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

impl Word {
    pub(super) const BYTES: usize = 8;

    /// The bytes from `at` on, which lies in the line.
    #[inline]
    pub(super) fn at(line: &[u8], at: usize) -> Self {
        match line[at..].first_chunk() {
            Some(bytes) => Self(u64::from_le_bytes(*bytes)),
            None => Self::last(line, at),
        }
    }

    #[inline]
    fn last(line: &[u8], at: usize) -> Self {
        let rest = &line[at..];
        let word = match line.last_chunk() {
            Some(bytes) => u64::from_le_bytes(*bytes) >> (8 * (Self::BYTES - rest.len())),
            None => rest
                .iter()
                .rev()
                .fold(0, |word, &byte| (word << 8) | u64::from(byte)),
        };
        Self(word)
    }

    /// The highest bit of each byte that is `wanted`, which must not be zero.
    #[inline]
    pub(super) fn places_of(self, wanted: u8) -> u64 {
        let differing = self.0 ^ (LOWS * u64::from(wanted));
        let low_bits_differ = (differing & !HIGHS) + !HIGHS;
        !(low_bits_differ | differing) & HIGHS
    }
}

/// Where the first byte from `from` on stands that is wanted: `wanted` marks the highest bit of
/// each such byte.
#[inline]
pub(super) fn find(line: &[u8], from: usize, wanted: impl Fn(Word) -> u64) -> Option<usize> {
    let mut at = from;
    while at < line.len() {
        let places = wanted(Word::at(line, at));
        if places != 0 {
            return Some(at + places.trailing_zeros() as usize / 8);
        }
        at += Word::BYTES;
    }
    None
}

/// How many spaces stand from `from` on.
#[inline]
pub(super) fn count_spaces(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < text.len() {
        let others = Word::at(text, at).0 ^ (LOWS * u64::from(b' '));
        if others != 0 {
            return at - from + others.trailing_zeros() as usize / 8;
        }
        at += Word::BYTES;
    }
    text.len() - from
}
