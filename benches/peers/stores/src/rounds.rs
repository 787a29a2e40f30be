//! Owns the order of measuring: in every round each column, and in each column every subject in
//! turn, so that what else the machine does meets all of them.

use std::path::Path;

use serde::Serialize;
use subject::{Answer, Figures, Filled, Outcome, Request, Shape};

use crate::column::Column;
use crate::process::{Name, Process};

/// What is measured, and how long.
pub(crate) struct Plan {
    pub(crate) subjects: Vec<Name>,
    pub(crate) columns: Vec<Column>,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) shape: Shape,
}

/// What was measured of one subject.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) subject: &'static str,
    #[serde(flatten)]
    pub(crate) filled: Filled,
    /// By column, and in it by round.
    pub(crate) columns: Vec<Vec<Figures>>,
}

/// Measures all of the plan in `folder`, and tells of every round as it ends.
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
        let Answer::Filled(filled) = process.ask(&Request::Fill(plan.shape))? else {
            return Err("a data set was asked for, and figures came".into());
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
                let Answer::Measured(figures) = process.ask(&column.request(plan.seconds))? else {
                    return Err("figures were asked for, and something else came".into());
                };
                measured.columns[index].push(figures);
            }
        }
        told(round, &measured);
    }
    Ok(measured)
}
