//! The arguments of `mcp`.

use clap::Args;
use mcp_server::TOOL_NAMES;

use super::text::Several;

pub(super) const LONG: &str = "\
Serve the work items to language models, over the Model Context Protocol

An editor or an agent starts the program and speaks with it over standard input and output. It acts \
under the name of --actor or ANNALS_ACTOR: no tool has a way to choose another one. While the client \
is connected, the claims of the actor are renewed.

With --read-only, the tools only read. No tool deletes anything, and none reads or writes a file \
other than the store.";

#[derive(Debug, Args)]
pub(crate) struct Mcp {
    /// Offer only these tools, with commas between them
    #[arg(long, value_name = "TOOLS", value_parser = super::text::names(&TOOL_NAMES))]
    pub(crate) allow: Vec<Several<&'static str>>,
}
