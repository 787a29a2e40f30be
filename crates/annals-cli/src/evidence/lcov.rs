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

use std::collections::{BTreeMap, HashMap};
use std::io::BufRead;
use std::path::{Path, PathBuf};

use lcov::Record;
use work_item::FileCounts;

use super::error::{EvidenceError, LineProblem};
use super::file::Pieces;

/// The kinds of records that affect line coverage; an invalid one is an error.
const LINE_RECORDS: [&str; 5] = ["SF", "DA", "LF", "LH", "end_of_record"];

/// The largest number of blocks of 64 lines in all source files. They need up to 200 MB of memory.
const MOST_BLOCKS: usize = 1_000_000;

/// The number of lines in a trace file, at least one, and the number of those that were run.
pub(crate) fn coverage(pieces: &mut Pieces<'_>) -> Result<FileCounts, EvidenceError> {
    coverage_within(pieces, MOST_BLOCKS)
}

fn coverage_within(
    pieces: &mut Pieces<'_>,
    most_blocks: usize,
) -> Result<FileCounts, EvidenceError> {
    let mut trace = Trace::default();
    let (mut line, mut number) = (String::new(), 0);
    loop {
        line.clear();
        pieces.begin_piece();
        if pieces.read_line(&mut line)? == 0 {
            break;
        }
        number += 1;
        let record = match number {
            // Programs on Windows write a byte order mark.
            1 => line.trim_start_matches('\u{feff}'),
            _ => &line,
        };
        let taken = trace.take(record.trim());
        taken.map_err(|problem| EvidenceError::Line {
            line: number,
            problem,
        })?;
        if trace.lines.len() > most_blocks {
            return Err(EvidenceError::TooManyBlocks { most: most_blocks });
        }
    }
    if trace.section.is_some() {
        return Err(EvidenceError::CutOff { line: number });
    }
    let lines = || trace.lines.values();
    match lines().map(|block| count(block.found)).sum() {
        0 => Err(EvidenceError::NoLines),
        total => Ok(FileCounts::Lines {
            covered: lines().map(|block| count(block.run)).sum(),
            total,
        }),
    }
}

/// The records read so far.
#[derive(Default)]
struct Trace {
    /// The numbers of the source files with lines of code.
    files: HashMap<PathBuf, usize>,
    /// The lines of code, by the numbers of the source file and the block.
    lines: BTreeMap<(usize, u32), Block>,
    section: Option<Section>,
}

/// 64 lines of a source file, each of them a bit.
#[derive(Default)]
struct Block {
    /// The lines of code.
    found: u64,
    /// The lines that were run.
    run: u64,
}

/// The open section, with the records of one source file.
struct Section {
    path: PathBuf,
    /// The number of the source file, once it has a line of code.
    file: Option<usize>,
    /// The lines of its DA records, by the number of the block.
    listed: BTreeMap<u32, u64>,
    /// The number of lines in its LF record.
    counted: u32,
}

/// The number of lines in a block.
fn count(lines: u64) -> u64 {
    lines.count_ones().into()
}

impl Trace {
    fn take(&mut self, line: &str) -> Result<(), LineProblem> {
        let Some(record) = record(line)? else {
            return Ok(());
        };
        match record {
            Record::SourceFile { path } => self.begin(path),
            Record::LineData {
                line, count: runs, ..
            } => {
                let section = self.section.as_mut().ok_or(LineProblem::Outside)?;
                let next = self.files.len();
                let file = *section
                    .file
                    .get_or_insert_with(|| *self.files.entry(section.path.clone()).or_insert(next));
                let (number, bit) = (line / 64, 1 << (line % 64));
                *section.listed.entry(number).or_default() |= bit;
                let block = self.lines.entry((file, number)).or_default();
                block.found |= bit;
                if runs > 0 {
                    block.run |= bit;
                }
                Ok(())
            }
            Record::LinesFound { found } => {
                self.section.as_mut().ok_or(LineProblem::Outside)?.counted = found;
                Ok(())
            }
            Record::EndOfRecord => {
                let section = self.section.take().ok_or(LineProblem::Outside)?;
                let found = section.counted;
                let listed = section.listed.values().map(|lines| count(*lines)).sum();
                match listed < u64::from(found) {
                    true => Err(LineProblem::OnlyCounted { found, listed }),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn begin(&mut self, path: PathBuf) -> Result<(), LineProblem> {
        if self.section.is_some() {
            return Err(LineProblem::Within);
        }
        // `./sums.rs` and `sums.rs` are one file.
        let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
        self.section = Some(Section {
            path,
            file: None,
            listed: BTreeMap::new(),
            counted: 0,
        });
        Ok(())
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

    fn read(mut bytes: &[u8]) -> Result<FileCounts, EvidenceError> {
        coverage(&mut Pieces::new(&mut bytes, u64::MAX))
    }

    fn percent(text: &str) -> f64 {
        let counts = read(text.as_bytes()).unwrap();
        counts.coverage().unwrap().unwrap().percent()
    }

    fn flaw(text: &str) -> EvidenceError {
        read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn lines_are_counted_over_all_files() {
        let trace = "TN:\nSF:a.rs\nDA:1,5\nDA:2,0\nLF:2\nLH:1\nend_of_record\n\
                     SF:b.rs\nDA:1,1\nDA:2,1,check\nend_of_record\n";
        assert_eq!(percent(trace), 75.0);
        assert_eq!(percent(&trace.replace('\n', "\r\n")), 75.0);
        assert_eq!(percent(&format!("\u{feff}{trace}")), 75.0);
    }

    #[test]
    fn a_repeated_line_counts_once() {
        let trace = "TN:one\nSF:a.rs\nDA:1,0\nDA:2,0\nend_of_record\n\
                     TN:two\nSF:a.rs\nDA:1,3\nend_of_record\n\
                     TN:three\nSF:a.rs\nDA:1,0\nend_of_record\n";
        assert_eq!(percent(trace), 50.0);
        // The same file by another path.
        assert_eq!(percent(&trace.replacen("a.rs", "./a.rs", 1)), 50.0);
    }

    #[test]
    fn lines_of_different_files_and_words_are_different() {
        let trace = "SF:a.rs\nDA:0,1\nDA:63,1\nDA:64,0\nDA:4294967295,1\nLF:4\nend_of_record\n\
                     SF:b.rs\nDA:63,0\nend_of_record\nSF:a.rs\nDA:64,0\nLF:1\nend_of_record";
        let counts = read(trace.as_bytes()).unwrap();
        let (covered, total) = (3, 5);
        assert_eq!(counts, FileCounts::Lines { covered, total });
    }

    #[test]
    fn lines_in_too_many_blocks_are_refused() {
        let within = |text: &str, most| {
            let mut bytes = text.as_bytes();
            coverage_within(&mut Pieces::new(&mut bytes, u64::MAX), most)
        };
        let trace = "SF:a.rs\nDA:1,1\nDA:63,1\nDA:64,1\nend_of_record\nSF:b.rs\nend_of_record\n";
        assert!(within(trace, 2).is_ok());
        let found = within(trace, 1).unwrap_err();
        assert!(matches!(found, EvidenceError::TooManyBlocks { most: 1 }));
        assert_eq!(
            found.to_string(),
            "it has code in more than 1 block(s) of 64 lines"
        );
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
            read(b"SF:\xff").unwrap_err(),
            EvidenceError::NotText { at: 3 }
        ));
    }
}
