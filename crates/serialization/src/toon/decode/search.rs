//! Byte searches for short lines.
//!
//! The first 128 bytes are searched in chunks of 16 bytes, with inlined code. The functions of
//! `memchr` use the widest vectors of the machine, but their call costs more than most searches in
//! a short line. They search only beyond the first 128 bytes.

use memchr::{memchr, memchr2, memchr3};

const CHUNK: usize = 16;

/// The number of bytes that are searched in chunks.
const NEAR: usize = 8 * CHUNK;

/// The bytes that one comparison covers.
type Chunk = [u8; CHUNK];

/// The offset of the first `wanted` byte, from `from` on and before `end`.
#[inline]
pub(super) fn find_byte(text: &[u8], from: usize, end: usize, wanted: u8) -> Option<usize> {
    let near = move |chunk: &Chunk| {
        #[cfg(target_arch = "x86_64")]
        if let Some(one) = memchr::arch::x86_64::sse2::memchr::One::new(wanted) {
            return one.find(chunk);
        }
        chunk.iter().position(|&byte| byte == wanted)
    };
    find(text, from, end, near, move |text| memchr(wanted, text))
}

/// The offset of the first byte that is one of two, from `from` on and before `end`.
#[inline]
pub(super) fn find_two(text: &[u8], from: usize, end: usize, wanted: [u8; 2]) -> Option<usize> {
    let [first, second] = wanted;
    let near = move |chunk: &Chunk| {
        #[cfg(target_arch = "x86_64")]
        if let Some(two) = memchr::arch::x86_64::sse2::memchr::Two::new(first, second) {
            return two.find(chunk);
        }
        chunk.iter().position(|byte| wanted.contains(byte))
    };
    find(text, from, end, near, move |text| {
        memchr2(first, second, text)
    })
}

/// The offset of the first byte that is one of three, from `from` on and before `end`.
#[inline]
pub(super) fn find_three(text: &[u8], from: usize, end: usize, wanted: [u8; 3]) -> Option<usize> {
    let [first, second, third] = wanted;
    let near = move |chunk: &Chunk| {
        #[cfg(target_arch = "x86_64")]
        if let Some(three) = memchr::arch::x86_64::sse2::memchr::Three::new(first, second, third) {
            return three.find(chunk);
        }
        chunk.iter().position(|byte| wanted.contains(byte))
    };
    find(text, from, end, near, move |text| {
        memchr3(first, second, third, text)
    })
}

/// Searches with `near` in chunks up to [`NEAR`] bytes, then with `far` in the rest. A chunk may
/// reach past `end`; a find there does not count.
#[inline]
fn find(
    text: &[u8],
    from: usize,
    end: usize,
    near: impl Fn(&Chunk) -> Option<usize>,
    far: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    if from >= end {
        return None;
    }
    let rest = text.get(from..)?;
    let (chunks, _) = rest[..rest.len().min(NEAR)].as_chunks();
    let mut at = from;
    for chunk in chunks {
        if let Some(length) = near(chunk) {
            return Some(at + length).filter(|&offset| offset < end);
        }
        at += CHUNK;
        if at >= end {
            return None;
        }
    }
    match text.last_chunk() {
        // The rest is shorter than a chunk: search the last 16 bytes, some of them a second time.
        Some(chunk) if at - from < NEAR && text.len() - CHUNK >= from => {
            let offset = text.len() - CHUNK + near(chunk)?;
            Some(offset).filter(|&offset| offset < end)
        }
        _ => find_far(text, at, end, far),
    }
}

#[cold]
#[inline(never)]
fn find_far(
    text: &[u8],
    from: usize,
    end: usize,
    far: impl Fn(&[u8]) -> Option<usize>,
) -> Option<usize> {
    far(text.get(from..end)?).map(|length| from + length)
}

/// The number of spaces from `from` on.
#[inline]
pub(super) fn count_spaces(text: &[u8], from: usize) -> usize {
    const SPACES: u128 = u128::from_le_bytes([b' '; CHUNK]);
    let mut at = from;
    while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk()) {
        let others = u128::from_le_bytes(*chunk) ^ SPACES;
        if others != 0 {
            return at - from + others.trailing_zeros() as usize / 8;
        }
        at += CHUNK;
    }
    at - from + count_last_spaces(text, at)
}

#[cold]
fn count_last_spaces(text: &[u8], from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    rest.iter().take_while(|&&byte| byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Searches a text for a byte that stands only at `at`, with several starts and ends.
    fn assert_found(length: usize, at: usize) {
        let mut text = vec![b'-'; length];
        text[at] = b':';
        for from in [0, at / 2, at, at + 1] {
            for end in [at, at + 1, (at + length) / 2 + 1, length] {
                let expected = (from..end.min(length)).contains(&at).then_some(at);
                let case = format!("{length} bytes, {at}, from {from} to {end}");
                assert_eq!(find_byte(&text, from, end, b':'), expected, "{case}");
                assert_eq!(find_two(&text, from, end, [b'#', b':']), expected, "{case}");
                let three = find_three(&text, from, end, [b'#', b':', b'|']);
                assert_eq!(three, expected, "{case}");
            }
        }
    }

    #[test]
    fn a_byte_is_found_at_every_offset_of_a_chunk() {
        for length in 1..=3 * CHUNK {
            for at in 0..length {
                assert_found(length, at);
            }
        }
    }

    #[test]
    fn a_byte_is_found_at_a_large_offset() {
        for length in NEAR - 1..NEAR + 2 * CHUNK {
            for at in NEAR - CHUNK - 1..length {
                assert_found(length, at);
            }
        }
    }

    #[test]
    fn spaces_are_counted_up_to_the_end() {
        for spaces in 0..3 * CHUNK {
            for rest in ["", "x", "\t \n", "key: a value that is longer than a chunk"] {
                let text = format!("x{}{rest}", " ".repeat(spaces));
                assert_eq!(count_spaces(text.as_bytes(), 1), spaces, "before {rest:?}");
            }
        }
    }
}
