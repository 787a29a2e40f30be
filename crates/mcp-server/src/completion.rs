//! Completion of the numbers of items, in prompts and in the addresses of resources.

use rmcp::model::{CompleteRequestParams, CompletionInfo, Reference};

use crate::calls::run;
use crate::program::Program;
use crate::words::Words;

/// The numbers that begin as the client has written, the last changed ones first.
///
/// `WORK-0`, `work-7` and `7` are beginnings of `WORK-007`.
pub(crate) async fn complete(
    program: &dyn Program,
    asked: &CompleteRequestParams,
) -> CompletionInfo {
    let is_item = match &asked.r#ref {
        Reference::Prompt(prompt) => matches!(prompt.name.as_str(), "review" | "handover"),
        Reference::Resource(template) => template.uri.contains("{item}"),
        _ => false,
    };
    if !is_item || asked.argument.name != "item" {
        return CompletionInfo::default();
    }
    let words = Words::of("list")
        .flag("ids")
        .option("sort", Some("updated"));
    let numbers = run(program, words).await.unwrap_or_default();
    let numbers = numbers.as_array().into_iter().flatten();
    let begun = asked.argument.value.to_ascii_uppercase();
    let found = numbers
        .filter_map(|number| number.as_str())
        .filter(|number| {
            let short = number.trim_start_matches(|c: char| !c.is_ascii_digit());
            let short = short.trim_start_matches('0');
            number.starts_with(&begun) || short.starts_with(begun.trim_start_matches("WORK-"))
        });
    let mut found: Vec<_> = found.map(str::to_owned).collect();
    let total = u32::try_from(found.len()).ok();
    let has_more = found.len() > CompletionInfo::MAX_VALUES;
    found.truncate(CompletionInfo::MAX_VALUES);
    CompletionInfo::with_pagination(found, total, has_more).unwrap_or_default()
}
