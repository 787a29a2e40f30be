//! Prompts: texts with which a person gives a model its task.

use rmcp::ErrorData;
use rmcp::model::{GetPromptResult, Prompt, PromptArgument, PromptMessage, Role};
use serde_json::{Map, Value};

use crate::arguments::quoted;
use crate::calls::{self, message_of};
use crate::fit::{self, DEFAULT_BUDGET};
use crate::server::Shared;
use crate::tools::CONTEXT;
use crate::words::Words;

const REVIEW: &str = "Review this work item. Say whether its title, its description, its changes \
and its test results support its status, and what is missing. Cite each fact as [WORK-7@12]: number \
and version.";
const HANDOVER: &str = "Write a handover note for the next worker on this item, in at most ten \
lines: the state, what was tried, what hinders it, and the next step. Cite each fact as [WORK-7@12]: \
number and version.";

/// All prompts.
pub(crate) fn prompts() -> Vec<Prompt> {
    let item = || {
        let item = PromptArgument::new("item");
        vec![item.with_description("such as WORK-7").with_required(true)]
    };
    vec![
        Prompt::new(
            "prime",
            Some("How to work here, and the items you hold"),
            None,
        ),
        Prompt::new("review", Some("Review an item"), Some(item())),
        Prompt::new("handover", Some("Hand an item over"), Some(item())),
    ]
}

/// The text of a prompt.
pub(crate) async fn prompt(
    shared: &Shared,
    name: &str,
    arguments: Option<&Map<String, Value>>,
) -> Result<GetPromptResult, ErrorData> {
    let program = &*shared.program;
    let task = match name {
        "prime" => {
            let primed = calls::run(program, Words::of("prime")).await;
            let primed = primed.map_err(|error| refused(&error))?;
            let mut text = shared.instructions();
            if let Some(held) = primed.get("held") {
                let held = Value::from_iter([("held", held.clone())]);
                let held = fit::object(&held, DEFAULT_BUDGET).text;
                text.push_str(&format!("\n\nThe items that you hold:\n{held}"));
            }
            return Ok(of_user(text));
        }
        "review" => REVIEW,
        "handover" if shared.is_read_only => HANDOVER,
        "handover" => &format!("{HANDOVER} Then record it with the tool `record`."),
        _ => {
            let name = quoted(name);
            let message =
                format!("there is no prompt {name}; the prompts are prime, review, handover");
            return Err(ErrorData::invalid_params(message, None));
        }
    };
    let item = arguments.and_then(|given| given.get("item")?.as_str());
    let item = item.ok_or_else(|| {
        let message = format!("{name} needs the argument item, such as WORK-7");
        ErrorData::invalid_params(message, None)
    })?;
    let given = Map::from_iter([("item".to_owned(), Value::from(item))]);
    let context = calls::text(program, &CONTEXT, given).await;
    let context = context.map_err(|error| refused(&error))?;
    Ok(of_user(format!("{task}\n\n{context}")))
}

fn of_user(text: String) -> GetPromptResult {
    GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)])
}

fn refused(error: &Value) -> ErrorData {
    ErrorData::invalid_params(message_of(error), None)
}
