//! The line coverage in an LCOV trace file: the share of code lines that were run.
//!
//! The manual of `geninfo` defines the format:
//!
//! ```text
//! SF:src/sums.rs     a section for one source file begins
//! DA:1,4             line 1 was run 4 times
//! DA:3,0             line 3 was not run
//! end_of_record      the section ends
//! ```
//!
//! Each line counts once, even if several sections have it; it was run if one of them says so.
//! Records about functions and branches, and unknown kinds of records, are skipped.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use lcov::Record;
use work_item::FileCounts;

use super::error::{EvidenceError, LineProblem, text};

/// The kinds of records that affect line coverage; an invalid one is an error.
const LINE_RECORDS: [&str; 5] = ["SF", "DA", "LF", "LH", "end_of_record"];

/// The number of lines in a trace file, at least one, and the number of those that were run.
pub(crate) fn coverage(bytes: &[u8]) -> Result<FileCounts, EvidenceError> {
    let mut trace = Trace::default();
    let mut last = 0;
    for (index, line) in text(bytes)?.lines().enumerate() {
        last = index + 1;
        trace
            .take(line.trim())
            .map_err(|problem| EvidenceError::Line {
                line: last,
                problem,
            })?;
    }
    if trace.section.is_some() {
        return Err(EvidenceError::CutOff { line: last });
    }
    let (covered, total) = trace.counts();
    if total == 0 {
        return Err(EvidenceError::NoLines);
    }
    Ok(FileCounts::Lines { covered, total })
}

/// The records read so far.
#[derive(Default)]
struct Trace {
    /// Each line of each source file: true if it was run.
    lines: BTreeMap<PathBuf, BTreeMap<u32, bool>>,
    section: Option<Section>,
}

/// The open section, with the records of one source file.
struct Section {
    path: PathBuf,
    /// The lines of its DA records.
    listed: HashSet<u32>,
    /// The number of lines in its LF record.
    counted: u32,
}

