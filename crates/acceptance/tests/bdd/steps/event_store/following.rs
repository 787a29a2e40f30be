//! Steps: following the log.
//!
//! A follower runs in a task of its own and takes the next event only if a step asks for it. A
//! follower that is not asked does not listen.

use std::time::Duration;

use cucumber::{given, then, when};
use futures_util::StreamExt as _;
use shared_kernel::store::LogQuery;
use shared_kernel::stream::Category;
use shared_kernel::{EventStoreExt as _, RecordedEvent, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::steps::words::Numbers;
use crate::world::AnnalsWorld;

/// The time limit for a follower. It is far longer than any wake-up, so a follower that gets
/// nothing fails the scenario instead of hanging.
const TOO_LONG: Duration = Duration::from_secs(30);

type Heard = Result<RecordedEvent, StoreError>;

/// A follower of the log.
#[derive(Debug)]
pub(super) struct Follower {
    task: JoinHandle<()>,
    asks: mpsc::Sender<()>,
    heard: mpsc::Receiver<Heard>,
}

impl Follower {
    fn follow(world: &AnnalsWorld, query: LogQuery) -> Self {
        let store = world.events();
        let (asks, mut asked) = mpsc::channel(1);
        let (tell, heard) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            let mut events = store.follow(query);
            while asked.recv().await.is_some() {
                let Some(event) = events.next().await else {
                    break;
                };
                if tell.send(event).await.is_err() {
                    break;
                }
            }
        });
        Self { task, asks, heard }
    }

    async fn next(&mut self) -> RecordedEvent {
        self.asks.send(()).await.expect("the follower listens");
        let heard = timeout(TOO_LONG, self.heard.recv()).await;
        heard.expect("it is heard of in time").unwrap().unwrap()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[given(expr = "{word} follows the log")]
fn follows(world: &mut AnnalsWorld, follower: String) {
    let following = Follower::follow(world, LogQuery::new());
    world.log.followers.insert(follower, following);
}

#[given(expr = "{word} follows the category {string}")]
fn follows_category(world: &mut AnnalsWorld, follower: String, category: String) {
    let query = LogQuery::new().category(Category::new(category).unwrap());
    let following = Follower::follow(world, query);
    world.log.followers.insert(follower, following);
}

#[when(expr = "{word} has heard of the position(s) {numbers}")]
#[then(expr = "{word} hears of the positions {numbers}")]
async fn hears(world: &mut AnnalsWorld, follower: String, positions: Numbers) {
    let follower = world.log.followers.get_mut(&follower).unwrap();
    for position in positions.0 {
        assert_eq!(follower.next().await.position.get(), position);
    }
}

#[then(expr = "{word} hears of the positions {int} to {int}")]
async fn hears_all(world: &mut AnnalsWorld, follower: String, first: u64, last: u64) {
    hears(world, follower, Numbers((first..=last).collect())).await;
}
