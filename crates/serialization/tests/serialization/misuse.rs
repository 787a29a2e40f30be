//! Events that could not be read back are refused when the codec is built or the event is encoded.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serialization::{JsonErrorKind, JsonEventCodec, RegistryError};
use shared_kernel::DomainEvent;
use shared_kernel::codec::EventCodec;
use shared_kernel::event::EventTypeInfo;

use crate::recorded::{decoded, malformation, record_of, recorded, refusal, type_name};

/// Declares, by hand, the event type of each pattern.
macro_rules! events_named {
    ($type:ty: $($pattern:pat => $name:literal),*) => {
        impl DomainEvent for $type {
            const TYPES: &'static [EventTypeInfo] = &[$(EventTypeInfo::new($name, 1)),*];

            fn type_info(&self) -> EventTypeInfo {
                match self {
                    $($pattern => EventTypeInfo::new($name, 1)),*
                }
            }
        }
    };
}

#[test]
fn a_variant_with_another_name_than_its_event_type_is_refused() {
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Misnamed {
        LampDimmed { percent: u8 },
        LampBroke,
    }
    events_named!(Misnamed: Self::LampDimmed { .. } => "LampDimmed", Self::LampBroke => "lamp_broke");
    let error = JsonEventCodec::<Misnamed>::new().unwrap_err();
    let expected = RegistryError::NoSuchVariant {
        event_type: type_name("LampDimmed"),
        variants: &["lamp_dimmed", "lamp_broke"],
    };
    assert_eq!(error, expected);
}

#[test]
fn every_kind_of_variant_is_checked_for_its_name() {
    #[derive(Serialize, Deserialize)]
    enum Swapped {
        One,
        Newtype(u8),
        Tuple(u8, u8),
        Struct { a: u8 },
    }
    // Each variant has the name of another one.
    events_named!(Swapped:
        Self::Newtype(_) => "One",
        Self::Tuple(..) => "Newtype",
        Self::Struct { .. } => "Tuple",
        Self::One => "Struct"
    );
    let codec = JsonEventCodec::<Swapped>::new().unwrap();
    for event in [
        Swapped::One,
        Swapped::Newtype(1),
        Swapped::Tuple(1, 2),
        Swapped::Struct { a: 1 },
    ] {
        let error = codec.encode(&event).unwrap_err();
        let JsonErrorKind::VariantMismatch {
            event_type,
            variant,
        } = refusal(&error)
        else {
            panic!("{error:?}")
        };
        assert_eq!(*event_type, event.event_type());
        assert_ne!(event_type, variant);
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
    let error = JsonEventCodec::<Split>::new().unwrap_err();
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
    #[derive(Serialize, Deserialize, DomainEvent)]
    enum Skipping {
        Read,
        #[serde(skip_deserializing)]
        NotRead,
    }
    assert_eq!(Skipping::NotRead.event_type(), "NotRead");
    assert!(matches!(
        JsonEventCodec::<Skipping>::new(),
        Err(RegistryError::NoSuchVariant { event_type, .. }) if event_type == type_name("NotRead")
    ));
}

#[test]
fn a_variant_that_serde_never_writes_is_only_read() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    enum Skipping {
        Written,
        #[serde(skip_serializing)]
        NotWritten,
    }
    let codec = JsonEventCodec::<Skipping>::new().unwrap();
    assert!(codec.encode(&Skipping::Written).is_ok());
    let error = codec.encode(&Skipping::NotWritten).unwrap_err();
    assert!(matches!(refusal(&error), JsonErrorKind::Serde(_)));
    let record = recorded("NotWritten", 1, "{}");
    assert_eq!(decoded(&codec, &record), Skipping::NotWritten);
}

#[test]
fn an_alias_is_not_a_second_event_type() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    enum Aliased {
        Other {
            a: u8,
        },
        #[serde(alias = "Old")]
        New,
    }
    let error = JsonEventCodec::<Aliased>::new().unwrap_err();
    assert_eq!(error, RegistryError::Alias { alias: "Old" });
    // The advice of the message works.
    let advice = r#"`.upcast_renamed(("Old", 1), …)`"#;
    assert!(error.to_string().contains(advice), "{error}");
    let codec = JsonEventCodec::<Aliased>::builder()
        .upcast_renamed(("Old", 1), ("New", 1), Ok)
        .build()
        .unwrap();
    assert_eq!(decoded(&codec, &recorded("Old", 1, "{}")), Aliased::New);
}

#[test]
fn an_alias_that_is_declared_is_refused() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Aliased {
        Other(u8),
        #[serde(alias = "Old")]
        New(u8),
    }
    impl DomainEvent for Aliased {
        const TYPES: &'static [EventTypeInfo] = &[
            EventTypeInfo::new("Other", 1),
            EventTypeInfo::new("New", 1),
            EventTypeInfo::new("Old", 1),
        ];
        fn type_info(&self) -> EventTypeInfo {
            Self::TYPES[usize::from(matches!(self, Self::New(_)))]
        }
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Around(Aliased);
    impl DomainEvent for Around {
        const TYPES: &'static [EventTypeInfo] = Aliased::TYPES;
        fn type_info(&self) -> EventTypeInfo {
            self.0.type_info()
        }
    }
    let names = &["Other", "New", "Old"];
    let expected = RegistryError::DeclaredAlias { variants: 2, names };
    assert_eq!(JsonEventCodec::<Aliased>::new().unwrap_err(), expected);
    assert_eq!(JsonEventCodec::<Around>::new().unwrap_err(), expected);
}

