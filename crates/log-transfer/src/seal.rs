//! The checks of lines: each covers all bytes before it.

use sha2::{Digest, Sha256};

/// Between a line and its check.
const BEFORE: &str = ",\"check\":\"";

/// The hexadecimal digits of a check.
const DIGITS: usize = 16;

/// After the check.
const AFTER: &str = "\"}";

/// The hash of all lines so far.
#[derive(Default)]
pub(crate) struct Seal(Sha256);

impl Seal {
    /// Adds its check and a line break to a JSON object.
    pub(crate) fn close(&mut self, line: &mut Vec<u8>) {
        line.pop();
        self.0.update(&line);
        let check = self.check();
        let end = [BEFORE, &check, AFTER, "\n"].concat();
        self.0.update(&end);
        line.extend_from_slice(end.as_bytes());
    }

    /// Takes the check from a line without its line break. Returns whether it fits.
    pub(crate) fn open(&mut self, line: &mut Vec<u8>) -> bool {
        let end = line
            .len()
            .saturating_sub(BEFORE.len() + DIGITS + AFTER.len());
        let (body, check) = line.split_at(end);
        self.0.update(body);
        let expected = [BEFORE, &self.check(), AFTER].concat();
        let fits = check == expected.as_bytes();
        self.0.update(check);
        self.0.update("\n");
        line.truncate(end);
        line.push(b'}');
        fits
    }

    /// The hash of all lines so far, in hexadecimal digits.
    pub(crate) fn sum(&self) -> String {
        let sum = self.0.clone().finalize();
        sum.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn check(&self) -> String {
        let mut sum = self.sum();
        sum.truncate(DIGITS);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_fits_its_line_after_the_same_lines_only() {
        let mut seal = Seal::default();
        let lines = ["{\"a\":1}", "{\"a\":1}"].map(|line| {
            let mut line = line.as_bytes().to_vec();
            seal.close(&mut line);
            String::from_utf8(line).unwrap()
        });
        assert_eq!(lines[0], "{\"a\":1,\"check\":\"8b0f0d75aabe01bb\"}\n");
        assert_ne!(lines[0], lines[1]);

        let fits = |lines: &[&str]| -> Vec<bool> {
            let mut seal = Seal::default();
            let open = |line: &&str| seal.open(&mut line.trim_end().as_bytes().to_vec());
            lines.iter().map(open).collect()
        };
        let [one, two] = [&*lines[0], &*lines[1]];
        assert_eq!(fits(&[one, two]), [true, true]);
        assert_eq!(fits(&[two]), [false]);
        assert_eq!(fits(&[one, one]), [true, false]);
        assert_eq!(fits(&[&one.replace('1', "2"), two]), [false, false]);
        assert_eq!(fits(&["", "{}"]), [false, false]);
    }

    #[test]
    fn the_sum_is_that_of_all_lines() {
        let mut seal = Seal::default();
        let mut line = b"{}".to_vec();
        seal.close(&mut line);
        let sum = Sha256::digest(&line);
        let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(seal.sum(), sum);
    }
}
