//! What runs are read back as, and what is damage.

use foldhash::HashMapExt;
use proptest::option;
use proptest::prelude::*;
use shared_kernel::{Metadata, NewEvent};

use super::*;
use crate::encoded_run::tests::runs;
use crate::run_rows::{Place, RunRows};

const ID: &[u8; 16] = b"\x01\x8b\xcf\xe5\x68\x00\x70\x01\x80\x02\x03\x04\x05\x06\x07\x08";

/// Runs as SQL strings them together: events, and ids for so many of them.
fn strung(runs: &[(&str, usize)]) -> Vec<u8> {
    let runs = runs.iter();
    runs.flat_map(|(events, ids)| [events.as_bytes(), &ID.repeat(*ids)].concat())
        .collect()
}

fn names() -> Names {
    let names = Names::default();
    let stream = |name| StreamId::new(name).unwrap();
    names.add(&[(1, stream("a;1")), (2, stream("b"))].into_iter().collect());
    names
}

fn read(strung: &[u8], wanted: Wanted) -> Result<ReadRuns, StoreError> {
    let names = names();
    let mut reader = RunReader::new("here", &names, wanted, 0);
    reader.add(strung)?;
    reader.finish()
}

fn all() -> Wanted {
    Wanted::Positions(1..=i64::MAX)
}

fn versions_of_a(versions: RangeInclusive<i64>) -> Wanted {
    Wanted::Versions {
        stream_key: 1,
        stream: StreamId::new("a;1").unwrap(),
        versions,
    }
}

fn numbers(events: &[RecordedEvent]) -> Vec<(u64, u64)> {
    let number = |event: &RecordedEvent| (event.position.get(), event.version.get());
    events.iter().map(number).collect()
}

