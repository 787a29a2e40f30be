//! Measures the speed of each format, one after the other in every round, and prints the ratios to
//! serde_json as a Markdown table.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --bin format-ratios [ROUNDS]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use formats::{FORMATS, Format, NESTED, UNIFORM, nested, uniform};

/// Measures the time of one format in a round.
type Measure = Box<dyn Fn(&Format) -> Duration>;

fn main() {
    let rounds = std::env::args().nth(1).map_or(Ok(15), |text| text.parse());
    let rounds: usize = rounds.expect("the number of rounds is a number");
    let (uniform, nested) = (uniform(UNIFORM), nested(NESTED));
    let values = serde_json::to_value(&nested).expect("the set is JSON");
    let values = values.as_array().expect("the set is an array").clone();

    let mut columns: Vec<(&str, Measure)> = Vec::new();
    macro_rules! columns {
        ($encode:literal, $decode:literal, $set:ident, $field:ident) => {
            let texts: Vec<String> = FORMATS
                .iter()
                .map(|format| (format.$field.encode)(&$set))
                .collect();
            columns.push((
                $encode,
                Box::new(move |format| timed(|| (format.$field.encode)(&$set))),
            ));
            columns.push((
                $decode,
                Box::new(move |format| {
                    let index = FORMATS.iter().position(|other| other.name == format.name);
                    let text = &texts[index.expect("a format of the list")];
                    timed(|| (format.$field.decode)(text))
                }),
            ));
        };
    }
    columns!("uniform encode", "uniform decode", uniform, uniform);
    columns!("nested encode", "nested decode", nested, nested);
    columns!("`Value` encode", "`Value` decode", values, value);

    let mut times = vec![vec![Vec::with_capacity(rounds); FORMATS.len()]; columns.len()];
    for _ in 0..rounds {
        for (column, (_, measure)) in columns.iter().enumerate() {
            for (row, format) in FORMATS.iter().enumerate() {
                times[column][row].push(measure(format));
            }
        }
    }

    let headings: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    println!("| format | {} |", headings.join(" | "));
    println!("|---|{}", "---|".repeat(columns.len()));
    for (row, format) in FORMATS.iter().enumerate() {
        let cell = |column: usize| {
            let ratio = median_ratio(&times[column][0], &times[column][row]);
            let median = median(times[column][row].clone());
            format!("{ratio:.2} ({:.1} ms)", median.as_secs_f64() * 1e3)
        };
        let cells: Vec<String> = (0..columns.len()).map(cell).collect();
        println!("| {} | {} |", format.name, cells.join(" | "));
    }
}

fn timed<R>(work: impl FnOnce() -> R) -> Duration {
    let start = Instant::now();
    let result = black_box(work());
    let taken = start.elapsed();
    drop(result);
    taken
}

/// The median over the rounds of the ratio to the yardstick: 2.0 is twice as fast.
fn median_ratio(yardstick: &[Duration], subject: &[Duration]) -> f64 {
    let ratio = |(yardstick, subject): (&Duration, &Duration)| {
        yardstick.as_secs_f64() / subject.as_secs_f64()
    };
    let mut ratios: Vec<f64> = yardstick.iter().zip(subject).map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
