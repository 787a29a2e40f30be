//! The columns: the measurements of each store.

use clap::ValueEnum;
use subject::{Figures, Request};

/// A measurement, which is a column of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Column {
    /// One event per append, one task.
    Append,
    /// One event per append, four tasks at once.
    Append4,
    /// One event per append, 16 tasks at once.
    Append16,
    /// One event per append, 64 tasks at once.
    Append64,
    /// One event per append, 256 tasks at once.
    Append256,
    /// One event per append, 64 tasks at once in each of three processes.
    Processes,
    /// A hundred events per append, one task.
    Batch100,
    /// Reading one stream into memory.
    Load,
    /// Reading the log from end to end.
    Scan,
}

impl Column {
    /// The default columns of a comparison of stores in files.
    pub(crate) const COMPARED: [Self; 6] = [
        Self::Append,
        Self::Append64,
        Self::Append256,
        Self::Batch100,
        Self::Load,
        Self::Scan,
    ];

    /// The columns of stores in files that a report has.
    pub(crate) const REPORTED: [Self; 8] = [
        Self::Append,
        Self::Append4,
        Self::Append16,
        Self::Append64,
        Self::Append256,
        Self::Batch100,
        Self::Load,
        Self::Scan,
    ];

    /// The columns of stores on a server.
    pub(crate) const ON_A_SERVER: [Self; 6] = [
        Self::Append,
        Self::Append64,
        Self::Processes,
        Self::Batch100,
        Self::Load,
        Self::Scan,
    ];

    /// The request to a subject for this column.
    pub(crate) fn request(self, seconds: f64) -> Request {
        let append = |tasks, batch| Request::Append {
            tasks,
            batch,
            seconds,
        };
        match self {
            Self::Append | Self::Append4 | Self::Append16 | Self::Append64 | Self::Append256 => {
                append(self.tasks().unwrap_or(1), 1)
            }
            Self::Processes => append(64, 1),
            Self::Batch100 => append(1, 100),
            Self::Load => Request::Load { seconds },
            Self::Scan => Request::Scan { seconds },
        }
    }

    /// The number of tasks, for a column of single events.
    pub(crate) fn tasks(self) -> Option<usize> {
        match self {
            Self::Append => Some(1),
            Self::Append4 => Some(4),
            Self::Append16 => Some(16),
            Self::Append64 => Some(64),
            Self::Append256 => Some(256),
            Self::Processes | Self::Batch100 | Self::Load | Self::Scan => None,
        }
    }

    /// The number of processes that take part.
    pub(crate) fn processes(self) -> usize {
        if self == Self::Processes { 3 } else { 1 }
    }

    /// The heading in the report.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::Append => "one task",
            Self::Append4 => "4 tasks",
            Self::Append16 => "16 tasks",
            Self::Append64 => "64 tasks",
            Self::Append256 => "256 tasks",
            Self::Processes => "3 × 64 tasks",
            Self::Batch100 => "batches of 100",
            Self::Load => "load",
            Self::Scan => "scan",
        }
    }

    /// The speed to compare subjects by; a higher one is faster.
    pub(crate) fn speed(self, figures: &Figures) -> f64 {
        match self {
            Self::Load => 1e6 / figures.p50,
            _ => figures.events_per_second,
        }
    }

    /// The text of the figure in the report.
    pub(crate) fn shown(self, figures: &Figures) -> String {
        match self {
            Self::Load => format!("{:.0} µs", figures.p50),
            _ => format!("{}/s", thousands(figures.events_per_second)),
        }
    }
}

/// A number with commas and without a fraction: `1,234,567`.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_comma_before_every_third_digit_from_the_right() {
        for (number, text) in [
            (0.0, "0"),
            (999.4, "999"),
            (1000.0, "1,000"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }
}
