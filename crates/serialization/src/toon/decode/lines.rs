//! Owns the lines of a document: comments and blank lines removed, depth counted, one line ahead.

use memchr::{memchr, memrchr};

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::options::{DecodeOptions, Mode};
use crate::toon::decode::word;

/// A line that is neither blank nor a comment. All places are bytes into the document.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    /// Where its content begins.
    pub(super) content: usize,
    /// Where its content ends: trailing spaces and the line's end are none.
    pub(super) end: usize,
    pub(super) depth: usize,
}

/// The lines that belong to one block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// The first line that lies less deep ends the block.
    pub(super) floor: usize,
    /// Where its own lines lie. It differs from the floor in a lenient reading only, where the
    /// first line lies too deep.
    pub(super) depth: usize,
}

pub(super) struct Lines<'de> {
    text: &'de str,
    /// Where the lines begin that are not scanned yet.
    unscanned: usize,
    ahead: Ahead,
    /// The line ahead, where there is one.
    line: Line,
    /// The depth of the items of the outermost array or keyed table that has had its first one,
    /// and that is not left yet. A blank line before a line that lies at least so deep stands
    /// inside of that array.
    span: usize,
    mode: Mode,
    indent: usize,
    /// The spaces before the last line that spaces alone indent, and its depth: most lines stand
    /// as deep as the one before, and a division costs.
    last: (usize, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ahead {
    Unknown,
    Line,
    End,
}

impl<'de> Lines<'de> {
    pub(super) fn new(text: &'de str, options: DecodeOptions) -> Self {
        Self {
            text,
            unscanned: 0,
            ahead: Ahead::Unknown,
            line: Line::default(),
            span: usize::MAX,
            mode: options.mode,
            indent: options.indent.spaces(),
            last: (0, 0),
        }
    }

    #[inline]
    pub(super) fn text(&self) -> &'de str {
        self.text
    }

    /// The next line, which stays the next.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<Line>, Fault> {
        if self.ahead == Ahead::Unknown {
            self.scan()?;
        }
        Ok((self.ahead == Ahead::Line).then_some(self.line))
    }

    /// Goes past the line that was last peeked at.
    #[inline]
    pub(super) fn advance(&mut self) {
        self.ahead = Ahead::Unknown;
    }

    /// The block of the lines that follow at a depth of at least `floor`.
    #[inline]
    pub(super) fn open(&mut self, floor: usize) -> Result<Scope, Fault> {
        match self.peek()? {
            Some(line) if line.depth > floor => match self.mode {
                Mode::Strict => Err(too_far_indented(line, floor)),
                Mode::Lenient => Ok(Scope {
                    floor,
                    depth: line.depth,
                }),
            },
            _ => Ok(Scope {
                floor,
                depth: floor,
            }),
        }
    }

    /// The next line of the block, which stays the next.
    #[inline]
    pub(super) fn peek_in(&mut self, scope: Scope) -> Result<Option<Line>, Fault> {
        match self.peek()? {
            Some(line) if line.depth == scope.depth => Ok(Some(line)),
            Some(line) if line.depth >= scope.floor => Err(too_far_indented(line, scope.depth)),
            _ => Ok(None),
        }
    }

    /// Begins, or goes on with, an array or a keyed table that has the items of `scope`.
    #[inline]
    pub(super) fn enter_span(&mut self, scope: Scope) {
        self.span = self.span.min(scope.depth);
    }

    /// The span in force, to be given back at the end of an array that may begin one.
    #[inline]
    pub(super) fn span(&self) -> usize {
        self.span
    }

    #[inline]
    pub(super) fn leave_span(&mut self, outer: usize) {
        self.span = outer;
    }

    /// Where the lines begin that are not taken yet.
    pub(super) fn position(&self) -> usize {
        match self.ahead {
            Ahead::Unknown => self.unscanned,
            Ahead::Line => self.beginning(self.line.content),
            Ahead::End => self.text.len(),
        }
    }

    /// Where the line begins that has `place` in it.
    pub(super) fn beginning(&self, place: usize) -> usize {
        memrchr(b'\n', &self.text.as_bytes()[..place]).map_or(0, |end| end + 1)
    }

    /// Goes on with the line that begins at `position`.
    pub(super) fn seek(&mut self, position: usize) {
        self.unscanned = position;
        self.ahead = Ahead::Unknown;
    }

    #[inline(never)]
    fn scan(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        let mut blank = None;
        while self.unscanned < bytes.len() {
            let start = self.unscanned;
            let spaces = word::count_spaces(bytes, start);
            let mut content = start + spaces;
            let mut end = match memchr(b'\n', &bytes[content..]) {
                Some(length) => content + length,
                None => bytes.len(),
            };
            self.unscanned = end + 1;
            if bytes[content..end].last() == Some(&b'\r') {
                end -= 1;
            }
            while bytes[content..end].last() == Some(&b' ') {
                end -= 1;
            }
            let depth = match bytes[content..end].first() {
                Some(b'#') => continue,
                Some(b'\t') => {
                    let tabbed = self.tabbed(content, end)?;
                    content += tabbed.length;
                    tabbed.tabs + (spaces + tabbed.spaces) / self.indent
                }
                _ if spaces == self.last.0 => self.last.1,
                _ => {
                    self.last = (spaces, spaces / self.indent);
                    self.last.1
                }
            };
            if content == end {
                blank.get_or_insert(start);
                continue;
            }
            if self.mode == Mode::Strict {
                if depth * self.indent != spaces {
                    let kind = DecodeErrorKind::PartialIndentation {
                        spaces,
                        indent: self.indent,
                    };
                    return Err(Fault::new(kind, content));
                }
                if let Some(blank) = blank
                    && depth >= self.span
                {
                    return Err(Fault::new(DecodeErrorKind::BlankLine, blank));
                }
            }
            self.line = Line {
                content,
                end,
                depth,
            };
            self.ahead = Ahead::Line;
            return Ok(());
        }
        self.ahead = Ahead::End;
        Ok(())
    }

    /// What indents a line from its first tab on. A line so indented is no comment (section 5.1).
    fn tabbed(&self, first_tab: usize, end: usize) -> Result<Tabbed, Fault> {
        if self.mode == Mode::Strict {
            return Err(Fault::new(DecodeErrorKind::TabInIndentation, first_tab));
        }
        let mut tabbed = Tabbed::default();
        for byte in &self.text.as_bytes()[first_tab..end] {
            match byte {
                b'\t' => tabbed.tabs += 1,
                b' ' => tabbed.spaces += 1,
                _ => break,
            }
            tabbed.length += 1;
        }
        Ok(tabbed)
    }
}

#[derive(Default)]
struct Tabbed {
    length: usize,
    tabs: usize,
    spaces: usize,
}

#[cold]
fn too_far_indented(line: Line, expected: usize) -> Fault {
    let kind = DecodeErrorKind::TooFarIndented {
        expected,
        found: line.depth,
    };
    Fault::new(kind, line.content)
}
