//! The check of an aggregate's states fails for each way in which a state changes in silence.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use conformance::states::check;
use shared_kernel::codec::{EncodeError, FormatError, StateCodec};
use shared_kernel::{Aggregate, DomainEvent, Inapplicable};

#[derive(DomainEvent)]
struct Counted(u8);

/// A sum whose `apply` adds each amount `TIMES` times, under a state schema.
#[derive(Debug, PartialEq, Clone, Copy)]
struct Sum<const SCHEMA: u32, const TIMES: u8>(u8);

impl<const SCHEMA: u32, const TIMES: u8> Aggregate for Sum<SCHEMA, TIMES> {
    type Event = Counted;
    const TYPE: &'static str = "sum";
    const STATE_SCHEMA: u32 = SCHEMA;

    fn create(event: &Counted) -> Result<Self, Inapplicable> {
        Ok(Self(event.0))
    }

    fn apply(&mut self, event: &Counted) -> Result<(), Inapplicable> {
        if event.0 == 0 {
            return Err(Inapplicable::new("nothing counted"));
        }
        self.0 += TIMES * event.0;
        Ok(())
    }
}

/// Writes a state as a number; `read` makes the copy.
struct Numbers(fn(u8) -> u8);

impl<const SCHEMA: u32, const TIMES: u8> StateCodec<Sum<SCHEMA, TIMES>> for Numbers {
    fn encode(&self, state: &Sum<SCHEMA, TIMES>) -> Result<Bytes, EncodeError> {
        match state.0 {
            99 => Err(EncodeError::Format("99 is not written".into())),
            10 => Ok(Bytes::from_static(b"\n")),
            number => Ok(number.to_string().into()),
        }
    }

    fn decode(&self, payload: &[u8]) -> Result<Sum<SCHEMA, TIMES>, FormatError> {
        let text = std::str::from_utf8(payload)?;
        if text == "\n" {
            return Ok(Sum(10));
        }
        Ok(Sum(self.0(text.parse()?)))
    }
}

const FAITHFUL: Numbers = Numbers(|number| number);

/// The message of the panic; `None` if the check passes.
fn verdict<const SCHEMA: u32, const TIMES: u8>(
    codec: &Numbers,
    history: &[u8],
    golden: &str,
) -> Option<String> {
    let history: Vec<Counted> = history.iter().copied().map(Counted).collect();
    let checked = catch_unwind(AssertUnwindSafe(|| {
        check::<Sum<SCHEMA, TIMES>>(codec, &history, golden);
    }));
    let panic = checked.err()?;
    Some(*panic.downcast::<String>().expect("a formatted message"))
}

#[track_caller]
fn says(verdict: Option<String>, parts: &[&str]) {
    let message = verdict.expect("the check fails");
    for part in parts {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn states_that_equal_the_golden_text_pass() {
    assert_eq!(verdict::<1, 1>(&FAITHFUL, &[1, 2], "sum/1\n1\n3\n"), None);
    // A state that is no line of text is kept in hexadecimal digits.
    assert_eq!(verdict::<1, 1>(&FAITHFUL, &[9, 1], "sum/1\n9\n0a"), None);
}

#[test]
fn a_state_that_changed_under_the_same_schema_breaks_law_53() {
    let golden = "sum/1\n1\n3\n";
    let changed = verdict::<1, 2>(&FAITHFUL, &[1, 2], golden);
    let next = "sum/2\n1\n5\n";
    says(
        changed,
        &["law 53", "after event 2", "`STATE_SCHEMA` to 2", next],
    );
    // The printed text alone does not pass: the schema must be increased, too.
    says(verdict::<1, 2>(&FAITHFUL, &[1, 2], next), &["set it to 2"]);
    says(
        verdict::<2, 2>(&FAITHFUL, &[1, 2], golden),
        &["was increased", next],
    );
    assert_eq!(verdict::<2, 2>(&FAITHFUL, &[1, 2], next), None);
}

#[test]
fn a_longer_history_needs_no_new_schema() {
    let longer = verdict::<1, 1>(&FAITHFUL, &[1, 2, 3], "sum/1\n1\n3\n");
    says(longer, &["2 states", "3 events", "sum/1\n1\n3\n6\n"]);
    let shorter = verdict::<1, 1>(&FAITHFUL, &[1], "sum/1\n1\n3\n");
    says(shorter, &["2 states", "1 events", "sum/1\n1\n"]);
}

#[test]
fn a_missing_or_foreign_golden_text_is_named() {
    says(
        verdict::<1, 1>(&FAITHFUL, &[1], ""),
        &["no golden text", "sum/1\n1\n"],
    );
    says(
        verdict::<1, 1>(&FAITHFUL, &[1], "sums/1\n1\n"),
        &["`sums/1`", "`sum/`"],
    );
}

#[test]
fn a_state_that_is_read_back_as_another_one_breaks_law_26() {
    let lossy = Numbers(|number| number.min(2));
    says(
        verdict::<1, 1>(&lossy, &[1, 2], ""),
        &["law 26", "after event 2"],
    );
}

#[test]
fn a_snapshot_that_leads_to_another_end_breaks_law_26() {
    /// Equal to every other state.
    #[derive(Debug)]
    struct Careless(u8);
    impl PartialEq for Careless {
        fn eq(&self, other: &Self) -> bool {
            self.0 / 10 == other.0 / 10
        }
    }
    impl Aggregate for Careless {
        type Event = Counted;
        const TYPE: &'static str = "careless";
        fn create(event: &Counted) -> Result<Self, Inapplicable> {
            Ok(Self(event.0))
        }
        fn apply(&mut self, event: &Counted) -> Result<(), Inapplicable> {
            self.0 += event.0;
            Ok(())
        }
    }
    struct Rounding;
    impl StateCodec<Careless> for Rounding {
        fn encode(&self, state: &Careless) -> Result<Bytes, EncodeError> {
            Ok((state.0 / 10 * 10).to_string().into())
        }
        fn decode(&self, payload: &[u8]) -> Result<Careless, FormatError> {
            Ok(Careless(std::str::from_utf8(payload)?.parse()?))
        }
    }
    let checked = catch_unwind(|| check::<Careless>(&Rounding, &[Counted(5), Counted(5)], ""));
    let panic = checked.expect_err("the check fails");
    let message = panic.downcast_ref::<String>().expect("a formatted message");
    assert!(message.contains("leads to another end"), "{message}");
}

#[test]
fn a_state_that_is_not_written_or_a_history_that_does_not_fit_is_named() {
    says(
        verdict::<1, 1>(&FAITHFUL, &[1, 98], ""),
        &["after event 2", "99 is not written"],
    );
    says(
        verdict::<1, 1>(&FAITHFUL, &[1, 0], ""),
        &["nothing counted"],
    );
}
