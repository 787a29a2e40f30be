//! The report on stores: a section of `docs/benchmarks.md`, and the plots beside it.

use std::path::Path;

use subject::Outcome;

use crate::plot::{self, Captions, Line};
use crate::rounds::{Measured, Plan};
use crate::snapshots::{Loads, crossover};
use crate::{document, table};

/// Writes the section and the plots into the folder of documents.
pub(crate) fn write(
    documents: &Path,
    machine: &str,
    plan: &Plan,
    measured: &[Measured],
    (loads, tails): (&[Loads], &str),
) -> Outcome<()> {
    let plots = documents.join("plots");
    std::fs::create_dir_all(&plots)?;
    draw_throughput(&plots.join("throughput.svg"), plan, measured)?;
    draw_concurrency(&plots.join("append-latency.svg"), plan, measured)?;
    draw_snapshots(&plots.join("snapshots.svg"), loads)?;
    let section = section(machine, plan, measured, (loads, tails));
    document::replace(&documents.join("benchmarks.md"), "stores", &section)
}

/// Writes the section on stores on a server.
pub(crate) fn write_servers(
    documents: &Path,
    machine: &str,
    plan: &Plan,
    measured: &[Measured],
) -> Outcome<()> {
    let mut text = format!(
        "{machine} {} rounds; in each, every column is measured for every store in turn, about {} s \
         each. The server is on the same machine and syncs each commit. Events and data set as above.\n\n\
         Times as fast as sqlx by hand, median of the ratios of each round; in brackets the median \
         itself, appends and scans in events per second:\n\n",
        plan.rounds, plan.seconds
    );
    text.push_str(&table::medians(&plan.columns, measured));
    text.push_str(
        "\nOne operation, in microseconds, medians over the rounds; of a scan, all of the log:\n\n",
    );
    text.push_str(&table::percentiles(&plan.columns, measured));
    text.push('\n');
    for subject in measured {
        text.push_str(&format!(
            "- {}: {}\n",
            subject.subject, subject.filled.description
        ));
    }
    document::replace(&documents.join("benchmarks.md"), "servers", &text)
}

fn section(
    machine: &str,
    plan: &Plan,
    measured: &[Measured],
    (loads, tails): (&[Loads], &str),
) -> String {
    let mut text = format!(
        "{machine} {} rounds; in each, every column is measured for every store in turn, about {} s \
         each. Every store on SQLite has a write-ahead log and `synchronous=FULL`; all have their files in \
         the same folder and sync before they answer. About 150 bytes of payload and 100 bytes of metadata per event; appends expect an \
         exact version, each task has a stream of its own; loads and scans read {} interleaved \
         streams of {} events from a warm cache.\n\n",
        plan.rounds, plan.seconds, plan.shape.streams, plan.shape.length
    );
    text.push_str(
        "Times as fast as rusqlite by hand (`raw`), median of the ratios of each round; in brackets \
         the median itself, appends and scans in events per second. All with `synchronous=FULL`.\n\n",
    );
    text.push_str(&table::medians(&plan.columns, measured));
    text.push_str("\n![Throughput by store](plots/throughput.svg)\n\n");
    text.push_str(
        "What one operation took, in microseconds, medians over the rounds, `synchronous=FULL`; of a \
         scan, all of the log:\n\n",
    );
    text.push_str(&table::percentiles(&plan.columns, measured));
    text.push_str("\n![Append latency against concurrency](plots/append-latency.svg)\n\n");
    for subject in measured {
        text.push_str(&format!(
            "- {}: {}\n",
            subject.subject, subject.filled.description
        ));
    }
    text.push_str(
        "\n### The worst moments\n\nThe longest append of many tasks, and open and load of one \
         stream in a new process after the writing process was killed, `synchronous=FULL`:\n\n",
    );
    text.push_str(tails);
    text.push_str(&snapshots(loads));
    text
}

fn snapshots(loads: &[Loads]) -> String {
    let mut text = String::from(
        "\n### When a snapshot pays\n\nA load through the repository (`JsonEventCodec`), in \
         microseconds, from a SQLite file with `synchronous=FULL`; the snapshot is at the end of the \
         stream, and its state is one number: a larger one costs its decoding on top.\n\n\
         | events in the stream | replay | with a snapshot |\n|---|---|---|\n",
    );
    for loads in loads {
        text.push_str(&format!(
            "| {} | {:.0} | {:.0} |\n",
            loads.length, loads.replayed, loads.with_snapshot
        ));
    }
    let sentence = match crossover(loads) {
        Some(length)
            if loads
                .first()
                .is_some_and(|first| first.length as f64 >= length) =>
        {
            format!(
                "With a snapshot a load is the faster one from the shortest stream on that was measured, {length:.0} events."
            )
        }
        Some(length) => {
            format!("A snapshot starts to pay at about **{length:.0} events** in the stream.")
        }
        None => "A replay was the faster one at every length.".to_owned(),
    };
    text.push_str(&format!(
        "\n{sentence}\n\n![Load time against stream length](plots/snapshots.svg)\n"
    ));
    text
}

fn draw_throughput(path: &Path, plan: &Plan, measured: &[Measured]) -> Outcome<()> {
    let groups: Vec<&str> = plan.columns.iter().map(|column| column.heading()).collect();
    let bars: Vec<(String, Vec<f64>)> = measured
        .iter()
        .map(|subject| {
            let ratios = plan.columns.iter().enumerate().map(|(index, column)| {
                table::median_ratio(
                    *column,
                    &measured[0].columns[index],
                    &subject.columns[index],
                )
            });
            (subject.subject.to_owned(), ratios.collect())
        })
        .collect();
    let captions = Captions {
        title: "Throughput by store (synchronous=FULL), more is faster",
        across: "",
        up: "times rusqlite by hand",
    };
    plot::bars(path, &captions, &groups, &bars)
}

fn draw_concurrency(path: &Path, plan: &Plan, measured: &[Measured]) -> Outcome<()> {
    let mut lines = Vec::new();
    for subject in measured {
        let points = |figure: fn(&subject::Figures) -> f64| {
            plan.columns
                .iter()
                .zip(&subject.columns)
                .filter_map(|(column, figures)| {
                    let tasks = column.tasks()? as f64;
                    Some((tasks, figure(&table::median(figures))))
                })
                .collect()
        };
        lines.push(Line {
            name: format!("{} p50", subject.subject),
            thin: false,
            points: points(|figures| figures.p50),
        });
        lines.push(Line {
            name: format!("{} p99", subject.subject),
            thin: true,
            points: points(|figures| figures.p99),
        });
    }
    let captions = Captions {
        title: "Latency of an append against concurrency (synchronous=FULL)",
        across: "tasks that append at once",
        up: "microseconds",
    };
    plot::lines(path, &captions, &lines)
}

fn draw_snapshots(path: &Path, loads: &[Loads]) -> Outcome<()> {
    let line = |name: &str, time: fn(&Loads) -> f64| Line {
        name: name.to_owned(),
        thin: false,
        points: loads
            .iter()
            .map(|loads| (loads.length as f64, time(loads)))
            .collect(),
    };
    let captions = Captions {
        title: "Load of an aggregate against the length of its stream (synchronous=FULL)",
        across: "events in the stream",
        up: "microseconds",
    };
    let lines = [
        line("replay", |loads| loads.replayed),
        line("with a snapshot", |loads| loads.with_snapshot),
    ];
    plot::lines(path, &captions, &lines)
}
