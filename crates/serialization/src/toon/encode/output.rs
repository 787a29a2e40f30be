//! The output of the encoder: lines, strings, keys and numbers, in memory or to a writer.

use std::io;

use super::fault::Fault;
use super::quoting::{self, Quoting};
use crate::toon::{Delimiter, EncodeOptions};

/// The number of bytes that are buffered before they go to a writer.
const BUFFERED: usize = 16 * 1024;

/// A document under construction.
pub(super) struct Output<'w> {
    text: String,
    writer: Option<&'w mut dyn io::Write>,
    /// The length at which the buffered text goes to the writer.
    limit: usize,
    /// Whether the first line has begun. Only that line has no newline before it.
    is_started: bool,
    delimiter: Delimiter,
    indent: usize,
}

impl<'w> Output<'w> {
    /// An output in memory, with an estimate of the text's length.
    pub(super) fn in_memory(options: EncodeOptions, capacity: usize) -> Self {
        Self::new(options, None, usize::MAX, capacity)
    }

    /// An output that goes to a writer piece by piece.
    pub(super) fn through(options: EncodeOptions, writer: &'w mut dyn io::Write) -> Self {
        Self::new(options, Some(writer), BUFFERED, BUFFERED + BUFFERED / 4)
    }

    fn new(
        options: EncodeOptions,
        writer: Option<&'w mut dyn io::Write>,
        limit: usize,
        capacity: usize,
    ) -> Self {
        Self {
            text: String::with_capacity(capacity),
            writer,
            limit,
            is_started: false,
            delimiter: options.delimiter,
            indent: options.indent.spaces(),
        }
    }

    /// The text that has not gone to a writer: all of it for an output in memory.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Writes the buffered text to the writer.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        if let Some(writer) = &mut self.writer {
            writer.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    /// Writes the buffered text to the writer once it has reached the limit.
    ///
    /// Do not call this within the row of a table: `Table::row` may have to remove the start of a
    /// row with [`Output::truncate`], and written text cannot be removed.
    #[inline]
    pub(super) fn flush_if_full(&mut self) -> Result<(), Fault> {
        if self.text.len() >= self.limit {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// The length of the buffered text.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The buffered text from `start` on.
    pub(super) fn since(&self, start: usize) -> &str {
        &self.text[start..]
    }

    /// The buffered text from `start` to the end of its line.
    pub(super) fn line_from(&self, start: usize) -> &str {
        let rest = &self.text[start..];
        rest.split_once('\n').map_or(rest, |(line, _)| line)
    }

    /// Removes the buffered text after `length`.
    pub(super) fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
    }

    /// Begins a line: a newline, and the indentation of `level`.
    #[inline]
    pub(super) fn line(&mut self, level: usize) -> Result<(), Fault> {
        const LINE: &str = "\n                                                                ";
        self.flush_if_full()?;
        let mut spaces = level * self.indent;
        self.reserve(spaces + 1);
        let newline = usize::from(!std::mem::replace(&mut self.is_started, true));
        let first = spaces.min(LINE.len() - 1);
        self.text.push_str(&LINE[newline..=first]);
        spaces -= first;
        while spaces > 0 {
            let more = spaces.min(LINE.len() - 1);
            self.text.push_str(&LINE[1..=more]);
            spaces -= more;
        }
        Ok(())
    }

    /// Writes a short text of the notation, such as `": "`, into the reserve of `reserve`.
    #[inline]
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Writes a text of any length as it is.
    #[inline]
    pub(super) fn verbatim(&mut self, text: &str) {
        self.reserve(text.len());
        self.raw(text);
    }

    #[inline]
    pub(super) fn delimiter(&mut self) {
        self.raw(match self.delimiter {
            Delimiter::Comma => ",",
            Delimiter::Tab => "\t",
            Delimiter::Pipe => "|",
        });
    }

    #[inline]
    pub(super) fn string(&mut self, text: &str) {
        self.quoted(text, quoting::of_string(text, self.delimiter));
    }

    /// Writes a string that is the whole document. One that begins with U+FEFF is quoted, because a
    /// reader would take that character for a byte-order mark.
    pub(super) fn root_string(&mut self, text: &str) {
        match quoting::of_string(text, self.delimiter) {
            Quoting::Bare if text.starts_with('\u{FEFF}') => self.quoted(text, Quoting::Quoted),
            quoting => self.quoted(text, quoting),
        }
    }

    #[inline]
    pub(super) fn key(&mut self, key: &str) {
        self.quoted(key, quoting::of_key(key));
    }

    #[inline]
    fn quoted(&mut self, text: &str, quoting: Quoting) {
        self.reserve(text.len() + 2);
        match quoting {
            Quoting::Bare => self.raw(text),
            Quoting::Quoted => {
                self.raw("\"");
                self.raw(text);
                self.raw("\"");
            }
            Quoting::Escaped => self.escaped(text),
        }
    }

    fn escaped(&mut self, text: &str) {
        self.reserve(quoting::escaped_len(text) + 2);
        self.raw("\"");
        quoting::push_escaped(&mut self.text, text);
        self.raw("\"");
    }

    #[inline]
    pub(super) fn boolean(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    #[inline]
    pub(super) fn integer(&mut self, value: impl itoa::Integer) {
        self.reserve(0);
        self.raw(itoa::Buffer::new().format(value));
    }

    #[inline]
    pub(super) fn float(&mut self, value: impl super::number_text::Float) {
        self.reserve(0);
        super::number_text::push_float(&mut self.text, value);
    }

    /// Writes the bracket of a header: `[2]`, `[2|]`, or `[2:]` for a keyed table (section 6).
    pub(super) fn bracket(&mut self, length: usize, is_keyed: bool) {
        self.raw("[");
        self.integer(length);
        if is_keyed {
            self.raw(":");
        }
        if self.delimiter != Delimiter::Comma {
            self.delimiter();
        }
        self.raw("]");
    }

    /// Reserves memory for `bytes`, and 64 more for a number and the notation around values.
    ///
    /// If the estimate was too low, the memory grows by a quarter. Doubling would need three times
    /// the text for a moment, because the old and the new memory exist side by side.
    #[inline]
    fn reserve(&mut self, bytes: usize) {
        let bytes = bytes + 64;
        if self.text.capacity() - self.text.len() < bytes {
            self.grow(bytes);
        }
    }

    #[cold]
    fn grow(&mut self, bytes: usize) {
        self.text.reserve_exact(bytes.max(self.text.len() / 4));
    }
}
