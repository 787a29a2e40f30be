//! The lines themselves: the format can never change under its name.

use log_transfer::ExportRange;
use persistence_memory::MemoryEventStore;
use shared_kernel::{EventStore, EventStoreExt, GlobalPosition};

use crate::fixture::{export, import, store_of, three};

const THREE: &str = include_str!("three.jsonl");

#[tokio::test]
async fn an_export_has_these_bytes() {
    let store = store_of(three()).await;
    let lines = export(&store, ExportRange::default()).await.unwrap();
    assert_eq!(lines, THREE, "{lines}");
}

#[tokio::test]
async fn the_export_of_an_empty_log_has_two_lines() {
    let store = store_of(vec![]).await;
    let lines = export(&store, ExportRange::default()).await.unwrap();
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.contains("\"first\":1,\"check\""), "{lines}");
    assert!(lines.contains("{\"events\":0,\"last\":0,"), "{lines}");
}

#[tokio::test]
async fn an_export_is_imported_in_pieces_of_any_size() {
    for piece in [1, 2, 7, 100, 10_000] {
        let store = MemoryEventStore::new();
        let imported = import(&store, THREE, piece).await.unwrap();
        assert_eq!((imported.events, imported.written), (3, 3));
        assert_eq!(imported.last, GlobalPosition::from(3));
        assert_eq!(imported.store, store.id().await.unwrap());
        let mut log = Vec::new();
        for event in three() {
            log.push(store.find_event(event.id).await.unwrap().unwrap());
        }
        assert_eq!(log, three());
    }
}

#[tokio::test]
async fn the_last_line_break_may_be_missing() {
    let store = MemoryEventStore::new();
    let imported = import(&store, THREE.trim_end(), 50).await.unwrap();
    assert_eq!(imported.written, 3);
    let lamp = three()[0].stream.clone();
    assert_eq!(store.read_whole_stream(lamp).await.unwrap().len(), 2);
}