impl Trace {
    fn take(&mut self, line: &str) -> Result<(), LineProblem> {
        let Some(record) = record(line)? else {
            return Ok(());
        };
        match record {
            Record::SourceFile { path } => self.begin(path),
            Record::LineData { line, count, .. } => {
                let section = self.section.as_mut().ok_or(LineProblem::Outside)?;
                section.listed.insert(line);
                let lines = self.lines.entry(section.path.clone()).or_default();
                *lines.entry(line).or_default() |= count > 0;
                Ok(())
            }
            Record::LinesFound { found } => {
                self.section.as_mut().ok_or(LineProblem::Outside)?.counted = found;
                Ok(())
            }
            Record::EndOfRecord => match self.section.take() {
                None => Err(LineProblem::Outside),
                Some(section) if section.listed.len() < section.counted as usize => {
                    Err(LineProblem::OnlyCounted {
                        found: section.counted,
                        listed: section.listed.len(),
                    })
                }
                Some(_) => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn begin(&mut self, path: PathBuf) -> Result<(), LineProblem> {
        if self.section.is_some() {
            return Err(LineProblem::Within);
        }
        self.section = Some(Section {
            path,
            listed: HashSet::new(),
            counted: 0,
        });
        Ok(())
    }

    /// The number of lines that were run, and of all lines.
    fn counts(&self) -> (u64, u64) {
        let lines = || self.lines.values().flat_map(BTreeMap::values);
        let run = lines().filter(|run| **run).count();
        (run as u64, lines().count() as u64)
    }
}

/// Parses a line. Returns `None` for records that do not affect line coverage.
fn record(line: &str) -> Result<Option<Record>, LineProblem> {
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (kind, _) = line.split_once(':').unwrap_or((line, ""));
    if LINE_RECORDS.contains(&kind) {
        let record = line.parse::<Record>();
        return record
            .map(Some)
            .map_err(|error| LineProblem::Record(error.to_string()));
    }
    let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_uppercase());
    match is_kind && line.contains(':') {
        true => Ok(None),
        false => Err(LineProblem::NoRecord),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(text: &str) -> f64 {
        let counts = coverage(text.as_bytes()).unwrap();
        counts.coverage().unwrap().unwrap().percent()
    }

    fn flaw(text: &str) -> EvidenceError {
        coverage(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn lines_are_counted_over_all_files() {
        let trace = "TN:\nSF:a.rs\nDA:1,5\nDA:2,0\nLF:2\nLH:1\nend_of_record\n\
                     SF:b.rs\nDA:1,1\nDA:2,1,check\nend_of_record\n";
        assert_eq!(percent(trace), 75.0);
        assert_eq!(percent(&trace.replace('\n', "\r\n")), 75.0);
    }

    #[test]
    fn a_repeated_line_counts_once() {
        let trace = "TN:one\nSF:a.rs\nDA:1,0\nDA:2,0\nend_of_record\n\
                     TN:two\nSF:a.rs\nDA:1,3\nend_of_record\n\
                     TN:three\nSF:a.rs\nDA:1,0\nend_of_record\n";
        assert_eq!(percent(trace), 50.0);
    }

    #[test]
    fn records_that_are_not_about_lines_are_ignored() {
        let trace = "# by a tool\nVER:2\n\nSF:a.rs\nFNL:0,1,3\nFNA:0,2,f\nBRDA:1,e0,0,-\n\
                     FN:1,3,f\nDA:1,1\nend_of_record\n";
        assert_eq!(percent(trace), 100.0);
    }

    #[test]
    fn a_section_without_code_adds_no_lines() {
        let trace = "SF:empty.rs\nLF:0\nLH:0\nend_of_record\nSF:a.rs\nDA:1,0\nend_of_record";
        assert_eq!(percent(trace), 0.0);
    }

    #[test]
    fn an_error_names_its_line() {
        for (text, line, problem) in [
            ("hello", 1, LineProblem::NoRecord),
            ("{\"a\": 1}", 1, LineProblem::NoRecord),
            ("TN:\nDA:1,1", 2, LineProblem::Outside),
            ("end_of_record", 1, LineProblem::Outside),
            ("LF:1", 1, LineProblem::Outside),
            ("SF:a\nSF:b", 2, LineProblem::Within),
            (
                "SF:a\nLF:3\nend_of_record",
                3,
                LineProblem::OnlyCounted {
                    found: 3,
                    listed: 0,
                },
            ),
            (
                "SF:a\nDA:1,1\nDA:1,0\nLF:2\nend_of_record",
                5,
                LineProblem::OnlyCounted {
                    found: 2,
                    listed: 1,
                },
            ),
        ] {
            let found = flaw(text);
            let EvidenceError::Line {
                line: at,
                problem: why,
            } = &found
            else {
                panic!("{text}: {found:?}")
            };
            assert_eq!((*at, why), (line, &problem), "{text}");
        }
        for broken in ["DA:1", "DA:x,1", "DA:1,-1", "DA:1,1.5", "LF:many"] {
            let found = flaw(&format!("SF:a\n{broken}\nend_of_record"));
            let expected = matches!(
                found,
                EvidenceError::Line {
                    line: 2,
                    problem: LineProblem::Record(_)
                }
            );
            assert!(expected, "{broken}: {found:?}");
        }
    }

    #[test]
    fn a_truncated_or_empty_file_is_refused() {
        assert!(matches!(
            flaw("SF:a\nDA:1,1"),
            EvidenceError::CutOff { line: 2 }
        ));
        assert!(matches!(flaw(""), EvidenceError::NoLines));
        assert!(matches!(flaw("TN:\n"), EvidenceError::NoLines));
        assert!(matches!(
            coverage(b"SF:\xff").unwrap_err(),
            EvidenceError::NotText { at: 3 }
        ));
    }
}
