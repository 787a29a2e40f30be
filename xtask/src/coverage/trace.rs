//! Reads the LCOV trace that llvm-cov exports: how often each line of each file was run.
//!
//! LCOV and not JSON, because there the count of a line is the best of all instances of a generic
//! function and of all binaries, and the lines that are listed are the very ones that are counted.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

/// For each file as the compiler named it: lines that hold code, and whether each was run.
pub(crate) type Trace = BTreeMap<String, BTreeMap<usize, bool>>;

/// Reads `SF:file`, `DA:line,count` and `end_of_record`; other records say nothing about lines.
pub(crate) fn parse(text: &str) -> Result<Trace> {
    let mut trace = Trace::new();
    let mut file: Option<&str> = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("SF:") {
            file = Some(path);
            trace.entry(path.to_owned()).or_default();
        } else if line == "end_of_record" {
            file = None;
        } else if let Some(data) = line.strip_prefix("DA:") {
            let Some(path) = file else {
                bail!("a line outside of a file: {line}")
            };
            let (number, run) = counted(data).with_context(|| format!("not understood: {line}"))?;
            let known = trace
                .entry(path.to_owned())
                .or_default()
                .entry(number)
                .or_default();
            *known = *known || run;
        }
    }
    Ok(trace)
}

fn counted(data: &str) -> Option<(usize, bool)> {
    let mut fields = data.split(',');
    let number = fields.next()?.parse().ok()?;
    let count: u64 = fields.next()?.parse().ok()?;
    Some((number, count > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_per_file() {
        let trace = parse("SF:a.rs\nFN:1,f\nDA:1,3\nDA:2,0\nLF:2\nend_of_record\nSF:b.rs\nDA:1,0\nend_of_record\n").unwrap();
        assert_eq!(trace["a.rs"], BTreeMap::from([(1, true), (2, false)]));
        assert_eq!(trace["b.rs"], BTreeMap::from([(1, false)]));
    }

    #[test]
    fn a_line_that_was_run_anywhere_was_run() {
        let trace = parse("SF:a.rs\nDA:1,0\nDA:1,2\nDA:1,0\nend_of_record\n").unwrap();
        assert_eq!(trace["a.rs"], BTreeMap::from([(1, true)]));
    }

    #[test]
    fn what_is_not_understood_is_an_error() {
        assert!(parse("DA:1,1\n").is_err());
        assert!(parse("SF:a.rs\nDA:one,1\n").is_err());
        assert!(parse("SF:a.rs\nDA:1\n").is_err());
        assert!(parse("SF:a.rs\nend_of_record\nDA:1,1\n").is_err());
        assert!(parse("").unwrap().is_empty());
    }
}
