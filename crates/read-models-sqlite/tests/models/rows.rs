//! Documents by table and key, for projections that suit every store.

use bytes::Bytes;
use read_side::{ReadModelStore, Rows};

use crate::fixture::{Counts, World, leased, step, value};

#[tokio::test]
async fn documents_are_counted_over_many_transactions() {
    let world = World::new();
    for number in 0..30 {
        world.dim(&format!("lamp-{}", number % 3), "1").await;
    }
    let counts = world.projector(Counts);
    counts.catch_up().await.unwrap();
    world.dim("lamp-0", "1").await;
    counts.catch_up().await.unwrap();

    // Another handle reads what the first has written.
    let models = world.models();
    let build = counts.live().await.unwrap().record.build;
    let sum = "SELECT sum(CAST(CAST(document AS TEXT) AS INTEGER)) FROM annals_rows";
    assert_eq!(value(&models, &build, sum).await, 31);
    assert!(counts.prove().await.unwrap().holds());
}

#[tokio::test]
async fn a_read_sees_the_earlier_writes_of_its_transaction() {
    let world = World::new();
    let models = world.models();
    let lease = leased(&models).await;
    let mut tx = models.begin(&lease).await.unwrap();
    tx.put("a", "kept", "1".into());
    tx.put("a", "gone", "1".into());
    models.commit(tx, &lease, step(1, 2)).await.unwrap();

    let mut tx = models.begin(&lease).await.unwrap();
    tx.put("a", "new", "2".into());
    tx.delete("a", "gone");
    let seen = [
        tx.get("a", "new").await.unwrap(),
        tx.get("a", "gone").await.unwrap(),
        tx.get("a", "kept").await.unwrap(),
        tx.get("b", "kept").await.unwrap(),
    ];
    let two = Some(Bytes::from("2"));
    assert_eq!(seen, [two.clone(), None, Some("1".into()), None]);
    // Also one in SQL, and a read after it.
    let rows = tx.fetch_all("SELECT * FROM annals_rows", ()).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(tx.get("a", "new").await.unwrap(), two);
    assert_eq!(tx.get("a", "gone").await.unwrap(), None);
}
