//! The order of measuring: in every round each column, and in each column every subject in turn.
//!
//! Other load on the machine thus affects all subjects alike.

use std::path::Path;

use serde::Serialize;
use subject::{Figures, Filled, Outcome, Request, Response, Shape};

use crate::column::Column;
use crate::process::{Name, Process};

/// The subjects and columns to measure, and the time for each.
pub(crate) struct Plan {
    pub(crate) subjects: Vec<Name>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) shape: Shape,
}

/// The figures of one subject.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) subject: &'static str,
    #[serde(flatten)]
    pub(crate) filled: Filled,
    /// The figures by column and round: `columns[2][0]` is the third column's first round.
    pub(crate) columns: Vec<Vec<Figures>>,
}

/// Measures the whole plan in `folder`, and reports each round at its end.
pub(crate) fn measure(
    plan: &Plan,
    folder: &Path,
    mut told: impl FnMut(usize, &[Measured]),
) -> Outcome<Vec<Measured>> {
    let mut processes = Vec::new();
    let mut measured = Vec::new();
    for name in &plan.subjects {
        let folder = folder.join(name.word());
        std::fs::create_dir(&folder)?;
        let mut process = Process::start(*name, &folder)?;
        let Response::Filled(filled) = process.ask(&Request::Fill(plan.shape))? else {
            return Err("the response to a fill request has figures instead of a data set".into());
        };
        processes.push(process);
        measured.push(Measured {
            subject: name.word(),
            filled,
            columns: vec![Vec::new(); plan.columns.len()],
        });
    }
    for round in 0..plan.rounds {
        for (index, column) in plan.columns.iter().enumerate() {
            for (process, measured) in processes.iter_mut().zip(&mut measured) {
                let Response::Measured(figures) = process.ask(&column.request(plan.seconds))?
                else {
                    return Err("the response to a measurement has no figures".into());
                };
                measured.columns[index].push(figures);
            }
        }
        told(round, &measured);
    }
    Ok(measured)
}
