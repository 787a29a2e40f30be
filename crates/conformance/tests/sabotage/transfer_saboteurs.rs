//! Saboteurs of logs that move, and the laws that each breaks.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use conformance::{Verdict, laws_of_log_transfers};
use persistence_memory::MemoryEventStore;
use shared_kernel::event::EventIdGenerator;
use shared_kernel::store::{
    AppendReceipt, Destination, ImportError, LogPart, LogPoint, LogQuery, LogTransfer, StoreId,
    StreamWrite,
};
use shared_kernel::{
    Append, AppendError, EventStore, ExpectedVersion, GlobalPosition, RecordedEvent, StoreError,
    StreamId, StreamVersion,
};

use crate::harness::{Door, Nothing, Sabotage, Sabotaged};
use crate::saboteurs::saboteurs;
use crate::transfer_saboteurs;

/// Gives each imported log an id of its own.
#[derive(Default)]
pub(crate) struct KeepsItsId;

#[async_trait]
impl Sabotage for KeepsItsId {
    async fn import(&self, door: &Door, part: LogPart) -> Result<(), ImportError> {
        let store = StoreId::from_bytes([1; 16]);
        door.sound.import(LogPart { store, ..part }).await
    }
}

/// Dates imported events by its clock.
#[derive(Default)]
pub(crate) struct DatesImports;

#[async_trait]
impl Sabotage for DatesImports {
    async fn import(&self, door: &Door, mut part: LogPart) -> Result<(), ImportError> {
        let last = last_event(door).await.map(|last| last.recorded_at);
        for event in &mut part.events {
            event.recorded_at = last.max(Some(door.clock.now())).unwrap();
        }
        door.sound.import(part).await
    }
}

/// Imports a log without events by doing nothing.
#[derive(Default)]
pub(crate) struct IgnoresEmptyLogs;

#[async_trait]
impl Sabotage for IgnoresEmptyLogs {
    async fn import(&self, door: &Door, part: LogPart) -> Result<(), ImportError> {
        match part.events.is_empty() {
            true => Ok(()),
            false => door.sound.import(part).await,
        }
    }
}

/// Forgets after an import that the log has leapt: no later time goes back.
#[derive(Default)]
pub(crate) struct ForgetsTheLeap;

#[async_trait]
impl Sabotage for ForgetsTheLeap {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let last = last_event(door).await;
        let Some(last) = last.filter(|last| last.recorded_at > door.clock.now()) else {
            return door.store.append(append).await;
        };
        let mut events = Vec::new();
        for (stream, event) in append.events() {
            let before = events.last().unwrap_or(&last);
            events.push(RecordedEvent {
                stream: stream.clone(),
                version: door.sound.stream_version(stream).await?.next().unwrap(),
                position: before.position.next().unwrap(),
                recorded_at: last.recorded_at,
                id: event.id,
                event_type: event.event_type.clone(),
                schema_version: event.schema_version,
                payload: event.payload.clone(),
                metadata: event.metadata.clone(),
            });
        }
        let part = LogPart {
            store: door.sound.id().await?,
            after: Some(LogPoint::from(&last)),
            events,
        };
        door.sound.import(part).await.expect("the part follows");
        door.store.append(append).await
    }
}

/// Imports only the beginning of a log, and says that it has imported the rest.
#[derive(Default)]
pub(crate) struct LosesTheRest;

#[async_trait]
impl Sabotage for LosesTheRest {
    async fn import(&self, door: &Door, part: LogPart) -> Result<(), ImportError> {
        match part.after {
            Some(_) => Ok(()),
            None => door.sound.import(part).await,
        }
    }
}

/// Says that a part is imported where another one is there already.
#[derive(Default)]
pub(crate) struct TakesTheSlowerForDone;

#[async_trait]
impl Sabotage for TakesTheSlowerForDone {
    async fn import(&self, door: &Door, part: LogPart) -> Result<(), ImportError> {
        match door.sound.import(part).await {
            Err(ImportError::OtherEnd { head: Some(_) }) => Ok(()),
            imported => imported,
        }
    }
}

/// Does not compare the log with that of a part.
#[derive(Default)]
pub(crate) struct TrustsEachPart;

