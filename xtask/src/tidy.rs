//! `cargo xtask tidy`: the house rules that the text of a file can show.
//!
//! Each rule is a function from one file to findings, with a test that shows it red and green. What
//! the compiler, clippy or rustfmt already refuse is left to them.

mod banned;
mod file;
mod links;
mod manifests;
mod prose;
mod purity;
mod shape;
mod signatures;
mod whitespace;

use anyhow::Result;

use crate::failure::Failure;
use crate::workspace;
use file::{File, Finding};

const RULES: &[fn(&File) -> Vec<Finding>] = &[
    shape::opens_with_its_header,
    shape::stays_short,
    shape::has_a_telling_name,
    banned::allows_no_lint,
    banned::is_finished,
    banned::re_exports_by_name,
    banned::tests_do_not_sleep,
    purity::domain_is_synchronous,
    purity::wall_clock_has_one_place,
    purity::randomness_has_one_place,
    purity::environment_is_the_programs,
    signatures::database_types_stay_inside,
    manifests::manifests_parse,
    manifests::members_inherit_the_lints,
    manifests::versions_stand_at_the_root,
    manifests::unsafe_code_is_forbidden,
    whitespace::no_line_trails,
    whitespace::the_last_line_ends,
    prose::no_path_of_one_machine,
    prose::no_ticket_number,
    links::relative_links_lead_somewhere,
];

pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let mut checked = 0_usize;
    let mut findings = Vec::new();
    for path in workspace::files(&root)? {
        if let Some(file) = File::read(&root, &path)? {
            checked += 1;
            findings.extend(RULES.iter().flat_map(|rule| rule(&file)));
        }
    }
    println!("{checked} text files against {} rules", RULES.len());
    if findings.is_empty() {
        return Ok(());
    }
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    Err(Failure::new(
        format!("{} place(s) against the house rules", findings.len()),
        "mend the lines above, then run `cargo xtask tidy`",
    )
    .into())
}
