//! Types of events that could not be read back are refused, when the codec is built or when the
//! event is written, and never stored.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serialization::{JsonError, JsonEventCodec, RegistryError};
use shared_kernel::{DomainEvent, EncodeError, EventCodec};

use crate::recorded::{malformation, record_of, recorded, refusal, type_name};

macro_rules! events_named {
    ($type:ty: $($pattern:pat => $name:literal),*) => {
        impl DomainEvent for $type {
            fn event_type(&self) -> &'static str {
                match self {
                    $($pattern => $name),*
                }
            }
        }
    };
}

fn build<E: DomainEvent + serde::de::DeserializeOwned>(
    types: &[&str],
) -> Result<JsonEventCodec<E>, RegistryError> {
    let builder = JsonEventCodec::builder();
    types
        .iter()
        .fold(builder, |builder, name| builder.event(name, 1))
        .build()
}

#[test]
fn a_variant_that_is_not_called_what_the_event_calls_itself_is_refused() {
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Misnamed {
        LampDimmed { percent: u8 },
        LampBroke,
    }
    events_named!(Misnamed: Self::LampDimmed { .. } => "LampDimmed", Self::LampBroke => "lamp_dimmed");

    let error = build::<Misnamed>(&["LampDimmed"]).unwrap_err();
    let expected = RegistryError::NoSuchVariant {
        event_type: type_name("LampDimmed"),
        variants: &["lamp_dimmed", "lamp_broke"],
    };
    assert_eq!(error, expected);

    // The name is there, but it is that of another variant.
    let codec = build::<Misnamed>(&["lamp_dimmed"]).unwrap();
    let error = codec.encode(&Misnamed::LampBroke).unwrap_err();
    match refusal(&error) {
        JsonError::VariantMismatch {
            event_type,
            variant,
        } => {
            assert_eq!((*event_type, *variant), ("lamp_dimmed", "lamp_broke"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_kind_of_variant_is_checked_for_its_name() {
    #[derive(Serialize, Deserialize)]
    enum AllOne {
        One,
        Newtype(u8),
        Tuple(u8, u8),
        Struct { a: u8 },
    }
    events_named!(AllOne: _ => "One");
    let codec = build::<AllOne>(&["One"]).unwrap();
    assert_eq!(codec.encode(&AllOne::One).unwrap().payload, "{}");
    for event in [
        AllOne::Newtype(1),
        AllOne::Tuple(1, 2),
        AllOne::Struct { a: 1 },
    ] {
        let error = codec.encode(&event).unwrap_err();
        assert!(matches!(
            refusal(&error),
            JsonError::VariantMismatch {
                event_type: "One",
                ..
            }
        ));
    }
}

#[test]
fn a_name_that_differs_between_writing_and_reading_is_refused() {
    #[derive(Serialize, Deserialize)]
    enum Split {
        #[serde(rename(serialize = "Written", deserialize = "Read"))]
        Happened,
    }
    events_named!(Split: Self::Happened => "Written");
    let error = build::<Split>(&["Written"]).unwrap_err();
    assert!(matches!(
        error,
        RegistryError::NoSuchVariant {
            variants: &["Read"],
            ..
        }
    ));
}

#[test]
fn a_variant_that_serde_never_reads_is_refused() {
    #[derive(Serialize, Deserialize)]
    enum Skipping {
        Read,
        #[serde(skip_deserializing)]
        NotRead,
        #[serde(skip_serializing)]
        NotWritten,
    }
    events_named!(Skipping: Self::Read => "Read", Self::NotRead => "NotRead", Self::NotWritten => "NotWritten");
    assert!(matches!(
        build::<Skipping>(&["Read", "NotRead"]),
        Err(RegistryError::NoSuchVariant { event_type, .. }) if event_type == type_name("NotRead")
    ));
    let codec = build::<Skipping>(&["Read", "NotWritten"]).unwrap();
    assert!(codec.encode(&Skipping::Read).is_ok());
    let error = codec.encode(&Skipping::NotRead).unwrap_err();
    assert!(matches!(error, EncodeError::Unregistered { .. }));
    let error = codec.encode(&Skipping::NotWritten).unwrap_err();
    assert!(matches!(refusal(&error), JsonError::Serde(_)));
}

#[test]
fn an_alias_is_no_second_event_type() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Aliased {
        #[serde(alias = "Old")]
        New,
    }
    events_named!(Aliased: Self::New => "New");
    let codec = build::<Aliased>(&["New", "Old"]).unwrap();
    let error = codec.decode(&recorded("Old", 1, "{}")).unwrap_err();
    assert!(matches!(
        malformation(&error),
        JsonError::OtherEvent { found: "New" }
    ));
}

#[test]
fn an_enum_that_guesses_is_refused() {
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        A { a: u8 },
        B,
    }
    events_named!(Tagged: Self::A { .. } => "A", Self::B => "B");
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        A { a: u8 },
        B,
    }
    events_named!(Untagged: Self::A { .. } => "A", Self::B => "B");
    #[derive(Serialize, Deserialize)]
    enum PartlyUntagged {
        A,
        #[serde(untagged)]
        B(u8),
    }
    events_named!(PartlyUntagged: Self::A => "A", Self::B(_) => "B");
    #[derive(Serialize, Deserialize)]
    struct Around(Untagged);
    events_named!(Around: _ => "A");
    struct AsksForNothing;
    impl<'de> Deserialize<'de> for AsksForNothing {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Ok(Self)
        }
    }
    events_named!(AsksForNothing: _ => "A");
    struct FailsByItself;
    impl<'de> Deserialize<'de> for FailsByItself {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(serde::de::Error::custom("no"))
        }
    }
    events_named!(FailsByItself: _ => "A");

    for types in [&["A"][..], &["A", "B"]] {
        assert_eq!(
            build::<Tagged>(types).unwrap_err(),
            RegistryError::SelfDescribing
        );
        assert_eq!(
            build::<Untagged>(types).unwrap_err(),
            RegistryError::SelfDescribing
        );
        assert_eq!(
            build::<PartlyUntagged>(types).unwrap_err(),
            RegistryError::SelfDescribing
        );
    }
    assert_eq!(
        build::<Around>(&["A"]).unwrap_err(),
        RegistryError::SelfDescribing
    );
    assert_eq!(
        build::<AsksForNothing>(&["A"]).unwrap_err(),
        RegistryError::SelfDescribing
    );
    assert_eq!(
        build::<FailsByItself>(&["A"]).unwrap_err(),
        RegistryError::SelfDescribing
    );
}

