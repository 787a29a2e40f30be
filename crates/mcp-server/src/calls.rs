//! A call of a tool: a command of the program, and its answer within a budget.

use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value, json};

use crate::arguments::Arguments;
use crate::cursor::{self, FETCHED};
use crate::fit::{self, DEFAULT_BUDGET, Fitted};
use crate::phrases;
use crate::program::{Answer, Program};
use crate::shape;
use crate::tools::ToolData;
use crate::words::{Words, words};

/// Calls a tool. A refusal is a result with `isError`, so that the model can read it.
pub(crate) async fn call(
    program: &dyn Program,
    tool: &ToolData,
    is_read_only: bool,
    given: Option<Map<String, Value>>,
) -> CallToolResult {
    let given = match Arguments::checked(tool, is_read_only, given) {
        Ok(given) => given,
        Err(message) => return refusal(usage(&message), DEFAULT_BUDGET),
    };
    let budget = given.budget();
    match answer(program, tool, &given).await {
        Ok(Fitted { text, structured }) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
            result.structured_content = Some(structured);
            result
        }
        Err(error) => refusal(error, budget),
    }
}

fn refusal(mut error: Value, budget: usize) -> CallToolResult {
    phrases::rewrite_error(&mut error);
    let Fitted { text, structured } = fit::object(&error, budget);
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    result.structured_content = Some(structured);
    result
}

/// The error object of a call that does not fit its tool.
fn usage(message: &str) -> Value {
    json!({ "error": { "kind": "usage", "exit_code": 2, "message": message } })
}

async fn answer(
    program: &dyn Program,
    tool: &ToolData,
    given: &Arguments,
) -> Result<Fitted, Value> {
    let (query, budget) = (given.query(), given.budget());
    let skipped = cursor::skipped(given.text("cursor"), tool.name, &query);
    let skipped = skipped.map_err(|message| usage(&message))?;
    let mut words = words(tool.name, given, skipped).map_err(|message| usage(&message))?;
    if tool.name == "context" {
        // The program counts the tokens of its own answer, without marks and with other next steps.
        let inner = (budget * 9 / 10).saturating_sub(30);
        words = words.option("budget", Some(inner.to_string()));
    }
    let value = run(program, words).await?;
    let rows = match (tool.rows, value) {
        (Some(name), Value::Array(rows)) => (name, rows),
        (_, value) => return Ok(fit::object(&shaped(tool.name, value), budget)),
    };
    let (name, mut rows) = rows;
    if tool.name == "next" && rows.is_empty() && skipped == 0 {
        // The refusal says why no item is ready. A queue may be empty.
        if let Err(error) = run(program, Words::of("next")).await {
            let empty = json!({ "items": [], "message": error["error"]["message"] });
            return Ok(fit::object(&empty, budget));
        }
    }
    let has_more = tool.name != "history" && rows.len() >= skipped + FETCHED;
    let rows = shape::rows(tool.name, rows.split_off(skipped.min(rows.len())));
    let rows: Vec<_> = rows.into_iter().map(shape::without_ids).collect();
    let cursor = |shown| cursor::cursor(skipped + shown, tool.name, &query);
    Ok(fit::rows(name, &rows, has_more, budget, cursor))
}

/// The text of a call that must not be refused.
pub(crate) async fn text(
    program: &dyn Program,
    tool: &ToolData,
    given: Map<String, Value>,
) -> Result<String, Value> {
    let given = Arguments::checked(tool, true, Some(given)).map_err(|message| usage(&message))?;
    Ok(answer(program, tool, &given).await?.text)
}

/// Runs a command. Returns its answer, or its error object.
pub(crate) async fn run(program: &dyn Program, words: Words) -> Result<Value, Value> {
    let values = run_all(program, words).await?;
    Ok(values.into_iter().next().unwrap_or_default())
}

/// Runs a command. Returns the lines of its answer, or its error object.
pub(crate) async fn run_all(program: &dyn Program, words: Words) -> Result<Vec<Value>, Value> {
    let Answer { code, values } = program.run(words.joined()).await;
    match code {
        0 => Ok(values),
        _ => Err(values.into_iter().next().unwrap_or_default()),
    }
}

/// The message of an error object, and its hint.
pub(crate) fn message_of(error: &Value) -> String {
    let mut error = error.clone();
    phrases::rewrite_error(&mut error);
    let text = |name: &str| error["error"][name].as_str();
    let message = text("message").unwrap_or("internal error; please report it");
    match text("hint") {
        Some(hint) => format!("{message}; {hint}"),
        None => message.to_owned(),
    }
}

fn shaped(tool: &str, value: Value) -> Value {
    let value = match tool {
        "add" | "record" | "move" | "next" | "why" => shape::outcome(value),
        _ => value,
    };
    let mut value = shape::without_ids(value);
    phrases::rewrite_next(&mut value);
    value
}