#[test]
fn the_events_of_a_run_follow_each_other() {
    let payload = r#" {"a" : [1]} "#;
    let first = format!(
        r#"[7,1,3,-5,[{0},"T ",2,[],{payload}],[1,"\"\\",1,["c"],5]]"#,
        payload.len()
    );
    let strung = strung(&[(&first, 2), (r#"[9,2,1,-4,[2,"T ",1,[],{}]]"#, 1)]);
    let events = read(&strung, all()).unwrap().events;
    assert_eq!(numbers(&events), [(7, 3), (8, 4), (9, 1)]);
    let types: Vec<_> = events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    assert_eq!(types, ["T ", "\"\\", "T "]);
    let streams: Vec<_> = events.iter().map(|event| event.stream.as_str()).collect();
    assert_eq!(streams, ["a;1", "a;1", "b"]);
    assert_eq!(
        (&events[0].payload[..], &events[1].payload[..]),
        (payload.as_bytes(), &b"5"[..])
    );
    assert_eq!(events[0].schema_version.get(), 2);
    let times: Vec<_> = events
        .iter()
        .map(|event| event.recorded_at.as_microsecond())
        .collect();
    assert_eq!(times, [-5, -5, -4]);
    assert_eq!(
        events[1].metadata.correlation.as_ref().unwrap().as_str(),
        "c"
    );
    assert_eq!(events[0].metadata, Metadata::new());
    assert_eq!(events[0].id.as_bytes(), ID);
}

#[test]
fn only_what_is_wanted_comes_out() {
    let run = strung(&[(
        r#"[7,1,3,0,[1,"T",1,[],1],[1,"T",1,[],2],[1,"T",1,[],3]]"#,
        3,
    )]);
    assert_eq!(
        numbers(&read(&run, Wanted::Positions(8..=8)).unwrap().events),
        [(8, 4)]
    );
    assert_eq!(
        numbers(&read(&run, versions_of_a(4..=9)).unwrap().events),
        [(8, 4), (9, 5)]
    );
    let nothing = read(&run, versions_of_a(9..=9)).unwrap();
    assert!(nothing.events.is_empty());
}

#[test]
fn what_stands_apart_or_has_no_name_yet_is_told() {
    let strung = strung(&[
        (r#"[9,3,1,0,[null,"T",1,[]]]"#, 1),
        (r#"[7,1,3,0,[1,"T",1,[],1]]"#, 1),
        (r#"[8,1,4,0,[null,"T",1,[]]]"#, 1),
    ]);
    let read = read(&strung, all()).unwrap();
    assert_eq!(numbers(&read.events), [(7, 3), (8, 4), (9, 1)]);
    assert_eq!(read.unnamed, [(GlobalPosition::from(9), 3)]);
    assert_eq!(
        read.apart,
        [GlobalPosition::from(9), GlobalPosition::from(8)]
    );
}

#[test]
fn what_an_event_shares_with_the_one_before_it_is_told_apart_from_what_it_does_not() {
    const ADA: &str = r#"["c",null,"person","ada"]"#;
    const EVE: &str = r#"["c",null,"person","eve"]"#;
    let rows = [
        (1, "T", ADA),
        (1, "T", ADA),
        (2, "T", ADA),
        (2, "U", ADA),
        (2, "U", EVE),
        (2, "U2", "[]"),
        (1, "U", ADA),
    ];
    let mut runs = Vec::new();
    for (position, (key, event_type, metadata)) in (1..).zip(rows) {
        let run = format!(r#"[{position},{key},3,0,[1,"{event_type}",1,{metadata},1]]"#);
        runs.extend(strung(&[(&run, 1)]));
    }
    let events = read(&runs, all()).unwrap().events;
    assert_eq!(events.len(), rows.len());
    for (event, (key, event_type, metadata)) in events.iter().zip(rows) {
        assert_eq!(event.stream.as_str(), if key == 1 { "a;1" } else { "b" });
        assert_eq!(event.event_type.as_str(), event_type);
        let mut text = String::new();
        stored_metadata::write(&mut text, &event.metadata).unwrap();
        assert_eq!(text, metadata);
    }
}

/// The number that a text begins with, and what is left of the text after it.
fn number(text: &str) -> Result<(i64, &[u8]), String> {
    let mut text = RunText {
        rest: text.as_bytes(),
        known: &HashMap::new(),
        wanted: &all(),
        last_stream: None,
        last_metadata: None,
        last_type: None,
        no_id: EventId::from_parts(Timestamp::UNIX_EPOCH, [0; 10]),
        read: &mut ReadRuns::default(),
    };
    let number = text.number()?;
    Ok((number, text.rest))
}

#[test]
fn a_number_is_read_whatever_its_length() {
    for expected in [
        0,
        9,
        99_999_999_999_999_999,
        999_999_999_999_999_999,
        1_000_000_000_000_000_000,
        i64::MAX,
        i64::MIN,
    ] {
        assert_eq!(number(&format!("{expected},7")), Ok((expected, &b"7"[..])));
    }
}

#[test]
fn a_number_that_is_none_is_refused() {
    for text in [
        "9223372036854775808,",
        "18446744073709551617,",
        "100000000000000000000,",
        ",",
        "+1,",
        "1a,",
        "1",
        "",
    ] {
        assert!(number(text).is_err(), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_damage() {
    let good = r#"[7,1,3,5,[1,"T",1,[],1]]"#;
    assert_eq!(read(&strung(&[(good, 1)]), all()).unwrap().events.len(), 1);
    let is_damage = |strung: &[u8], wanted| {
        let found = read(strung, wanted).map(|_| ());
        assert!(
            matches!(&found, Err(StoreError::Damaged { location, .. }) if location == "here"),
            "{}: {found:?}",
            strung.escape_ascii()
        );
    };
    for (part, instead) in [
        ("[7,", "[9223372036854775808,"),
        ("[7,", "[-7,"),
        ("[7,", "[+7,"),
        ("[7,", "[,"),
        ("[7,", "7,"),
        ("[7,1,", "[7,x,"),
        ("1,3,", "1,-3,"),
        ("1,3,", "1,0,"),
        ("3,5,", "3,9223372036854775807,"),
        ("[1,\"T", "[-1,\"T"),
        ("[1,\"T", "[9,\"T"),
        ("[1,\"T", "[99999999999999999999,\"T"),
        ("[1,\"T", "[null,\"T"),
        ("[1,\"T", "1,\"T"),
        ("\"T\"", "T"),
        ("\"T\"", "\"\""),
        ("\"T\"", "\"T\n\""),
        ("\"T\"", "\"T\\x\""),
        ("\"T\"", "\"T"),
        ("\",1,", "\",0,"),
        ("\",1,", "\",4294967296,"),
        ("[],", "[,"),
        ("[],", "{},"),
        ("[],", "[]"),
        ("[],1", "[],1,2"),
        ("]]", "],]"),
        ("]]", "]"),
    ] {
        assert!(good.contains(part), "{part}");
        is_damage(&strung(&[(&good.replacen(part, instead, 1), 1)]), all());
    }
    is_damage(&strung(&[(good, 0)]), all());
    let two = r#"[7,1,3,5,[1,"T",1,[],1],[1,"T",1,[],1]]"#;
    is_damage(&strung(&[(two, 1)]), all());
    let last = two.replace("[7,", "[9223372036854775807,");
    is_damage(&strung(&[(&last, 2)]), all());
    is_damage(&strung(&[(good, 1)])[..good.len() + 15], all());
    is_damage(&[good.as_bytes(), &[0; 16]].concat(), all());
    is_damage(b"[", all());
    let other = good.replace("[7,1,", "[7,2,");
    is_damage(&strung(&[(&other, 1)]), versions_of_a(1..=9));
}

/// A row that runs share, each with how many events it has.
fn shared(runs: &[(&str, usize)]) -> String {
    let runs = runs
        .iter()
        .map(|(run, events)| format!("{events},{},{run}", run.len()));
    format!("[{}]", runs.collect::<Vec<_>>().join(","))
}

const OF_A: &str = r#"[7,1,3,5,[1,"T",1,[],1]]"#;
const OF_B: &str = r#"[8,2,1,5,[1,"T",1,["c"],2],[4,"\"U,",1,[],"é"]]"#;
const OF_NOBODY: &str = r#"[10,9,6,5,[1,"U",1,[],4]]"#;

#[test]
fn runs_that_share_a_row_are_told_apart() {
    let row = shared(&[(OF_A, 1), (OF_B, 2), (OF_NOBODY, 1)]);
    let ids: Vec<u8> = (1..=4).flat_map(|n| [&ID[..15], &[n]].concat()).collect();
    let after = strung(&[(r#"[11,1,4,6,[1,"T",1,[],5]]"#, 1)]);
    let strung = [row.as_bytes(), &ids, &after].concat();
    let found = |wanted| {
        let read = read(&strung, wanted).unwrap();
        let events = read.events.iter().map(|event| {
            let numbers = (event.position.get(), event.version.get());
            (numbers, event.id.as_bytes()[15], event.payload.to_vec())
        });
        let events: Vec<_> = events.collect();
        (events, read.unnamed)
    };
    let event = |position, version, id, payload: &str| ((position, version), id, payload.into());
    let all_of_them = [
        event(7, 3, 1, "1"),
        event(8, 1, 2, "2"),
        event(9, 2, 3, "\"é\""),
        event(10, 6, 4, "4"),
        event(11, 4, 8, "5"),
    ];
    let (events, unnamed) = found(all());
    assert_eq!(events, all_of_them);
    assert_eq!(unnamed, [(GlobalPosition::from(10), 9)]);
    assert_eq!(found(Wanted::Positions(9..=9)).0, all_of_them[2..3]);
    assert_eq!(found(Wanted::Positions(7..=7)).0, all_of_them[..1]);
    assert_eq!(found(Wanted::Positions(10..=10)).0, all_of_them[3..4]);
    assert_eq!(found(Wanted::Positions(12..=20)).0, []);
    let of_a = [all_of_them[0].clone(), all_of_them[4].clone()];
    assert_eq!(found(versions_of_a(1..=9)).0, of_a);
    assert_eq!(found(versions_of_a(4..=9)).0, all_of_them[4..]);
    let events = read(&strung, Wanted::Positions(8..=9)).unwrap().events;
    assert!(events.iter().all(|event| event.stream.as_str() == "b"));
}

#[test]
fn a_shared_row_that_does_not_fit_is_damage() {
    let good = shared(&[(OF_A, 1), (OF_B, 2), (OF_NOBODY, 1)]);
    let is_damage = |row: &str, ids, wanted| {
        let found = read(&strung(&[(row, ids)]), wanted).map(|_| ());
        let is_damage = matches!(&found, Err(StoreError::Damaged { .. }));
        assert!(is_damage, "{row}: {found:?}");
    };
    let length = |run: &str| format!(",{},", run.len());
    for (part, instead) in [
        // Numbers of events and of bytes, of runs that are read and of those that are passed over.
        ("[1,", "[0,"),
        ("[1,", "[2,"),
        ("[1,", "[-1,"),
        ("[1,", "[9223372036854775807,"),
        ("],2,", "],3,"),
        ("],2,", "],9223372036854775807,"),
        ("],1,", "],0,"),
        (&length(OF_A), ",23,"),
        (&length(OF_A), ",25,"),
        (&length(OF_A), ",999,"),
        (&length(OF_A), ",-24,"),
        (&length(OF_B), ",9223372036854775807,"),
        // Where runs are.
        ("[7,1,", "[6,1,"),
        ("[8,2,", "[9,2,"),
        ("[8,2,", "[x,2,"),
        ("[8,2,", "8,2,"),
        ("[10,9,", "[9,9,"),
        // What stands between them.
        ("]],2,", "]];2,"),
        ("]],2,", "]],"),
        ("4]]]", "4]]"),
        ("4]]]", "4]],"),
    ] {
        assert!(good.contains(part), "{part}");
        let row = good.replacen(part, instead, 1);
        is_damage(&row, 4, all());
        if !part.starts_with("]],1") {
            is_damage(&row, 4, Wanted::Positions(8..=8));
        }
    }
    is_damage(&good, 3, all());
    is_damage(&good, 3, versions_of_a(1..=9));
    let others = shared(&[(OF_B, 2), (OF_NOBODY, 1)]);
    is_damage(&others, 3, versions_of_a(1..=9));
    let more = format!("{OF_A} , ");
    is_damage(&shared(&[(&more, 1)]), 1, all());
    let last = OF_NOBODY.replace("[10,", "[8,");
    is_damage(&shared(&[(OF_A, 1), (&last, 2)]), 3, all());
    is_damage(&shared(&[(OF_A, 1), (OF_B, 0)]), 1, versions_of_a(1..=9));
    let twice = OF_NOBODY.replace("[10,9,", "[8,1,");
    is_damage(&shared(&[(OF_A, 1), (&twice, 1)]), 2, versions_of_a(1..=9));
    let later = OF_B.replace(",1,5,[", ",1,6,[");
    is_damage(&shared(&[(OF_A, 1), (&later, 2)]), 3, all());
    let nowhere = shared(&[(&OF_A.replace("[7,", "[0,"), 1)]);
    is_damage(&nowhere, 1, all());
    let late = OF_A.replace("[7,", "[9223372036854775807,");
    let after = OF_B.replace("[8,", "[-9223372036854775808,");
    is_damage(&shared(&[(&late, 1), (&after, 2)]), 3, all());
}

#[test]
fn every_time_that_a_clock_can_tell_is_read_back_to_the_microsecond() {
    for time in [
        "-009999-01-02T01:59:59Z",
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T00:00:00Z",
    ] {
        let time: Timestamp = time.parse().unwrap();
        assert_eq!(timestamp(time.as_microsecond()).unwrap(), time);
    }
    let last = timestamp(Timestamp::MAX.as_microsecond()).unwrap();
    assert_eq!(last.as_microsecond(), Timestamp::MAX.as_microsecond());
    assert!(timestamp(i64::MAX).is_err());
}

#[test]
fn two_events_at_one_position_are_damage() {
    let run = r#"[7,1,3,0,[1,"T",1,[],1]]"#;
    let found = read(&strung(&[(run, 1), (run, 1)]), all());
    assert!(
        matches!(found, Err(StoreError::Damaged { .. })),
        "{found:?}"
    );
}

fn any_event() -> impl Strategy<Value = NewEvent> {
    // Names that look like what may come after a name.
    let types = prop_oneof![
        Just("x\\".to_owned()),
        "x\",[x7,\\[]{1,3}",
        "[x\\\\\",7\\[\\]]{1,6}"
    ];
    let payloads = prop_oneof!["[\\[\\]\",7]{0,6}", Just("[1,[\"]\"]]".to_owned()), "[0-9]"];
    let id = any::<[u8; 10]>().prop_map(|rest| EventId::from_parts(Timestamp::UNIX_EPOCH, rest));
    (id, types, payloads, option::of("[\"\\\\\\],]{1,4}")).prop_map(|(id, name, payload, text)| {
        let event = NewEvent::new(id, EventType::new(name).unwrap(), payload);
        match text {
            Some(text) => {
                let correlation = shared_kernel::CorrelationId::new(text).unwrap();
                event.with_metadata(Metadata::new().with_correlation(correlation))
            }
            None => event,
        }
    })
}

/// The end of one name and of its quotes may look like the beginning of the next one.
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
    let runs = runs(&events);
    let run = format!("[1,1,1,0,{}", runs[0].events);
    let read = read(&[run.as_bytes(), &runs[0].event_ids].concat(), all());
    for (read, written) in read.unwrap().events.iter().zip(&events) {
        assert_eq!(
            (&read.event_type, &read.payload),
            (&written.event_type, &written.payload)
        );
        assert_eq!((read.id, read.schema_version.get()), (written.id, 1));
    }
}

proptest! {
    #[test]
    fn whatever_is_encoded_is_read_back(events in prop::collection::vec(any_event(), 1..6)) {
        let mut position = 1;
        let (mut strung, mut apart) = (Vec::new(), Vec::new());
        for run in runs(&events) {
            strung.extend(format!("[{position},1,{position},0,{}", run.events).bytes());
            strung.extend(&run.event_ids);
            if run.payload.is_some() {
                apart.push(GlobalPosition::from(position));
            }
            position += u32::try_from(run.count).unwrap();
        }
        let read = read(&strung, all()).unwrap();
        prop_assert_eq!(&read.apart, &apart);
        prop_assert_eq!(read.events.len(), events.len());
        for (read, written) in read.events.iter().zip(&events) {
            prop_assert_eq!(read.id, written.id);
            prop_assert_eq!(&read.event_type, &written.event_type);
            prop_assert_eq!(&read.metadata, &written.metadata);
            if !apart.contains(&read.position) {
                prop_assert_eq!(&read.payload, &written.payload);
            }
        }
    }

    #[test]
    fn whatever_shares_rows_is_read_back(
        appends in prop::collection::vec((1_i64..5, prop::collection::vec(any_event(), 1..4)), 1..12),
    ) {
        let mut rows = RunRows::new(0, 4_000);
        let mut written = Vec::new();
        let mut position = 1;
        for (stream_key, events) in &appends {
            for run in runs(events) {
                let place = Place { position, stream_key: *stream_key, version: position, recorded_at: 5 };
                rows.add(&run, &place);
                position += i64::try_from(run.count).unwrap();
            }
            written.extend(events.iter().map(|event| (*stream_key, event)));
        }
        let rows = rows.into_rows().into_iter();
        let strung: Vec<_> = rows.map(|row| [row.events.as_bytes(), &row.event_ids].concat()).collect();
        let same = |read: ReadRuns, written: &[(i64, &NewEvent)]| {
            let read: Vec<_> = read.events.iter().map(|event| (event.id, &event.event_type)).collect();
            let written: Vec<_> = written.iter().map(|(_, event)| (event.id, &event.event_type)).collect();
            prop_assert_eq!(read, written);
            Ok(())
        };
        same(read(&strung.concat(), all()).unwrap(), &written)?;
        let of_a = |run: &Vec<u8>| read(run, versions_of_a(1..=99)).is_ok();
        let rows_of_a: Vec<_> = strung.iter().filter(|row| of_a(row)).cloned().collect();
        written.retain(|(stream_key, _)| *stream_key == 1);
        same(read(&rows_of_a.concat(), versions_of_a(1..=99)).unwrap(), &written)?;
    }
}
