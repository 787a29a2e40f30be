//! Owns the lines of a block that has a declared length: items, rows or entries.

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::{Line, Scope};
use crate::toon::decode::reader::Reader;

/// Lines that are counted, and between which no blank line may stand.
pub(super) struct Counted {
    scope: Scope,
    declared: u64,
    found: u64,
    outer_span: usize,
}

impl Counted {
    #[inline]
    pub(super) fn open(
        reader: &mut Reader<'_>,
        floor: usize,
        declared: u64,
    ) -> Result<Self, Fault> {
        Ok(Self {
            scope: reader.lines.open(floor)?,
            declared,
            found: 0,
            outer_span: reader.lines.span(),
        })
    }

    /// Takes the next line, if the block has one; its end is where the length is checked.
    #[inline]
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<Option<Line>, Fault> {
        let Some(line) = reader.lines.peek_in(self.scope)? else {
            reader.check_length(self.declared, self.found)?;
            return Ok(None);
        };
        reader.check_one_more(self.declared, self.found, line.content)?;
        reader.lines.enter_span(self.scope);
        reader.lines.advance();
        self.found = self.found.saturating_add(1);
        Ok(Some(line))
    }

    /// Checks that a visitor has taken all lines, and leaves the block.
    pub(super) fn finish<T>(
        &mut self,
        reader: &mut Reader<'_>,
        value: Result<T, Fault>,
    ) -> Result<T, Fault> {
        let left = match value {
            Ok(_) => self.next(reader),
            Err(_) => Ok(None),
        };
        reader.lines.leave_span(self.outer_span);
        match left? {
            Some(line) => Err(Fault::new(DecodeErrorKind::ElementsLeft, line.content)),
            None => value,
        }
    }

    /// How many lines are declared that are not taken yet, as far as the document can have them.
    #[inline]
    pub(super) fn size_hint(&self, reader: &Reader<'_>) -> usize {
        reader.plausible(self.declared.saturating_sub(self.found))
    }
}
