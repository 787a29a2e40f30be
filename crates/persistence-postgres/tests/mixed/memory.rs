//! The memory of a process over time.

use std::fmt;

use crate::workers::Worker;

/// The resident memory of a process at each look, in kibibytes. Empty where `/proc` is not.
#[derive(Default)]
pub(crate) struct Memory(Vec<u64>);

impl Memory {
    pub(crate) fn look(&mut self, worker: &Worker) {
        let path = format!("/proc/{}/statm", worker.process());
        let Ok(text) = std::fs::read_to_string(path) else {
            return;
        };
        let pages: u64 = text.split(' ').nth(1).unwrap().parse().unwrap();
        self.0.push(pages * 4);
    }

    /// The last quarter of the time needs hardly more than the second one. In the first quarter the
    /// process fills its pools and buffers.
    pub(crate) fn check(&self) {
        let (early, late) = (self.of_quarter(1), self.of_quarter(3));
        assert!(late <= early + early / 4, "the memory grows: {self}");
    }

    /// The median of a quarter of the looks: one large page at a time is no growth.
    fn of_quarter(&self, quarter: usize) -> u64 {
        let length = self.0.len() / 4;
        let mut looks = self.0[quarter * length..][..length].to_vec();
        looks.sort_unstable();
        looks.get(length / 2).copied().unwrap_or_default()
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [early, late] = [1, 3].map(|quarter| self.of_quarter(quarter) / 1_024);
        let most = self.0.iter().max().copied().unwrap_or_default() / 1_024;
        write!(f, "{early} MB, then {late} MB, at most {most} MB")
    }
}
