//! Headers: the brackets and braces that declare an array or a keyed table (section 6).

use crate::toon::decode::fault::Fault;
use crate::toon::decode::fields::{Fields, HeaderLimits};
use crate::toon::{Delimiter, HeaderFlaw};

/// A header from its bracket to its colon: `[2]:`, `[2|]{id,name}:` or `[2:]{id,name}:`.
#[derive(Debug)]
pub(super) struct Header<'de> {
    pub(super) length: u64,
    pub(super) keyed: bool,
    pub(super) delimiter: Delimiter,
    pub(super) fields: Option<Fields<'de>>,
}

impl<'de> Header<'de> {
    /// Parses the header with its bracket at `bracket`. Returns it with the offset after its colon.
    pub(super) fn parse(
        text: &'de str,
        bracket: usize,
        end: usize,
        limits: HeaderLimits,
    ) -> Result<(Self, usize), Fault> {
        let line = &text.as_bytes()[..end];
        let segment = bracket + 1;
        let (length, after_length) =
            length(line, segment).ok_or_else(|| Fault::in_header(HeaderFlaw::Brackets, segment))?;
        let keyed = line.get(after_length) == Some(&b':');
        let symbol = after_length + usize::from(keyed);
        let (delimiter, closing) = match line.get(symbol) {
            Some(b'\t') => (Delimiter::Tab, symbol + 1),
            Some(b'|') => (Delimiter::Pipe, symbol + 1),
            _ => (Delimiter::Comma, symbol),
        };
        if line.get(closing) != Some(&b']') {
            return Err(Fault::in_header(HeaderFlaw::Brackets, segment));
        }
        let mut colon = closing + 1;
        let mut fields = None;
        if line.get(colon) == Some(&b'{') {
            let (parsed, after) = Fields::parse(text, colon + 1, end, delimiter, limits)?;
            fields = Some(parsed);
            colon = after;
        }
        if line.get(colon) != Some(&b':') {
            return Err(Fault::in_header(HeaderFlaw::NoColon, colon));
        }
        if keyed && fields.is_none() {
            return Err(Fault::in_header(HeaderFlaw::KeyedWithoutFields, colon));
        }
        let header = Self {
            length,
            keyed,
            delimiter,
            fields,
        };
        Ok((header, colon + 1))
    }
}

/// Reads a length without leading zeros, and returns it with the offset after it. A length past 64
/// bits becomes `u64::MAX`: no document has so many elements.
fn length(line: &[u8], start: usize) -> Option<(u64, usize)> {
    let digits = line
        .get(start..)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let end = start + digits;
    if digits == 0 || (line[start] == b'0' && digits > 1) {
        return None;
    }
    let length = line[start..end].iter().fold(0_u64, |length, digit| {
        length
            .saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    });
    Some((length, end))
}
