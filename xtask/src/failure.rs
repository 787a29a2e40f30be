//! The ways a gate ends other than green: a failure with its next command, and "not checked".

use std::fmt;

/// A red gate: the problem, and the command to run next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    problem: String,
    next: String,
}

impl Failure {
    /// `problem` is a fragment; `next` names a command.
    pub(crate) fn new(problem: impl Into<String>, next: impl Into<String>) -> Self {
        Self {
            problem: problem.into(),
            next: next.into(),
        }
    }

    /// The command to run next.
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

/// A gate that could not judge on this machine. It is shown as such, and is not red.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotChecked(pub(crate) &'static str);

impl fmt::Display for NotChecked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "not checked: {}", self.0)
    }
}

impl std::error::Error for NotChecked {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_step_is_the_last_line() {
        let shown = Failure::new("the code is not formatted", "run `cargo fmt --all`").to_string();
        assert_eq!(shown.lines().last(), Some(" next: run `cargo fmt --all`"));
    }
}
