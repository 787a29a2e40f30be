//! A registry that does not add up is refused when it is built.

use serialization::{JsonEventCodec, JsonEventCodecBuilder, RegistryError};
use shared_kernel::{TextProblem, ZeroSchemaVersion};

use crate::parcel::{self, ParcelEvent};
use crate::recorded::{type_name, version};

fn empty() -> JsonEventCodecBuilder<ParcelEvent> {
    JsonEventCodec::builder()
}

#[track_caller]
fn refused(builder: JsonEventCodecBuilder<ParcelEvent>, expected: &RegistryError) {
    assert_eq!(builder.build().unwrap_err(), *expected);
}

fn gap(name: &str, at: u32) -> RegistryError {
    RegistryError::Gap {
        event_type: type_name(name),
        version: version(at),
    }
}

#[test]
fn chains_may_begin_anywhere_and_be_given_in_any_order() {
    let builder = empty()
        .upcast("ParcelSent", 6, Ok)
        .upcast("ParcelSent", 5, Ok)
        .event("ParcelSent", 7)
        .upcast_renamed(("A", 3), ("B", 9), Ok)
        .upcast_renamed(("B", 9), ("ParcelSent", 5), Ok)
        .upcast("A", 2, Ok)
        .upcast_renamed(("C", 1), ("ParcelSent", 7), Ok);
    assert!(builder.build().is_ok());
}

#[test]
fn two_old_names_may_lead_to_one() {
    let builder = empty()
        .event("ParcelLost", 1)
        .upcast_renamed(("ParcelBurnt", 1), ("ParcelLost", 1), Ok)
        .upcast_renamed(("ParcelStolen", 1), ("ParcelLost", 1), Ok);
    assert!(builder.build().is_ok());
}

#[test]
fn the_last_schema_that_can_be_counted_may_be_current() {
    let builder = empty()
        .event("ParcelLost", u32::MAX)
        .upcast("ParcelLost", u32::MAX - 1, Ok);
    assert!(builder.build().is_ok());
}

#[test]
fn a_builder_and_a_codec_can_be_looked_at() {
    assert!(format!("{:?}", parcel::builder()).contains("JsonEventCodecBuilder"));
    let codec = format!("{:?}", parcel::codec());
    assert!(codec.contains("PackageSent 1 -> ParcelSent 1"), "{codec}");
}

#[test]
fn nothing_registered_is_refused() {
    refused(empty(), &RegistryError::Empty);
    refused(empty().upcast("ParcelSent", 1, Ok), &RegistryError::Empty);
}

#[test]
fn names_and_versions_that_no_store_takes_are_refused() {
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
            empty().event(name, 1),
            parcel::builder().upcast(name, 1, Ok),
            parcel::builder().upcast_renamed((name, 1), ("ParcelLost", 1), Ok),
            parcel::builder().upcast_renamed(("A", 1), (name, 1), Ok),
        ];
        for builder in builders {
            let error = builder.build().unwrap_err();
            assert!(matches!(error, RegistryError::EventType(e) if e.problem == problem));
        }
    }
    let zero = RegistryError::SchemaVersion(ZeroSchemaVersion);
    refused(empty().event("ParcelLost", 0), &zero);
    refused(parcel::builder().upcast("ParcelSent", 0, Ok), &zero);
    refused(
        parcel::builder().upcast_renamed(("A", 1), ("ParcelLost", 0), Ok),
        &zero,
    );
}

#[test]
fn an_event_twice_is_refused() {
    for again in [1, 2] {
        refused(
            parcel::builder().event("ParcelLost", again),
            &RegistryError::DuplicateEvent {
                event_type: type_name("ParcelLost"),
            },
        );
    }
}

#[test]
fn two_upcasters_from_one_schema_are_refused() {
    let twice = RegistryError::DuplicateUpcaster {
        event_type: type_name("ParcelSent"),
        from: version(2),
    };
    refused(parcel::builder().upcast("ParcelSent", 2, Ok), &twice);
    refused(
        parcel::builder().upcast_renamed(("ParcelSent", 2), ("ParcelLost", 1), Ok),
        &twice,
    );
}

#[test]
fn an_upcaster_from_the_current_schema_or_past_it_is_refused() {
    for from in [3, 4, u32::MAX] {
        refused(
            parcel::builder().upcast("ParcelSent", from, Ok),
            &RegistryError::UpcasterPastCurrent {
                event_type: type_name("ParcelSent"),
                from: version(from),
                current: version(3),
            },
        );
    }
    refused(
        parcel::builder().upcast_renamed(("ParcelLost", 1), ("ParcelSent", 3), Ok),
        &RegistryError::UpcasterPastCurrent {
            event_type: type_name("ParcelLost"),
            from: version(1),
            current: version(1),
        },
    );
}

#[test]
fn a_hole_between_the_lowest_upcaster_and_the_current_schema_is_refused() {
    let three = || empty().event("ParcelSent", 3);
    refused(three().upcast("ParcelSent", 1, Ok), &gap("ParcelSent", 2));
    let five = empty().event("ParcelSent", 5).upcast("ParcelSent", 1, Ok);
    refused(five.upcast("ParcelSent", 3, Ok), &gap("ParcelSent", 2));
    // The renaming leaps over schema 2, whose events are still in the log.
    let leap = three().upcast_renamed(("ParcelSent", 1), ("ParcelSent", 3), Ok);
    refused(leap, &gap("ParcelSent", 2));
    let old_name = three()
        .upcast_renamed(("A", 1), ("ParcelSent", 3), Ok)
        .upcast_renamed(("A", 3), ("ParcelSent", 3), Ok);
    refused(old_name, &gap("A", 2));
}

#[test]
fn a_chain_that_ends_in_no_current_schema_is_refused() {
    refused(
        parcel::builder().upcast("ParcelSnet", 1, Ok),
        &gap("ParcelSnet", 2),
    );
    let to = |name, at| parcel::builder().upcast_renamed(("A", 1), (name, at), Ok);
    refused(to("Nowhere", 1), &gap("Nowhere", 1));
    refused(to("ParcelSent", 4), &gap("ParcelSent", 4));
    refused(to("ParcelLost", 2), &gap("ParcelLost", 2));
    let below = empty()
        .event("ParcelSent", 3)
        .upcast_renamed(("A", 1), ("ParcelSent", 2), Ok);
    refused(below, &gap("ParcelSent", 2));
    refused(
        to("B", 1).upcast_renamed(("B", 2), ("ParcelLost", 1), Ok),
        &gap("B", 1),
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
}

#[test]
fn a_name_that_is_no_variant_is_refused() {
    match parcel::builder()
        .event("ParcelSnet", 1)
        .build()
        .unwrap_err()
    {
        RegistryError::NoSuchVariant {
            event_type,
            variants,
        } => {
            assert_eq!(event_type, type_name("ParcelSnet"));
            let expected = [
                "ParcelSent",
                "ParcelScanned",
                "ParcelMoved",
                "NoteWritten",
                "ParcelLost",
            ];
            assert_eq!(variants, expected);
        }
        other => panic!("{other:?}"),
    }
}
