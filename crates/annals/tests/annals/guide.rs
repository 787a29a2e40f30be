//! The code of the guide: one module for each chapter, and the lamp that they share.
//!
//! The chapters in docs/guide include the parts between `ANCHOR` and `ANCHOR_END`.

mod aggregates;
mod changes;
mod first_store;
mod inapplicable;
mod language_models;
mod moving;
mod old_events;
mod operations;
mod reacting;
mod read_models;
mod reading;
mod segments;
mod server;
mod snapshots;
mod testing;
mod time_travel;

// ANCHOR: uses
use annals::{Aggregate, DomainEvent, Inapplicable};
use serde::{Deserialize, Serialize};
// ANCHOR_END: uses

#[expect(
    clippy::enum_variant_names,
    reason = "an event type is unique in the whole store"
)]
// ANCHOR: events
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DomainEvent)]
enum LampEvent {
    LampInstalled { room: String },
    LampDimmed { percent: u8 },
    LampMoved { to: String },
}
// ANCHOR_END: events

// ANCHOR: state
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Lamp {
    room: String,
    percent: u8,
}

impl Aggregate for Lamp {
    type Event = LampEvent;
    const TYPE: &'static str = "lamp";

    fn create(event: &LampEvent) -> Result<Self, Inapplicable> {
        match event {
            LampEvent::LampInstalled { room } => Ok(Self {
                room: room.clone(),
                percent: 100,
            }),
            _ => Err(Inapplicable::new("a lamp must be installed first")),
        }
    }

    fn apply(&mut self, event: &LampEvent) -> Result<(), Inapplicable> {
        match event {
            LampEvent::LampInstalled { .. } => return Err(Inapplicable::new("installed twice")),
            LampEvent::LampDimmed { percent } => self.percent = *percent,
            LampEvent::LampMoved { to } => self.room.clone_from(to),
        }
        Ok(())
    }
}
// ANCHOR_END: state

// ANCHOR: commands
#[derive(Debug, PartialEq, thiserror::Error)]
enum LampError {
    #[error("a lamp cannot be at {percent} %")]
    TooBright { percent: u8 },
}

impl Lamp {
    /// Dims the lamp. A lamp that is at this percentage already needs no event.
    fn dim(&self, percent: u8) -> Result<Option<LampEvent>, LampError> {
        if percent > 100 {
            return Err(LampError::TooBright { percent });
        }
        Ok((percent != self.percent).then_some(LampEvent::LampDimmed { percent }))
    }

    /// Moves the lamp to another room and halves its brightness.
    fn move_to(&self, room: &str) -> [LampEvent; 2] {
        [
            LampEvent::LampMoved {
                to: room.to_owned(),
            },
            LampEvent::LampDimmed {
                percent: self.percent / 2,
            },
        ]
    }
}
// ANCHOR_END: commands

// ANCHOR: installed
/// The first event of a lamp.
fn installed(room: &str) -> LampEvent {
    LampEvent::LampInstalled {
        room: room.to_owned(),
    }
}
// ANCHOR_END: installed
