//! The fields of a header, with their groups: `{id,address{city,zip}}` (sections 6 and 9.3).

use std::borrow::Cow;
use std::collections::HashMap;

use crate::toon::decode::fault::Fault;
use crate::toon::decode::options::Mode;
use crate::toon::decode::quoted;
use crate::toon::{DecodeErrorKind, Delimiter, HeaderFlaw};

/// The limits for the fields of a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeaderLimits {
    pub(super) mode: Mode,
    /// The number of levels left for nested groups.
    pub(super) groups: usize,
    /// The limit of the options, for the error.
    pub(super) max: usize,
}

/// The fields of a header in preorder: a field, then the fields of its group, then its next
/// sibling.
///
/// For example, `{id,address{city,zip},age}` has 5 fields and 4 leaves:
///
/// ```text
/// index   0   1        2     3    4
/// name    id  address  city  zip  age
/// leaf    0   1        1     2    3
/// next    1   4        3     4    5
/// ```
#[derive(Debug)]
pub(super) struct Fields<'de> {
    pub(super) all: Vec<Field<'de>>,
    /// The number of leaves, which are the fields without a group. A row has one cell per leaf.
    pub(super) leaves: usize,
}

#[derive(Debug)]
pub(super) struct Field<'de> {
    pub(super) name: Cow<'de, str>,
    pub(super) offset: usize,
    /// The number of leaves before this field: the index of its first cell.
    pub(super) leaf: usize,
    /// The index of the next sibling.
    pub(super) next: usize,
    /// The index of the field with its value. It is the field itself, unless a lenient header has
    /// the name twice: the first field then takes the value of the last, and the others have
    /// `None`.
    pub(super) source: Option<usize>,
}

impl<'de> Fields<'de> {
    /// Parses the fields from `start`, which is after the opening brace, to the closing brace.
    /// Returns them with the offset after that brace.
    pub(super) fn parse(
        text: &'de str,
        start: usize,
        end: usize,
        delimiter: Delimiter,
        limits: HeaderLimits,
    ) -> Result<(Self, usize), Fault> {
        let mut parser = Parser {
            text,
            line: &text.as_bytes()[..end],
            delimiter: delimiter.as_byte(),
            limits,
            fields: Self {
                all: Vec::new(),
                leaves: 0,
            },
            open: Vec::new(),
        };
        let after = parser.parse(start)?;
        let mut fields = parser.fields;
        fields.resolve_duplicates(limits.mode)?;
        Ok((fields, after))
    }

    /// Finds duplicate names within each group. They are an error in strict mode; in lenient mode
    /// the last one wins.
    fn resolve_duplicates(&mut self, mode: Mode) -> Result<(), Fault> {
        let mut groups = Vec::new();
        let mut group = Some((0, self.all.len()));
        while let Some((start, end)) = group {
            let mut firsts = FirstFields::default();
            let mut at = start;
            while at < end {
                let next = self.all[at].next;
                if next > at + 1 {
                    groups.push((at + 1, next));
                }
                if let Some(first) = firsts.insert(&self.all, start, at) {
                    if mode == Mode::Strict {
                        let kind = DecodeErrorKind::DuplicateKey {
                            key: self.all[at].name.as_ref().into(),
                        };
                        return Err(Fault::new(kind, self.all[at].offset));
                    }
                    self.all[first].source = Some(at);
                    self.all[at].source = None;
                }
                at = next;
            }
            group = groups.pop();
        }
        Ok(())
    }
}

/// The first field of each name in a group. Up to [`Self::FEW`] names are compared one by one, more
/// through a hash map.
#[derive(Default)]
struct FirstFields {
    seen: usize,
    index: HashMap<Box<str>, usize>,
}

impl FirstFields {
    const FEW: usize = 16;

