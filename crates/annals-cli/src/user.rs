//! The user that runs the program, from the user database of the system.

/// The name of the user; `uid-1001` if the database has no name for user 1001. `None` on a system
/// without such a database.
#[must_use]
pub fn user() -> Option<String> {
    #[cfg(unix)]
    return Some(name().unwrap_or_else(|| format!("uid-{}", rustix::process::geteuid().as_raw())));
    #[cfg(not(unix))]
    None
}

/// The answer of `id -un`, which asks every database that the system is configured to use.
#[cfg(unix)]
fn name() -> Option<String> {
    let mut command = std::process::Command::new("id");
    let output = command
        .arg("-un")
        .stderr(std::process::Stdio::null())
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    let name = String::from_utf8(output.stdout).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}
