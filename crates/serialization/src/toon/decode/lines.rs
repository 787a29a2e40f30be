//! Owns the lines of a document: comments and blank lines removed, depth counted, one line ahead.

use memchr::memrchr;

use crate::toon::DecodeErrorKind;
use crate::toon::decode::fault::Fault;
use crate::toon::decode::options::{DecodeOptions, Mode};
use crate::toon::decode::search;

/// A line that is neither blank nor a comment. All places are bytes into the document.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    /// Where its content begins.
    pub(super) content: usize,
    /// Where its first colon, opening bracket or quote stands; its end where it has none. What a
    /// line is depends on which of them comes first.
    pub(super) mark: usize,
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
    /// The line ahead, or the last one that was taken where it is not known what is ahead.
    line: Line,
    /// The depth of the items of the outermost array or keyed table that has had its first one,
    /// and that is not left yet. A blank line before a line that lies at least so deep stands
    /// inside of that array.
    span: usize,
    mode: Mode,
    indent: usize,
    /// What a few spaces are multiplied with in place of a division: 65,536 by those of a level,
    /// rounded up.
    levels_by_space: usize,
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
            levels_by_space: (1_usize << 16).div_ceil(options.indent.spaces()),
        }
    }

    #[inline]
    pub(super) fn text(&self) -> &'de str {
        self.text
    }

    /// The next line, which stays the next.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<&Line>, Fault> {
        if self.ahead == Ahead::Unknown {
            self.scan()?;
        }
        Ok((self.ahead == Ahead::Line).then_some(&self.line))
    }

    /// Goes past the line that was last peeked at.
    #[inline]
    pub(super) fn advance(&mut self) {
        self.ahead = Ahead::Unknown;
    }

    /// The line that was last taken, as long as no other was looked for.
    #[inline]
    pub(super) fn taken(&self) -> &Line {
        &self.line
    }

    /// Makes what stands from `content` on in the line last taken a line of its own, a level
    /// deeper, which is the next (section 10).
    #[inline]
    pub(super) fn put_back(&mut self, content: usize) {
        self.line.content = content;
        self.line.depth += 1;
        self.ahead = Ahead::Line;
    }

    /// The block of the lines that follow at a depth of at least `floor`.
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

    /// Takes the next line of the block, if it has one.
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
    pub(super) fn beginning(&self, offset: usize) -> usize {
        memrchr(b'\n', &self.text.as_bytes()[..offset]).map_or(0, |end| end + 1)
    }

    /// Goes on with the line that begins at `position`.
    pub(super) fn seek(&mut self, position: usize) {
        self.unscanned = position;
        self.ahead = Ahead::Unknown;
    }

    /// Looks for the next line.
    #[inline(never)]
    fn scan(&mut self) -> Result<(), Fault> {
        /// Below, the product is exact for any indentation that there is.
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

    /// Looks for the next line where comments and blank lines may come first, and where it may be
    /// indented in any way.
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

    /// Makes the line ahead the one that has its first character at `content`.
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
fn too_far_indented(line: &Line, expected: usize) -> Fault {
    let kind = DecodeErrorKind::TooFarIndented {
        expected,
        found: line.depth,
    };
    Fault::new(kind, line.content)
}

/// Where the line feed stands, or the text ends.
#[inline]
fn find_feed(text: &[u8], from: usize) -> usize {
    search::find_byte(text, from, text.len(), b'\n').unwrap_or(text.len())
}

/// Where the content of a line ends that has its line feed at `feed`.
fn trim_end(text: &[u8], content: usize, feed: usize) -> usize {
    let line = &text[content..feed];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let spaces = line.iter().rev().take_while(|&&byte| byte == b' ').count();
    content + line.len() - spaces
}