    /// Adds the field at `at`. Returns the first field of the same name, if there is an earlier
    /// one.
    fn insert(&mut self, all: &[Field<'_>], start: usize, at: usize) -> Option<usize> {
        let name = all[at].name.as_ref();
        self.seen += 1;
        if self.seen <= Self::FEW {
            return siblings(all, start, at).find(|&earlier| all[earlier].name == name);
        }
        if self.index.is_empty() {
            for earlier in siblings(all, start, at) {
                let name = all[earlier].name.as_ref().into();
                self.index.entry(name).or_insert(earlier);
            }
        }
        match self.index.get(name) {
            Some(&earlier) => Some(earlier),
            None => {
                self.index.insert(name.into(), at);
                None
            }
        }
    }
}

fn siblings(all: &[Field<'_>], start: usize, end: usize) -> impl Iterator<Item = usize> {
    std::iter::successors((start < end).then_some(start), move |&at| {
        Some(all[at].next).filter(|&next| next < end)
    })
}

/// The parser of fields. It keeps the open groups in `open` and does not recurse.
struct Parser<'a, 'de> {
    text: &'de str,
    line: &'a [u8],
    delimiter: u8,
    limits: HeaderLimits,
    fields: Fields<'de>,
    /// The indexes of the fields with an open group.
    open: Vec<usize>,
}

impl Parser<'_, '_> {
    fn parse(&mut self, start: usize) -> Result<usize, Fault> {
        let mut at = self.name(start)?;
        loop {
            match self.line.get(at) {
                Some(b'{') => {
                    self.open_group(at)?;
                    at = self.name(at + 1)?;
                    continue;
                }
                _ => self.close_leaf(),
            }
            loop {
                at = self.after_spaces(at);
                match self.line.get(at) {
                    Some(b'}') => {
                        at += 1;
                        let Some(group) = self.open.pop() else {
                            return Ok(at);
                        };
                        self.fields.all[group].next = self.fields.all.len();
                    }
                    Some(&byte) if byte == self.delimiter => break,
                    Some(b',' | b'|' | b'\t') => {
                        return Err(Fault::in_header(HeaderFlaw::OtherDelimiter, at));
                    }
                    Some(_) => return Err(Fault::in_header(HeaderFlaw::AfterField, at)),
                    None => return Err(Fault::in_header(HeaderFlaw::OpenBrace, at)),
                }
            }
            at = self.name(at + 1)?;
        }
    }

    /// Adds a field with the name at `start`, and returns the offset right after the name.
    fn name(&mut self, start: usize) -> Result<usize, Fault> {
        let offset = self.after_spaces(start);
        let (name, after) = if self.line.get(offset) == Some(&b'"') {
            let closing = quoted::closing_quote(self.line, offset, self.line.len())
                .ok_or_else(|| Fault::new(DecodeErrorKind::UnterminatedString, offset))?;
            let name = quoted::unescape(&self.text[offset + 1..closing], offset + 1)?;
            (name, closing + 1)
        } else {
            let end = self.line.len();
            let after = quoted::find_outside(self.line, end, self.find_delimiter(offset), |at| {
                self.find_delimiter(at)
            })
            .ok_or_else(|| Fault::in_header(HeaderFlaw::OpenBrace, end))?;
            let spaced = &self.text[offset..after];
            let name = spaced.trim_end_matches(' ');
            if name.is_empty() {
                return Err(Fault::in_header(HeaderFlaw::EmptyField, offset));
            }
            (Cow::Borrowed(name), offset + name.len())
        };
        let spaces_end = self.after_spaces(after);
        if spaces_end > after && self.line.get(spaces_end) == Some(&b'{') {
            return Err(Fault::in_header(HeaderFlaw::SpaceBeforeGroup, after));
        }
        let at = self.fields.all.len();
        self.fields.all.push(Field {
            name,
            offset,
            leaf: self.fields.leaves,
            next: at + 1,
            source: Some(at),
        });
        Ok(after)
    }

    /// The offset of the first byte, from `from` on, that ends a name or opens a quote.
    fn find_delimiter(&self, from: usize) -> Option<usize> {
        self.line
            .get(from..)?
            .iter()
            .position(|byte| matches!(byte, b'{' | b'}' | b',' | b'|' | b'\t' | b'"'))
            .map(|length| from + length)
    }

    fn open_group(&mut self, offset: usize) -> Result<(), Fault> {
        if self.open.len() >= self.limits.groups {
            let max = self.limits.max;
            return Err(Fault::new(DecodeErrorKind::TooDeep { max }, offset));
        }
        self.open.push(self.fields.all.len() - 1);
        Ok(())
    }

    fn close_leaf(&mut self) {
        self.fields.leaves += 1;
    }

    fn after_spaces(&self, start: usize) -> usize {
        let spaces = self.line[start.min(self.line.len())..]
            .iter()
            .take_while(|&&byte| byte == b' ')
            .count();
        start + spaces
    }
}
