//! The cost of the proof that each event comes back: the rates with it, as ratios to those without.
//!
//! The two codecs take turns in each round, so a disturbance of the machine meets both.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing bench has no result, and the result is a table"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use benches::stores::subjects;
use benches::{TallyEvent, event_of, tally_codec, tally_codec_without_reading_back, tally_stream};
use serialization::JsonEventCodec;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventIdGenerator;
use shared_kernel::{EventStore, EventStoreExt, ExpectedVersion, NewEvent};
use tokio::runtime::Runtime;

const ROUNDS: usize = 25;
const ENCODED: usize = 100_000;
const TASKS: usize = 64;
/// The appends of one round: of one task, and of each of the 64.
const APPENDS: (usize, usize) = (1_000, 150);

type Codec = Arc<JsonEventCodec<TallyEvent>>;

fn main() {
    let runtime = Runtime::new().unwrap();
    let (with, without) = (tally_codec(), tally_codec_without_reading_back());
    let codecs = [Arc::new(with), Arc::new(without)];
    println!("the rate with the proof, as a ratio to that without (median of {ROUNDS} rounds):");
    println!("encode, one event: {:.2}", ratio(&codecs, encode));
    for subject in subjects(&runtime) {
        let events = &subject.events;
        for (tasks, appends) in [(1, APPENDS.0), (TASKS, APPENDS.1)] {
            let found = ratio(&codecs, |codec| {
                runtime.block_on(append(events, codec, tasks, appends));
            });
            println!("{}, {tasks} task(s): {found:.3}", subject.name);
        }
    }
}

/// The median over the rounds of the time without the proof, divided by the time with it.
fn ratio([with, without]: &[Codec; 2], run: impl Fn(&Codec)) -> f64 {
    let time = |codec| {
        let started = Instant::now();
        run(codec);
        started.elapsed().as_secs_f64()
    };
    time(with);
    let mut ratios: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            let (with, without) = if round % 2 == 0 {
                let with = time(with);
                (with, time(without))
            } else {
                let without = time(without);
                (time(with), without)
            };
            without / with
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

fn encode(codec: &Codec) {
    let event = event_of(1);
    for _ in 0..ENCODED {
        black_box(codec.encode(black_box(&event)).unwrap());
    }
}

/// Each task encodes and appends one event after the other, to its own stream.
async fn append(events: &Arc<dyn EventStore>, codec: &Codec, tasks: usize, appends: usize) {
    let workers: Vec<_> = (0..tasks)
        .map(|task| {
            let (events, codec) = (Arc::clone(events), Arc::clone(codec));
            tokio::spawn(async move {
                let ids = EventIdGenerator::default();
                for amount in 0..appends {
                    let encoded = codec.encode(&event_of(amount as u64)).unwrap();
                    let id = ids.generate().unwrap();
                    let event = NewEvent::new(id, encoded.event_type, encoded.payload);
                    let stream = tally_stream(task);
                    let append = events.append_to(stream, ExpectedVersion::Any, vec![event]);
                    append.await.unwrap();
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
}
