//! The quality gates: the test results that a work item needs before it can be completed.

use shared_kernel::StreamVersion;
use thiserror::Error;

use crate::word::words;
use crate::{Coverage, FirstWork, Participant, TestKind, TestRun, Work, Workers};

words! {
    /// A quality gate. Each level includes the requirements of the level before it.
    ///
    /// | level | requires |
    /// |---|---|
    /// | L0 | at least one positive test |
    /// | L1 | also at least one negative test, and a coverage of at least 80 % |
    /// | L2 | also at least one edge case test, a coverage of at least 90 %, and both from files |
    ///
    /// ```
    /// use work_item::{GateFailure, GateLevel, TestRatio, TestRun};
    ///
    /// let run = TestRun::new().with_ratio(TestRatio::new(3, 0, 0)?);
    /// assert_eq!(GateLevel::L0.failures(Some(&run)), []);
    /// assert_eq!(GateLevel::L1.failures(Some(&run)).len(), 2);
    /// # Ok::<(), work_item::TestRatioInvalid>(())
    /// ```
    #[derive(PartialOrd, Ord)]
    GateLevel, "gate level" {
        /// Positive tests.
        L0 = "L0",
        /// Positive and negative tests, and a coverage of at least 80 %.
        L1 = "L1",
        /// Positive, negative and edge case tests, and a coverage of at least 90 %, from files.
        L2 = "L2",
    }
}

/// One unmet requirement for the completion of a work item.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum GateFailure {
    /// No test run was recorded since the item was created or last reopened.
    #[error("no test run is recorded")]
    NoTestRun,
    /// The test run has no positive test.
    #[error("no positive tests")]
    NoPositiveTests,
    /// The test run has no negative test.
    #[error("no negative tests")]
    NoNegativeTests,
    /// The test run has no edge case test.
    #[error("no edge case tests")]
    NoEdgeCaseTests,
    /// The coverage was not measured.
    #[error("no coverage is recorded; {required} is required")]
    NoCoverage {
        /// The coverage required.
        required: Coverage,
    },
    /// The coverage is too low.
    #[error("coverage {found} is below {required}: {} to go", found.gap_to(*required))]
    CoverageTooLow {
        /// The coverage required.
        required: Coverage,
        /// The coverage measured.
        found: Coverage,
    },
    /// The coverage was not read from a file.
    #[error("the coverage is only claimed; a coverage file is required")]
    CoverageClaimed,
    /// The numbers of tests were not read from a file.
    #[error("the tests are only claimed; a test report is required")]
    TestsClaimed,
    /// No actor who did not [work](crate::Workers) on it has approved it.
    #[error("no approval by a person or agent who did not work on it")]
    NoApproval,
    /// An approval does not count, because its approver worked on the item.
    #[error("the approval of {approver} does not count: {approver} {work} (version {version})")]
    ApprovalByWorker {
        /// The approver.
        approver: Participant,
        /// The first work of the approver.
        work: Work,
        /// The version of the item after that work.
        version: StreamVersion,
    },
    /// No approval counts, because an actor of the work is unknown.
    #[error("no approval counts: the actor of version {version} is unknown")]
    UnattributedWork {
        /// The version of the item after that work.
        version: StreamVersion,
    },
}

impl GateFailure {
    /// The name of its kind for programs, which never changes. A coverage that is too low and one
    /// that is missing have the same name.
    ///
    /// ```
    /// use work_item::{GateFailure, GateLevel};
    ///
    /// let kinds: Vec<_> = GateLevel::L1.failures(None).iter().map(GateFailure::kind).collect();
    /// assert_eq!(kinds, ["no_test_run", "no_positive_tests", "no_negative_tests", "coverage"]);
    /// ```
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NoTestRun => "no_test_run",
            Self::NoPositiveTests => "no_positive_tests",
            Self::NoNegativeTests => "no_negative_tests",
            Self::NoEdgeCaseTests => "no_edge_case_tests",
            Self::NoCoverage { .. } | Self::CoverageTooLow { .. } => "coverage",
            Self::CoverageClaimed => "coverage_claimed",
            Self::TestsClaimed => "tests_claimed",
            Self::NoApproval => "no_approval",
            Self::ApprovalByWorker { .. } => "approval_by_worker",
            Self::UnattributedWork { .. } => "unattributed_work",
        }
    }
}

impl GateLevel {
    /// The smallest coverage that the level requires.
    #[must_use]
    pub const fn required_coverage(self) -> Option<Coverage> {
        match self {
            Self::L0 => None,
            Self::L1 => Some(Coverage::of_whole_percents(80)),
            Self::L2 => Some(Coverage::of_whole_percents(90)),
        }
    }

    /// Whether results count only if a file of the test tool has them.
    #[must_use]
    pub const fn needs_files(self) -> bool {
        matches!(self, Self::L2)
    }

