//! Inconsistent registries are refused at `build()`.

use std::fmt::Debug;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serialization::{JsonEventCodec, JsonEventCodecBuilder, RegistryError};
use shared_kernel::DomainEvent;
use shared_kernel::event::{EventTypeInfo, ZeroSchemaVersion};
use shared_kernel::text::TextProblem;

use crate::parcel::{self, ParcelEvent};
use crate::recorded::{type_name, version};

/// The builder for a domain of these event types, in these schemas.
macro_rules! domain {
    ($($name:ident: $schema:literal),*) => {{
        #[derive(Debug, Deserialize, DomainEvent)]
        enum Event {
            $(#[event(schema = $schema)] $name),*
        }
        JsonEventCodec::<Event>::builder()
    }};
}

#[track_caller]
fn refused<E>(builder: JsonEventCodecBuilder<E>, expected: &RegistryError)
where
    E: DomainEvent + DeserializeOwned,
{
    assert_eq!(builder.build().unwrap_err(), *expected);
}

/// A gap in the upgrades of a type that is declared in schema `current`, or not at all.
fn gap(name: &str, at: u32, current: Option<u32>) -> RegistryError {
    RegistryError::Gap {
        event_type: type_name(name),
        version: version(at),
        current: current.map(version),
    }
}

#[test]
fn the_declared_event_types_are_registered() {
    assert!(parcel::builder().build().is_ok());
    assert!(domain!(ParcelLost: 1).build().is_ok());
}

#[test]
fn chains_may_begin_anywhere_and_be_given_in_any_order() {
    let builder = domain!(ParcelSent: 7)
        .upcast("ParcelSent", 6, Ok)
        .upcast("ParcelSent", 5, Ok)
        .upcast_renamed(("A", 3), ("B", 9), Ok)
        .upcast_renamed(("B", 9), ("ParcelSent", 5), Ok)
        .upcast("A", 2, Ok)
        .upcast_renamed(("C", 1), ("ParcelSent", 7), Ok);
    assert!(builder.build().is_ok());
}

#[test]
fn two_old_names_may_lead_to_one() {
    let builder = domain!(ParcelLost: 1)
        .upcast_renamed(("ParcelBurnt", 1), ("ParcelLost", 1), Ok)
        .upcast_renamed(("ParcelStolen", 1), ("ParcelLost", 1), Ok);
    assert!(builder.build().is_ok());
}

#[test]
fn splits_may_meet_again_and_drops_end_a_chain() {
    let builder = domain!(ParcelSent: 2, ParcelLost: 1)
        .upcast_split(("A", 1), &[("B", 1), ("C", 1), ("ParcelLost", 1)], |_| {
            Ok(vec![])
        })
        .upcast_renamed(("B", 1), ("ParcelSent", 1), Ok)
        .upcast_split(("C", 1), &[("ParcelSent", 1), ("D", 1)], |_| Ok(vec![]))
        .upcast("ParcelSent", 1, Ok)
        .drop_event("D", 1)
        .upcast_split(("E", 1), &[], |_| Ok(vec![]));
    assert!(builder.build().is_ok());
}

#[test]
fn the_last_schema_that_can_be_counted_may_be_current() {
    let builder = domain!(ParcelLost: 4294967295).upcast("ParcelLost", u32::MAX - 1, Ok);
    assert!(builder.build().is_ok());
}

#[test]
fn a_builder_and_a_codec_implement_debug() {
    assert!(format!("{:?}", parcel::builder()).contains("JsonEventCodecBuilder"));
    let builder = parcel::builder()
        .upcast_split(("A", 2), &[("ParcelLost", 1), ("NoteWritten", 1)], |_| {
            Ok(vec![])
        })
        .drop_event("B", 1);
    let codec = format!("{:?}", builder.build().unwrap());
    for step in [
        "PackageSent 1 -> ParcelSent 1",
        "A 2 -> ParcelLost 1, NoteWritten 1",
        "B 1 -> nothing",
    ] {
        assert!(codec.contains(step), "{codec}");
    }
}

#[test]
fn no_declared_event_type_is_refused() {
    #[derive(Deserialize)]
    enum Nothing {}
    impl DomainEvent for Nothing {
        const TYPES: &'static [EventTypeInfo] = &[];
        fn type_info(&self) -> EventTypeInfo {
            match *self {}
        }
    }
    let empty = JsonEventCodec::<Nothing>::builder;
    refused(empty(), &RegistryError::Empty);
    refused(empty().upcast("A", 1, Ok), &RegistryError::Empty);
}

#[test]
fn invalid_names_and_versions_are_refused() {
    let long = "x".repeat(256);
    for (name, problem) in [
        ("", TextProblem::Empty),
        (
            &*long,
            TextProblem::TooLong {
                bytes: 256,
                max: 255,
            },
        ),
    ] {
        let builders = [
            parcel::builder().upcast(name, 1, Ok),
            parcel::builder().upcast_renamed((name, 1), ("ParcelLost", 1), Ok),
            parcel::builder().upcast_renamed(("A", 1), (name, 1), Ok),
            parcel::builder().upcast_split(("A", 1), &[(name, 1)], |_| Ok(vec![])),
            parcel::builder().drop_event(name, 1),
        ];
        for builder in builders {
            let error = builder.build().unwrap_err();
            assert!(matches!(error, RegistryError::EventType(e) if e.problem == problem));
        }
    }
    let zero = RegistryError::SchemaVersion(ZeroSchemaVersion);
    for builder in [
        parcel::builder().upcast("ParcelSent", 0, Ok),
        parcel::builder().upcast_renamed(("A", 1), ("ParcelLost", 0), Ok),
        parcel::builder().upcast_split(("A", 1), &[("ParcelLost", 0)], |_| Ok(vec![])),
        parcel::builder().drop_event("A", 0),
    ] {
        refused(builder, &zero);
    }
}

/// A domain whose declaration is written by hand.
macro_rules! declares {
    ($($name:literal: $schema:literal),*) => {{
        #[derive(Deserialize)]
        struct Event;
        impl DomainEvent for Event {
            const TYPES: &'static [EventTypeInfo] = &[$(EventTypeInfo::new($name, $schema)),*];
            fn type_info(&self) -> EventTypeInfo {
                Self::TYPES[0]
            }
        }
        JsonEventCodec::<Event>::builder()
    }};
}

#[test]
fn a_declaration_with_an_invalid_name_is_refused() {
    let error = declares!("": 1).build().unwrap_err();
    assert!(matches!(error, RegistryError::EventType(e) if e.problem == TextProblem::Empty));
    refused(
        declares!("A": 0),
        &RegistryError::SchemaVersion(ZeroSchemaVersion),
    );
}

#[test]
fn an_event_type_that_is_declared_twice_is_refused_with_both_versions() {
    refused(
        declares!("A": 1, "B": 1, "A": 2),
        &RegistryError::DuplicateEvent {
            event_type: type_name("A"),
            first: version(1),
            second: version(2),
        },
    );
}

#[test]
fn two_upcasters_from_one_schema_are_refused() {
    let twice = RegistryError::DuplicateUpcaster {
        event_type: type_name("ParcelSent"),
        from: version(2),
    };
    for builder in [
        parcel::builder().upcast("ParcelSent", 2, Ok),
        parcel::builder().upcast_renamed(("ParcelSent", 2), ("ParcelLost", 1), Ok),
        parcel::builder().upcast_split(("ParcelSent", 2), &[], |_| Ok(vec![])),
        parcel::builder().drop_event("ParcelSent", 2),
    ] {
        refused(builder, &twice);
    }
}

#[test]
fn two_targets_of_one_type_are_refused() {
    let targets = [("ParcelSent", 1), ("ParcelLost", 1), ("ParcelSent", 3)];
    refused(
        parcel::builder().upcast_split(("A", 1), &targets, |_| Ok(vec![])),
        &RegistryError::DuplicateTarget {
            event_type: type_name("A"),
            from: version(1),
            target: type_name("ParcelSent"),
        },
    );
}

#[test]
fn an_upcaster_that_does_not_fit_the_declared_version_is_refused_with_both() {
    let past = |name, from, current| RegistryError::UpcasterPastCurrent {
        event_type: type_name(name),
        from: version(from),
        current: version(current),
    };
    for from in [3, 4, u32::MAX] {
        refused(
            parcel::builder().upcast("ParcelSent", from, Ok),
            &past("ParcelSent", from, 3),
        );
    }
    let from_lost = ("ParcelLost", 1);
    for builder in [
        parcel::builder().upcast_renamed(from_lost, ("ParcelSent", 3), Ok),
        parcel::builder().upcast_split(from_lost, &[("ParcelSent", 3)], |_| Ok(vec![])),
        parcel::builder().drop_event("ParcelLost", 1),
    ] {
        refused(builder, &past("ParcelLost", 1, 1));
    }
    // The declared schema is newer than the result of the upcasters.
    refused(
        domain!(ParcelSent: 3).upcast("ParcelSent", 1, Ok),
        &gap("ParcelSent", 2, Some(3)),
    );
}

#[test]
fn a_gap_between_the_lowest_upcaster_and_the_current_schema_is_refused() {
    let hole = gap("ParcelSent", 2, Some(5));
    let five = || domain!(ParcelSent: 5).upcast("ParcelSent", 1, Ok);
    refused(five(), &hole);
    refused(five().upcast("ParcelSent", 3, Ok), &hole);
    // The renaming skips schema 2, whose events are still in the log.
    let leap = domain!(ParcelSent: 3).upcast_renamed(("ParcelSent", 1), ("ParcelSent", 3), Ok);
    refused(leap, &gap("ParcelSent", 2, Some(3)));
    let old_name = domain!(ParcelSent: 3)
        .upcast_renamed(("A", 1), ("ParcelSent", 3), Ok)
        .drop_event("A", 3);
    refused(old_name, &gap("A", 2, None));
}

#[test]
fn a_chain_that_ends_in_no_current_schema_is_refused() {
    refused(
        parcel::builder().upcast("ParcelSnet", 1, Ok),
        &gap("ParcelSnet", 2, None),
    );
    let to = |name, at| parcel::builder().upcast_renamed(("A", 1), (name, at), Ok);
    refused(to("Nowhere", 1), &gap("Nowhere", 1, None));
    refused(to("ParcelSent", 4), &gap("ParcelSent", 4, Some(3)));
    refused(to("ParcelLost", 2), &gap("ParcelLost", 2, Some(1)));
    let below = domain!(ParcelSent: 3).upcast_renamed(("A", 1), ("ParcelSent", 2), Ok);
    refused(below, &gap("ParcelSent", 2, Some(3)));
    refused(
        to("B", 1).upcast_renamed(("B", 2), ("ParcelLost", 1), Ok),
        &gap("B", 1, None),
    );
    let one_of_two = [("ParcelLost", 1), ("Nowhere", 1)];
    refused(
        parcel::builder().upcast_split(("A", 1), &one_of_two, |_| Ok(vec![])),
        &gap("Nowhere", 1, None),
    );
}

#[test]
fn a_circle_is_refused() {
    let circle = |builder: JsonEventCodecBuilder<ParcelEvent>, from: &str, at| {
        let expected = RegistryError::Cycle {
            event_type: type_name(from),
            version: version(at),
        };
        refused(builder, &expected);
    };
    let renamed = |from, to| parcel::builder().upcast_renamed(from, to, Ok);
    circle(renamed(("A", 1), ("A", 1)), "A", 1);
    circle(
        renamed(("A", 1), ("B", 1)).upcast_renamed(("B", 1), ("A", 1), Ok),
        "A",
        1,
    );
    circle(renamed(("A", 2), ("A", 1)).upcast("A", 1, Ok), "A", 1);
    circle(parcel::builder().upcast("Z", u32::MAX, Ok), "Z", u32::MAX);
    // One of two targets leads back.
    let split = |to: &[(&str, u32)]| parcel::builder().upcast_split(("A", 1), to, |_| Ok(vec![]));
    circle(split(&[("ParcelLost", 1), ("A", 1)]), "A", 1);
    circle(
        split(&[("ParcelLost", 1), ("B", 1)]).upcast_renamed(("B", 1), ("A", 1), Ok),
        "A",
        1,
    );
}

#[test]
fn a_declared_event_type_that_serde_does_not_read_is_refused() {
    #[derive(Deserialize, DomainEvent)]
    enum Event {
        ParcelSent,
        #[event(name = "ParcelSnet")]
        ParcelLost,
    }
    refused(
        JsonEventCodec::<Event>::builder(),
        &RegistryError::NoSuchVariant {
            event_type: type_name("ParcelSnet"),
            variants: &["ParcelSent", "ParcelLost"],
        },
    );
}

#[test]
fn a_variant_that_is_not_declared_is_refused_unless_an_upcaster_reads_it() {
    #[derive(Deserialize)]
    enum Event {
        ParcelSent,
        ParcelLost,
    }
    impl DomainEvent for Event {
        const TYPES: &'static [EventTypeInfo] = &[EventTypeInfo::new("ParcelSent", 1)];
        fn type_info(&self) -> EventTypeInfo {
            match self {
                Self::ParcelSent | Self::ParcelLost => Self::TYPES[0],
            }
        }
    }
    let undeclared = RegistryError::UndeclaredVariant {
        variant: "ParcelLost",
    };
    refused(JsonEventCodec::<Event>::builder(), &undeclared);
    let dropped = JsonEventCodec::<Event>::builder().drop_event("ParcelLost", 1);
    assert!(dropped.build().is_ok());
}
