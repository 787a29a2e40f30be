//! Token counts of o200k_base, and the tokens that event tables save.

use proptest::prelude::*;
use serialization::event_tables::{
    Column, EventView, Form, RenderError, from_toon, render_lossless,
};
use serialization::tokens::{O200kBase, TokenCounter};

use crate::event_tables_events::{events, lamps};

#[test]
fn texts_have_the_token_counts_of_the_original_tokenizer() {
    let counter = O200kBase::new();
    assert_eq!(counter.name(), "o200k_base");
    for (text, tokens) in [
        ("", 0),
        ("tiktoken is great!", 6),
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
        ("お誕生日おめでとう", 8),
    ] {
        assert_eq!(counter.count(text), tokens, "{text}");
    }
    assert_eq!(O200kBase::default().count("1234567"), 3);
    assert_eq!(format!("{counter:?}"), "O200kBase { .. }");
}

#[test]
fn a_special_token_in_a_text_is_text() {
    assert!(O200kBase::new().count("<|endoftext|>") > 1);
}

#[test]
fn a_text_that_the_tokenizer_refuses_counts_its_bytes() {
    let blanks = " ".repeat(2_000_000) + "x";
    let tokens = O200kBase::new().count(&blanks);
    assert!((1..=blanks.len()).contains(&tokens), "{tokens}");
}

#[test]
fn the_smaller_form_is_chosen_by_tokens() {
    let counter = O200kBase::new();
    for count in 0..20 {
        let events = lamps(count);
        let rendered = render_lossless(&events, Some(&counter)).unwrap();
        let json = render_lossless(&events, Some(&OnlyJson)).unwrap().text;
        assert_eq!(rendered.tokens, Some(counter.count(&rendered.text)));
        assert!(rendered.tokens <= Some(counter.count(&json)), "{count}");
        assert_eq!(from_toon(&rendered.text).unwrap(), events);
    }
    let many = render_lossless(&lamps(200), Some(&counter)).unwrap();
    let json = render_lossless(&lamps(200), Some(&OnlyJson)).unwrap().text;
    assert_eq!(many.form, Form::Toon);
    assert!(many.tokens.unwrap() * 10 < counter.count(&json) * 7);
}

struct OnlyJson;

impl TokenCounter for OnlyJson {
    fn name(&self) -> &'static str {
        "only-json"
    }

    fn count(&self, text: &str) -> usize {
        usize::from(text.starts_with("event_log"))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_budget_of_tokens_is_kept(events in events(20), budget in 0usize..1_000) {
        let counter = O200kBase::new();
        let view = EventView::new()
            .with_columns([Column::Stream, Column::Time, Column::Actor, Column::Id])
            .with_budget(budget, &counter);
        match view.render(&events) {
            Ok(rendered) => prop_assert!(counter.count(&rendered.text) <= budget),
            Err(RenderError::BudgetTooSmall { needed, .. }) => prop_assert!(needed > budget),
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
