//! Owns the text on its way out: lines, strings, keys and numbers, in memory or through a buffer.

use std::io;

use super::fault::Fault;
use super::quoting::{self, Quoting};
use crate::toon::{Delimiter, EncodeOptions};

/// How much text is kept before it is handed to a writer.
const BUFFERED: usize = 16 * 1024;

/// A document under construction.
pub(super) struct Output<'w> {
    text: String,
    writer: Option<&'w mut dyn io::Write>,
    /// The length from which on the text goes to the writer.
    limit: usize,
    is_started: bool,
    delimiter: Delimiter,
    indent: usize,
}

impl<'w> Output<'w> {
    /// Text that is kept, with room for as many bytes as it will presumably have.
    pub(super) fn in_memory(options: EncodeOptions, capacity: usize) -> Self {
        Self::new(options, None, usize::MAX, capacity)
    }

    /// Text that goes to a writer, piece by piece.
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

    /// The text that has not gone to a writer.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Hands all text to the writer.
    pub(super) fn flush(&mut self) -> Result<(), Fault> {
        if let Some(writer) = &mut self.writer {
            writer.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    /// Hands the text to the writer if there is much of it. What has been handed over cannot be
    /// taken back, so that nothing calls this within the row of a table.
    #[inline]
    pub(super) fn flush_if_full(&mut self) -> Result<(), Fault> {
        if self.text.len() >= self.limit {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// How much text there is that can be taken back.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The text from a place that is still here.
    pub(super) fn since(&self, start: usize) -> &str {
        &self.text[start..]
    }

    /// The text from a place that is still here to the end of its line.
    pub(super) fn line_from(&self, start: usize) -> &str {
        let rest = &self.text[start..];
        rest.split_once('\n').map_or(rest, |(line, _)| line)
    }

    /// Takes back all but so much text.
    pub(super) fn truncate(&mut self, length: usize) {
        self.text.truncate(length);
    }

    /// Begins a line at a level of indentation.
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

    /// Text that is part of the notation.
    #[inline]
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Text that has been written before.
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

    /// A string that is the whole document: a reader would take a leading U+FEFF for a byte-order
    /// mark, unless it stands in quotes.
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

    /// Text in this quoting.
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

    /// The bracket of a header, from `[` to `]`; that of a keyed table has a colon (section 6).
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

    /// Makes room where what was foreseen does not suffice: by a quarter instead of doubling, which
    /// would need three times the text for a moment. There is always some more room, for numbers and
    /// for what stands between values.
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
