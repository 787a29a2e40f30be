//! Steps: events as tables.

use cucumber::{given, then, when};
use futures_util::TryStreamExt as _;
use serialization::event_tables::{self, EventView, Form, Rendered, RestoreError};
use serialization::tokens::{O200kBase, TokenCounter as _};
use shared_kernel::store::LogQuery;
use shared_kernel::{EventStoreExt as _, ExpectedVersion, RecordedEvent};

use crate::steps::words::{event, stream};
use crate::world::AnnalsWorld;

/// The rendered tables.
#[derive(Debug, Default)]
pub(crate) struct TableNotes {
    told: Option<Rendered>,
}

#[given(expr = "{int} deposits are recorded in {string}")]
async fn are_recorded(world: &mut AnnalsWorld, count: u32, name: String) {
    let deposit = |cents: u32| event("MoneyDeposited", format!(r#"{{"cents":{cents}}}"#));
    let deposits = (1..=count).map(deposit).collect();
    let expected = ExpectedVersion::NoStream;
    world.record(stream(&name), expected, deposits).await;
}

#[when("all events are told without loss")]
async fn are_told(world: &mut AnnalsWorld) {
    let events = all(world).await;
    let told = event_tables::render_lossless(&events, Some(&O200kBase::new()));
    world.format.tables.told = Some(told.unwrap());
}

#[when(expr = "a view of all events is told within {int} tokens")]
async fn is_told_within(world: &mut AnnalsWorld, tokens: usize) {
    let events = all(world).await;
    let counter = O200kBase::new();
    let view = EventView::new().with_budget(tokens, &counter);
    world.format.tables.told = Some(view.render(&events).unwrap());
}

#[then("they are told as TOON, in less than half of the tokens of JSON")]
async fn are_told_as_toon(world: &mut AnnalsWorld) {
    let counter = O200kBase::new();
    let told = told(world);
    assert_eq!(told.form, Form::Toon);
    let json: Vec<_> = all(world).await.iter().map(as_json).collect();
    let json = counter.count(&serde_json::to_string(&json).unwrap());
    let toon = counter.count(&told.text);
    assert!(toon * 2 < json, "{toon} tokens of TOON, {json} of JSON");
}

#[then("from the text the very events are restored")]
async fn are_restored(world: &mut AnnalsWorld) {
    let restored = event_tables::from_toon(&told(world).text).unwrap();
    assert_eq!(restored, all(world).await);
}

#[then(expr = "it takes at most {int} tokens")]
fn takes_at_most(world: &mut AnnalsWorld, tokens: usize) {
    let taken = O200kBase::new().count(&told(world).text);
    assert!(taken <= tokens, "{taken} tokens");
    assert_eq!(told(world).tokens, Some(taken));
}

#[then("it says that events are left out, the oldest first")]
fn says_what_is_left_out(world: &mut AnnalsWorld) {
    let told = told(world);
    assert!(!told.dropped.is_empty());
    assert!(told.text.contains("dropped"), "{}", told.text);
    let left_out = told.dropped.events.or(told.dropped.payloads);
    assert_eq!(left_out.expect("something is left out").first.get(), 1);
}

#[then("no events are restored from it, since it is a view")]
fn are_not_restored(world: &mut AnnalsWorld) {
    let refused = event_tables::from_toon(&told(world).text);
    assert!(matches!(refused, Err(RestoreError::View)), "{refused:?}");
}

fn told(world: &AnnalsWorld) -> &Rendered {
    let told = world.format.tables.told.as_ref();
    told.expect("events were told")
}

async fn all(world: &AnnalsWorld) -> Vec<RecordedEvent> {
    let store = world.events();
    store.read_log(LogQuery::new()).try_collect().await.unwrap()
}

/// An event as lossless JSON.
fn as_json(event: &RecordedEvent) -> serde_json::Value {
    serde_json::json!({
        "position": event.position.get(),
        "stream": event.stream.as_str(),
        "version": event.version.get(),
        "recorded_at": event.recorded_at,
        "event_id": event.id.to_string(),
        "event_type": event.event_type.as_str(),
        "schema_version": event.schema_version.get(),
        "payload": String::from_utf8_lossy(&event.payload),
    })
}
