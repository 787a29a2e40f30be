//! Handles: the position of the log at which a context was read, for example `@57`.

use std::fmt;
use std::str::FromStr;

use shared_kernel::GlobalPosition;
use thiserror::Error;

/// A position of the log that was shown to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handle(pub(crate) GlobalPosition);

/// The text is not a handle.
#[derive(Debug, Error)]
#[error("a handle is the sign @ and a position of the log, such as @57")]
pub(crate) struct InvalidHandle;

impl FromStr for Handle {
    type Err = InvalidHandle;

    fn from_str(text: &str) -> Result<Self, InvalidHandle> {
        let number = text.strip_prefix('@').ok_or(InvalidHandle)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidHandle);
        }
        let position = number.parse().map_err(|_| InvalidHandle)?;
        let position = GlobalPosition::new(position).map_err(|_| InvalidHandle)?;
        Ok(Self(position))
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_a_sign_and_a_position() {
        let handle: Handle = "@57".parse().unwrap();
        assert_eq!((handle.0.get(), handle.to_string()), (57, "@57".to_owned()));
        for text in ["57", "@", "@+5", "@x", "@18446744073709551615", ""] {
            assert!(text.parse::<Handle>().is_err(), "{text}");
        }
    }
}
