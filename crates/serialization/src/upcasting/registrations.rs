//! Owns the check of what a user registers: every older schema has one way up to a current one.

use shared_kernel::{EventType, SchemaVersion};

use super::RegistryError;
use super::registry::{EventRegistry, EventSchema, KnownType, Step, Upcaster};

/// Event types and upcasters as they were given, in any order, not yet checked.
#[derive(Default)]
pub(crate) struct Registrations {
    events: Vec<(String, u32)>,
    upcasters: Vec<GivenUpcaster>,
}

struct GivenUpcaster {
    from: (String, u32),
    /// The next schema of the same type where none is named.
    to: Option<(String, u32)>,
    upcaster: Upcaster,
}

impl Registrations {
    pub(crate) fn add_event(&mut self, event_type: &str, version: u32) {
        self.events.push((event_type.to_owned(), version));
    }

    /// An upcaster to the next schema of the same type.
    pub(crate) fn add_upcaster(&mut self, event_type: &str, from: u32, upcaster: Upcaster) {
        self.upcasters.push(GivenUpcaster {
            from: (event_type.to_owned(), from),
            to: None,
            upcaster,
        });
    }

    /// An upcaster to a schema of another type.
    pub(crate) fn add_renaming(
        &mut self,
        (from, from_version): (&str, u32),
        (to, to_version): (&str, u32),
        upcaster: Upcaster,
    ) {
        self.upcasters.push(GivenUpcaster {
            from: (from.to_owned(), from_version),
            to: Some((to.to_owned(), to_version)),
            upcaster,
        });
    }

    /// The registry, in which every chain ends in a current schema.
    pub(crate) fn check(self) -> Result<EventRegistry, RegistryError> {
        let mut registry = EventRegistry::default();
        for event in &self.events {
            registry.insert_current(schema(event)?)?;
        }
        if self.events.is_empty() {
            return Err(RegistryError::Empty);
        }
        for given in self.upcasters {
            registry.insert_step(given.into_step()?)?;
        }
        for known in registry.types.values() {
            ends_below_current(known)?;
        }
        for known in registry.types.values() {
            has_no_hole(known)?;
        }
        let steps = || {
            registry
                .types
                .values()
                .flat_map(|known| known.steps.values())
        };
        let count = steps().count();
        for step in steps() {
            registry.leads_to_current(step, count)?;
        }
        Ok(registry)
    }
}

impl GivenUpcaster {
    fn into_step(self) -> Result<Step, RegistryError> {
        let from = schema(&self.from)?;
        let to = match &self.to {
            Some(to) => schema(to)?,
            // Past the last number there is no next schema: the step leads nowhere but to itself,
            // and the check refuses it as a circle.
            None => EventSchema {
                event_type: from.event_type.clone(),
                version: from.version.next().unwrap_or(from.version),
            },
        };
        Ok(Step {
            from,
            to,
            upcaster: self.upcaster,
        })
    }
}

fn schema((event_type, version): &(String, u32)) -> Result<EventSchema, RegistryError> {
    Ok(EventSchema {
        event_type: EventType::new(event_type)?,
        version: SchemaVersion::new(*version)?,
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
            Some(_) => Err(RegistryError::DuplicateEvent {
                event_type: schema.event_type,
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

    /// Follows the chain from `start`; a way longer than all `steps` there are is a circle.
    fn leads_to_current(&self, start: &Step, steps: usize) -> Result<(), RegistryError> {
        let mut step = start;
        for _ in 0..steps {
            let known = self.types.get(step.to.event_type.as_str());
            if known.is_some_and(|known| known.current == Some(step.to.version)) {
                return Ok(());
            }
            match known.and_then(|known| known.steps.get(&step.to.version)) {
                Some(next) => step = next,
                None => return Err(gap(&step.to.event_type, step.to.version)),
            }
        }
        Err(RegistryError::Cycle {
            event_type: start.from.event_type.clone(),
            version: start.from.version,
        })
    }
}

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

/// From the lowest upcaster to the current schema, each one has a way up, also where a renaming
/// would leap over it.
fn has_no_hole(known: &KnownType) -> Result<(), RegistryError> {
    let mut versions = known.steps.keys().copied().chain(known.current);
    let mut before = versions.next();
    for version in versions {
        let expected = before.and_then(SchemaVersion::next).unwrap_or(version);
        if version != expected {
            return Err(gap(&known.event_type, expected));
        }
        before = Some(version);
    }
    Ok(())
}

fn gap(event_type: &EventType, version: SchemaVersion) -> RegistryError {
    RegistryError::Gap {
        event_type: event_type.clone(),
        version,
    }
}
