//! The state of the decoder that all levels of a document share.

use crate::toon::DecodeErrorKind;
use crate::toon::decode::duplicates::Duplicates;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::fields::HeaderLimits;
use crate::toon::decode::lines::{Lines, Scope};
use crate::toon::decode::options::{DecodeOptions, Mode};

pub(super) struct Reader<'de> {
    pub(super) lines: Lines<'de>,
    /// The keys of all open objects as the document has them, those of the innermost object last.
    pub(super) keys: Vec<&'de str>,
    pub(super) duplicates: Duplicates,
    options: DecodeOptions,
    /// The number of open arrays and objects.
    level: usize,
}

impl<'de> Reader<'de> {
    pub(super) fn new(text: &'de str, options: DecodeOptions, duplicates: Duplicates) -> Self {
        Self {
            lines: Lines::new(text, options),
            keys: Vec::new(),
            duplicates,
            options,
            level: 0,
        }
    }

    #[inline]
    pub(super) fn text(&self) -> &'de str {
        self.lines.text()
    }

    #[inline]
    pub(super) fn is_strict(&self) -> bool {
        self.options.mode == Mode::Strict
    }

    /// Enters an array or an object.
    #[inline]
    pub(super) fn enter(&mut self) -> Result<(), Fault> {
        let max = self.options.max_depth.levels();
        if self.level >= max {
            return Err(Fault::without_offset(DecodeErrorKind::TooDeep { max }));
        }
        self.level += 1;
        Ok(())
    }

    /// Enters the block of the following lines at a depth of at least `floor`.
    #[inline]
    pub(super) fn open(&mut self, floor: usize) -> Result<Scope, Fault> {
        self.enter()?;
        self.lines.open(floor)
    }

    #[inline]
    pub(super) fn leave(&mut self) {
        self.level -= 1;
    }

    /// The limits for the header of a table. The table and its rows take two levels; the rest is
    /// for groups of fields.
    #[inline]
    pub(super) fn limits(&self) -> HeaderLimits {
        let max = self.options.max_depth.levels();
        HeaderLimits {
            mode: self.options.mode,
            groups: max.saturating_sub(self.level + 2),
            max,
        }
    }

    /// The number of declared elements that can still follow. A header may declare any number, but
    /// each element takes at least one byte of the rest of the document.
    #[inline]
    pub(super) fn plausible(&self, declared: u64) -> usize {
        let rest = self.text().len().saturating_sub(self.lines.position());
        usize::try_from(declared).map_or(rest, |declared| declared.min(rest))
    }

    /// Checks the length of an array at its end, in strict mode.
    #[inline]
    pub(super) fn check_length(&self, declared: u64, found: u64) -> Result<(), Fault> {
        if declared == found || !self.is_strict() {
            return Ok(());
        }
        Err(Fault::without_offset(DecodeErrorKind::LengthMismatch {
            declared,
            found,
        }))
    }

    /// Checks, in strict mode, that another element may follow after `found` of them.
    #[inline]
    pub(super) fn check_one_more(
        &self,
        declared: u64,
        found: u64,
        offset: usize,
    ) -> Result<(), Fault> {
        if found < declared || !self.is_strict() {
            return Ok(());
        }
        let kind = DecodeErrorKind::LengthMismatch {
            declared,
            found: found.saturating_add(1),
        };
        Err(Fault::new(kind, offset))
    }
}
