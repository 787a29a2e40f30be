//! The proof that nothing was missed.

use std::sync::Arc;

use async_trait::async_trait;
use conformance::double::{Delegating, EventDouble};
use persistence_memory::MemoryEventStore;
use read_side::{ProjectionError, Projector, ReadModelStore, Rows, Status, Step};
use shared_kernel::store::{LogPage, LogQuery};
use shared_kernel::{EventStore, StoreError};

use crate::fixture::{World, append, holder, options, parking, segments};

#[tokio::test]
async fn the_proof_counts_what_was_considered_and_compares_the_rows() {
    let world = World::default();
    world.fill(0..20, 3).await;
    let sums = world.projector(options().segments(segments(2)));
    let proof = sums.prove().await.unwrap();
    assert!(proof.holds());
    assert_eq!(
        proof.to_string(),
        "considered 1 … 20 of 20; 0 skipped; 0 parked; the rows equal a fresh build"
    );
    assert_eq!(world.models.builds(sums.model()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn parked_and_skipped_events_are_listed() {
    let world = World::default();
    world.fill(0..4, 2).await;
    let skipped = append(&world.log, "s-0", "skipped").await;
    let parked = append(&world.log, "s-1", "parked").await;
    let behind = append(&world.log, "s-1", "7").await;
    world.sums.refuse("skipped");
    world.sums.refuse("parked");
    let sums = world.projector(parking());
    sums.catch_up().await.unwrap();
    sums.skip(skipped, "twice").await.unwrap();
    let proof = sums.prove().await.unwrap();
    assert!(proof.holds());
    assert_eq!(
        proof.to_string(),
        format!(
            "considered 1 … 7 of 7; 1 skipped ({skipped}); 2 parked ({parked}, {behind}); the \
            rows equal a fresh build"
        )
    );
}

#[tokio::test]
async fn rows_that_were_changed_by_hand_are_found() {
    let world = World::default();
    world.fill(0..4, 2).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let live = sums.live().await.unwrap();
    let (build, hand) = (&live.record.build, holder("hand"));
    let lease = world
        .models
        .claim(build, 0, &hand, options().ttl)
        .await
        .unwrap();
    let mut rows = world.models.begin(&lease).await.unwrap();
    rows.put("sums", "s-1", "1+4".into());
    let step = Step {
        from: 4.into(),
        through: 4.into(),
        last_event: live.progress[0].last_event,
        status: Status::Live,
        park: Vec::new(),
        unpark: Vec::new(),
        skip: Vec::new(),
    };
    world.models.commit(rows, &lease, step).await.unwrap();
    world.models.release(&lease).await.unwrap();
    let proof = sums.prove().await.unwrap();
    assert!(!proof.holds());
    assert!(proof.to_string().contains("DIFFER"), "{proof}");
    sums.rebuild().await.unwrap();
    assert!(sums.prove().await.unwrap().holds());
}

/// Does not answer with the event at position 3.
#[derive(Clone)]
struct Forgetful(MemoryEventStore);

#[async_trait]
impl EventDouble for Forgetful {
    fn events(&self) -> &dyn EventStore {
        &self.0
    }

    async fn read_log_page(&self, query: &LogQuery) -> Result<LogPage, StoreError> {
        let mut page = self.0.read_log_page(query).await?;
        page.items.retain(|event| event.position != 3.into());
        Ok(page)
    }
}

#[tokio::test]
async fn a_hole_in_the_log_is_no_skip() {
    let world = World::default();
    world.fill(0..6, 2).await;
    let log = Arc::new(Delegating::new(Forgetful(world.log.clone())));
    let models = world.models.clone();
    let sums = Projector::with_options(world.sums.clone(), log, models, options()).unwrap();
    let Err(ProjectionError::HistoryGap { missing, .. }) = sums.catch_up().await else {
        panic!("it went over the hole");
    };
    assert_eq!(missing, 3.into());
}
