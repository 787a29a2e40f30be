//! The command `schema`: the JSON Schema of the answers.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    backup, board, change, check, diff, export, freeze, history, import, import_beads, init, merge,
    prime, ready, restore, search, show, stats, tree, verify, views, what_if, why,
};
use crate::cli::{Global, SchemaOf};
use crate::command_error::SeenChange;
use crate::context::View;
use crate::environment::Environment;
use crate::hindrance::HindranceView;
use crate::run_error::RunError;
use crate::schema::NAMES;
use crate::session::answer;
use crate::view::{EventView, ItemView, StreamView};

/// An answer that has one of two shapes.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum Either<A, B> {
    One(A),
    Other(B),
}

/// An error, on standard error.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct ErrorView {
    error: ErrorFields,
}

/// The fields of an error. Those after `message` depend on its kind.
#[derive(JsonSchema, Serialize)]
struct ErrorFields {
    /// `usage`, `refused`, `conflict` or `store`.
    kind: String,
    exit_code: u8,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The sentences of the hindrances.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hindrances: Vec<HindranceView>,
    /// The errors of the items of one command.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    refused: Vec<Value>,
    /// The version of the item that refuses an approval, or has changed since a handle.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The events since a handle.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changes: Vec<SeenChange>,
    /// The number of events before those.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier_changes: Option<u64>,
    /// The actor whose approval does not count, and his work.
    #[serde(skip_serializing_if = "Option::is_none")]
    approver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    work: Option<String>,
    /// The actor that has claimed the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    claimant: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// The end of the claim; `null` for a claim until its release.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    /// The time at which the actor lost its claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee: Option<String>,
    /// The open items that are not ready, by the kind of their first reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<NotReadyCount>,
    /// The items that the actor has claimed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    yours: Vec<String>,
    /// The streams that cannot be merged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    clashes: Vec<ClashView>,
    /// The file with the text of an editor.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_text: Option<String>,
}

/// A stream that cannot be merged.
#[derive(JsonSchema, Serialize)]
struct ClashView {
    stream: String,
    /// The number of the item in this store; `null` for a stream of another kind.
    number: Option<String>,
    kind: String,
    /// The sentence for people.
    text: String,
}

/// The number of items that are not ready for a reason of this kind.
#[derive(JsonSchema, Serialize)]
struct NotReadyCount {
    kind: String,
    count: u64,
}

pub(crate) fn run(
    arguments: &SchemaOf,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    let schema = match arguments.command.as_deref() {
        Some(name) => of(&[name]),
        None => of(&NAMES),
    };
    answer(environment, global, &schema, || {
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    })
}

/// The schema of the answer of one command, or of an object with those of several.
fn of(names: &[&str]) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    let schemas: Vec<_> = names
        .iter()
        .map(|name| (*name, answer_of(name, &mut generator)))
        .collect();
    let mut root = match &schemas[..] {
        [(_, schema)] => json!(schema),
        schemas => {
            let properties = schemas
                .iter()
                .map(|(name, schema)| ((*name).to_owned(), json!(schema)));
            json!({ "type": "object", "properties": serde_json::Map::from_iter(properties) })
        }
    };
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["$defs"] = Value::Object(generator.take_definitions(true));
    root
}

/// The schema of the answer of a command. That of `streams` and `events` is the schema of a line.
fn answer_of(name: &str, g: &mut SchemaGenerator) -> Schema {
    type Items<'a> = Vec<ItemView<'a>>;
    type Numbers = Vec<String>;
    type Outcome = change::OutcomeView<'static>;
    match name {
        "init" => g.subschema_for::<Either<init::InitView, init::server::ServerView>>(),
        "what-if" => g.subschema_for::<what_if::WhatIfView<'_>>(),
        "next" => g.subschema_for::<Either<ready::ReadyView<'_>, Outcome>>(),
        "ready" => g.subschema_for::<ReadyAnswer>(),
        "list" => g.subschema_for::<Either<Items<'_>, Numbers>>(),
        "search" => g.subschema_for::<Either<Vec<search::FoundView<'_>>, Numbers>>(),
        "board" => g.subschema_for::<board::BoardView<'_>>(),
        "stats" => g.subschema_for::<stats::StatsView>(),
        "show" => g.subschema_for::<show::ShowView<'_>>(),
        "history" => g.subschema_for::<Vec<history::NamedEventView<'_>>>(),
        "tree" => g.subschema_for::<Either<tree::TreeView<'_>, Vec<tree::TreeView<'_>>>>(),
        "why" => g.subschema_for::<why::WhyView<'_>>(),
        "diff" => g.subschema_for::<diff::DiffView>(),
        "context" => g.subschema_for::<Either<View<'_>, verify::VerifyView>>(),
        "prime" => g.subschema_for::<Either<prime::PrimeView, prime::InstallView<'_>>>(),
        "streams" => g.subschema_for::<StreamView<'_>>(),
        "events" => g.subschema_for::<EventView<'_>>(),
        "check" => g.subschema_for::<check::CheckView<'_>>(),
        "views" => g.subschema_for::<ViewsView>(),
        "backup" => g.subschema_for::<backup::BackupView<'_>>(),
        "restore" => g.subschema_for::<restore::RestoreView<'_>>(),
        "export" => g.subschema_for::<export::ExportView<'_>>(),
        "import" => g.subschema_for::<ImportAnswer>(),
        "freeze" => g.subschema_for::<freeze::FreezeView<'_>>(),
        "unfreeze" => g.subschema_for::<freeze::UnfreezeView<'_>>(),
        "error" => g.subschema_for::<ErrorView>(),
        // The commands that change items.
        _ => g.subschema_for::<Either<Outcome, Vec<Outcome>>>(),
    }
}

/// The answers of `ready`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum ReadyAnswer {
    Rows(Vec<ready::ReadyView<'static>>),
    Ids(Vec<String>),
    Explained(ready::ExplainedView<'static>),
}

/// The answers of `import`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum ImportAnswer {
    Export(import::ImportView),
    Beads(import_beads::BeadsView),
    Merge(merge::MergeView<'static>),
}

/// The answers of the commands of `views`.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum ViewsView {
    Status(views::StatusView<'static>),
    Rebuild(views::RebuildView),
    Proof(views::ProofView),
    Parked(Vec<views::ParkedView<'static>>),
    Retry(views::RetryView<'static>),
    Skip(views::SkipView<'static>),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn each_command_with_an_answer_has_a_schema() {
        let without = ["schema", "mcp", "tour", "toon", "completions", "help"];
        let cli = Cli::command();
        let commands = cli.get_subcommands().map(clap::Command::get_name);
        let mut expected: Vec<_> = commands.filter(|name| !without.contains(name)).collect();
        expected.push("error");
        expected.sort_unstable();
        let mut names = NAMES;
        names.sort_unstable();
        assert_eq!(names[..], expected[..]);
    }
}
