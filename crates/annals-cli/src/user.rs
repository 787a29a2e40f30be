//! The user that runs the program, from the user database of the system.

/// The name of the user; `uid-1001` if the database has no name for user 1001. `None` on a system
/// without such a database.
#[must_use]
pub fn user() -> Option<String> {
    #[cfg(unix)]
    return Some(unix::user(
        unix::answer("/usr/bin/id"),
        rustix::process::geteuid().as_raw(),
    ));
    #[cfg(not(unix))]
    None
}

#[cfg(unix)]
mod unix {
    use std::process::{Command, Stdio};

    /// The name in an answer of `id -un`, or the number if the answer has no name.
    pub(super) fn user(answer: Option<String>, number: u32) -> String {
        let name = answer.as_deref().map(str::trim).unwrap_or_default();
        match name.is_empty() || name == number.to_string() {
            true => format!("uid-{number}"),
            false => name.to_owned(),
        }
    }

    /// The answer of `id -un`. It asks every database that the system is configured to use.
    pub(super) fn answer(program: &str) -> Option<String> {
        let mut command = Command::new(program);
        let output = command.arg("-un").stderr(Stdio::null()).output().ok()?;
        let answer = output.status.success().then_some(output.stdout)?;
        String::from_utf8(answer).ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_user_without_a_name_has_a_number() {
            assert_eq!(user(Some("ada\n".to_owned()), 1001), "ada");
            let nameless = [None, Some(""), Some("\n"), Some("1001\n")];
            for answer in nameless.map(|text| text.map(str::to_owned)) {
                assert_eq!(user(answer, 1001), "uid-1001");
            }
        }

        #[test]
        fn a_program_that_cannot_answer_gives_no_name() {
            assert_eq!(answer("/nowhere/id"), None);
            assert_eq!(answer("/bin/false"), None);
        }
    }
}
