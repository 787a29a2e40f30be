//! Reads the lines of an export in pieces of any size, and checks each of them.

use shared_kernel::{GlobalPosition, NewEvent, RecordedEvent};

use crate::error::{BadLine, LineProblem};
use crate::line::{FORMAT, Header, TRAILER, Trailer, event_of, format_of};
use crate::seal::Seal;

/// The longest line: JSON writes a control character of a payload as six.
const MAX_LINE: usize = 6 * NewEvent::MAX_PAYLOAD_BYTES + 1024 * 1024;

/// A line that was read.
pub(crate) enum Read {
    Header(Header),
    Event(RecordedEvent),
    Trailer(Trailer),
}

/// The state of the reader.
#[derive(Default)]
pub(crate) struct Reader {
    seal: Seal,
    /// The beginning of a line that has no end yet.
    rest: Vec<u8>,
    /// The number of lines that were read.
    lines: u64,
    events: u64,
    /// The position of the next event; `None` before the first line.
    due: Option<GlobalPosition>,
    is_finished: bool,
}

impl Reader {
    /// Reads the next line from `bytes`, and shortens them by it; `None` if they have no whole line
    /// any more.
    pub(crate) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Read>, BadLine> {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            self.rest.extend_from_slice(bytes);
            *bytes = &[];
            return match self.rest.len() {
                0..=MAX_LINE => Ok(None),
                _ => Err(self.bad(LineProblem::TooLong)),
            };
        };
        let (line, after) = bytes.split_at(end);
        *bytes = &after[1..];
        let mut whole = std::mem::take(&mut self.rest);
        whole.extend_from_slice(line);
        let read = self.read(&mut whole).map_err(|problem| self.bad(problem))?;
        self.lines += 1;
        Ok(Some(read))
    }

    /// Whether the export is whole. A line break after the last line may be missing.
    pub(crate) fn finish(&mut self) -> Result<Option<Read>, BadLine> {
        let last = match self.rest.is_empty() {
            true => None,
            false => match self.next(&mut &b"\n"[..]) {
                Err(BadLine {
                    problem: LineProblem::Changed | LineProblem::Malformed(_),
                    ..
                }) => return Err(self.bad(LineProblem::Cut)),
                last => last?,
            },
        };
        match self.is_finished {
            true => Ok(last),
            false if self.lines == 0 => Err(self.bad(LineProblem::NotAnExport)),
            false => Err(self.bad(LineProblem::Cut)),
        }
    }

    fn read(&mut self, line: &mut Vec<u8>) -> Result<Read, LineProblem> {
        if self.is_finished {
            return Err(LineProblem::AfterTheEnd);
        }
        let Some(due) = self.due else {
            return self.read_header(line);
        };
        if line.starts_with(TRAILER) {
            return self.read_trailer(line, due);
        }
        let fits = self.seal.open(line);
        let event = event_of(line);
        match event {
            // This also fails the check, and says more.
            Ok(event) if event.position != due => Err(LineProblem::OutOfPlace {
                found: event.position,
                due,
            }),
            _ if !fits => Err(LineProblem::Changed),
            Err(problem) => Err(LineProblem::Malformed(problem)),
            Ok(event) => {
                self.events += 1;
                self.due = Some(due.next().unwrap_or(due));
                Ok(Read::Event(event))
            }
        }
    }

    fn read_header(&mut self, line: &mut Vec<u8>) -> Result<Read, LineProblem> {
        match format_of(line) {
            None => return Err(LineProblem::NotAnExport),
            Some(found) if found != FORMAT => {
                let known = FORMAT;
                return Err(LineProblem::OtherFormat { found, known });
            }
            Some(_) => {}
        }
        if !self.seal.open(line) {
            return Err(LineProblem::Changed);
        }
        let header: Header = serde_json::from_slice(line).map_err(malformed)?;
        let is_beginning = header.first <= GlobalPosition::FIRST;
        if header.first == GlobalPosition::START || header.after.is_none() != is_beginning {
            let problem = "`first` and `after` contradict each other";
            return Err(LineProblem::Malformed(problem.to_owned()));
        }
        self.due = Some(header.first);
        Ok(Read::Header(header))
    }

    fn read_trailer(&mut self, line: &[u8], due: GlobalPosition) -> Result<Read, LineProblem> {
        let trailer: Trailer = serde_json::from_slice(line).map_err(malformed)?;
        let expected = Trailer {
            events: self.events,
            last: due.previous().unwrap_or(GlobalPosition::START),
            sha256: self.seal.sum(),
        };
        if trailer != expected {
            return Err(LineProblem::Trailer(format!(
                "it has {} events up to position {}, and the lines have {} up to {}, or its SHA-256 \
                 is another one",
                trailer.events, trailer.last, expected.events, expected.last
            )));
        }
        self.is_finished = true;
        Ok(Read::Trailer(trailer))
    }

    /// The error of the line that was to be read next.
    fn bad(&self, problem: LineProblem) -> BadLine {
        let line = self.lines + 1;
        BadLine { line, problem }
    }
}

fn malformed(error: serde_json::Error) -> LineProblem {
    LineProblem::Malformed(error.to_string())
}
