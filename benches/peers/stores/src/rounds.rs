//! The order of measuring: in every round each column, and in each column every subject in turn.
//!
//! Other load on the machine thus affects all subjects alike.

use std::path::Path;

use serde::Serialize;
use subject::{Figures, Filled, Outcome, Request, Response, Shape};

use crate::column::Column;
use crate::process::{Name, ON_A_SERVER, Process};
use crate::server;

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
    let needs_server = plan.subjects.iter().any(|name| ON_A_SERVER.contains(name));
    let server = needs_server.then(server::start).transpose()?;
    let mut subjects = Vec::new();
    let mut measured = Vec::new();
    for name in &plan.subjects {
        let folder = folder.join(name.word());
        std::fs::create_dir(&folder)?;
        if let Some(server) = &server {
            server::prepare(server, &folder)?;
        }
        let mut processes = vec![Process::start(*name, &folder)?];
        let Response::Filled(filled) = processes[0].ask(&Request::Fill(plan.shape))? else {
            return Err("the response to a fill request has figures instead of a data set".into());
        };
        while processes.len() < name.processes() {
            processes.push(Process::start(*name, &folder)?);
        }
        subjects.push(processes);
        measured.push(Measured {
            subject: name.word(),
            filled,
            columns: vec![Vec::new(); plan.columns.len()],
        });
    }
    for round in 0..plan.rounds {
        for (index, column) in plan.columns.iter().enumerate() {
            for (processes, measured) in subjects.iter_mut().zip(&mut measured) {
                let taking_part = column.processes().min(processes.len());
                let request = column.request(plan.seconds);
                measured.columns[index].push(ask(&mut processes[..taking_part], &request)?);
            }
        }
        told(round, &measured);
    }
    Ok(measured)
}

/// The figures of a request to all these processes at once: their speeds together, and the longest
/// of their times.
fn ask(processes: &mut [Process], request: &Request) -> Outcome<Figures> {
    for process in &mut *processes {
        process.send(request)?;
    }
    let mut together: Option<Figures> = None;
    for process in processes {
        let Response::Measured(one) = process.response()? else {
            return Err("the response to a measurement has no figures".into());
        };
        together = Some(together.map_or(one, |other| Figures {
            operations: other.operations + one.operations,
            events_per_second: other.events_per_second + one.events_per_second,
            p50: other.p50.max(one.p50),
            p99: other.p99.max(one.p99),
            longest: other.longest.max(one.longest),
        }));
    }
    together.ok_or_else(|| "no process was asked".into())
}
