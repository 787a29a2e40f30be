//! The cost of the proof that each event comes back: the rates with it, as ratios to those without.
//!
//! The two codecs take turns, so a disturbance of the machine meets both: after each append of one
//! task, and after each round of 64.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing bench has no result, and the result is a table"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use benches::stores::subjects;
use benches::{TallyEvent, event_of, tally_codec, tally_codec_without_reading_back, tally_stream};
use serialization::JsonEventCodec;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventIdGenerator;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, NewEvent};
use tokio::runtime::Runtime;

const ROUNDS: usize = 41;
const TASKS: usize = 64;
/// The events that are encoded in a round.
const ENCODED: usize = 100_000;
/// The pairs of appends of one task in a round.
const PAIRS: usize = 400;
/// The appends of each of the 64 tasks in a round.
const APPENDS: usize = 150;

type Codec = Arc<JsonEventCodec<TallyEvent>>;

fn main() {
    let runtime = Runtime::new().unwrap();
    let (with, without) = (tally_codec(), tally_codec_without_reading_back());
    let codecs = [Arc::new(with), Arc::new(without)];
    println!("the rate with the proof, as a ratio to that without (median of {ROUNDS} rounds):");
    let found = median(|round| in_turns(round, &codecs, encode));
    println!("encode, one event: {found:.2}");
    for subject in subjects(&runtime) {
        let (name, events) = (subject.name, &subject.events);
        let found = median(|_| runtime.block_on(append_in_turns(events, &codecs)));
        println!("{name}, one task: {found:.3}");
        let found = median(|round| {
            in_turns(round, &codecs, |codec| {
                runtime.block_on(append_side_by_side(events, codec));
            })
        });
        println!("{name}, {TASKS} tasks: {found:.3}");
    }
}

/// The median of the ratios of all rounds, after a round to warm up.
fn median(mut ratio: impl FnMut(usize) -> f64) -> f64 {
    ratio(0);
    let mut ratios: Vec<f64> = (0..ROUNDS).map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

/// The time of one run without the proof, divided by that of one with it.
fn in_turns(round: usize, [with, without]: &[Codec; 2], run: impl Fn(&Codec)) -> f64 {
    let time = |codec| {
        let started = Instant::now();
        run(codec);
        started.elapsed().as_secs_f64()
    };
    if round.is_multiple_of(2) {
        let with = time(with);
        return time(without) / with;
    }
    let without = time(without);
    without / time(with)
}

/// The same for the appends of one task, with one codec and the other by turns.
async fn append_in_turns(events: &Arc<dyn EventStore>, codecs: &[Codec; 2]) -> f64 {
    let ids = EventIdGenerator::default();
    let mut times = [Duration::ZERO; 2];
    for pair in 0..PAIRS {
        for turn in [pair % 2, 1 - pair % 2] {
            let started = Instant::now();
            append(events, &codecs[turn], &ids, 0).await;
            times[turn] += started.elapsed();
        }
    }
    times[1].as_secs_f64() / times[0].as_secs_f64()
}

fn encode(codec: &Codec) {
    let event = event_of(1);
    for _ in 0..ENCODED {
        black_box(codec.encode(black_box(&event)).unwrap());
    }
}

/// Each task encodes and appends one event after the other, to its own stream.
async fn append_side_by_side(events: &Arc<dyn EventStore>, codec: &Codec) {
    let workers: Vec<_> = (0..TASKS)
        .map(|task| {
            let (events, codec) = (Arc::clone(events), Arc::clone(codec));
            tokio::spawn(async move {
                let ids = EventIdGenerator::default();
                for _ in 0..APPENDS {
                    append(&events, &codec, &ids, task).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}

/// Encodes an event and appends it to the stream of a task.
async fn append(events: &Arc<dyn EventStore>, codec: &Codec, ids: &EventIdGenerator, task: usize) {
    let encoded = codec.encode(&event_of(1)).unwrap();
    let event = NewEvent::new(ids.generate().unwrap(), encoded.event_type, encoded.payload);
    let append = events.append_to(tally_stream(task), ExpectedVersion::Any, vec![event]);
    append.await.unwrap();
}
