//! What the tail tells of streams and ids, whoever adds to it and whatever it forgets.

use super::*;
use crate::migration::fresh_layout;

fn name(name: &str) -> StreamId {
    StreamId::new(name).unwrap()
}

fn run(row: i64, first: i64, last: i64) -> RunPlace {
    RunPlace { row, first, last }
}

fn id(number: u8) -> IdBytes {
    [number; 16]
}

fn event_id(number: u8) -> EventId {
    EventId::from_parts(jiff::Timestamp::UNIX_EPOCH, [number; 10])
}

/// A tail of a new file, with what was added to it.
async fn tail(added: Vec<(StreamId, i64, RunPlace)>, ids: &[(IdBytes, i64)], to: i64) -> Tail {
    let tail = Tail::default();
    let mut file = fresh_layout().await.unwrap();
    tail.catch_up(&Names::default(), &mut file).await.unwrap();
    let ids = ids.iter().copied().collect();
    tail.extend(Added { runs: added, ids }, to);
    tail
}

/// A tail with runs of one stream that have two events each, the first of them in the row at 10.
async fn runs_of_two(count: i64) -> Tail {
    let runs = (0..count).map(|nth| (name("a-1"), 7, run(10 + 2 * nth, 1 + 2 * nth, 2 + 2 * nth)));
    tail(runs.collect(), &[], 9 + 2 * count).await
}

fn rows(found: &TailOfStream) -> Vec<i64> {
    let lists: Vec<Vec<i64>> = serde_json::from_str(&found.rows).unwrap();
    assert!(
        lists
            .iter()
            .all(|list| (1..=RUNS_OF_LIST).contains(&list.len()))
    );
    lists.concat()
}

#[tokio::test]
async fn nothing_is_known_before_the_file_is_asked() {
    let tail = Tail::default();
    tail.extend(Added::default(), 5);
    assert_eq!(tail.to(), None);
    assert_eq!(tail.look_for([id(1)].iter()), Recorded::MaybeInFront);
    assert!(tail.from(&name("a-1"), 1, 10).to < 0);
    assert!(!tail.add_to(0, 0, &mut []));
    tail.forget_up_to(3);
    assert_eq!(tail.to(), None);
}

#[tokio::test]
async fn a_read_gets_the_runs_that_have_what_it_wants() {
    let tail = runs_of_two(5).await;
    let found = |(from, room)| {
        let found = tail.from(&name("a-1"), from, room);
        assert_eq!((found.to, found.versions), (19, Some((1, 10))));
        (rows(&found), found.cut_before)
    };
    assert_eq!(found((1, 1)), (vec![10], None));
    assert_eq!(found((1, 2)), (vec![10], None));
    assert_eq!(found((1, 3)), (vec![10, 12], None));
    assert_eq!(found((2, 1)), (vec![10], None));
    assert_eq!(found((2, 2)), (vec![10, 12], None));
    assert_eq!(found((3, 4)), (vec![12, 14], Some(3)));
    assert_eq!(found((4, 4)), (vec![12, 14, 16], Some(4)));
    assert_eq!(found((10, 9)), (vec![18], Some(10)));
    assert_eq!(found((11, 9)), (vec![], Some(11)));
    assert_eq!(found((1, 100)), (vec![10, 12, 14, 16, 18], None));

    let found = |(to, room)| {
        let found = tail.up_to(&name("a-1"), to, room);
        (rows(&found), found.cut_before)
    };
    assert_eq!(found((10, 1)), (vec![18], Some(9)));
    assert_eq!(found((10, 2)), (vec![18], Some(9)));
    assert_eq!(found((10, 3)), (vec![16, 18], Some(7)));
    assert_eq!(found((9, 1)), (vec![18], Some(9)));
    assert_eq!(found((9, 2)), (vec![16, 18], Some(7)));
    assert_eq!(found((i64::MAX, 9)), (vec![10, 12, 14, 16, 18], None));
    assert_eq!(found((3, 100)), (vec![10, 12], None));
    assert_eq!(found((0, 100)), (vec![], None));

    let other = tail.from(&name("b-1"), 1, 10);
    assert_eq!((other.to, other.versions, rows(&other)), (19, None, vec![]));
}

#[tokio::test]
async fn many_runs_come_in_lists() {
    for count in [0, 1, 63, 64, 65, 128, 129] {
        let tail = runs_of_two(count).await;
        let found = tail.from(&name("a-1"), 1, i64::MAX);
        assert!(
            rows(&found)
                .into_iter()
                .eq((0..count).map(|nth| 10 + 2 * nth))
        );
    }
}

#[tokio::test]
async fn versions_that_are_missing_do_not_make_a_page_shorter() {
    let runs = [(10, 1, 2), (12, 50, 51), (14, 90, 91), (16, 92, 93)];
    let runs = runs.map(|(row, first, last)| (name("a-1"), 7, run(row, first, last)));
    let tail = tail(runs.to_vec(), &[], 17).await;
    assert_eq!(rows(&tail.from(&name("a-1"), 3, 4)), [12, 14]);
    assert_eq!(rows(&tail.up_to(&name("a-1"), 89, 4)), [10, 12]);
}

