//! The actor of a command: the person, agent or system whose name is stored with its events.

use std::ffi::OsString;
use std::str::FromStr;

use shared_kernel::Actor;
use shared_kernel::event::ActorKind;
use shared_kernel::text::InvalidText;

use crate::run_error::RunError;

/// The variables with the name of the user; the first one that is set wins.
const USER_VARIABLES: [&str; 3] = ["USER", "LOGNAME", "USERNAME"];

/// An actor on the command line: `ada`, or with its kind, `agent:builder`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActorArgument(pub(crate) Actor);

impl FromStr for ActorArgument {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (kind, name) = match text.split_once(':') {
            Some(("agent", name)) => (ActorKind::Agent, name),
            Some(("person", name)) => (ActorKind::Person, name),
            Some(("system", name)) => (ActorKind::System, name),
            _ => (ActorKind::Person, text),
        };
        Actor::new(kind, name.trim()).map(Self)
    }
}

/// The acting actor: from `--actor`, else from `ANNALS_ACTOR`, else the user.
pub(crate) fn acting(
    argument: Option<&ActorArgument>,
    variable: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Actor, RunError> {
    if let Some(ActorArgument(actor)) = argument {
        return Ok(actor.clone());
    }
    if let Some(text) = variable("ANNALS_ACTOR").filter(|text| !text.is_empty()) {
        let text = text.into_string().map_err(|_| RunError::NotText {
            variable: "ANNALS_ACTOR",
        })?;
        return Ok(ActorArgument::from_str(&text)?.0);
    }
    let named = |name: &&str| variable(name).and_then(|user| user.into_string().ok());
    let user = USER_VARIABLES
        .iter()
        .filter_map(named)
        .find(|user| !user.trim().is_empty());
    let user = user.as_deref().map_or("unknown", str::trim);
    Ok(Actor::new(ActorKind::Person, user)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(kind: ActorKind, name: &str) -> Actor {
        Actor::new(kind, name).unwrap()
    }

    #[test]
    fn a_prefix_gives_the_kind_of_actor() {
        let parse = |text: &str| text.parse::<ActorArgument>().unwrap().0;
        assert_eq!(parse("ada"), actor(ActorKind::Person, "ada"));
        assert_eq!(parse("agent:builder"), actor(ActorKind::Agent, "builder"));
        assert_eq!(parse("person:agent:x"), actor(ActorKind::Person, "agent:x"));
        assert_eq!(parse("system:import"), actor(ActorKind::System, "import"));
        assert_eq!(parse("a:b"), actor(ActorKind::Person, "a:b"));
        assert_eq!(
            parse(" agent: builder "),
            actor(ActorKind::Agent, "builder")
        );
        assert!(" ".parse::<ActorArgument>().is_err());
        assert!("agent:".parse::<ActorArgument>().is_err());
        assert!("".parse::<ActorArgument>().is_err());
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_the_user() {
        let argument = ActorArgument(actor(ActorKind::Agent, "a"));
        let all = |name: &str| Some(OsString::from(format!("from-{name}")));
        assert_eq!(acting(Some(&argument), &all).unwrap(), argument.0);
        assert_eq!(
            acting(None, &all).unwrap().name.as_str(),
            "from-ANNALS_ACTOR"
        );
        let user = |name: &str| (name == "LOGNAME").then(|| OsString::from("log"));
        assert_eq!(acting(None, &user).unwrap().name.as_str(), "log");
        let empty = |_: &str| Some(OsString::new());
        assert_eq!(acting(None, &empty).unwrap().name.as_str(), "unknown");
        let broken = |name: &str| (name == "ANNALS_ACTOR").then(|| OsString::from("a\nb"));
        assert!(acting(None, &broken).is_err());
    }
}
