//! The actor of a command: the person, agent or system whose name is stored with its events.

use std::ffi::OsString;
use std::str::FromStr;

use shared_kernel::Actor;
use shared_kernel::event::ActorKind;
use work_item::{Participant, ParticipantInvalid, first_hidden};

use crate::run_error::RunError;

/// The variables with the name of the user; the first one that is set wins.
const USER_VARIABLES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];

/// An actor on the command line: `ada`, or with its kind, `agent:builder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActorArgument(pub(crate) Participant);

impl ActorArgument {
    /// The actor; a name without a kind is a person.
    pub(crate) fn into_actor(self) -> Actor {
        self.0.into_actor()
    }
}

impl FromStr for ActorArgument {
    type Err = ParticipantInvalid;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The acting actor: from `--actor`, else from `ANNALS_ACTOR`, else the user from the environment,
/// else the user from the database of the system.
pub(crate) fn acting(
    argument: Option<&ActorArgument>,
    variable: &dyn Fn(&str) -> Option<OsString>,
    database: &dyn Fn() -> Option<String>,
) -> Result<Actor, RunError> {
    if let Some(argument) = argument {
        return Ok(argument.clone().into_actor());
    }
    if let Some(text) = variable("ANNALS_ACTOR").filter(|text| !text.is_empty()) {
        let text = text.into_string().map_err(|_| RunError::NotText {
            variable: "ANNALS_ACTOR",
        })?;
        return Ok(ActorArgument::from_str(&text)?.into_actor());
    }
    let named = |name: &&str| variable(name).and_then(|user| user.into_string().ok());
    let user = USER_VARIABLES
        .iter()
        .filter_map(named)
        .find(|user| !user.trim().is_empty());
    let user = user.or_else(database).ok_or(RunError::UnknownUser)?;
    if let Some((at, found)) = first_hidden(user.trim()) {
        return Err(ParticipantInvalid::Hidden { found, at }.into());
    }
    Ok(Actor::new(ActorKind::Person, user.trim())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(kind: ActorKind, name: &str) -> Actor {
        Actor::new(kind, name).unwrap()
    }

    #[test]
    fn a_name_without_a_prefix_is_a_person() {
        let parse = |text: &str| text.parse::<ActorArgument>().unwrap().into_actor();
        assert_eq!(parse("ada"), actor(ActorKind::Person, "ada"));
        assert_eq!(parse("agent:builder"), actor(ActorKind::Agent, "builder"));
        assert_eq!(parse("Agent:x"), actor(ActorKind::Agent, "x"));
        assert!("person:agent:x".parse::<ActorArgument>().is_err());
        assert!("agent:".parse::<ActorArgument>().is_err());
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_the_user() {
        let database = || Some("uid-1001".to_owned());
        let argument: ActorArgument = "agent:a".parse().unwrap();
        let all = |name: &str| Some(OsString::from(format!("from-{name}")));
        let chosen = acting(Some(&argument), &all, &database).unwrap();
        assert_eq!(chosen, argument.into_actor());
        let name = |variable: &dyn Fn(&str) -> Option<OsString>| {
            acting(None, variable, &database).map(|actor| actor.name.to_string())
        };
        assert_eq!(name(&all).unwrap(), "from-ANNALS_ACTOR");
        let user = |name: &str| (name == "LOGNAME").then(|| OsString::from("log"));
        assert_eq!(name(&user).unwrap(), "log");
        let empty = |_: &str| Some(OsString::new());
        assert_eq!(name(&empty).unwrap(), "uid-1001");
        let broken = |name: &str| (name == "ANNALS_ACTOR").then(|| OsString::from("a\nb"));
        assert!(name(&broken).is_err());
    }

    #[test]
    fn a_run_without_any_user_is_refused() {
        let refused = acting(None, &|_| None, &|| None).unwrap_err();
        assert!(matches!(refused, RunError::UnknownUser));
    }
}
