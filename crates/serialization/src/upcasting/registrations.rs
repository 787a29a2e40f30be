//! The check of a registry: every older schema is upgraded to current ones, or dropped.

use std::collections::BTreeSet;

use shared_kernel::event::{EventType, EventTypeInfo, SchemaVersion};

use super::RegistryError;
use super::registry::{EventRegistry, KnownType};
use super::step::{Action, EventSchema, Splitter, Step, Upcaster};

/// An event type and a schema version as the user gives them.
type GivenSchema<'g> = (&'g str, u32);

/// Upgrades in the order in which they are added, each checked by itself.
#[derive(Default)]
pub(crate) struct Registrations {
    steps: Vec<Result<Step, RegistryError>>,
}

impl Registrations {
    /// Adds an upgrade to the next schema of the same type.
    pub(crate) fn add_upcaster(&mut self, from: GivenSchema<'_>, upcaster: Upcaster) {
        self.add(from, |from| {
            // The last version that can be counted has no next one. The step then leads to itself,
            // and the check refuses it as a circle.
            let to = EventSchema {
                event_type: from.event_type.clone(),
                version: from.version.next().unwrap_or(from.version),
            };
            Ok(Action::Upgrade(to, upcaster))
        });
    }

    /// Adds an upgrade to a schema of another type.
    pub(crate) fn add_renaming(
        &mut self,
        from: GivenSchema<'_>,
        to: GivenSchema<'_>,
        upcaster: Upcaster,
    ) {
        self.add(from, |_| Ok(Action::Upgrade(schema(to)?, upcaster)));
    }

    /// Adds an upgrade to any number of events.
    pub(crate) fn add_split(
        &mut self,
        from: GivenSchema<'_>,
        to: &[GivenSchema<'_>],
        splitter: Splitter,
    ) {
        self.add(from, |from| {
            let mut targets: Vec<EventSchema> = Vec::with_capacity(to.len());
            for to in to {
                let target = schema(*to)?;
                let is_known = |known: &EventSchema| known.event_type == target.event_type;
                if targets.iter().any(is_known) {
                    return Err(RegistryError::DuplicateTarget {
                        event_type: from.event_type.clone(),
                        from: from.version,
                        target: target.event_type,
                    });
                }
                targets.push(target);
            }
            Ok(Action::Split(targets, splitter))
        });
    }

    /// Adds the removal of a schema's events.
    pub(crate) fn add_drop(&mut self, from: GivenSchema<'_>) {
        self.add(from, |_| Ok(Action::Drop));
    }

    fn add(
        &mut self,
        from: GivenSchema<'_>,
        action: impl FnOnce(&EventSchema) -> Result<Action, RegistryError>,
    ) {
        let step = schema(from).and_then(|from| {
            let action = action(&from)?;
            Ok(Step { from, action })
        });
        self.steps.push(step);
    }

    /// The registry of the event types that are `current` and of the upgrades to them.
    pub(crate) fn check(self, current: &[EventTypeInfo]) -> Result<EventRegistry, RegistryError> {
        let mut registry = EventRegistry::default();
        for info in current {
            registry.insert_current(schema((info.name, info.schema_version))?)?;
        }
        if current.is_empty() {
            return Err(RegistryError::Empty);
        }
        for step in self.steps {
            registry.insert_step(step?)?;
        }
        for known in registry.types.values() {
            ends_below_current(known)?;
        }
        for known in registry.types.values() {
            has_no_hole(known)?;
        }
        registry.has_no_loose_end()?;
        registry.has_no_circle()?;
        Ok(registry)
    }
}

fn schema((event_type, version): GivenSchema<'_>) -> Result<EventSchema, RegistryError> {
    Ok(EventSchema {
        event_type: EventType::new(event_type)?,
        version: SchemaVersion::new(version)?,
    })
}

impl EventRegistry {
    fn known(&mut self, event_type: &EventType) -> &mut KnownType {
        self.types
            .entry(event_type.as_str().into())
            .or_insert_with(|| KnownType::new(event_type.clone()))
    }

    fn insert_current(&mut self, schema: EventSchema) -> Result<(), RegistryError> {
        let known = self.known(&schema.event_type);
        match known.current.replace(schema.version) {
            None => Ok(()),
            Some(first) => Err(RegistryError::DuplicateEvent {
                event_type: schema.event_type,
                first,
                second: schema.version,
            }),
        }
    }

    fn insert_step(&mut self, step: Step) -> Result<(), RegistryError> {
        let from = step.from.clone();
        match self
            .known(&from.event_type)
            .steps
            .insert(from.version, step)
        {
            None => Ok(()),
            Some(_) => Err(RegistryError::DuplicateUpcaster {
                event_type: from.event_type,
                from: from.version,
            }),
        }
    }

    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.types.values().flat_map(|known| known.steps.values())
    }

    /// Every target of an upgrade is current or is upgraded in its turn.
    fn has_no_loose_end(&self) -> Result<(), RegistryError> {
        let is_read = |target: &&EventSchema| {
            let known = self.types.get(target.event_type.as_str());
            known.is_some_and(|known| {
                known.current == Some(target.version) || known.steps.contains_key(&target.version)
            })
        };
        let mut targets = self.steps().flat_map(Step::targets);
        match targets.find(|target| !is_read(target)) {
            None => Ok(()),
            Some(target) => {
                let known = self.types.get(target.event_type.as_str());
                Err(RegistryError::Gap {
                    event_type: target.event_type.clone(),
                    version: target.version,
                    current: known.and_then(|known| known.current),
                })
            }
        }
    }

    /// Every upgrade comes to an end.
    ///
    /// A schema without an upgrade is current, so it ends. An upgrade ends if all its targets end.
    /// The upgrades that are left when no more can be found to end lead in a circle.
    fn has_no_circle(&self) -> Result<(), RegistryError> {
        let key = |schema: &EventSchema| (schema.event_type.clone(), schema.version);
        let mut open: BTreeSet<_> = self.steps().map(|step| key(&step.from)).collect();
        loop {
            let before = open.len();
            for step in self.steps() {
                if !step.targets().iter().any(|to| open.contains(&key(to))) {
                    open.remove(&key(&step.from));
                }
            }
            if open.len() == before {
                break;
            }
        }
        match open.pop_first() {
            None => Ok(()),
            Some((event_type, version)) => Err(RegistryError::Cycle {
                event_type,
                version,
            }),
        }
    }
}

/// No upgrade reads the current schema or a later one.
fn ends_below_current(known: &KnownType) -> Result<(), RegistryError> {
    let last = known.steps.keys().next_back().copied();
    match (last, known.current) {
        (Some(from), Some(current)) if from >= current => Err(RegistryError::UpcasterPastCurrent {
            event_type: known.event_type.clone(),
            from,
            current,
        }),
        _ => Ok(()),
    }
}

/// From the lowest upgrade to the current schema, each version has an upgrade, even where a
/// renaming skips it: if 1 is renamed to 3, the events of version 2 are still in the log.
fn has_no_hole(known: &KnownType) -> Result<(), RegistryError> {
    let mut versions = known.steps.keys().copied().chain(known.current);
    let mut before = versions.next();
    for version in versions {
        let expected = before.and_then(SchemaVersion::next).unwrap_or(version);
        if version != expected {
            return Err(RegistryError::Gap {
                event_type: known.event_type.clone(),
                version: expected,
                current: known.current,
            });
        }
        before = Some(version);
    }
    Ok(())
}
