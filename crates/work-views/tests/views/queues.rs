//! The queue over random graphs of 1,000 items: the rows, the log and the explanations agree.

use std::collections::HashSet;
use std::time::Duration;

use proptest::prelude::*;
use work_item::{DependencyKind, RiskTier};
use work_tracking::ListQuery;

use crate::fixture::World;
use crate::histories::{Step, take};

const ITEMS: usize = 1_000;

/// What happens to an item, with another item or a number.
fn step(act: u8, one: usize, other: usize) -> Step {
    let agents = ["agent:a", "agent:b", "agent:c"];
    match act {
        0..=2 => Step::Depend(one, other, DependencyKind::Blocks),
        3 => Step::Claim(one, agents[other % 3], 600),
        4 => Step::Start(one),
        5 => Step::Assign(one, agents[other % 3]),
        6 => Step::Cancel(one),
        _ => Step::Block(one),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn an_item_of_a_thousand_is_in_the_queue_of_the_rows_if_its_explanation_has_no_reason(
        acts in prop::collection::vec((0..8_u8, 0..ITEMS, 0..ITEMS), 1_500),
        minutes in 0..20_u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            for number in 0..ITEMS {
                let create = Step::Create(format!("item {number}"), RiskTier::ALL[0], None);
                take(&world, create).await;
            }
            for (act, one, other) in acts {
                take(&world, step(act, one, other)).await;
            }
            world.refresh().await;
            world.clock.advance(Duration::from_secs(60 * minutes));
            let asker = "agent:a".parse().unwrap();
            let ready = world.queue(Some(asker), 100).await;
            let ready: HashSet<_> = ready.iter().map(|one| one.tracked.item.id()).collect();
            assert!(!ready.is_empty() && ready.len() < ITEMS);
            let asker = "agent:a".parse().unwrap();
            for listed in world.list(&ListQuery::default()).await {
                let id = listed.item.id();
                let explained = world.tracker.explain(id, Some(&asker)).await.unwrap();
                let is_ready = ready.contains(&id);
                assert_eq!(explained.reasons.is_empty(), is_ready, "{id}: {explained:?}");
            }
        });
    }
}
