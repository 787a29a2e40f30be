//! The events that texts of batches have, and the texts that are damage.

use proptest::option;
use proptest::prelude::*;
use shared_kernel::event::{ActorKind, CorrelationId, MetadataKey};
use shared_kernel::{Actor, Append, ExpectedVersion, Metadata, NewEvent};

use super::*;
use crate::codec::batch::{EncodedBatch, encode};

const ID: &str = "018bcfe5680070018002030405060708";

fn read(text: &str, wanted: Wanted) -> Result<FoundEvents, FileError> {
    let mut reader = BatchReader::new(wanted);
    reader.read(text.as_bytes())?;
    reader.finish()
}

fn all() -> Wanted {
    Wanted::Positions(1..=i64::MAX)
}

fn versions(stream: &str, versions: RangeInclusive<i64>) -> Wanted {
    Wanted::Versions(StreamId::new(stream).unwrap(), versions)
}

fn numbers(events: &[RecordedEvent]) -> Vec<(u64, u64)> {
    let number = |event: &RecordedEvent| (event.position.get(), event.version.get());
    events.iter().map(number).collect()
}

/// A batch with the header `header` and events of the payloads.
fn batch(header: &str, payloads: &[&str]) -> String {
    let events = payloads
        .iter()
        .map(|payload| format!(r#",["{ID}",{},"T",1,[],{payload}]"#, payload.len()));
    format!("[{header}{}]", events.collect::<String>())
}

#[test]
fn the_events_of_a_batch_follow_each_other() {
    let payload = r#" {"a" : [1]} "#;
    let first = format!(
        r#"[7,"a;1",3,-5,["{ID}",{},"T ",2,[],{payload}],["{ID}",1,"\"\\",1,["c"],5]]"#,
        payload.len()
    );
    let text = [first, batch(r#"9,"b",1,-4"#, &["{}"])].concat();
    let events = read(&text, all()).unwrap().events;
    assert_eq!(numbers(&events), [(7, 3), (8, 4), (9, 1)]);
    let types: Vec<_> = events.iter().map(|e| e.event_type.as_str()).collect();
    assert_eq!(types, ["T ", "\"\\", "T"]);
    let streams: Vec<_> = events.iter().map(|e| e.stream.as_str()).collect();
    assert_eq!(streams, ["a;1", "a;1", "b"]);
    assert_eq!(events[0].payload, payload.as_bytes());
    assert_eq!(events[1].payload, &b"5"[..]);
    assert_eq!(events[0].schema_version.get(), 2);
    let times: Vec<_> = events
        .iter()
        .map(|e| e.recorded_at.as_microsecond())
        .collect();
    assert_eq!(times, [-5, -5, -4]);
    assert_eq!(
        events[1].metadata.correlation.as_ref().unwrap().as_str(),
        "c"
    );
    assert_eq!(events[0].metadata, Metadata::new());
    assert_eq!(events[0].id.as_uuid().simple().to_string(), ID);
}

#[test]
fn events_come_in_the_order_of_their_positions() {
    let text = [
        batch(r#"9,"b",1,0"#, &["1"]),
        batch(r#"7,"a",3,0"#, &["2", "3"]),
    ]
    .concat();
    let found = read(&text, all()).unwrap();
    assert_eq!(numbers(&found.events), [(7, 3), (8, 4), (9, 1)]);
    assert_eq!(found.last_versions, [1, 4]);
    assert!(read("", all()).unwrap().events.is_empty());
}

#[test]
fn only_wanted_events_are_kept() {
    let text = batch(r#"7,"a",3,0"#, &["1", "2", "3"]);
    let found = |wanted| numbers(&read(&text, wanted).unwrap().events);
    assert_eq!(found(Wanted::Positions(8..=8)), [(8, 4)]);
    assert_eq!(found(Wanted::Positions(1..=7)), [(7, 3)]);
    assert_eq!(found(versions("a", 4..=9)), [(8, 4), (9, 5)]);
    assert_eq!(found(versions("a", 9..=9)), []);
}

#[test]
fn out_of_line_payloads_are_reported_with_their_positions() {
    let apart =
        |position, version| format!(r#"[{position},"a",{version},0,["{ID}",null,"T",1,["c"]]]"#);
    let text = [apart(9, 5), batch(r#"7,"a",3,0"#, &["1"]), apart(8, 4)].concat();
    let found = read(&text, all()).unwrap();
    assert_eq!(numbers(&found.events), [(7, 3), (8, 4), (9, 5)]);
    let positions = |text| read(text, Wanted::Positions(8..=9)).unwrap().out_of_line;
    assert_eq!(positions(&text), [8, 9].map(GlobalPosition::from).into());
    assert!(found.events[1].payload.is_empty());
    assert_eq!(
        found.events[1]
            .metadata
            .correlation
            .as_ref()
            .unwrap()
            .as_str(),
        "c"
    );
    let others = read(&text, Wanted::Positions(7..=7)).unwrap();
    assert!(others.out_of_line.is_empty());
}

#[test]
fn values_shared_with_the_event_before_are_told_from_others() {
    const ADA: &str = r#"["c",null,"person","ada"]"#;
    const EVE: &str = r#"["c",null,"person","eve"]"#;
    const LONG: &str = r#"["c",null,"person","ada",{"k":"v"}]"#;
    let rows = [
        ("a", "T", ADA),
        ("a", "T", ADA),
        ("b", "T", ADA),
        ("b", "U", ADA),
        ("b", "U", EVE),
        ("b", "U", LONG),
        ("b2", "U2", "[]"),
        ("b", "U", "[]"),
        ("a", "U", ADA),
    ];
    let text: String = (1..)
        .zip(rows)
        .map(|(position, (stream, event_type, metadata))| {
            format!(r#"[{position},"{stream}",3,0,["{ID}",1,"{event_type}",1,{metadata},1]]"#)
        })
        .collect();
    let events = read(&text, all()).unwrap().events;
    assert_eq!(events.len(), rows.len());
    for (event, (stream, event_type, metadata)) in events.iter().zip(rows) {
        assert_eq!(event.stream.as_str(), stream);
        assert_eq!(event.event_type.as_str(), event_type);
        let mut text = String::new();
        metadata::write(&mut text, &event.metadata).unwrap();
        assert_eq!(text, metadata);
    }
}

/// The events of a batch that are passed over share nothing with those that are kept.
#[test]
fn values_of_events_that_are_not_wanted_are_not_shared() {
    let event = |metadata| format!(r#",["{ID}",1,"T",1,{metadata},1]"#);
    let metadata = [r#"["c"]"#, r#"["d"]"#, r#"["c"]"#, r#"["d"]"#];
    let text = format!(r#"[1,"a",1,0{}]"#, metadata.map(event).concat());
    for (wanted, expected) in [(1..=1, "c"), (2..=2, "d"), (3..=3, "c"), (4..=4, "d")] {
        let found = read(&text, Wanted::Positions(wanted)).unwrap().events;
        let correlation = found[0].metadata.correlation.as_ref().unwrap();
        assert_eq!(correlation.as_str(), expected);
    }
}

#[test]
fn names_may_have_escapes() {
    let text = r#"[1,"\"a\\b\"é\u00e9",1,0,["ID",1,"\\\"\\",1,[],1]]"#.replace("ID", ID);
    let name = "\"a\\b\"éé";
    let found = read(&text, versions(name, 1..=9)).unwrap().events;
    assert_eq!(found[0].stream.as_str(), name);
    assert_eq!(found[0].event_type.as_str(), "\\\"\\");
    assert!(read(&text, versions("other", 1..=9)).is_err());
}

fn is_damage(text: &str, wanted: Wanted) {
    let found = read(text, wanted).map(|found| found.events);
    assert!(
        matches!(found, Err(FileError::Damaged(_))),
        "{text}: {found:?}"
    );
}

#[test]
fn a_text_that_is_not_a_batch_is_damage() {
    let good = batch(r#"7,"a",3,5"#, &["1"]);
    assert_eq!(read(&good, all()).unwrap().events.len(), 1);
    for (part, instead) in [
        ("[7,", "[9223372036854775808,"),
        ("[7,", "[-7,"),
        ("[7,", "[0,"),
        ("[7,", "[+7,"),
        ("[7,", "[,"),
        ("[7,", "7,"),
        (r#""a","#, "a,"),
        (r#""a","#, r#""","#),
        (r#""a","#, r#""a\","#),
        (r#""a","#, "1,"),
        (r#""a","#, "\"a\n\","),
        (",3,", ",-3,"),
        (",3,", ",0,"),
        (",3,", ",x,"),
        (",5,", ",9223372036854775807,"),
        (",5,[", ",5["),
        ("[\"018", "[\"x18"),
        ("[\"018", "[\"18"),
        ("[\"018", "[018"),
        ("680070", "680040"),
        (",1,\"T", ",-1,\"T"),
        (",1,\"T", ",9,\"T"),
        (",1,\"T", ",0,\"T"),
        (",1,\"T", ",99999999999999999999,\"T"),
        (",1,\"T", ",null,\"T"),
        ("\"T\"", "T"),
        ("\"T\"", "\"\""),
        ("\"T\"", "\"T\n\""),
        ("\"T\"", "\"T\\x\""),
        ("\"T\"", "\"T"),
        ("\",1,[", "\",0,["),
        ("\",1,[", "\",4294967296,["),
        ("[],", "[,"),
        ("[],", "{},"),
        ("[],", "[]"),
        ("[],", "[\"\"],"),
        ("[],1", "[],1,2"),
        ("[],1", "[]"),
        ("]]", "],]"),
        ("]]", "]"),
        ("]]", "]]]"),
        ("]]", "]],"),
    ] {
        assert!(good.contains(part), "{part}");
        is_damage(&good.replacen(part, instead, 1), all());
    }
    for end in 1..good.len() {
        is_damage(&good[..end], all());
    }
    let last = batch(r#"9223372036854775807,"a",3,5"#, &["1", "2"]);
    is_damage(&last, all());
    let last = batch(r#"7,"a",9223372036854775807,5"#, &["1", "2"]);
    is_damage(&last, all());
    is_damage(r#"[7,"a",3,5]"#, all());
    is_damage("[", all());
    is_damage("hello", all());
}

/// A reader of a stream passes over nothing that belongs to another one.
#[test]
fn a_batch_of_another_stream_is_damage_for_a_reader_of_a_stream() {
    let text = [batch(r#"7,"a",3,5"#, &["1"]), batch(r#"8,"b",4,5"#, &["1"])].concat();
    assert_eq!(read(&text, all()).unwrap().events.len(), 2);
    is_damage(&text, versions("a", 1..=9));
    is_damage(&text, versions("b", 1..=9));
    is_damage(&text, versions("a", 9..=9));
}

#[test]
fn two_events_at_one_position_are_damage() {
    let text = batch(r#"7,"a",3,0"#, &["1"]);
    is_damage(&[&text[..], &text].concat(), all());
    let other = batch(r#"6,"b",1,0"#, &["1", "2"]);
    is_damage(&[&text[..], &other].concat(), all());
}

/// The end of one name and of its quotes may look like the begin of the next one.
#[test]
fn a_name_that_goes_on_where_the_last_one_ended_is_another_one() {
    let event = |(number, name, payload)| {
        let id = EventId::from_parts(Timestamp::UNIX_EPOCH, [number; 10]);
        NewEvent::new(id, EventType::new(name).unwrap(), payload)
    };
    let events = [
        (1, "x\\", "{}"),
        (
            2,
            "x\",7,[],RRRRRRRRRRRRRRRR",
            r#"[["aaaa"],[32,"Forged",9,[],0]]"#,
        ),
        (3, "T", r#"{"third":true}"#),
    ]
    .map(event);
    let found = round_trip(&[("x\\", events.to_vec())], all());
    same(&found.events, &events).unwrap();
}

/// Encodes writes and reads their texts back, out-of-line payloads too.
fn round_trip(writes: &[(&str, Vec<NewEvent>)], wanted: Wanted) -> FoundEvents {
    let append = writes.iter().fold(Append::new(), |append, (name, events)| {
        let stream = StreamId::new(*name).unwrap();
        append.write(stream, ExpectedVersion::Any, events.clone())
    });
    let mut batches = BatchReader::new(wanted);
    let mut payloads = std::collections::HashMap::new();
    let (mut position, mut version, mut write) = (1, 1, 0);
    for batch in encode(&append).unwrap() {
        if batch.write != write {
            (version, write) = (1, batch.write);
        }
        let text = batch.events(position, version, 5);
        // SQL can read every text.
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value.as_array().unwrap().len(), batch.count + 4);
        batches.read(text.as_bytes()).unwrap();
        let count = i64::try_from(batch.count).unwrap();
        position += count;
        version += count;
        if let Some(payload) = out_of_line(&batch) {
            payloads.insert(position - 1, payload);
        }
    }
    let mut found = batches.finish().unwrap();
    for event in &mut found.events {
        if found.out_of_line.contains(&event.position) {
            event.payload = payloads[&event.position.as_i64()].clone();
        }
    }
    found
}

fn out_of_line(batch: &EncodedBatch) -> Option<Bytes> {
    use crate::codec::batch::Payload;
    batch.payload.as_ref().map(|payload| match payload {
        Payload::Json(text) => Bytes::copy_from_slice(text.as_bytes()),
        Payload::Blob(bytes) => bytes.clone(),
    })
}

fn same(read: &[RecordedEvent], written: &[NewEvent]) -> Result<(), TestCaseError> {
    prop_assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(written) {
        prop_assert_eq!(read.id, written.id);
        prop_assert_eq!(&read.event_type, &written.event_type);
        prop_assert_eq!(read.schema_version, written.schema_version);
        prop_assert_eq!(&read.metadata, &written.metadata);
        prop_assert_eq!(&read.payload, &written.payload);
        prop_assert_eq!(read.recorded_at.as_microsecond(), 5);
    }
    Ok(())
}

/// Names that look like the text that may follow a name.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("x\\".to_owned()),
        "x\",[x7,\\[]{1,3}",
        "[x\\\\\",7\\[\\]]{1,6}",
        "\\PC{1,6}",
    ]
}

prop_compose! {
    fn any_event()(
        chance in any::<[u8; 10]>(),
        event_type in name(),
        schema_version in prop_oneof![Just(1), 1..=u32::MAX],
        payload in prop_oneof![
            3 => "[\\[\\]\",7]{0,6}".prop_map(Bytes::from),
            3 => "[0-9]".prop_map(Bytes::from),
            1 => Just(Bytes::from("[1,[\"]\"]]")),
            1 => prop::collection::vec(any::<u8>(), 0..9).prop_map(Bytes::from),
            1 => (4_090_usize..4_100).prop_map(|n| Bytes::from(format!("\"{}\"", "x".repeat(n)))),
        ],
        correlation in option::of("[\"\\\\\\],]{1,4}"),
        actor in option::of(name()),
        pair in option::weighted(0.2, name()),
    ) -> NewEvent {
        let id = EventId::from_parts(Timestamp::UNIX_EPOCH, chance);
        let mut metadata = Metadata::new();
        metadata.correlation = correlation.map(|text| CorrelationId::new(text).unwrap());
        metadata.actor = actor.map(|name| Actor::new(ActorKind::Agent, name).unwrap());
        if let Some(pair) = pair {
            metadata = metadata.with_pair(MetadataKey::new("k").unwrap(), pair);
        }
        let mut event = NewEvent::new(id, EventType::new(event_type).unwrap(), payload);
        event.schema_version = SchemaVersion::new(schema_version).unwrap();
        event.with_metadata(metadata)
    }
}

proptest! {
    #[test]
    fn every_event_is_read_back(events in prop::collection::vec(any_event(), 1..6), name in name()) {
        let found = round_trip(&[(&name, events.clone())], all());
        same(&found.events, &events)?;
        let numbers = numbers(&found.events);
        prop_assert!(numbers.iter().copied().eq((1..=events.len() as u64).map(|n| (n, n))));
        prop_assert!(found.events.iter().all(|event| event.stream.as_str() == name));
        let found = round_trip(&[(&name, events.clone())], versions(&name, 2..=3));
        let wanted = events.get(1..events.len().min(3)).unwrap_or_default();
        same(&found.events, wanted)?;
    }

    #[test]
    fn the_events_of_several_streams_are_read_back(
        writes in prop::collection::vec((name(), prop::collection::vec(any_event(), 1..4)), 1..6),
        from in 1_i64..9,
    ) {
        let mut names = std::collections::HashSet::new();
        let mut writes = writes;
        writes.retain(|(name, _)| names.insert(name.clone()));
        let of_names: Vec<_> = writes
            .iter()
            .map(|(name, events)| (name.as_str(), events.clone()))
            .collect();
        let found = round_trip(&of_names, Wanted::Positions(from..=i64::MAX));
        let written: Vec<_> = writes
            .iter()
            .flat_map(|(name, events)| events.iter().map(move |event| (name, event)))
            .skip(usize::try_from(from).unwrap() - 1)
            .collect();
        let events: Vec<_> = written.iter().map(|(_, event)| (*event).clone()).collect();
        same(&found.events, &events)?;
        for (event, (name, _)) in found.events.iter().zip(&written) {
            prop_assert_eq!(event.stream.as_str(), name.as_str());
        }
    }

    /// Whatever is changed in the text of a batch, it is read or it is damage, without a panic.
    #[test]
    fn a_text_that_was_changed_is_read_or_is_damage(
        events in prop::collection::vec(any_event(), 1..4),
        at in any::<prop::sample::Index>(),
        with in prop::collection::vec(any::<u8>(), 0..4),
        cut in 0_usize..5,
    ) {
        let stream = StreamId::new("a").unwrap();
        let append = Append::new().write(stream, ExpectedVersion::Any, events);
        let batches = encode(&append).unwrap();
        let mut text = batches[0].events(1, 1, 5).into_bytes();
        let at = at.index(text.len());
        let end = (at + cut).min(text.len());
        text.splice(at..end, with);
        for wanted in [all(), versions("a", 1..=9)] {
            let mut reader = BatchReader::new(wanted);
            let read = reader.read(&text).and_then(|()| reader.finish());
            let is_typed = matches!(&read, Ok(_) | Err(FileError::Damaged(_)));
            prop_assert!(is_typed, "{:?}", read);
        }
    }
}
