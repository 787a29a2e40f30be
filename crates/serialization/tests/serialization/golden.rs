//! The bytes that stores hold: the golden files are written by hand and must not change.

use std::collections::{BTreeMap, HashMap};

use serialization::JsonStateCodec;
use shared_kernel::codec::{EventCodec, StateCodec};

use crate::parcel::{Address, Method, ParcelEvent, Scan, codec};
use crate::recorded::{decoded, recorded};
use crate::state::{Parcel, Phase};

/// A golden file without the line break that ends a text file.
macro_rules! golden {
    ($name:literal) => {
        include_str!(concat!("../golden/", $name))
            .strip_suffix('\n')
            .unwrap()
    };
}

fn sent(sender: &str, line: &str, country: Option<&str>, weight_grams: u64) -> ParcelEvent {
    ParcelEvent::ParcelSent {
        sender: sender.to_owned(),
        address: Address {
            line: line.to_owned(),
            country: country.map(str::to_owned),
        },
        weight_grams,
        labels: BTreeMap::new(),
        insured: None,
    }
}

fn current() -> [(&'static str, u32, &'static str, ParcelEvent); 5] {
    let labels = [("10", "ten"), ("9", "nine"), ("fragile", "yes")];
    let labels = labels.map(|(key, value)| (key.to_owned(), value.to_owned()));
    [
        (
            "ParcelSent",
            3,
            golden!("parcel_sent.v3.json"),
            ParcelEvent::ParcelSent {
                sender: "Dörte \"D\" 🦀".to_owned(),
                address: Address {
                    line: "Weg 4\nHof".to_owned(),
                    country: None,
                },
                weight_grams: u64::MAX,
                labels: BTreeMap::from(labels),
                insured: Some(0.1),
            },
        ),
        (
            "ParcelScanned",
            1,
            golden!("parcel_scanned.v1.json"),
            ParcelEvent::ParcelScanned(Scan {
                place: "hub".to_owned(),
                how: Method::ByHand { clerk: 7 },
                dimensions: (1, 2, 3),
            }),
        ),
        (
            "ParcelMoved",
            1,
            golden!("parcel_moved.v1.json"),
            ParcelEvent::ParcelMoved(i64::MIN, 1e300),
        ),
        (
            "NoteWritten",
            1,
            golden!("note_written.v1.json"),
            ParcelEvent::NoteWritten("handle with care".to_owned()),
        ),
        (
            "ParcelLost",
            1,
            golden!("parcel_lost.v1.json"),
            ParcelEvent::ParcelLost,
        ),
    ]
}

#[test]
fn written_events_equal_the_golden_files() {
    for (event_type, schema_version, file, event) in current() {
        let stored = codec().encode(&event).unwrap();
        assert_eq!(stored.payload, file);
        assert_eq!(stored.event_type.as_str(), event_type);
        assert_eq!(stored.schema_version.get(), schema_version);
    }
}

#[test]
fn the_golden_files_are_read_back() {
    for (event_type, schema_version, file, event) in current() {
        let record = recorded(event_type, schema_version, file);
        assert_eq!(decoded(&codec(), &record), event);
    }
}

#[test]
fn a_stream_of_mixed_schemas_is_upgraded() {
    let stream = [
        recorded("PackageSent", 1, golden!("package_sent.v1.json")),
        recorded("ParcelSent", 1, golden!("parcel_sent.v1.json")),
        recorded("ParcelSent", 2, golden!("parcel_sent.v2.json")),
        recorded("ParcelLost", 1, golden!("parcel_lost.v1.json")),
        recorded("ParcelMoved", 1, golden!("parcel_moved.v1.json")),
    ];
    let codec = codec();
    let events: Vec<_> = stream
        .iter()
        .map(|record| decoded(&codec, record))
        .collect();
    assert_eq!(
        events,
        [
            sent("Ann", "Main Street 1", None, 1500),
            sent("Bob", "Side Road 2", None, 250),
            sent("Cy", "Hill 3", Some("NO"), 2000),
            ParcelEvent::ParcelLost,
            ParcelEvent::ParcelMoved(i64::MIN, 1e300),
        ]
    );
}

#[test]
fn a_state_equals_its_golden_file() {
    let state = Parcel {
        weight: None,
        stops: HashMap::from([
            ("b".to_owned(), vec![]),
            ("a".to_owned(), vec![true, false]),
        ]),
        phase: Phase::OnTheWay { leg: 2 },
    };
    let file = golden!("parcel_state.json");
    let codec = JsonStateCodec::<Parcel>::new();
    assert_eq!(codec.encode(&state).unwrap(), file);
    assert_eq!(codec.decode(file.as_bytes()).unwrap(), state);
}
