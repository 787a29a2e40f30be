//! Shows lines that were not run as ranges.

use std::collections::BTreeMap;

/// `3-5, 9`: two lines share a range if no line that was run stands between them.
pub(crate) fn uncovered(lines: &BTreeMap<usize, bool>) -> Option<String> {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    let mut open = false;
    for (line, run) in lines {
        match ranges.last_mut() {
            _ if *run => {}
            Some(last) if open => last.1 = *line,
            _ => ranges.push((*line, *line)),
        }
        open = !run;
    }
    let shown: Vec<String> = ranges
        .iter()
        .map(|(from, to)| {
            if from == to {
                from.to_string()
            } else {
                format!("{from}-{to}")
            }
        })
        .collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &[(usize, bool)]) -> Option<String> {
        uncovered(&lines.iter().copied().collect())
    }

    #[test]
    fn neighbours_share_a_range_across_lines_without_code() {
        assert_eq!(
            shown(&[(1, false), (2, false), (6, false), (7, true), (9, false)]).unwrap(),
            "1-6, 9"
        );
    }

    #[test]
    fn a_line_that_was_run_parts_two_ranges() {
        assert_eq!(shown(&[(1, false), (2, true), (3, false)]).unwrap(), "1, 3");
    }

    #[test]
    fn nothing_is_shown_when_all_was_run() {
        assert_eq!(shown(&[(1, true), (2, true)]), None);
        assert_eq!(shown(&[]), None);
    }
}