#[test]
fn an_enum_with_a_tag_beside_its_content_passes_for_a_struct_and_no_more() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        A { a: u8 },
        B,
    }
    events_named!(Adjacent: Self::A { .. } => "A", Self::B => "B");

    let error = build::<Adjacent>(&["A", "B"]).unwrap_err();
    assert_eq!(error, RegistryError::SeveralEvents { count: 2 });

    let codec = build::<Adjacent>(&["A"]).unwrap();
    let stored = codec.encode(&Adjacent::A { a: 1 }).unwrap();
    assert_eq!(
        codec.decode(&record_of(&stored)).unwrap(),
        Adjacent::A { a: 1 }
    );
    // What the payload says of itself does not win over the record.
    let error = codec.decode(&recorded("A", 1, r#"{"t":"B"}"#)).unwrap_err();
    assert!(matches!(
        malformation(&error),
        JsonError::OtherEvent { found: "B" }
    ));
}

#[test]
fn a_struct_cannot_be_several_events() {
    #[derive(Serialize, Deserialize)]
    struct Whatever {
        a: u8,
    }
    events_named!(Whatever: Self { a: 0 } => "Zero", _ => "More");
    let error = build::<Whatever>(&["Zero", "More"]).unwrap_err();
    assert_eq!(error, RegistryError::SeveralEvents { count: 2 });
    // Where only one is registered, old names lead to it all the same.
    let codec = JsonEventCodec::<Whatever>::builder()
        .event("Zero", 1)
        .upcast_renamed(("Nought", 1), ("Zero", 1), Ok)
        .build()
        .unwrap();
    assert_eq!(
        codec
            .decode(&recorded("Nought", 1, r#"{"a":0}"#))
            .unwrap()
            .a,
        0
    );
}

/// Read as an enum, written as whatever the test wants.
macro_rules! written_otherwise {
    ($($value:expr),* $(,)?) => {$({
        #[derive(Deserialize)]
        enum Event {
            A,
        }
        impl Serialize for Event {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $value.serialize(serializer)
            }
        }
        events_named!(Event: Self::A => "A");
        let codec = build::<Event>(&["A"]).unwrap();
        let error = codec.encode(&Event::A).unwrap_err();
        assert!(matches!(refusal(&error), JsonError::RepresentationMismatch), "{}", stringify!($value));
    })*};
}

#[derive(Serialize)]
struct NoFields {}

#[derive(Serialize)]
struct NoContent;

#[derive(Serialize)]
struct Two(u8, u8);

#[test]
fn an_enum_that_is_written_as_something_else_is_refused() {
    written_otherwise!(
        true,
        1_u8,
        1.5_f64,
        "A",
        (),
        None::<u8>,
        Some(1),
        vec![1],
        (1, 2),
        BTreeMap::from([("A", 1)]),
        NoFields {},
        NoContent,
        Two(1, 2),
        format_args!("A"),
    );
}

#[test]
fn a_struct_that_is_written_as_a_variant_is_refused() {
    #[derive(Serialize)]
    enum Variant {
        Unit,
        Newtype(u8),
        Tuple(u8, u8),
        Struct { a: u8 },
    }
    #[derive(Deserialize)]
    struct Event {
        #[serde(default)]
        which: u8,
    }
    impl Serialize for Event {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let variant = match self.which {
                0 => Variant::Unit,
                1 => Variant::Newtype(1),
                2 => Variant::Tuple(1, 2),
                _ => Variant::Struct { a: 1 },
            };
            variant.serialize(serializer)
        }
    }
    events_named!(Event: Self { which: 0 } => "Unit", _ => "Other");
    let unit = build::<Event>(&["Unit"]).unwrap();
    let other = build::<Event>(&["Other"]).unwrap();
    for which in 0..4 {
        let codec = if which == 0 { &unit } else { &other };
        let error = codec.encode(&Event { which }).unwrap_err();
        assert!(
            matches!(refusal(&error), JsonError::RepresentationMismatch),
            "{which}"
        );
    }
}

#[test]
fn a_refusal_that_is_swallowed_on_its_way_still_refuses_the_event() {
    #[derive(Deserialize)]
    struct Careless {}
    impl Serialize for Careless {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq;
            let mut seq = serializer.serialize_seq(None)?;
            let _ = seq.serialize_element(&f64::INFINITY);
            let _ = seq.serialize_element(&u128::MAX);
            seq.end()
        }
    }
    events_named!(Careless: _ => "A");
    let error = build::<Careless>(&["A"])
        .unwrap()
        .encode(&Careless {})
        .unwrap_err();
    // The first of them is what went wrong; the others may be its consequences.
    assert!(matches!(refusal(&error), JsonError::NotFinite { value } if *value == f64::INFINITY));
}
