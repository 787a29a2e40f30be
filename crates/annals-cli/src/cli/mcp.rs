//! The arguments of `mcp`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::Args;
use mcp_server::TOOL_NAMES;

use super::text::Several;

pub(super) const LONG: &str = "\
Serve the work items to language models, over the Model Context Protocol

An editor or an agent starts the program and speaks with it over standard input and output. It acts \
under the name of --actor or ANNALS_ACTOR: no tool has a way to choose another one. While the client \
is connected, the claims of the actor are renewed.

With --read-only, the tools only read. No tool deletes anything. The only files that a tool reads are \
test results in this directory.";

#[derive(Debug, Args)]
pub(crate) struct Mcp {
    /// Serve several clients over HTTP on this address of this machine, until interrupted with
    /// Ctrl-C; port 0 takes a free one, and the first line of the output names it
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = loopback)]
    pub(crate) http: Option<SocketAddr>,
    /// Offer only these tools, with commas between them
    #[arg(long, value_name = "TOOLS", value_parser = super::text::names(&TOOL_NAMES))]
    pub(crate) allow: Vec<Several<&'static str>>,
}

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LOCALHOST_6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// The parser of an address that only this machine reaches.
fn loopback(text: &str) -> Result<SocketAddr, &'static str> {
    match text.parse::<SocketAddr>() {
        Ok(address) if [LOCALHOST, LOCALHOST_6].contains(&address.ip()) => Ok(address),
        Ok(_) => Err("other machines could reach it and act as you; use 127.0.0.1:PORT"),
        Err(_) => Err("it must be an address and a port, such as 127.0.0.1:7700"),
    }
}
