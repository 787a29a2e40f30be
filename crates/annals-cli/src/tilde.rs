//! Paths with a `~` that no shell has expanded.

use std::path::Path;

/// The next step for such a path.
pub(crate) const TILDE: &str = "the shell did not expand `~` there; write $HOME instead of it";

/// Whether a path has a component that begins with a tilde: `~/x`, `~ada/x`.
pub(crate) fn has_tilde(path: &Path) -> bool {
    let mut components = path.iter();
    components.any(|component| component.as_encoded_bytes().starts_with(b"~"))
}
