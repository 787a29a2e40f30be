//! The tables of results: ratios to the first subject, per round and as medians.

use subject::Figures;

use crate::column::Column;
use crate::rounds::Measured;

/// The ratios of one round, a line per subject: 2.0 is twice as fast as the first subject.
pub(crate) fn round(columns: &[Column], measured: &[Measured], round: usize) -> String {
    let mut text = format!("round {}\n", round + 1);
    for subject in measured {
        text.push_str(&format!("  {:<10}", subject.subject));
        for (index, column) in columns.iter().enumerate() {
            let figures = &subject.columns[index][round];
            let ratio = column.speed(figures) / column.speed(&measured[0].columns[index][round]);
            text.push_str(&format!(" {ratio:>6.2} ({})", column.shown(figures)));
        }
        text.push('\n');
    }
    text
}

/// The medians of all rounds as a Markdown table.
pub(crate) fn medians(columns: &[Column], measured: &[Measured]) -> String {
    let headings: Vec<&str> = columns.iter().map(|column| column.heading()).collect();
    let mut text = format!("| | {} | bytes/event |\n", headings.join(" | "));
    text.push_str(&format!("|---|{}---|\n", "---|".repeat(columns.len())));
    for subject in measured {
        let cells: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let ratio = median_ratio(
                    *column,
                    &measured[0].columns[index],
                    &subject.columns[index],
                );
                format!(
                    "{ratio:.2} ({})",
                    column.shown(&median(&subject.columns[index]))
                )
            })
            .collect();
        text.push_str(&format!(
            "| {} | {} | {:.0} |\n",
            subject.subject,
            cells.join(" | "),
            subject.filled.bytes_per_event
        ));
    }
    text
}

/// p50 and p99 of the columns that append single events or read, in microseconds.
pub(crate) fn percentiles(columns: &[Column], measured: &[Measured]) -> String {
    let headings: Vec<&str> = columns.iter().map(|column| column.heading()).collect();
    let mut text = format!("| p50 / p99 in µs | {} |\n", headings.join(" | "));
    text.push_str(&format!("|---|{}\n", "---|".repeat(columns.len())));
    for subject in measured {
        let cells: Vec<String> = subject
            .columns
            .iter()
            .map(|figures| {
                let median = median(figures);
                format!("{:.0} / {:.0}", median.p50, median.p99)
            })
            .collect();
        text.push_str(&format!(
            "| {} | {} |\n",
            subject.subject,
            cells.join(" | ")
        ));
    }
    text
}

/// The median over the rounds of the ratio in each round.
pub(crate) fn median_ratio(column: Column, yardstick: &[Figures], subject: &[Figures]) -> f64 {
    let ratios = yardstick
        .iter()
        .zip(subject)
        .map(|(yardstick, subject)| column.speed(subject) / column.speed(yardstick));
    middle(ratios.collect())
}

/// The figures with the median of each over the rounds.
pub(crate) fn median(figures: &[Figures]) -> Figures {
    let of = |figure: fn(&Figures) -> f64| middle(figures.iter().map(figure).collect());
    Figures {
        operations: figures.iter().map(|figures| figures.operations).sum(),
        events_per_second: of(|figures| figures.events_per_second),
        p50: of(|figures| figures.p50),
        p99: of(|figures| figures.p99),
        longest: of(|figures| figures.longest),
    }
}

/// The median; for an even number of values, the mean of the middle two.
pub(crate) fn middle(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let half = numbers.len() / 2;
    match numbers.len() {
        0 => f64::NAN,
        length if length.is_multiple_of(2) => f64::midpoint(numbers[half - 1], numbers[half]),
        _ => numbers[half],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        assert_eq!(middle(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(middle(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(middle(Vec::new()).is_nan());
    }
}
