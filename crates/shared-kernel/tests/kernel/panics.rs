//! A panic in the code of a user poisons nothing: the same repository goes on.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures_util::FutureExt;
use shared_kernel::codec::{
    DecodeError, DecodedEvents, EncodeError, EncodedEvent, EventCodec, FormatError, StateCodec,
};
use shared_kernel::repository::AsOf;
use shared_kernel::snapshot::policy::{Never, SaveContext, SnapshotPolicy};
use shared_kernel::{EventSourcedRepository, RecordedEvent, RepositoryError};

use crate::doubles::Fate;
use crate::fixture::{Fixture, by_another, version};
use crate::tally::{EventsInJson, StateInJson, Tally, TallyEvent, stream};

/// Panics once, at each place that is armed.
#[derive(Default, Clone)]
struct Trap(Arc<AtomicBool>);

impl Trap {
    fn set(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    fn spring(&self, place: &str) {
        assert!(
            !self.0.swap(false, Ordering::SeqCst),
            "a panic in {place}, as the test wants"
        );
    }
}

#[derive(Default)]
struct Traps {
    encode: Trap,
    decode: Trap,
    encode_state: Trap,
    decode_state: Trap,
    policy: Trap,
}

struct Codec(Arc<Traps>, EventsInJson);

impl EventCodec<TallyEvent> for Codec {
    fn encode(&self, event: &TallyEvent) -> Result<EncodedEvent, EncodeError> {
        self.0.encode.spring("encode");
        self.1.encode(event)
    }

    fn decode(&self, recorded: &RecordedEvent) -> Result<DecodedEvents<TallyEvent>, DecodeError> {
        self.0.decode.spring("decode");
        self.1.decode(recorded)
    }
}

struct States(Arc<Traps>, StateInJson);

impl StateCodec<Tally> for States {
    fn encode(&self, state: &Tally) -> Result<Bytes, EncodeError> {
        self.0.encode_state.spring("encode of a state");
        self.1.encode(state)
    }

    fn decode(&self, payload: &[u8]) -> Result<Tally, FormatError> {
        self.0.decode_state.spring("decode of a state");
        self.1.decode(payload)
    }
}

struct Policy(Arc<Traps>);

impl SnapshotPolicy<Tally> for Policy {
    fn is_due(&self, save: &SaveContext<'_, Tally>) -> bool {
        self.0.policy.spring("a policy");
        Never.not().is_due(save)
    }
}

async fn add(
    repository: &EventSourcedRepository<Tally>,
    count: i64,
) -> Result<Vec<i64>, RepositoryError> {
    let tally = stream("tally-1");
    let executed = repository
        .execute(&tally, |_: &Tally| TallyEvent::Added(count))
        .await?;
    Ok(executed.root.into_state().added)
}

#[tokio::test]
async fn a_panic_in_a_codec_a_policy_or_a_decision_poisons_nothing() {
    let f = Fixture::new();
    f.tally_of("tally-1", &[1]).await;
    let tally = stream("tally-1");
    let traps = Arc::new(Traps::default());
    let codec = Codec(Arc::clone(&traps), EventsInJson::default());
    let states = States(Arc::clone(&traps), StateInJson::default());
    let repository = EventSourcedRepository::new(Arc::clone(&f.events), codec)
        .with_snapshots(Arc::clone(&f.snapshots), states)
        .with_policy(Policy(Arc::clone(&traps)))
        .with_clock(Arc::clone(&f.clock))
        .with_timer(Arc::clone(&f.pauses));
    let mut expected = vec![1];
    // A snapshot to decode.
    expected.push(2);
    assert_eq!(add(&repository, 2).await.unwrap(), expected);

    // The events of a save are acknowledged before its snapshot is taken.
    let armed = [
        (&traps.encode, false),
        (&traps.decode_state, false),
        (&traps.encode_state, true),
        (&traps.policy, true),
    ];
    for (number, (trap, is_saved)) in (3..).zip(armed) {
        trap.set();
        let command = AssertUnwindSafe(add(&repository, number));
        assert!(command.catch_unwind().await.is_err(), "{number}");
        if is_saved {
            expected.push(number);
        }
        expected.push(10 * number);
        assert_eq!(add(&repository, 10 * number).await.unwrap(), expected);
    }
    // A load from before the first snapshot decodes an event.
    traps.decode.set();
    let first = || repository.load_as_of(&tally, AsOf::Version(version(1)));
    assert!(AssertUnwindSafe(first()).catch_unwind().await.is_err());
    assert!(first().await.unwrap().is_some());
    // After a conflict, commands take turns: a command that panics then leaves its place.
    f.events.then([Fate::After(by_another("tally-1", 99))]);
    let mut decisions = 0;
    let command = repository.execute(&tally, |_: &Tally| {
        decisions += 1;
        assert!(decisions < 2, "a panic in a decision, as the test wants");
        TallyEvent::Added(100)
    });
    assert!(AssertUnwindSafe(command).catch_unwind().await.is_err());
    expected.extend([99, 101]);
    assert_eq!(add(&repository, 101).await.unwrap(), expected);
}