#[async_trait]
impl Sabotage for TrustsEachPart {
    async fn import(&self, door: &Door, mut part: LogPart) -> Result<(), ImportError> {
        let last = last_event(door).await;
        if let (Some(last), Some(after)) = (last, &mut part.after)
            && last.position == after.position
        {
            after.id = last.id;
            part.store = door.sound.id().await?;
        }
        door.sound.import(part).await
    }
}

/// Appends events under ids of its own.
#[derive(Default)]
pub(crate) struct RenamesEvents(EventIdGenerator);

#[async_trait]
impl Sabotage for RenamesEvents {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut renamed = Append::new();
        for write in append.writes() {
            let mut events = write.events.clone();
            for event in &mut events {
                event.id = self.0.generate().unwrap();
            }
            renamed = renamed.with_write(StreamWrite {
                events,
                ..write.clone()
            });
        }
        for check in append.checks() {
            renamed = renamed.check(check.stream.clone(), check.expected);
        }
        door.store.append(renamed).await
    }
}

/// Adds events to whatever a stream has.
#[derive(Default)]
pub(crate) struct JoinsStreams;

#[async_trait]
impl Sabotage for JoinsStreams {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        let mut joined = Append::new();
        for write in append.writes() {
            joined = joined.with_write(StreamWrite {
                expected: ExpectedVersion::Any,
                ..write.clone()
            });
        }
        door.store.append(joined).await
    }

    async fn stream_version(
        &self,
        _door: &Door,
        _stream: &StreamId,
    ) -> Result<StreamVersion, StoreError> {
        Ok(StreamVersion::EMPTY)
    }
}

/// Answers a freeze and goes on.
#[derive(Default)]
pub(crate) struct NeverFreezes;

#[async_trait]
impl Sabotage for NeverFreezes {
    async fn freeze(
        &self,
        door: &Door,
        _destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        door.sound.head().await
    }
}

/// Refuses repetitions, too.
#[derive(Default)]
pub(crate) struct FreezesRepetitions;

#[async_trait]
impl Sabotage for FreezesRepetitions {
    async fn append(&self, door: &Door, append: Append) -> Result<AppendReceipt, AppendError> {
        match door.sound.frozen_for().await? {
            Some(to) => Err(moved(&to).into()),
            None => door.store.append(append).await,
        }
    }
}

/// Answers the position before the last event, as a store that looks first and freezes then.
#[derive(Default)]
pub(crate) struct LooksBeforeItFreezes;

#[async_trait]
impl Sabotage for LooksBeforeItFreezes {
    async fn freeze(
        &self,
        door: &Door,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        let head = door.sound.freeze(destination).await?;
        Ok(head.and_then(GlobalPosition::previous))
    }
}

/// Freezes only the handle that was asked, if there are others.
#[derive(Default)]
pub(crate) struct FreezesOneHandle(Mutex<Option<Destination>>);

#[async_trait]
impl Sabotage for FreezesOneHandle {
    async fn freeze(
        &self,
        door: &Door,
        destination: &Destination,
    ) -> Result<Option<GlobalPosition>, StoreError> {
        if !door.has_company() {
            return door.sound.freeze(destination).await;
        }
        *self.0.lock().unwrap() = Some(destination.clone());
        door.sound.head().await
    }
}

/// Takes appends again once it is reopened.
#[derive(Default)]
pub(crate) struct ThawsWhenReopened;

#[async_trait]
impl Sabotage for ThawsWhenReopened {
    async fn opened(&self, store: MemoryEventStore, reopened: bool) -> MemoryEventStore {
        if reopened {
            store.unfreeze().await.unwrap();
        }
        store
    }
}

async fn last_event(door: &Door) -> Option<RecordedEvent> {
    let last = LogQuery::new().backward().limit(1);
    door.sound.read_log_page(&last).await.unwrap().items.pop()
}

fn moved(to: &Destination) -> StoreError {
    StoreError::Moved {
        location: "sabotaged".to_owned(),
        to: to.to_string(),
    }
}

/// The names of the laws of logs that move that a saboteur breaks.
fn broken_by<S: Sabotage>() -> BTreeSet<&'static str> {
    let laws = laws_of_log_transfers().into_iter();
    laws.filter_map(|law| match law.run(Arc::new(Sabotaged::<S>::default())) {
        Verdict::Kept => None,
        Verdict::Broken { .. } => Some(law.name()),
        Verdict::NotClaimed(unclaimed) => panic!("{unclaimed:?} is claimed"),
    })
    .collect()
}

