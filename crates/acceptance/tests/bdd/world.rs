//! The state that the steps of one scenario share: the store, and the notes of each area.

use std::sync::Arc;

use cucumber::World;
use shared_kernel::store::AppendReceipt;
use shared_kernel::time::ManualClock;
use shared_kernel::{
    EventStore, EventStoreExt as _, ExpectedVersion, NewEvent, SnapshotStore, StreamId,
};

use crate::place::Place;
use crate::steps::accounts::AccountNotes;
use crate::steps::event_store::LogNotes;
use crate::steps::program::ProgramNotes;
use crate::steps::read_side::ReadSideNotes;
use crate::steps::repository::CommandNotes;
use crate::steps::serialization::FormatNotes;
use crate::steps::snapshots::ShelfNotes;
use crate::steps::work_items::WorkNotes;

#[derive(Debug, Default, World)]
pub(crate) struct AnnalsWorld {
    place: Option<Place>,
    pub(crate) log: LogNotes,
    pub(crate) accounts: AccountNotes,
    pub(crate) shelf: ShelfNotes,
    pub(crate) commands: CommandNotes,
    pub(crate) format: FormatNotes,
    pub(crate) work: WorkNotes,
    pub(crate) program: ProgramNotes,
    pub(crate) read_side: ReadSideNotes,
}

impl AnnalsWorld {
    pub(crate) fn move_into(&mut self, place: Place) {
        self.place = Some(place);
    }

    pub(crate) async fn leave(&mut self) {
        self.log.stop_listening();
        self.program.stop_following();
        self.read_side.leave().await;
        if let Some(place) = self.place.take() {
            place.close().await;
        }
    }

    pub(crate) fn place(&self) -> &Place {
        self.place.as_ref().expect("the scenario has begun")
    }

    pub(crate) fn place_mut(&mut self) -> &mut Place {
        self.place.as_mut().expect("the scenario has begun")
    }

    pub(crate) fn events(&self) -> Arc<dyn EventStore> {
        self.place().events()
    }

    pub(crate) fn snapshots(&self) -> Arc<dyn SnapshotStore> {
        self.place().snapshots()
    }

    /// Appends the events of a Given step.
    pub(crate) async fn record(
        &self,
        stream: StreamId,
        expected: ExpectedVersion,
        events: Vec<NewEvent>,
    ) -> AppendReceipt {
        let store = self.events();
        store.append_to(stream, expected, events).await.unwrap()
    }

    pub(crate) fn clock(&self) -> &Arc<ManualClock> {
        &self.place().clock
    }
}
