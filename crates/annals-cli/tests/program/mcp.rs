//! `annals mcp`: a client speaks with the program over its standard streams.

mod client;
mod protocol;
mod tools;