#[tokio::test]
async fn what_two_have_committed_or_read_is_added_once() {
    let tail = runs_of_two(2).await;
    assert_eq!(tail.to(), Some(13));
    let again = vec![
        (name("a-1"), 7, run(12, 3, 4)),
        (name("b-1"), 8, run(14, 1, 1)),
    ];
    let ids = [(id(1), 13), (id(2), 14)].into_iter().collect();
    tail.extend(Added { runs: again, ids }, 14);
    assert_eq!(tail.to(), Some(14));
    assert_eq!(rows(&tail.from(&name("a-1"), 1, 9)), [10, 12]);
    assert_eq!(tail.stream(&name("b-1")), Some((8, StreamVersion::FIRST)));
    assert_eq!(tail.look_for([id(1)].iter()), Recorded::Nowhere);
    assert_eq!(tail.look_for([id(3), id(2)].iter()), Recorded::InTail);
    tail.extend(Added::default(), 13);
    assert_eq!(tail.to(), Some(14));
}

#[tokio::test]
async fn what_the_index_leads_to_is_forgotten_but_that_it_was_there() {
    let runs = vec![
        (name("a-1"), 7, run(1, 1, 1)),
        (name("b-1"), 8, run(2, 1, 1)),
        (name("a-1"), 7, run(3, 2, 2)),
    ];
    let ids = [(id(5), 1), (id(4), 2), (id(9), 3)];
    let tail = tail(runs, &ids, 3).await;
    assert_eq!(tail.events(), 3);
    tail.forget_up_to(2);
    assert_eq!((tail.events(), tail.to()), (1, Some(3)));
    assert_eq!(tail.stream(&name("b-1")), None);
    assert_eq!(tail.stream(&name("a-1")), Some((7, StreamVersion::from(2))));
    assert_eq!(rows(&tail.from(&name("a-1"), 1, 9)), [3]);
    // What the index leads to has ids up to 5.
    assert_eq!(tail.look_for([id(6), id(8)].iter()), Recorded::Nowhere);
    assert_eq!(tail.look_for([id(6), id(5)].iter()), Recorded::MaybeInFront);
    assert_eq!(tail.look_for([id(1), id(9)].iter()), Recorded::InTail);
    // Going back brings nothing back.
    tail.forget_up_to(1);
    assert!(!tail.add_to(3, 1, &mut []));
    assert!(tail.add_to(3, 2, &mut []));
    assert!(!tail.add_to(4, 2, &mut []));
    // Past what was ever looked at, any id may have been given.
    tail.forget_up_to(9);
    assert_eq!((tail.events(), tail.to()), (0, Some(9)));
    assert_eq!(tail.look_for([[0xFE; 16]].iter()), Recorded::MaybeInFront);
}

#[tokio::test]
async fn versions_are_those_of_the_tail_where_it_has_later_ones() {
    let tail = runs_of_two(2).await;
    let mut streams = ["a-1", "b-1"].map(|of| (name(of), StreamVersion::FIRST));
    assert!(tail.add_to(13, 0, &mut streams));
    assert_eq!(streams.each_ref().map(|(_, version)| version.get()), [4, 1]);
    // The index may have gone on in the meantime.
    let mut later = [(name("a-1"), StreamVersion::from(6))];
    assert!(tail.add_to(13, 0, &mut later));
    assert_eq!(later[0].1.get(), 6);
}

#[tokio::test]
async fn what_is_to_be_indexed_comes_after_what_is() {
    let runs = vec![
        (name("a-1"), 7, run(1, 1, 1)),
        (name("b-1"), 8, run(1, 1, 1)),
        (name("a-1"), 7, run(3, 2, 2)),
    ];
    let ids = [(id(5), 1), (id(4), 2), (id(9), 3)];
    let tail = tail(runs, &ids, 3).await;
    let all = tail.outlines_after(0);
    assert_eq!(all.streams[&7], [run(1, 1, 1), run(3, 2, 2)]);
    assert_eq!((all.streams.len(), all.ids.len(), all.to), (2, 3, 3));
    let rest = tail.outlines_after(2);
    assert_eq!(
        rest.streams.into_iter().collect::<Vec<_>>(),
        [(7, vec![run(3, 2, 2)])]
    );
    assert_eq!((rest.ids, rest.to), (vec![(id(9), 3)], 3));
}

#[tokio::test]
async fn the_greatest_id_that_is_indexed_comes_from_the_file() {
    let mut file = fresh_layout().await.unwrap();
    let recorded = event_id(5);
    let insert = sqlx::query("INSERT INTO indexed_ids VALUES (?1, 1)");
    let insert = insert.bind(recorded.as_bytes().to_vec());
    insert.execute(&mut file).await.unwrap();
    let tail = Tail::default();
    tail.catch_up(&Names::default(), &mut file).await.unwrap();
    let look_for = |number| tail.look_for([*event_id(number).as_bytes()].iter());
    assert_eq!(look_for(6), Recorded::Nowhere);
    assert_eq!(look_for(5), Recorded::MaybeInFront);
    assert_eq!(look_for(4), Recorded::MaybeInFront);
}

#[tokio::test]
async fn what_a_reader_has_forgotten_meanwhile_is_not_known_again() {
    let mut file = fresh_layout().await.unwrap();
    let tail = Tail::default();
    tail.catch_up(&Names::default(), &mut file).await.unwrap();
    // The index goes further than the file said when it was asked.
    tail.forget_up_to(9);
    tail.catch_up(&Names::default(), &mut file).await.unwrap();
    let recorded = tail.look_for([*event_id(1).as_bytes()].iter());
    assert_eq!(recorded, Recorded::MaybeInFront);
    assert_eq!(tail.to(), Some(9));
}
