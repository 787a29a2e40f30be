//! Owns what the index has of the end of a stream: its version, and where its newest runs are.

/// How many runs a head names before they become a part. The first part of a stream has half as many to half as many
/// again, by its key: streams that grow side by side would all write their parts at the same time otherwise.
const RUNS_OF_PART: i64 = 32;

/// How many events for each of these runs a head has at most. A reader that wants one event of a part takes all of
/// it.
const MOST_EVENTS_OF_RUN: i64 = 2;

/// The row of a stream that has events, in `indexed_streams`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamHead {
    pub(crate) key: i64,
    pub(crate) version: i64,
    /// The version that the first of the runs begins with; one past the version of the stream where the
    /// head names no runs.
    pub(crate) first_version: i64,
    /// The positions of the rows that have the runs, as a JSON array.
    pub(crate) runs: String,
}

/// A row of `stream_parts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StreamPart {
    pub(crate) key: i64,
    pub(crate) first_version: i64,
    pub(crate) runs: String,
}

impl StreamHead {
    /// The head of a stream that has no events yet.
    pub(crate) fn new(key: i64) -> Self {
        Self {
            key,
            version: 0,
            first_version: 1,
            runs: "[]".to_owned(),
        }
    }

    /// Passes over versions that are missing, up to `version`; `None` where the stream is past that.
    pub(crate) fn skip_to(&mut self, version: i64) -> Option<()> {
        if version < self.version {
            return None;
        }
        self.version = version;
        if self.runs == "[]" {
            self.first_version = version.saturating_add(1);
        }
        Some(())
    }

    /// Adds a run in the row at `position` that ends with `version`; gives the part that is full now.
    pub(crate) fn add(&mut self, position: i64, version: i64) -> Option<StreamPart> {
        self.runs.pop();
        if self.runs.len() > 1 {
            self.runs.push(',');
        }
        self.runs.push_str(itoa::Buffer::new().format(position));
        self.runs.push(']');
        self.version = version;
        let after = version.saturating_add(1);
        let commas = self.runs.bytes().filter(|byte| *byte == b',');
        let runs = commas.fold(1, |runs, _| runs + 1);
        let full = match self.first_version {
            1 => RUNS_OF_PART / 2 + self.key.rem_euclid(RUNS_OF_PART),
            _ => RUNS_OF_PART,
        };
        if runs < full && after - self.first_version < full * MOST_EVENTS_OF_RUN {
            return None;
        }
        Some(StreamPart {
            key: self.key,
            first_version: std::mem::replace(&mut self.first_version, after),
            runs: std::mem::replace(&mut self.runs, "[]".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: usize) -> i64 {
        i64::try_from(number).unwrap()
    }

    #[test]
    fn a_head_names_runs_until_they_are_a_part() {
        let mut head = StreamHead::new(7);
        assert_eq!(head.add(11, version(1)), None);
        assert_eq!(head.add(15, version(3)), None);
        assert_eq!((head.runs.as_str(), head.first_version), ("[11,15]", 1));
        let part = (4..).find_map(|number| head.add(20, version(number)));
        let part = part.unwrap();
        assert_eq!((part.key, part.first_version), (7, 1));
        assert!(part.runs.starts_with("[11,15,20,") && part.runs.ends_with(",20]"));
        assert_eq!(part.runs.split(',').count(), 23);
        assert_eq!(head.runs, "[]");
        let next = head.first_version;
        assert_eq!(next, head.version + 1);
        assert_eq!(head.add(100, head.version + 1), None);
        assert_eq!((head.runs.as_str(), head.first_version), ("[100]", next));
        let from = usize::try_from(next).unwrap() + 1;
        let part = (from..).find_map(|number| head.add(200, version(number)));
        assert_eq!(part.unwrap().runs.split(',').count(), 32);
    }

    #[test]
    fn streams_that_grow_side_by_side_write_their_parts_at_different_times() {
        for batch in [1, 2, 3, 10] {
            let mut heads: Vec<_> = (1..=64).map(StreamHead::new).collect();
            let parts_at = |number| {
                let parts = heads
                    .iter_mut()
                    .filter_map(|head| head.add(1, version(number * batch)));
                parts.count()
            };
            let parts: Vec<_> = (1..200).map(parts_at).collect();
            let most = parts.iter().max();
            // Evenly spread, as many parts as are full at that time.
            let even = 64 / 32_usize.min(64_usize.div_ceil(batch));
            assert!(
                most.is_some_and(|most| *most <= even * 3),
                "{batch}: {parts:?}"
            );
        }
    }

    #[test]
    fn many_events_in_few_runs_are_a_part_too() {
        let mut head = StreamHead::new(7);
        assert_eq!(head.add(1, version(45)), None);
        let part = head.add(46, version(46)).unwrap();
        assert_eq!((part.runs.as_str(), part.first_version), ("[1,46]", 1));
        assert_eq!(head.add(47, version(109)), None);
        assert!(head.add(110, version(110)).is_some());
        assert!(head.add(111, version(200)).is_some());
        assert_eq!(head.first_version, 201);
    }

    #[test]
    fn versions_that_are_missing_are_passed_over() {
        let mut head = StreamHead::new(7);
        assert_eq!(head.skip_to(version(4)), Some(()));
        assert_eq!(head.add(1, version(5)), None);
        assert_eq!(head.skip_to(version(9)), Some(()));
        assert_eq!(head.add(2, version(10)), None);
        assert_eq!((head.runs.as_str(), head.first_version), ("[1,2]", 5));
        assert_eq!(head.skip_to(version(9)), None);
    }

    #[test]
    fn the_end_of_all_versions_is_no_overflow() {
        let mut head = StreamHead::new(7);
        assert!(head.add(1, i64::MAX).is_some());
        assert_eq!(head.version, i64::MAX);
    }
}