saboteurs! { broken_by, broken_by_some;
    keeps_its_id: transfer_saboteurs::KeepsItsId => [
        an_import_into_an_empty_store_keeps_everything,
        an_empty_log_takes_its_id_along,
        the_next_append_after_an_import_gets_the_time_of_the_source,
        the_rest_of_a_log_follows_an_earlier_export,
        an_interrupted_import_goes_on_where_it_ended,
        a_log_that_went_its_own_way_refuses_the_import,
        a_part_that_does_not_follow_the_end_is_refused,
        imports_at_the_same_time_leave_no_mixture,
    ];
    dates_imports: transfer_saboteurs::DatesImports => [
        a_part_that_does_not_follow_the_end_is_refused,
        an_import_into_an_empty_store_keeps_everything,
        the_next_append_after_an_import_gets_the_time_of_the_source,
    ];
    ignores_empty_logs: transfer_saboteurs::IgnoresEmptyLogs => [
        an_empty_log_takes_its_id_along,
    ];
    forgets_the_leap: transfer_saboteurs::ForgetsTheLeap => [
        the_next_append_after_an_import_gets_the_time_of_the_source,
    ];
    loses_the_rest: transfer_saboteurs::LosesTheRest => [
        a_frozen_store_refuses_new_events_and_names_the_new_place,
        the_next_append_after_an_import_gets_the_time_of_the_source,
        an_import_into_an_empty_store_keeps_everything,
        the_rest_of_a_log_follows_an_earlier_export,
        an_interrupted_import_goes_on_where_it_ended,
        a_part_that_does_not_follow_the_end_is_refused,
        imports_at_the_same_time_leave_no_mixture,
    ];
    takes_the_slower_for_done: transfer_saboteurs::TakesTheSlowerForDone => [
        a_part_that_does_not_follow_the_end_is_refused,
        imports_at_the_same_time_leave_no_mixture,
    ];
    trusts_each_part: transfer_saboteurs::TrustsEachPart => [
        a_part_that_does_not_follow_the_end_is_refused,
    ];
    renames_events: transfer_saboteurs::RenamesEvents => [
        the_next_append_after_an_import_gets_the_time_of_the_source,
        an_import_into_another_log_appends_each_event_once,
        reads_and_repetitions_go_on_in_a_frozen_store,
    ];
    joins_streams: transfer_saboteurs::JoinsStreams => [
        an_import_into_another_log_appends_each_event_once,
        a_stream_with_other_events_is_refused,
        reads_and_repetitions_go_on_in_a_frozen_store,
    ];
    never_freezes: transfer_saboteurs::NeverFreezes => [
        a_frozen_store_refuses_new_events_and_names_the_new_place,
        no_event_follows_the_answer_of_a_freeze,
        a_freeze_binds_other_handles,
        a_freeze_is_there_after_reopening,
    ];
    freezes_repetitions: transfer_saboteurs::FreezesRepetitions => [
        reads_and_repetitions_go_on_in_a_frozen_store,
    ];
    looks_before_it_freezes: transfer_saboteurs::LooksBeforeItFreezes => [
        a_frozen_store_refuses_new_events_and_names_the_new_place,
        no_event_follows_the_answer_of_a_freeze,
        a_freeze_binds_other_handles,
    ];
    freezes_one_handle: transfer_saboteurs::FreezesOneHandle => [
        a_freeze_binds_other_handles,
    ];
    thaws_when_reopened: transfer_saboteurs::ThawsWhenReopened => [
        a_freeze_is_there_after_reopening,
    ];
}

#[test]
fn a_sound_store_breaks_no_law_of_logs_that_move() {
    assert_eq!(broken_by::<Nothing>(), BTreeSet::new());
}

/// A law without a saboteur might never fail, so a new law needs a saboteur.
#[test]
fn every_law_of_logs_that_move_is_broken_by_some_saboteur() {
    let laws = laws_of_log_transfers();
    let laws: BTreeSet<_> = laws.iter().map(|law| law.name()).collect();
    assert_eq!(broken_by_some(), laws);
}
