//! Steps: consumers that take events one by one.

use std::num::{NonZeroU16, NonZeroUsize};
use std::sync::Arc;

use cucumber::{Parameter, given, then, when};
use read_side::{Consumer, Delivery, ProjectionError, Selection, Start, Subscription};
use shared_kernel::EventStore;
use shared_kernel::stream::Category;

use crate::models::Models;
use crate::steps::words::{Numbers, position, stream};
use crate::world::AnnalsWorld;

type Mailer = Consumer<'static, Arc<dyn EventStore>, Models>;

/// The consumers of a scenario.
#[derive(Default)]
pub(super) struct Mailing {
    consumer: Option<Mailer>,
    other: Option<Mailer>,
    refusal: Option<ProjectionError>,
}

/// The beginning of a subscription.
#[derive(Debug, Clone, Copy, Parameter)]
#[param(
    name = "start",
    regex = r"the beginning of the log|the end of the log|the position \d+"
)]
pub(crate) struct Beginning(Start);

impl std::str::FromStr for Beginning {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(match text.strip_prefix("the position ") {
            Some(number) => Start::After(position(number.parse()?)),
            None if text == "the end of the log" => Start::Now,
            None => Start::Beginning,
        }))
    }
}

impl AnnalsWorld {
    fn mails(&mut self) -> Subscription<Arc<dyn EventStore>, Models> {
        let (log, models) = (self.followed_log(), self.models());
        let options = self.options("a consumer");
        let mails = Subscription::new("mails", log, models, options).unwrap();
        mails.selecting(self.read_side.selection.clone())
    }

    /// A consumer borrows its subscription, so that of a scenario lives to the end of the run.
    async fn consume(&mut self, segment: u16) -> Result<Mailer, ProjectionError> {
        let mails: &'static _ = Box::leak(Box::new(self.mails()));
        mails.consume(segment).await
    }

    /// The consumer that is at work, or a new one.
    async fn consumer(&mut self) -> &mut Mailer {
        if self.read_side.mailing.consumer.is_none() {
            let consumer = self.consume(0).await.unwrap();
            self.read_side.mailing.consumer = Some(consumer);
        }
        self.read_side.mailing.consumer.as_mut().unwrap()
    }
}

/// Takes and acknowledges events up to the end of the log.
async fn take_all(consumer: &mut Mailer) -> (Vec<u64>, u64) {
    let mut positions = Vec::new();
    loop {
        match consumer.next().await.unwrap() {
            Delivery::Event(event) => {
                positions.push(event.position.get());
                consumer.acknowledge(event.position).await.unwrap();
            }
            Delivery::CaughtUp(at) => return (positions, at.get()),
        }
    }
}

#[given(expr = "the subscription \"mails\" begins at {start}")]
fn begins_at(world: &mut AnnalsWorld, start: Beginning) {
    world.read_side.start = start.0;
}

#[given(expr = "the subscription \"mails\" takes only the category {string}")]
fn takes_category(world: &mut AnnalsWorld, category: String) {
    let category = Category::new(category).unwrap();
    world.read_side.selection = Selection::all().category(category);
}

#[given(expr = "the subscription \"mails\" takes only the stream {string}")]
fn takes_stream(world: &mut AnnalsWorld, name: String) {
    world.read_side.selection = Selection::all().stream(stream(&name));
}

#[given(expr = "the subscription \"mails\" has chunks of {int} events")]
fn has_chunks(world: &mut AnnalsWorld, count: usize) {
    world.read_side.chunk = NonZeroUsize::new(count);
}

#[given(expr = "the subscription \"mails\" has {int} segments")]
fn has_segments(world: &mut AnnalsWorld, count: u16) {
    world.read_side.segments = NonZeroU16::new(count);
}

#[given("a consumer of \"mails\" has begun")]
async fn has_begun(world: &mut AnnalsWorld) {
    world.consumer().await;
}

#[given(expr = "a consumer of \"mails\" has taken {int} events, and acknowledged position {int}")]
async fn has_taken(world: &mut AnnalsWorld, count: usize, acknowledged: u32) {
    let consumer = world.consumer().await;
    for _ in 0..count {
        let taken = consumer.next().await.unwrap();
        assert!(matches!(taken, Delivery::Event(_)), "{taken:?}");
    }
    consumer.acknowledge(acknowledged).await.unwrap();
}

#[given("the consumer is closed")]
#[when("the consumer is closed")]
async fn is_closed(world: &mut AnnalsWorld) {
    let consumer = world.read_side.mailing.consumer.take();
    consumer.expect("a consumer is at work").close().await;
}

#[when(expr = "a consumer takes {int} events of \"mails\" without an acknowledgement")]
async fn takes_too_many(world: &mut AnnalsWorld, count: usize) {
    let consumer = world.consumer().await;
    let mut refusal = None;
    for _ in 0..count {
        refusal = consumer.next().await.err();
    }
    world.read_side.mailing.refusal = refusal;
}

#[when("a consumer of \"mails\" begins")]
#[when("another consumer of \"mails\" begins")]
async fn another_begins(world: &mut AnnalsWorld) {
    match world.consume(0).await {
        Ok(consumer) => world.read_side.mailing.other = Some(consumer),
        Err(refusal) => world.read_side.mailing.refusal = Some(refusal),
    }
}

#[when(expr = "the first consumer acknowledges position {int}")]
async fn acknowledges(world: &mut AnnalsWorld, number: u32) {
    assert!(
        world.read_side.mailing.other.is_some(),
        "it was not taken over"
    );
    let acknowledged = world.consumer().await.acknowledge(number).await;
    world.read_side.mailing.refusal = acknowledged.err();
}

#[when(expr = "\"mails\" is reset to {start}")]
async fn is_reset(world: &mut AnnalsWorld, start: Beginning) {
    world.mails().reset(start.0).await.unwrap();
}

#[then(expr = "the consumer takes the positions {numbers}, and has caught up at position {int}")]
async fn takes(world: &mut AnnalsWorld, positions: Numbers, end: u64) {
    let taken = take_all(world.consumer().await).await;
    assert_eq!(taken, (positions.0, end));
}

#[then(expr = "the consumer takes no event, and has caught up at position {int}")]
async fn takes_none(world: &mut AnnalsWorld, end: u64) {
    let taken = take_all(world.consumer().await).await;
    assert_eq!(taken, (Vec::new(), end));
}

#[then(expr = "the consumers of all segments together take the positions {numbers}")]
async fn take_together(world: &mut AnnalsWorld, positions: Numbers) {
    let mut taken = Vec::new();
    for segment in 0..world.read_side.segments.unwrap().get() {
        let mut consumer = world.consume(segment).await.unwrap();
        let (own, _) = take_all(&mut consumer).await;
        assert!(own.len() < positions.0.len(), "one segment has all streams");
        taken.extend(own);
    }
    taken.sort_unstable();
    assert_eq!(taken, positions.0);
}

#[then(expr = "the consumer is refused: {}")]
fn is_refused(world: &mut AnnalsWorld, reason: String) {
    let refusal = world.read_side.mailing.refusal.as_ref();
    let message = refusal.expect("it is refused").to_string();
    assert!(message.contains(&reason), "{message}");
}
