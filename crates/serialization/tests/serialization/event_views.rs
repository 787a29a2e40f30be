//! Views of events: their content and their budget.

use proptest::prelude::*;
use serialization::event_tables::{Column, EventView, Form, RenderError};
use serialization::tokens::TokenCounter;
use shared_kernel::GlobalPosition;

use crate::event_tables_events::{events, lamp, lamps};

/// A counter with a token for each word, number and punctuation mark, similar to real tokenizers.
struct Pieces;

impl TokenCounter for Pieces {
    fn name(&self) -> &'static str {
        "pieces"
    }

    fn count(&self, text: &str) -> usize {
        let mut tokens = 0;
        let mut in_word = false;
        for c in text.chars() {
            let is_word = c.is_alphanumeric();
            tokens += usize::from(!(c.is_whitespace() || is_word && in_word));
            in_word = is_word;
        }
        tokens
    }
}

const ALL: [Column; 9] = [
    Column::Stream,
    Column::Version,
    Column::Time,
    Column::Actor,
    Column::Id,
    Column::SchemaVersion,
    Column::Correlation,
    Column::Causation,
    Column::Pairs,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_budget_is_kept(events in events(24), budget in 0usize..1_500) {
        let view = EventView::new().with_columns(ALL).with_budget(budget, &Pieces);
        match view.render(&events) {
            Ok(rendered) => {
                prop_assert!(Pieces.count(&rendered.text) <= budget);
                prop_assert_eq!(rendered.tokens, Some(Pieces.count(&rendered.text)));
                prop_assert_eq!(view.render(&events).unwrap(), rendered);
            }
            Err(RenderError::BudgetTooSmall { needed, .. }) => prop_assert!(needed > budget),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn a_view_is_never_larger_than_its_json(events in events(24)) {
        let toon = EventView::new().with_counter(&Pieces).render(&events).unwrap();
        let json = EventView::new().with_counter(&OnlyJson).render(&events).unwrap();
        prop_assert_eq!(json.form, Form::Json);
        prop_assert!(toon.tokens.unwrap() <= Pieces.count(&json.text));
    }
}

/// A counter that makes tables expensive.
struct OnlyJson;

impl TokenCounter for OnlyJson {
    fn name(&self) -> &'static str {
        "only-json"
    }

    fn count(&self, text: &str) -> usize {
        if text.starts_with(['[', '{']) { 0 } else { 1 }
    }
}

#[test]
fn a_view_has_the_requested_columns() {
    let events = lamps(30);
    let text = EventView::new().render(&events).unwrap().text;
    assert!(text.starts_with("event_log: view\n"), "{text}");
    assert!(text.contains("{seq,t,actor,payload{"), "{text}");
    assert!(!text.contains("schema_version"), "{text}");
    assert!(text.contains("\n      30,44,ada,"), "{text}");

    let narrow = EventView::new()
        .with_columns([Column::Version])
        .with_fields(["percent"]);
    let text = narrow.render(&events).unwrap().text;
    assert!(text.contains("{seq,version,payload{percent}}"), "{text}");
    assert!(!text.contains("room"), "{text}");
    assert!(!text.contains("since:"), "{text}");

    let without = EventView::new().without_fields(["percent", "unit", "tags"]);
    let text = without.render(&events).unwrap().text;
    assert!(!text.contains("percent"), "{text}");
    assert!(text.contains("room 30"), "{text}");
}

#[test]
fn the_order_of_the_events_does_not_matter() {
    let events = lamps(30);
    let mut reversed = events.clone();
    reversed.reverse();
    let view = EventView::new();
    assert_eq!(
        view.render(&events).unwrap(),
        view.render(&reversed).unwrap()
    );
}

#[test]
fn payloads_that_are_not_objects_have_a_column() {
    let mut binary = lamp(40, "LampMoved", "");
    binary.payload = vec![0xff, 0].into();
    let mut events = lamps(39);
    events.push(binary);
    events.push(lamp(41, "LampMoved", "moved, they say"));
    events.push(lamp(42, "LampMoved", "[1,2]"));
    events.push(lamp(43, "LampMoved", r#"{ "to": "a", "to": "hall" }"#));
    let text = EventView::new().render(&events).unwrap().text;
    assert!(text.contains("2 bytes"), "{text}");
    assert!(text.contains("\"moved, they say\""), "{text}");
    assert!(text.contains("*1|2"), "{text}");
    assert!(text.contains("hall"), "{text}");
}

#[test]
fn columns_go_first_then_payloads_then_the_oldest_events() {
    let events = lamps(60);
    let view = EventView::new().with_columns(ALL);
    let full = view.clone().with_counter(&Pieces).render(&events).unwrap();
    assert!(full.dropped.is_empty());
    let full = full.tokens.unwrap();

    let within = |budget: usize| {
        view.clone()
            .with_budget(budget, &Pieces)
            .render(&events)
            .unwrap()
    };
    assert_eq!(within(full).tokens, Some(full));

    let no_ids = within(full - 50);
    assert!(!no_ids.dropped.columns.is_empty(), "{:?}", no_ids.dropped);
    assert_eq!(
        (no_ids.dropped.payloads, no_ids.dropped.events),
        (None, None)
    );
    assert!(no_ids.text.contains("dropped: columns"), "{}", no_ids.text);

    let times = EventView::new().with_columns([Column::Time]);
    let full = times.clone().with_counter(&Pieces).render(&events).unwrap();
    let budget = full.tokens.unwrap() * 9 / 10;
    let brief = times.with_budget(budget, &Pieces).render(&events).unwrap();
    let payloads = brief.dropped.payloads.unwrap();
    assert_eq!(payloads.first, GlobalPosition::FIRST);
    assert!(payloads.count < 60, "{payloads}");
    assert_eq!(brief.dropped.events, None);
    assert!(brief.text.contains("\nearlier["), "{}", brief.text);

    let few = within(90);
    let gone = few.dropped.events.unwrap();
    assert_eq!(gone.first, GlobalPosition::FIRST);
    assert_eq!(gone.last.get(), gone.count as u64);
    assert!(
        few.text
            .contains(&format!("{} events (seq 1 to {})", gone.count, gone.last)),
        "{}",
        few.text
    );
    assert!(few.tokens.unwrap() <= 90);
}

#[test]
fn a_budget_below_one_line_is_refused() {
    let events = lamps(60);
    let refused = EventView::new().with_budget(3, &Pieces).render(&events);
    let Err(RenderError::BudgetTooSmall { budget: 3, needed }) = refused else {
        panic!("{refused:?}");
    };
    let just_enough = EventView::new()
        .with_budget(needed, &Pieces)
        .render(&events)
        .unwrap();
    assert_eq!(just_enough.dropped.events.unwrap().count, 60);
    assert_eq!(just_enough.tokens, Some(needed));
    assert!(
        EventView::new()
            .with_budget(0, &Pieces)
            .render(&[])
            .is_err()
    );
    assert!(
        EventView::new()
            .with_budget(2, &Pieces)
            .render(&[])
            .unwrap()
            .dropped
            .is_empty()
    );
}
