//! `cargo xtask layers`: the arrows between the crates, and what must be absent from each.
//!
//! The rules stand in `table`, the facts come from `graph`, `verdict` compares them. What cargo's
//! metadata cannot show (a clock that is read, an `async fn`, a database type in a signature) is
//! checked by `tidy`.

mod graph;
mod table;
mod verdict;

use anyhow::Result;

use crate::failure::Failure;
use crate::workspace;

pub(crate) fn run() -> Result<()> {
    let members = graph::members(&workspace::root())?;
    let mut problems = verdict::unknown_and_gone(&members, table::RULES);
    for member in &members {
        if let Some(rule) = table::RULES.iter().find(|rule| rule.of == member.name) {
            problems.extend(verdict::problems(member, rule));
        }
    }
    for member in &members {
        let arrows: Vec<&str> = member.normal_workspace().collect();
        println!(
            "{:<20} {:>3} crates in all  → {}",
            member.name,
            member.closure.len(),
            if arrows.is_empty() {
                "no workspace crate".to_owned()
            } else {
                arrows.join(", ")
            }
        );
    }
    if problems.is_empty() {
        return Ok(());
    }
    for problem in &problems {
        println!("{problem}");
    }
    Err(Failure::new(
        format!("{} arrow(s) point the wrong way", problems.len()),
        "take the dependency out, or show by `cargo tree -e normal -p CRATE -i OFFENDER` where it \
         comes from; an arrow that is right belongs into xtask/src/layers/table.rs and \
         docs/architecture.md; then run `cargo xtask layers`",
    )
    .into())
}