#[test]
fn a_variant_that_is_not_declared_is_no_alias() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Forgetful {
        Declared,
        Forgotten,
    }
    events_named!(Forgetful: _ => "Declared");
    let error = JsonEventCodec::<Forgetful>::new().unwrap_err();
    let variant = "Forgotten";
    assert_eq!(error, RegistryError::UndeclaredVariant { variant });
}

#[test]
fn an_enum_that_is_read_by_hand_needs_no_numbers_for_its_variants() {
    #[derive(Debug, PartialEq, Serialize)]
    enum Handmade {
        A,
    }
    impl<'de> Deserialize<'de> for Handmade {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct OnlyA;
            impl<'de> serde::de::Visitor<'de> for OnlyA {
                type Value = Handmade;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("A")
                }
                fn visit_enum<A>(self, data: A) -> Result<Handmade, A::Error>
                where
                    A: serde::de::EnumAccess<'de>,
                {
                    let (_, content) = data.variant::<String>()?;
                    serde::de::VariantAccess::unit_variant(content)?;
                    Ok(Handmade::A)
                }
            }
            deserializer.deserialize_enum("Handmade", &["A"], OnlyA)
        }
    }
    events_named!(Handmade: Self::A => "A");
    let codec = JsonEventCodec::<Handmade>::new().unwrap();
    let stored = codec.encode(&Handmade::A).unwrap();
    assert_eq!(decoded(&codec, &record_of(&stored)), Handmade::A);
}

#[test]
fn a_payload_read_as_another_event_type_is_refused() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Whatever {
        a: u8,
    }
    impl DomainEvent for Whatever {
        const TYPES: &'static [EventTypeInfo] = &[EventTypeInfo::new("Zero", 1)];
        fn type_info(&self) -> EventTypeInfo {
            EventTypeInfo::new(if self.a == 0 { "Zero" } else { "More" }, 1)
        }
    }
    let codec = JsonEventCodec::<Whatever>::new().unwrap();
    let error = codec
        .decode(&recorded("Zero", 1, r#"{"a":1}"#))
        .unwrap_err();
    assert!(matches!(
        malformation(&error),
        JsonErrorKind::OtherEvent { found: "More" }
    ));
}

#[test]
fn enums_without_an_external_tag_are_refused() {
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

    for error in [
        JsonEventCodec::<Tagged>::new().unwrap_err(),
        JsonEventCodec::<Untagged>::new().unwrap_err(),
        JsonEventCodec::<PartlyUntagged>::new().unwrap_err(),
        JsonEventCodec::<Around>::new().unwrap_err(),
        JsonEventCodec::<AsksForNothing>::new().unwrap_err(),
        JsonEventCodec::<FailsByItself>::new().unwrap_err(),
    ] {
        assert_eq!(error, RegistryError::SelfDescribing);
    }
}

#[test]
fn an_adjacently_tagged_enum_counts_as_a_struct() {
    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    #[serde(tag = "t", content = "c")]
    enum Adjacent {
        A { a: u8 },
    }
    let codec = JsonEventCodec::<Adjacent>::new().unwrap();
    let stored = codec.encode(&Adjacent::A { a: 1 }).unwrap();
    assert_eq!(decoded(&codec, &record_of(&stored)), Adjacent::A { a: 1 });

    #[derive(Debug, Serialize, Deserialize, DomainEvent)]
    #[serde(tag = "t", content = "c")]
    enum Several {
        A { a: u8 },
        B,
    }
    let error = JsonEventCodec::<Several>::new().unwrap_err();
    assert_eq!(error, RegistryError::SeveralEvents { count: 2 });
}

#[test]
fn a_struct_cannot_be_several_events() {
    #[derive(Serialize, Deserialize)]
    struct Whatever {
        a: u8,
    }
    events_named!(Whatever: Self { a: 0 } => "Zero", _ => "More");
    let error = JsonEventCodec::<Whatever>::new().unwrap_err();
    assert_eq!(error, RegistryError::SeveralEvents { count: 2 });
    // Names of older schemas are allowed.
    #[derive(Debug, PartialEq, Serialize, Deserialize, DomainEvent)]
    struct Seen {
        a: u8,
    }
    let codec = JsonEventCodec::<Seen>::builder()
        .upcast_renamed(("Noticed", 1), ("Seen", 1), Ok)
        .build()
        .unwrap();
    let old = recorded("Noticed", 1, r#"{"a":0}"#);
    assert_eq!(decoded(&codec, &old), Seen { a: 0 });
}

/// A type that is read as an enum and written in the form that the test chooses.
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
        let codec = JsonEventCodec::<Event>::new().unwrap();
        let error = codec.encode(&Event::A).unwrap_err();
        assert!(matches!(refusal(&error), JsonErrorKind::RepresentationMismatch), "{}", stringify!($value));
    })*};
}

#[derive(Serialize)]
struct NoFields {}

#[derive(Serialize)]
struct NoContent;

#[derive(Serialize)]
struct Two(u8, u8);

#[test]
fn an_enum_with_another_representation_is_refused() {
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
    events_named!(Event: _ => "Unit");
    let codec = JsonEventCodec::<Event>::new().unwrap();
    for which in 0..4 {
        let error = codec.encode(&Event { which }).unwrap_err();
        assert!(
            matches!(refusal(&error), JsonErrorKind::RepresentationMismatch),
            "{which}"
        );
    }
}

#[test]
fn a_swallowed_refusal_still_refuses_the_event() {
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
    let error = JsonEventCodec::<Careless>::new()
        .unwrap()
        .encode(&Careless {})
        .unwrap_err();
    // The first error is the cause; the others may be consequences.
    assert!(
        matches!(refusal(&error), JsonErrorKind::NotFinite { value } if *value == f64::INFINITY)
    );
}
