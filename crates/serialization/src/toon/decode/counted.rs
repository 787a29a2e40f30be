//! The lines of a block with a declared length: items, rows or entries.

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::lines::Scope;
use crate::toon::decode::reader::Reader;

/// Counts the lines of a block and compares the count with the declared length. A strict decoder
/// refuses blank lines between them.
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
            scope: reader.open(floor)?,
            declared,
            found: 0,
            outer_span: reader.lines.span(),
        })
    }

    /// Takes the next line of the block. Returns `false` at its end, after a check of the length.
    #[inline]
    pub(super) fn next(&mut self, reader: &mut Reader<'_>) -> Result<bool, Fault> {
        if !reader.lines.next_in(self.scope)? {
            reader.check_length(self.declared, self.found)?;
            return Ok(false);
        }
        let offset = reader.lines.taken().content;
        reader.check_one_more(self.declared, self.found, offset)?;
        reader.lines.enter_span(self.scope);
        self.found = self.found.saturating_add(1);
        Ok(true)
    }

    /// Leaves the block. Lines that the visitor has not taken are an error, unless it failed
    /// itself.
    pub(super) fn finish(
        &mut self,
        reader: &mut Reader<'_>,
        has_failed: bool,
    ) -> Result<(), Fault> {
        let left = if has_failed {
            Ok(false)
        } else {
            self.next(reader)
        };
        reader.leave();
        reader.lines.leave_span(self.outer_span);
        if left? {
            let offset = reader.lines.taken().content;
            return Err(Fault::new(DecodeErrorKind::ElementsLeft, offset));
        }
        Ok(())
    }

    /// The number of declared lines that are not taken yet, at most as many as fit in the rest of
    /// the document.
    #[inline]
    pub(super) fn size_hint(&self, reader: &Reader<'_>) -> usize {
        reader.plausible(self.declared.saturating_sub(self.found))
    }
}
