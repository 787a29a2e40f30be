//! The check of an aggregate's states: snapshots equal replays, and a changed state has a new
//! schema.

use std::error::Error;
use std::fmt::{Debug, Write as _};

use shared_kernel::codec::StateCodec;
use shared_kernel::{Aggregate, Inapplicable};

/// Checks the states of an aggregate after each event of an example history.
///
/// - Each state is read back as an equal one, and the events after it lead to the same end as a
///   full replay ([law 26](shared_kernel::laws#law-26)). Even `#[serde(skip)]` is noticed, which
///   the codec cannot see.
/// - The written states are those of `golden` ([law 53](shared_kernel::laws#law-53)). Keep that
///   text beside the test: it is the fingerprint of the schema.
///
/// A snapshot that is still readable may have lost its meaning. For example, a new field with
/// `#[serde(default)]` is 0 in each old snapshot, and 7 after a replay. This check fails then,
/// until [`STATE_SCHEMA`](Aggregate::STATE_SCHEMA) is increased. It sees only the states of the
/// example, so choose a history that fills every field. A `HashSet` has another order in each
/// process; use a `BTreeSet`.
///
/// The first line of `golden` is the schema; a line for each state follows:
///
/// ```text
/// lamp/1
/// {"room":"hall","percent":100}
/// {"room":"hall","percent":40}
/// ```
///
/// Begin with an empty text: the message of the panic has the text to write.
///
/// # Panics
/// If the states break law 26, or differ from the golden text.
pub fn check<A>(codec: &impl StateCodec<A>, history: &[A::Event], golden: &str)
where
    A: Aggregate + PartialEq + Debug,
{
    let end = replayed::<A>(history).expect("the history has an event");
    let mut written = Vec::with_capacity(history.len());
    for count in 1..=history.len() {
        let (before, after) = history.split_at(count);
        let state = replayed::<A>(before).expect("there is an event");
        let payload = codec.encode(&state).unwrap_or_else(|error| {
            panic!(
                "the state after event {count} cannot be written: {}",
                chain(&error)
            )
        });
        let mut copy = codec.decode(&payload).unwrap_or_else(|error| {
            panic!(
                "the state after event {count} cannot be read back: {}",
                chain(&*error)
            )
        });
        assert_eq!(
            copy, state,
            "law 26 is broken: the state after event {count} is read back (left) as another one",
        );
        for event in after {
            fits(copy.apply(event));
        }
        assert_eq!(
            copy, end,
            "law 26 is broken: a snapshot after event {count} leads to another end (left) than a \
             replay",
        );
        written.push(line(&payload));
    }
    compare::<A>(&written, golden);
}

/// The state after a history; `None` if it is empty.
fn replayed<A: Aggregate>(history: &[A::Event]) -> Option<A> {
    let (first, rest) = history.split_first()?;
    let mut state = fits(A::create(first));
    for event in rest {
        fits(state.apply(event));
    }
    Some(state)
}

fn fits<T>(applied: Result<T, Inapplicable>) -> T {
    applied.unwrap_or_else(|reason| panic!("the history does not fit the aggregate: {reason}"))
}

/// An error with its sources.
fn chain(error: &(dyn Error + 'static)) -> String {
    let sources = std::iter::successors(error.source(), |&error| error.source());
    sources.fold(error.to_string(), |text, source| {
        format!("{text}: {source}")
    })
}

/// A written state as one line of the golden text; in hexadecimal digits if it is no text.
fn line(payload: &[u8]) -> String {
    match std::str::from_utf8(payload) {
        Ok(text) if !text.contains(['\n', '\r']) => text.to_owned(),
        _ => payload.iter().fold(String::new(), |mut digits, byte| {
            write!(digits, "{byte:02x}").expect("a string takes everything");
            digits
        }),
    }
}

fn compare<A: Aggregate>(written: &[String], golden: &str) {
    let schema = A::STATE_SCHEMA;
    let text = |schema: u32| format!("{}/{schema}\n{}\n", A::TYPE, written.join("\n"));
    let mut lines = golden.lines();
    let Some(first) = lines.next() else {
        panic!("there is no golden text yet; it is:\n{}", text(schema));
    };
    let of = first
        .strip_prefix(A::TYPE)
        .and_then(|rest| rest.strip_prefix('/'));
    let Some(of) = of.and_then(|of| of.parse::<u32>().ok()) else {
        panic!(
            "the golden text begins with `{first}`, and not with a schema of `{}/`",
            A::TYPE
        );
    };
    if of > schema {
        panic!(
            "the golden text is of schema {of}, and `STATE_SCHEMA` is {schema}; snapshots of schema \
             {schema} may have another form, so set it to {of} or higher"
        );
    }
    if of < schema {
        panic!(
            "`STATE_SCHEMA` was increased; replace the golden text by:\n{}",
            text(schema)
        );
    }
    let lines: Vec<&str> = lines.collect();
    let mut pairs = (1..).zip(lines.iter().zip(written));
    if let Some((count, (golden, written))) = pairs.find(|(_, (golden, written))| golden != written)
    {
        let next = schema + 1;
        panic!(
            "law 53 is broken: the state after event {count} is another one, and loads still begin \
             at snapshots of schema {schema}\n  golden: {golden}\n     now: {written}\nset \
             `STATE_SCHEMA` to {next}, and replace the golden text by:\n{}",
            text(next)
        );
    }
    assert!(
        lines.len() == written.len(),
        "the golden text has {} states and the history {} events; replace the text by:\n{}",
        lines.len(),
        written.len(),
        text(schema)
    );
}