    /// The requirements of the level that a test run does not meet: kinds of tests first, then the
    /// coverage. Without a run, [`GateFailure::NoTestRun`] comes first, followed by all
    /// requirements of the level. A result that is missing is not reported as claimed, too.
    #[must_use]
    pub fn failures(self, run: Option<&TestRun>) -> Vec<GateFailure> {
        let missing = run.is_none().then_some(GateFailure::NoTestRun);
        let nothing = TestRun::new();
        let run = run.unwrap_or(&nothing);

        let required_tests = [
            (Self::L0, TestKind::Positive, GateFailure::NoPositiveTests),
            (Self::L1, TestKind::Negative, GateFailure::NoNegativeTests),
            (Self::L2, TestKind::EdgeCase, GateFailure::NoEdgeCaseTests),
        ];
        let tests = required_tests
            .into_iter()
            .filter(|(level, kind, _)| self >= *level && run.count(*kind) == 0)
            .map(|(_, _, failure)| failure);
        let coverage = self
            .required_coverage()
            .and_then(|required| match run.coverage {
                None => Some(GateFailure::NoCoverage { required }),
                Some(found) if found.meets(required) => None,
                Some(found) => Some(GateFailure::CoverageTooLow { required, found }),
            });

        let needs_files = self.needs_files();
        let tests_claimed = needs_files && run.ratio.is_some() && !run.ratio_is_proven();
        let coverage_claimed = needs_files && run.coverage.is_some() && !run.coverage_is_proven();

        missing
            .into_iter()
            .chain(tests)
            .chain(tests_claimed.then_some(GateFailure::TestsClaimed))
            .chain(coverage)
            .chain(coverage_claimed.then_some(GateFailure::CoverageClaimed))
            .collect()
    }
}

impl Workers {
    /// The reason for which an approval does not count; `None` if it counts.
    #[must_use]
    pub fn objection(&self, approver: &Participant) -> Option<GateFailure> {
        if let Some(FirstWork { version, .. }) = self.unattributed() {
            return Some(GateFailure::UnattributedWork { version });
        }
        let FirstWork { work, version } = self.work_of(&approver.name)?;
        Some(GateFailure::ApprovalByWorker {
            approver: approver.clone(),
            work,
            version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestRatio;

    fn run(percent: Option<f64>, positive: u32, negative: u32, edge_case: u32) -> TestRun {
        TestRun {
            coverage: percent.map(|percent| Coverage::from_percent(percent).unwrap()),
            ratio: TestRatio::new(positive, negative, edge_case).ok(),
            files: Vec::new(),
        }
    }

    #[test]
    fn a_run_exactly_at_the_requirements_passes() {
        assert_eq!(GateLevel::L0.failures(Some(&run(None, 1, 0, 0))), []);
        assert_eq!(GateLevel::L1.failures(Some(&run(Some(80.0), 1, 1, 0))), []);
        let claimed = [GateFailure::TestsClaimed, GateFailure::CoverageClaimed];
        let found = GateLevel::L2.failures(Some(&run(Some(90.0), 1, 1, 1)));
        assert_eq!(found, claimed);
    }

    #[test]
    fn all_unmet_requirements_are_named() {
        let (l1, l2) = (
            Coverage::of_whole_percents(80),
            Coverage::of_whole_percents(90),
        );
        let low = Coverage::from_percent(79.99).unwrap();
        for (level, run, failures) in [
            (
                GateLevel::L0,
                run(Some(100.0), 0, 9, 9),
                vec![GateFailure::NoPositiveTests],
            ),
            (
                GateLevel::L1,
                run(Some(79.99), 0, 0, 1),
                vec![
                    GateFailure::NoPositiveTests,
                    GateFailure::NoNegativeTests,
                    GateFailure::CoverageTooLow {
                        required: l1,
                        found: low,
                    },
                ],
            ),
            (
                GateLevel::L1,
                run(None, 1, 1, 0),
                vec![GateFailure::NoCoverage { required: l1 }],
            ),
            (
                GateLevel::L2,
                run(Some(79.99), 1, 1, 0),
                vec![
                    GateFailure::NoEdgeCaseTests,
                    GateFailure::TestsClaimed,
                    GateFailure::CoverageTooLow {
                        required: l2,
                        found: low,
                    },
                    GateFailure::CoverageClaimed,
                ],
            ),
            (
                GateLevel::L2,
                run(None, 0, 0, 0),
                vec![
                    GateFailure::NoPositiveTests,
                    GateFailure::NoNegativeTests,
                    GateFailure::NoEdgeCaseTests,
                    GateFailure::NoCoverage { required: l2 },
                ],
            ),
        ] {
            assert_eq!(level.failures(Some(&run)), failures, "{level} {run:?}");
        }
    }

    #[test]
    fn without_a_run_every_requirement_is_unmet() {
        for level in GateLevel::ALL {
            let nothing = TestRun::new();
            let failures = level.failures(None);
            assert_eq!(failures[0], GateFailure::NoTestRun);
            assert_eq!(failures[1..], level.failures(Some(&nothing)));
        }
    }

    #[test]
    fn a_higher_level_includes_the_requirements_of_a_lower_one() {
        assert!(GateLevel::ALL.is_sorted());
        let nothing = TestRun::new();
        let count = |level: &GateLevel| level.failures(Some(&nothing)).len();
        assert!(GateLevel::ALL.is_sorted_by_key(count));
    }
}
