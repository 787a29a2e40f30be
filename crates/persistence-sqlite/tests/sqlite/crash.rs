//! Law 35: acknowledged events survive `kill -9` at any moment.

use shared_kernel::random::{Randomness, SystemRandomness};

use crate::fixture::Place;
use crate::processes::assert_all_there;
use crate::writer_process::WriterProcess;

/// More than any of the processes gets to do.
const ENDLESS: usize = usize::MAX;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_append_survives_kill_9_ten_times_over() {
    let place = Place::new();
    let mut bystander = WriterProcess::start(&place.store_path(), 2, ENDLESS, 2);
    let mut told = Vec::new();
    for _ in 0..10 {
        let mut victim = WriterProcess::start(&place.store_path(), 8, ENDLESS, 3);
        let mut chance = [0];
        SystemRandomness.fill(&mut chance).unwrap();
        // A random number of acknowledged events, so that it is killed in the middle of its work.
        for _ in 0..=chance[0] {
            told.push(victim.next().await.unwrap());
        }
        told.push(bystander.next().await.unwrap());
        told.extend(victim.kill().await);
    }
    told.extend(bystander.kill().await);

    let store = place.store().await;
    assert!(told.len() > 10);
    assert_all_there(&store, &told).await;
}
