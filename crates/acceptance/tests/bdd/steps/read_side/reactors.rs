//! Steps: a reactor that welcomes the owners of new accounts.

use async_trait::async_trait;
use cucumber::{given, then, when};
use futures_util::future::join_all;
use read_side::{
    ApplyError, ModelName, Options, Reaction, Reactor, ReactorRunner, ReadModelStore as _,
    Selection, Start,
};
use shared_kernel::codec::EventCodec as _;
use shared_kernel::stream::Category;
use shared_kernel::{EventStoreExt as _, ExpectedVersion, RecordedEvent};

use crate::account::{AccountEvent, codec};
use crate::steps::words::stream;
use crate::world::AnnalsWorld;

/// The letters of a scenario.
#[derive(Debug, Clone, Default)]
pub(super) struct Post {
    greeting: Option<String>,
    refuses: Option<String>,
    start: Start,
}

#[async_trait]
impl Reactor for Post {
    const NAME: &'static str = "welcomes";

    fn selection(&self) -> Selection {
        Selection::all().category(Category::new("account").unwrap())
    }

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        let mut reaction = Reaction::none();
        for account_event in codec().decode(event)?.iter() {
            if let AccountEvent::AccountOpened { owner, .. } = account_event {
                if self.refuses.as_ref() == Some(owner) {
                    return Err(format!("no letter to {owner}").into());
                }
                let greeting = self.greeting.as_deref().unwrap_or("Welcome");
                let note = AccountEvent::NoteWritten(format!("{greeting}, {owner}"));
                let mail = stream(&format!("mail-{}", event.stream.as_str()));
                reaction = reaction.write(mail, ExpectedVersion::Any, [codec().encode(&note)?]);
            }
        }
        Ok(reaction)
    }
}

async fn write(world: &mut AnnalsWorld, post: Post) {
    let (log, models, options) = (world.events(), world.models(), world.options("the post"));
    let start = post.start;
    let runner = ReactorRunner::new(post, log, models, start, options).unwrap();
    world.read_side.outcome = Some(runner.catch_up().await.map(drop));
}

#[given(expr = "the post refuses letters to {word}")]
fn refuses(world: &mut AnnalsWorld, owner: String) {
    world.read_side.post.refuses = Some(owner);
}

#[given("the welcomes begin at the end of the log")]
fn begin_at_the_end(world: &mut AnnalsWorld) {
    world.read_side.post.start = Start::Now;
}

#[given("the welcomes are written")]
#[when("the welcomes are written")]
async fn are_written(world: &mut AnnalsWorld) {
    let post = world.read_side.post.clone();
    write(world, post).await;
}

#[given("the position of the welcomes is lost")]
async fn is_lost(world: &mut AnnalsWorld) {
    let models = world.models();
    let name = ModelName::new(Post::NAME).unwrap();
    for record in models.builds(&name).await.unwrap() {
        models.remove_build(&record.build).await.unwrap();
    }
}

#[when(expr = "the next release writes the greetings {string} instead")]
async fn next_release_writes(world: &mut AnnalsWorld, greeting: String) {
    let mut post = world.read_side.post.clone();
    post.greeting = Some(greeting);
    write(world, post).await;
}

#[when(expr = "{int} processes at once write the welcomes, each with a position of its own")]
async fn write_at_once(world: &mut AnnalsWorld, count: usize) {
    let (log, models) = (world.events(), world.models());
    let mut processes = Vec::new();
    for _ in 0..count {
        let (post, log, models) = (Post::default(), log.clone(), models.temporary().await);
        let (start, options) = (Start::Beginning, Options::default());
        let runner = ReactorRunner::new(post, log, models, start, options).unwrap();
        processes.push(tokio::spawn(async move { runner.catch_up().await }));
    }
    for written in join_all(processes).await {
        written.unwrap().unwrap();
    }
}

async fn letter(world: &AnnalsWorld, name: &str) -> RecordedEvent {
    let letters = world
        .events()
        .read_whole_stream(stream(name))
        .await
        .unwrap();
    let [letter] = letters.as_slice() else {
        panic!("{letters:?}")
    };
    letter.clone()
}

#[then(expr = "{string} has the note {string}")]
async fn has_the_note(world: &mut AnnalsWorld, name: String, note: String) {
    let decoded = codec().decode(&letter(world, &name).await).unwrap();
    assert_eq!(decoded.into_single(), Some(AccountEvent::NoteWritten(note)));
}

#[then(expr = "the note in {string} was caused by the event at position {int}")]
async fn was_caused_by(world: &mut AnnalsWorld, name: String, position: u64) {
    let causation = letter(world, &name).await.metadata.causation;
    let cause = super::unfit::event_at(world, position).await;
    assert_eq!(causation.unwrap().as_str(), cause.to_string());
}

#[then(expr = "the log has {int} events")]
async fn log_has(world: &mut AnnalsWorld, count: u64) {
    let head = world.events().head().await.unwrap();
    assert_eq!(head.map(|head| head.get()), Some(count));
}
