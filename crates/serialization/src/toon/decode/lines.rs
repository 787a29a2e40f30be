//! The lines of a document, without comments and blank lines, each with its depth.
//!
//! [`Lines`] looks one line ahead: `peek` shows the next line, `next_in` takes it if it belongs to
//! the current block, and `taken` gives it again.

use memchr::memrchr;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::options::{DecodeOptions, Mode};
use crate::toon::decode::search;

/// A line that is neither blank nor a comment. The numbers are offsets in bytes into the document.
///
/// For example, `  tags[2]: a,b` at offset 0 has content 2, mark 6, end 14 and depth 1.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    /// The start of its content.
    pub(super) content: usize,
    /// Its first colon, opening bracket or quote, or its end if it has none. The class of the line
    /// depends on which of them comes first.
    pub(super) mark: usize,
    /// The end of its content, before trailing spaces and the line ending.
    pub(super) end: usize,
    /// The number of levels that it is indented.
    pub(super) depth: usize,
}

/// The depth of the lines of one block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// The lowest depth of the block: the first line with a lower depth ends the block.
    pub(super) floor: usize,
    /// The depth of its own lines. It differs from `floor` only in lenient mode, if the first line
    /// is too deep: the block takes the depth of that line.
    pub(super) depth: usize,
}

pub(super) struct Lines<'de> {
    text: &'de str,
    /// The offset of the first line that is not scanned yet.
    unscanned: usize,
    ahead: Ahead,
    /// The line ahead if `ahead` is `Line`; the last line taken if it is `Unknown`.
    line: Line,
    /// The depth of the elements of the outermost open array or keyed table that has had its first
    /// element, or `usize::MAX` without one. A blank line lies inside that array if the next line
    /// is at least as deep.
    span: usize,
    mode: Mode,
    indent: usize,
    /// 65,536 divided by the spaces per level, rounded up. A multiplication with it replaces a
    /// division: 6 spaces with 2 per level give 6 × 32,768 / 65,536 = 3 levels.
    levels_by_space: usize,
}

