//! What a red gate says: the problem, and the command to run next.
//!
//! Refuses failures without a next step: that is why the two come together.

use std::fmt;

/// A gate that is red.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    problem: String,
    next: String,
}

impl Failure {
    /// `problem` is a fragment; `next` tells what to do, and names a command.
    pub(crate) fn new(problem: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            next: next.into(),
        }
    }

    /// What to do now.
    pub(crate) fn next(&self) -> &str {
        &self.next
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}\n next: {}", self.problem, self.next)
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_is_the_last_line() {
        let shown = Failure::new("the code is not formatted", "run `cargo fmt --all`").to_string();
        assert_eq!(shown.lines().last(), Some(" next: run `cargo fmt --all`"));
    }
}
