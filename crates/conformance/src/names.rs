//! The law on names of streams: different names are different streams.

use shared_kernel::store::StreamsQuery;
use shared_kernel::{Append, ExpectedVersion, StreamId};

use crate::EventStoreHarness;
use crate::specimen::{event, store_of, stream};
use crate::walk::{land, streams, whole_stream};

/// [Law 17](shared_kernel::laws#law-17). Streams never leak into one another, whatever their names.
pub async fn streams_never_leak_into_one_another_whatever_their_names(
    harness: &dyn EventStoreHarness,
) {
    let store = store_of(harness).await;
    let mut names = odd_names();
    for (count, name) in names.iter().enumerate() {
        let events = (0..=count)
            .map(|_| event(name.as_str().to_owned()))
            .collect();
        // NoStream says that no earlier name is taken for this one.
        let append = Append::new().write(name.clone(), ExpectedVersion::NoStream, events);
        land(&store, append).await;
    }
    for (count, name) in names.iter().enumerate() {
        let read = whole_stream(&store, name).await;
        assert_eq!(read.len(), count + 1, "the events of {name:?}");
        for event in read {
            assert_eq!(
                event.payload,
                name.as_str(),
                "an event of another stream in {name:?}"
            );
            assert_eq!(event.stream, *name);
        }
    }
    names.sort();
    let mut listed: Vec<_> = streams(&store, StreamsQuery::default())
        .await
        .into_iter()
        .map(|summary| summary.stream)
        .collect();
    listed.sort();
    assert_eq!(listed, names);
}

/// Names that careless stores take for one another.
fn odd_names() -> Vec<StreamId> {
    let longest = "n".repeat(StreamId::MAX_BYTES - 1);
    let names = [
        "a/b",
        "a_b",
        "A_B",
        "a%b",
        "axb",
        "a\\b",
        "a b",
        "a*b",
        "a?b",
        "[a]b",
        "a'b",
        "a\"b",
        "a`b",
        "a;b",
        "a--b",
        "a-b",
        "a.b",
        "a:b",
        "a",
        "A",
        "a ",
        " a",
        "a  ",
        "ａ",
        "-",
        "--",
        "x-",
        "x",
        "-x",
        "%",
        "_",
        "0",
        "00",
        "0.0",
        "1",
        "01",
        "1.0",
        "1e0",
        "null",
        "NULL",
        // An accented letter as one character and as two, letters that fold to more than one, and
        // the Turkish i.
        "caf\u{e9}",
        "cafe\u{301}",
        "cafe",
        "CAFÉ",
        "ß",
        "ss",
        "SS",
        "ı",
        "i",
        "İ",
        "I",
        "ﬁ",
        "fi",
        "🦀",
        "🦀🦀",
        "\u{1f468}\u{200d}\u{1f469}",
        "\u{feff}a",
        "a\u{200b}",
        "a\u{a0}",
        "日本",
        "\u{10ffff}",
    ];
    let long = [format!("{longest}1"), format!("{longest}2"), longest];
    names
        .into_iter()
        .map(str::to_owned)
        .chain(long)
        .map(stream)
        .collect()
}