/// The state of the lookahead.
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
            levels_by_space: (1_usize << 16).div_ceil(options.indent.spaces()),
        }
    }

    #[inline]
    pub(super) fn text(&self) -> &'de str {
        self.text
    }

    /// The next line, without taking it.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<&Line>, Fault> {
        if self.ahead == Ahead::Unknown {
            self.scan()?;
        }
        Ok((self.ahead == Ahead::Line).then_some(&self.line))
    }

    /// Takes the line that `peek` returned.
    #[inline]
    pub(super) fn advance(&mut self) {
        self.ahead = Ahead::Unknown;
    }

    /// The line last taken. It is valid only until the next `peek`.
    #[inline]
    pub(super) fn taken(&self) -> &Line {
        &self.line
    }

    /// Splits the line last taken at `content`: its rest becomes the next line, one level deeper.
    /// In `- id: 7`, the field `id: 7` becomes a line of its own (section 10).
    #[inline]
    pub(super) fn put_back(&mut self, content: usize) {
        self.line.content = content;
        self.line.depth += 1;
        self.ahead = Ahead::Line;
    }

    /// The scope of the block of the following lines at a depth of at least `floor`.
    #[inline]
    pub(super) fn open(&mut self, floor: usize) -> Result<Scope, Fault> {
        let mode = self.mode;
        match self.peek()? {
            Some(line) if line.depth > floor => match mode {
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

    /// Takes the next line of the block. Returns `false` at its end.
    #[inline]
    pub(super) fn next_in(&mut self, scope: Scope) -> Result<bool, Fault> {
        match self.peek()? {
            Some(line) if line.depth == scope.depth => {
                self.advance();
                Ok(true)
            }
            Some(line) if line.depth >= scope.floor => Err(too_far_indented(line, scope.depth)),
            _ => Ok(false),
        }
    }

    /// Notes that an array or a keyed table with elements in `scope` has had an element.
    #[inline]
    pub(super) fn enter_span(&mut self, scope: Scope) {
        self.span = self.span.min(scope.depth);
    }

    /// The current span. An array saves it at its start and gives it to `leave_span` at its end.
    #[inline]
    pub(super) fn span(&self) -> usize {
        self.span
    }

    #[inline]
    pub(super) fn leave_span(&mut self, outer: usize) {
        self.span = outer;
    }

    /// The offset of the first line that is not taken yet.
    pub(super) fn position(&self) -> usize {
        match self.ahead {
            Ahead::Unknown => self.unscanned,
            Ahead::Line => self.beginning(self.line.content),
            Ahead::End => self.text.len(),
        }
    }

    /// The offset of the line that contains `offset`.
    pub(super) fn beginning(&self, offset: usize) -> usize {
        memrchr(b'\n', &self.text.as_bytes()[..offset]).map_or(0, |end| end + 1)
    }

    /// Moves to the line that begins at `position`.
    pub(super) fn seek(&mut self, position: usize) {
        self.unscanned = position;
        self.ahead = Ahead::Unknown;
    }

    /// Finds the next line. Comments, blank lines and irregular indentation go to `scan_slowly`.
    #[inline(never)]
    fn scan(&mut self) -> Result<(), Fault> {
        /// For up to this many spaces, the multiplication gives the exact level with any indent.
        const FEW: usize = 1 << 10;
        let bytes = self.text.as_bytes();
        let spaces = search::count_spaces(bytes, self.unscanned);
        let content = self.unscanned + spaces;
        match bytes.get(content) {
            Some(b'\t' | b'\n' | b'\r' | b'#') | None => self.scan_slowly(),
            Some(_) => {
                let depth = (spaces.min(FEW) * self.levels_by_space) >> 16;
                if depth * self.indent != spaces {
                    return self.scan_slowly();
                }
                self.take(content, depth);
                Ok(())
            }
        }
    }

    /// Finds the next line after any comments and blank lines, with any indentation.
    #[cold]
    fn scan_slowly(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        let mut blank = None;
        while self.unscanned < bytes.len() {
            let start = self.unscanned;
            let spaces = search::count_spaces(bytes, start);
            let mut content = start + spaces;
            let end = trim_end(bytes, content, find_feed(bytes, content));
            let depth = match bytes[content..end].first() {
                Some(b'#') => {
                    self.skip_line(end);
                    continue;
                }
                Some(b'\t') => {
                    let tabbed = self.tabbed(content, end)?;
                    content += tabbed.length;
                    tabbed.tabs + (spaces + tabbed.spaces) / self.indent
                }
                _ => spaces / self.indent,
            };
            if content == end {
                self.skip_line(end);
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
            self.take(content, depth);
            return Ok(());
        }
        self.ahead = Ahead::End;
        Ok(())
    }

    /// Makes the line with its content at `content` the line ahead.
    #[inline(always)]
    fn take(&mut self, content: usize, depth: usize) {
        let bytes = self.text.as_bytes();
        let feed = find_feed(bytes, content);
        self.unscanned = (feed + 1).min(bytes.len());
        let end = match bytes[feed - 1] {
            b' ' | b'\r' => trim_end(bytes, content, feed),
            _ => feed,
        };
        let mark = search::find_three(bytes, content, end, [b':', b'[', b'"']).unwrap_or(end);
        self.line = Line {
            content,
            mark,
            end,
            depth,
        };
        self.ahead = Ahead::Line;
    }

    fn skip_line(&mut self, end: usize) {
        let bytes = self.text.as_bytes();
        self.unscanned = (find_feed(bytes, end) + 1).min(bytes.len());
    }

    /// The rest of a line's indentation from its first tab on, in lenient mode. A line indented
    /// with a tab is never a comment (section 5.1).
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

/// The length of an indentation, and the numbers of its tabs and spaces.
#[derive(Default)]
struct Tabbed {
    length: usize,
    tabs: usize,
    spaces: usize,
}

#[cold]
fn too_far_indented(line: &Line, expected: usize) -> Fault {
    let kind = DecodeErrorKind::TooFarIndented {
        expected,
        found: line.depth,
    };
    Fault::new(kind, line.content)
}

/// The offset of the next line feed, or of the end of the text.
#[inline]
fn find_feed(text: &[u8], from: usize) -> usize {
    search::find_byte(text, from, text.len(), b'\n').unwrap_or(text.len())
}

/// The end of the content of a line with its line feed at `feed`.
fn trim_end(text: &[u8], content: usize, feed: usize) -> usize {
    let line = &text[content..feed];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let spaces = line.iter().rev().take_while(|&&byte| byte == b' ').count();
    content + line.len() - spaces
}
