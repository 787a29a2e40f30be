//! Full-text search.

use proptest::prelude::*;
use shared_kernel::Metadata;
use work_item::{Description, NewWorkItem};
use work_views::Words;

use crate::fixture::{World, context};

#[tokio::test]
async fn titles_descriptions_and_notes_are_found_without_case_and_accents() {
    let world = World::new();
    let title = world.create("Café opening hours").await;
    let described = world.create("Signs").await;
    let noted = world.create("Doors").await;
    let text = "The café needs new signs".parse().unwrap();
    let (tracker, context) = (&world.tracker, context());
    tracker
        .describe(described, Some(text), &context)
        .await
        .unwrap();
    world.note(noted, "seen at the CAFE\nyesterday").await;
    assert_eq!(world.search("cafe").await, [1, 2, 3]);
    assert_eq!(world.search("CAFÉ").await, [1, 2, 3]);
    assert_eq!(world.search("hours café").await, [1]);
    assert_eq!(world.search("yester").await, [3]);
    assert_eq!(world.search("ours").await, [0; 0]);
    assert_eq!(title.number().get(), 1);
}

#[tokio::test]
async fn a_text_that_was_corrected_away_is_not_found() {
    let world = World::new();
    let id = world.create("Call Miller").await;
    world.note(id, "first note").await;
    world.note(id, "second note").await;
    assert_eq!(world.search("miller").await, [1]);
    let title = "Call Smith".parse().unwrap();
    world.tracker.retitle(id, title, &context()).await.unwrap();
    let text = Some("about the invoice".parse().unwrap());
    world.tracker.describe(id, text, &context()).await.unwrap();
    assert_eq!(world.search("miller").await, [0; 0]);
    assert_eq!(world.search("smith invoice first second").await, [1]);
    world.tracker.describe(id, None, &context()).await.unwrap();
    assert_eq!(world.search("invoice").await, [0; 0]);
}

#[tokio::test]
async fn an_excerpt_shows_the_words_and_the_limit_holds() {
    let world = World::new();
    for number in 1..=4 {
        let id = world.create(&format!("Item {number}")).await;
        world.note(id, "the lamp of the kitchen is broken").await;
    }
    world.refresh().await;
    let words = Words::new("kitchen").unwrap();
    let found = world.views.search(&words, 3).await.unwrap();
    assert_eq!(found.len(), 3);
    assert!(
        found[0].excerpt.contains("lamp of the kitchen is"),
        "{found:?}"
    );
}

#[tokio::test]
async fn of_many_matches_the_titles_come_first_and_then_the_newest() {
    let world = World::new();
    world.create("The lamp").await;
    let text: Description = "a lamp of the kitchen".parse().unwrap();
    for number in 2..=1_010 {
        let mut new = NewWorkItem::new(format!("Item {number}").parse().unwrap());
        new.description = Some(text.clone());
        let created = world.tracker.create(new, None, Metadata::new()).await;
        created.unwrap();
    }
    let found = world.search("lamp").await;
    assert_eq!(found[0], 1, "{found:?}");
    assert_eq!(found.len(), 10);
    // The items 2 to 10 are not among the newest 1,000.
    assert!(found[1..].iter().all(|number| *number > 10), "{found:?}");
    let mut all = world.views.search(&Words::new("lamp").unwrap(), 5_000).await;
    let all = all.as_mut().unwrap();
    assert_eq!(all.len(), 1_010);
    all.sort_by_key(|found| found.tracked.item.id().number());
    all.dedup_by_key(|found| found.tracked.item.id());
    assert_eq!(all.len(), 1_010, "no item is found twice");
}

#[tokio::test]
async fn the_syntax_of_queries_has_no_meaning() {
    let world = World::new();
    world.create("A plain \"lamp\" AND more").await;
    for (text, expected) in [
        ("\"", None),
        ("* ^ -", None),
        ("\"lamp", Some(1)),
        ("lamp\" OR \"x", None),
        ("title:lamp", None),
        ("NEAR(plain", None),
        ("plain AND lamp", Some(1)),
        ("lamp NOT", None),
        ("lamp\0more", Some(1)),
        ("lamp*", Some(1)),
        ("lamp -- ;", Some(1)),
        ("ⓐ lamp", Some(1)),
    ] {
        world.refresh().await;
        let found = match Words::new(text) {
            Some(words) => world.views.search(&words, 10).await.unwrap(),
            None => Vec::new(),
        };
        let found = found
            .first()
            .map(|found| found.tracked.item.id().number().get());
        assert_eq!(found, expected, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_text_is_an_error(texts in prop::collection::vec("[\\PC\0\n\"*^:(){}+-]{0,12}", 1..20)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            world.create("lamp").await;
            world.refresh().await;
            for words in texts.iter().filter_map(|text| Words::new(text)) {
                let found = world.views.search(&words, 10).await;
                assert!(found.is_ok(), "{words:?}: {found:?}");
            }
        });
    }
}
