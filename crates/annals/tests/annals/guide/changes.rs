//! The chapter "Changing a read model without downtime": versions, rebuilds, the way back.

// ANCHOR: uses
use annals::codec::EventCodec;
use annals::event::{EventType, SchemaVersion};
use annals::memory::MemoryReadModels;
use annals::read_side::{Build, Options, ReadModelStore, Rows, Selection, Start, schemas_of};
use annals::stream::Category;
use annals::{
    ApplyError, EventSourcedRepository, EventStore, JsonEventCodec, MemoryStore, Projection,
    ProjectionError, Projector, RecordedEvent, StreamId, async_trait,
};
// ANCHOR_END: uses

use super::{Lamp, LampEvent, installed};

/// The program of the first release.
mod release_1 {
    use super::*;

    /// The room of each lamp.
    pub(super) struct Places {
        pub(super) codec: JsonEventCodec<LampEvent>,
        pub(super) selection: Selection,
    }

    // ANCHOR: first
    #[async_trait]
    impl<Tx: Rows> Projection<Tx> for Places {
        const NAME: &'static str = "places";
        const VERSION: u32 = 1;

        fn selection(&self) -> Selection {
            self.selection.clone()
        }

        fn schemas(&self) -> Vec<(EventType, SchemaVersion)> {
            schemas_of::<LampEvent>()
        }

        async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
            for lamp_event in self.codec.decode(event)?.iter() {
                if let LampEvent::LampInstalled { room } = lamp_event {
                    tx.put("places", event.stream.as_str(), room.clone().into());
                }
            }
            Ok(())
        }
    }
    // ANCHOR_END: first
}

/// The program of the second release.
mod release_2 {
    use super::*;

    pub(super) struct Places {
        pub(super) codec: JsonEventCodec<LampEvent>,
        pub(super) selection: Selection,
    }

    #[async_trait]
    // ANCHOR: second
    impl<Tx: Rows> Projection<Tx> for Places {
        const NAME: &'static str = "places";
        const VERSION: u32 = 2;
        // ANCHOR_END: second

        fn selection(&self) -> Selection {
            self.selection.clone()
        }

        fn schemas(&self) -> Vec<(EventType, SchemaVersion)> {
            schemas_of::<LampEvent>()
        }

        async fn apply(&self, event: &RecordedEvent, tx: &mut Tx) -> Result<(), ApplyError> {
            for lamp_event in self.codec.decode(event)?.iter() {
                // ANCHOR: moved
                if let LampEvent::LampInstalled { room } | LampEvent::LampMoved { to: room } =
                    lamp_event
                {
                    tx.put("places", event.stream.as_str(), room.clone().into());
                }
                // ANCHOR_END: moved
            }
            Ok(())
        }
    }
}

/// A lamp that was installed in the hall and moved to the cellar.
async fn one_lamp() -> anyhow::Result<MemoryStore> {
    let store = MemoryStore::new();
    let lamps = EventSourcedRepository::<Lamp>::new(store.clone(), JsonEventCodec::new()?);
    let hall = StreamId::of::<Lamp>("hall")?;
    lamps.create(&hall, installed("hall")).await?;
    lamps.execute(&hall, |lamp| lamp.move_to("cellar")).await?;
    Ok(store)
}

// ANCHOR: helpers
fn lamps() -> anyhow::Result<Selection> {
    Ok(Selection::all().category(Category::new("lamp")?))
}

type Old = Projector<release_1::Places, MemoryStore, MemoryReadModels>;

fn old(store: &MemoryStore, models: &MemoryReadModels) -> anyhow::Result<Old> {
    let (codec, selection) = (JsonEventCodec::new()?, lamps()?);
    let places = release_1::Places { codec, selection };
    Ok(Projector::new(places, store.clone(), models.clone())?)
}

fn room(models: &MemoryReadModels, build: &Build) -> anyhow::Result<String> {
    let row = models
        .get(build, "places", "lamp-hall")?
        .unwrap_or_default();
    Ok(String::from_utf8(row.to_vec())?)
}
// ANCHOR_END: helpers

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_one() -> anyhow::Result<()> {
    let (store, models) = (one_lamp().await?, MemoryReadModels::new());
    let old = old(&store, &models)?;
    old.catch_up().await?;

    // ANCHOR: blue_green
    let (codec, selection) = (JsonEventCodec::new()?, lamps()?);
    let places = release_2::Places { codec, selection };
    let new = Projector::new(places, store.clone(), models.clone())?;
    new.catch_up().await?;

    let (blue, green) = (
        old.live().await?.record.build,
        new.live().await?.record.build,
    );
    assert_eq!(
        (blue.to_string(), green.to_string()),
        ("places.v1.1".to_owned(), "places.v2.1".to_owned())
    );
    assert_eq!(room(&models, &blue)?, "hall");
    assert_eq!(room(&models, &green)?, "cellar");
    // ANCHOR_END: blue_green

    // ANCHOR: remove
    for record in models.builds(new.model()).await? {
        if record.build.version < 2 {
            models.remove_build(&record.build).await?;
        }
    }
    let gone = old.live().await;
    assert!(matches!(
        gone,
        Err(ProjectionError::NotBuilt { version: 1, .. })
    ));
    // ANCHOR_END: remove
    Ok(())
}

#[tokio::test]
async fn a_changed_definition_needs_a_new_version() -> anyhow::Result<()> {
    let (store, models) = (one_lamp().await?, MemoryReadModels::new());
    old(&store, &models)?.catch_up().await?;
    // ANCHOR: changed
    let codec = JsonEventCodec::new()?;
    let selection = lamps()?.event_type(EventType::new("LampInstalled")?);
    let places = release_1::Places { codec, selection };
    let changed = Projector::new(places, store.clone(), models.clone())?;
    let Err(error) = changed.catch_up().await else {
        anyhow::bail!("the rows were made of other events");
    };
    assert!(error.to_string().contains("count its VERSION up"));
    // ANCHOR_END: changed
    assert!(matches!(error, ProjectionError::Changed { .. }));
    Ok(())
}

#[tokio::test]
async fn a_rebuild_can_be_undone() -> anyhow::Result<()> {
    let (store, models) = (one_lamp().await?, MemoryReadModels::new());
    let places = old(&store, &models)?;
    places.catch_up().await?;
    // ANCHOR: rebuild
    places.rebuild().await?;
    assert_eq!(places.live().await?.record.build.to_string(), "places.v1.2");

    places.switch_back().await?;
    assert_eq!(places.live().await?.record.build.to_string(), "places.v1.1");
    // ANCHOR_END: rebuild
    Ok(())
}

#[tokio::test]
async fn a_start_leaves_older_events_out() -> anyhow::Result<()> {
    let (store, models) = (one_lamp().await?, MemoryReadModels::new());
    let (codec, selection) = (JsonEventCodec::new()?, lamps()?);
    let places = release_2::Places { codec, selection };
    // ANCHOR: start
    let from_here = Options::default().start(Start::After(1.into()));
    let places = Projector::with_options(places, store.clone(), models.clone(), from_here)?;
    places.catch_up().await?;
    assert_eq!(places.live().await?.record.start, 1.into());
    // ANCHOR_END: start
    assert_eq!(store.head().await?, Some(places.live().await?.through()));
    let build = places.live().await?.record.build;
    assert_eq!(room(&models, &build)?, "cellar");
    Ok(())
}
