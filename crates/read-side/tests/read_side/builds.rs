//! Rebuilds, versions, and rows of another history.

use async_trait::async_trait;
use persistence_memory::MemoryEventStore;
use read_side::{
    ApplyError, BuildState, ModelName, Projection, ProjectionError, Projector, ReadModelStore,
    Rows, Selection,
};
use shared_kernel::RecordedEvent;
use shared_kernel::stream::Category;

use crate::fixture::{Sums, World, options};

#[tokio::test]
async fn a_rebuild_gives_the_rows_of_a_first_build_twice() {
    let world = World::default();
    world.fill(0..30, 4).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let first = world.rows(&sums).await;
    for number in [2, 3] {
        assert_eq!(sums.rebuild().await.unwrap(), 30.into());
        assert_eq!(world.rows(&sums).await, first);
        assert_eq!(sums.live().await.unwrap().record.build.number, number);
    }
    // The live one and the one before it.
    let builds = world.models.builds(sums.model()).await.unwrap();
    let states: Vec<_> = builds.iter().map(|b| (b.build.number, b.state)).collect();
    assert_eq!(states, [(2, BuildState::Earlier), (3, BuildState::Live)]);
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_the_old_rows_live() {
    let world = World::default();
    world.fill(0..10, 2).await;
    let sums = world.projector(options());
    sums.catch_up().await.unwrap();
    let rows = world.rows(&sums).await;
    world.sums.refuse("4");
    assert!(matches!(
        sums.rebuild().await,
        Err(ProjectionError::Stopped(_))
    ));
    assert_eq!(world.rows(&sums).await, rows);
    assert_eq!(world.models.builds(sums.model()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_switch_back_brings_the_earlier_rows_up_to_date() {
    let world = World::default();
    world.fill(0..10, 2).await;
    let sums = world.projector(options());
    assert!(matches!(
        sums.switch_back().await,
        Err(ProjectionError::NoEarlierBuild { .. })
    ));
    sums.catch_up().await.unwrap();
    sums.rebuild().await.unwrap();
    world.fill(10..12, 2).await;
    sums.catch_up().await.unwrap();
    assert_eq!(sums.switch_back().await.unwrap(), 12.into());
    assert_eq!(sums.live().await.unwrap().record.build.number, 1);
    assert_eq!(world.row(&sums, "s-1").await.unwrap(), "1+3+5+7+9+11");
    assert_eq!(sums.switch_back().await.unwrap(), 12.into());
    assert_eq!(sums.live().await.unwrap().record.build.number, 2);
}

#[tokio::test]
async fn a_changed_selection_without_a_new_version_is_refused() {
    let mut world = World::default();
    world.fill(0..4, 2).await;
    world.projector(options()).catch_up().await.unwrap();
    world.sums.selection = Selection::all().category(Category::new("s").unwrap());
    let changed = world.projector(options());
    for refused in [
        changed.catch_up().await.map(drop),
        changed.live().await.map(drop),
        changed.run(std::future::pending()).await,
    ] {
        let Err(ProjectionError::Changed { made_with, now, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(made_with.contains("categories: []"), "{made_with}");
        assert!(now.contains(r#"categories: ["s"]"#), "{now}");
    }
}

/// The second version of the sums.
struct Doubled(Sums);

#[async_trait]
impl<Tx: Rows> Projection<Tx> for Doubled {
    const NAME: &'static str = "sums";
    const VERSION: u32 = 2;

    async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
        self.0.apply(event, tx).await?;
        self.0.apply(event, tx).await
    }
}

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_one() {
    let world = World::default();
    world.fill(0..4, 2).await;
    let old = world.projector(options());
    old.catch_up().await.unwrap();
    let (log, models) = (world.log.clone(), world.models.clone());
    let new = Projector::with_options(Doubled(Sums::default()), log, models, options()).unwrap();
    assert!(matches!(
        new.live().await,
        Err(ProjectionError::NotBuilt { version: 2, .. })
    ));
    new.catch_up().await.unwrap();
    world.fill(4..6, 2).await;
    old.catch_up().await.unwrap();
    assert_eq!(world.row(&old, "s-1").await.unwrap(), "1+3+5");
    let build = new.live().await.unwrap().record.build;
    let row = world.models.get(&build, "sums", "s-1").unwrap().unwrap();
    assert_eq!(&*row, b"1+1+3+3");
}

#[tokio::test]
async fn rows_of_another_history_are_never_read_and_are_built_again() {
    let world = World::default();
    world.fill(0..4, 2).await;
    world.projector(options()).catch_up().await.unwrap();

    // The store was replaced by another one, which has as many events.
    let other = World {
        log: MemoryEventStore::new(),
        models: world.models.clone(),
        sums: world.sums.clone(),
    };
    other.fill(10..14, 2).await;
    let sums = other.projector(options());
    assert!(matches!(
        sums.live().await,
        Err(ProjectionError::Stale { .. })
    ));
    assert_eq!(sums.catch_up().await.unwrap(), 4.into());
    assert_eq!(other.row(&sums, "s-1").await.unwrap(), "11+13");

    // A shorter one is another history, too.
    let shorter = World {
        log: MemoryEventStore::new(),
        ..other.clone()
    };
    let sums = shorter.projector(options());
    assert!(matches!(
        sums.live().await,
        Err(ProjectionError::Stale { found: None, .. })
    ));
    assert_eq!(sums.catch_up().await.unwrap(), 0.into());
    assert_eq!(shorter.rows(&sums).await, []);
}

#[tokio::test]
async fn a_name_that_cannot_be_a_file_name_is_refused() {
    struct Wrong;

    #[async_trait]
    impl<Tx: Rows> Projection<Tx> for Wrong {
        const NAME: &'static str = "../sums";
        const VERSION: u32 = 1;

        async fn apply(&self, _: &RecordedEvent, _: &mut Tx) -> Result<(), ApplyError> {
            Ok(())
        }
    }

    let world = World::default();
    let refused = Projector::new(Wrong, world.log, world.models);
    assert!(matches!(refused.err(), Some(ProjectionError::Name(_))));
    assert!(ModelName::new("sums").is_ok());
}
