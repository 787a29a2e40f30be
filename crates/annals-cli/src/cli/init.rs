//! The arguments of `init`.

use std::str::FromStr;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Grant this role of a server what the program needs, and nothing else; the role must exist
    #[arg(long, value_name = "NAME")]
    pub(crate) role: Option<RoleName>,
}

/// The name of a role of a PostgreSQL server.
#[derive(Debug, Clone)]
pub(crate) struct RoleName(String);

impl RoleName {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// PostgreSQL cuts longer names.
const MOST_BYTES: usize = 63;

impl FromStr for RoleName {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "" => Err("the name of a role is not empty"),
            "public" | "none" => Err("this name is reserved: it is no role"),
            _ if name.len() > MOST_BYTES => Err("the name of a role has at most 63 bytes"),
            _ if name.contains(char::is_control) => {
                Err("the name of a role is one line without control characters")
            }
            _ => Ok(Self(name.to_owned())),
        }
    }
}
