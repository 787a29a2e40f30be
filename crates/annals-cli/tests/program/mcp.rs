//! `annals mcp`: a client speaks with the program over its standard streams, or over HTTP.

mod client;
mod http;
mod limits;
mod protocol;
mod resources;
mod tools;
