//! The report on growth: a section of `docs/scale.md`, and the plots beside it.

use std::path::Path;

use subject::Outcome;

use super::{Grown, fill::STREAM_LENGTH};
use crate::column::thousands;
use crate::document;
use crate::plot::{self, Captions, Line};

/// Writes the table and the plots into the folder of documents.
pub(super) fn write(documents: &Path, machine: &str, grown: &[Grown]) -> Outcome<()> {
    let plots = documents.join("plots");
    std::fs::create_dir_all(&plots)?;
    draw(
        &plots.join("growth-times.svg"),
        "Time against the length of the log (synchronous=FULL, warm cache)",
        "microseconds",
        grown,
        &[
            ("append, p50", |grown| grown.append_p50),
            ("append, p99", |grown| grown.append_p99),
            ("load of a stream of 200 events", |grown| grown.load),
        ],
    )?;
    draw(
        &plots.join("growth-file.svg"),
        "Size of the file, and peak memory of a scan",
        "megabytes",
        grown,
        &[
            ("file", |grown| grown.megabytes),
            ("peak memory of a scan", |grown| grown.scan_peak_megabytes),
        ],
    )?;
    let section = format!(
        "{machine} Write-ahead log with `synchronous=FULL`, warm cache; medians of rounds that measure \
         each log in turn. Streams of {STREAM_LENGTH} events, a thousand of them interleaved at any \
         time.\n\n{}\n{}\n\n![Time against the length of the log](plots/growth-times.svg)\n\n\
         ![File and memory against the length of the log](plots/growth-file.svg)\n",
        table(grown),
        comparison(grown)
    );
    document::replace(&documents.join("scale.md"), "growth", &section)
}

/// The figures as a Markdown table.
pub(super) fn table(grown: &[Grown]) -> String {
    let mut text = String::from(
        "| events | file | bytes/event | append p50 | append p99 | load of 200 | scan | peak of a scan |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for grown in grown {
        text.push_str(&format!(
            "| {} | {:.0} MB | {:.0} | {:.0} µs | {:.0} µs | {:.0} µs | {}/s | {:.1} MB |\n",
            thousands(grown.events as f64),
            grown.megabytes,
            grown.bytes_per_event,
            grown.append_p50,
            grown.append_p99,
            grown.load,
            thousands(grown.scan_events_per_second),
            grown.scan_peak_megabytes
        ));
    }
    text
}

/// A sentence on the ratio of the load time in the longest log to that in the log of 100,000
/// events.
fn comparison(grown: &[Grown]) -> String {
    let yardstick = grown.iter().find(|grown| grown.events == 100_000);
    match (yardstick, grown.last()) {
        (Some(yardstick), Some(longest)) if longest.events > yardstick.events => format!(
            "A load in the log of {} events takes {:.2} times what it takes in the one of 100,000.",
            thousands(longest.events as f64),
            longest.load / yardstick.load
        ),
        _ => String::new(),
    }
}

type Figure = (&'static str, fn(&Grown) -> f64);

fn draw(path: &Path, title: &str, up: &str, grown: &[Grown], figures: &[Figure]) -> Outcome<()> {
    let lines: Vec<Line> = figures
        .iter()
        .map(|(name, figure)| Line {
            name: (*name).to_owned(),
            thin: false,
            points: grown
                .iter()
                .map(|grown| (grown.events as f64, figure(grown)))
                .collect(),
        })
        .collect();
    let captions = Captions {
        title,
        across: "events in the log",
        up,
    };
    plot::lines(path, &captions, &lines)
}
