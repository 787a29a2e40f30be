//! Steps: loading accounts, and the outcome of the last save.

use cucumber::gherkin::Step;
use cucumber::{then, when};
use shared_kernel::store::Conflict;
use shared_kernel::{EventStoreExt as _, ExpectedVersion, RepositoryError, StreamVersion};

use crate::steps::words::{Moment, rows, stream, version};
use crate::world::AnnalsWorld;

#[when(expr = "{string} is loaded")]
async fn is_loaded(world: &mut AnnalsWorld, name: String) {
    let account = world.accounts().load(&stream(&name)).await;
    world.accounts.load = Some(account);
}

#[when(expr = "{string} is loaded as of {moment}")]
async fn is_loaded_as_of(world: &mut AnnalsWorld, name: String, moment: Moment) {
    let account = world.accounts().load_as_of(&stream(&name), moment.0).await;
    world.accounts.load = Some(account);
}

#[when(expr = "{string} has to be there")]
async fn has_to_be_there(world: &mut AnnalsWorld, name: String) {
    let account = world.accounts().get(&stream(&name)).await;
    world.accounts.load = Some(account.map(Some));
}

#[then(expr = "its balance is {int} cents")]
fn balance_is(world: &mut AnnalsWorld, cents: u64) {
    assert_eq!(world.accounts.loaded().state().cents, cents);
}

#[then(expr = "it is at version {int} with nothing to save")]
fn is_at(world: &mut AnnalsWorld, number: u64) {
    let account = world.accounts.loaded();
    assert_eq!(account.version(), version(number));
    assert!(!account.has_pending());
}

#[then(expr = "{string} was like this:")]
async fn was_like_this(world: &mut AnnalsWorld, name: String, step: &Step) {
    for row in rows(step) {
        let [moment, cents, number] = row else {
            panic!("moment, balance and version, not {row:?}")
        };
        let Moment(as_of) = moment.parse().unwrap();
        let account = world.accounts().load_as_of(&stream(&name), as_of).await;
        let account = account.unwrap().expect("there was such an account");
        let found = (account.state().cents, account.version());
        let expected = (cents.parse().unwrap(), version(number.parse().unwrap()));
        assert_eq!(found, expected, "{moment}");
    }
}

#[then("the account is closed")]
fn is_closed(world: &mut AnnalsWorld) {
    assert!(world.accounts.loaded().state().is_closed);
}

#[then("there is no such account")]
fn is_not_there(world: &mut AnnalsWorld) {
    let load = world.accounts.load.as_ref().unwrap();
    assert!(matches!(load, Ok(None)), "{load:?}");
}

#[then(expr = "it is refused because there is nothing in {string}")]
fn is_not_found(world: &mut AnnalsWorld, name: String) {
    let load = world.accounts.load.as_ref().unwrap();
    let Err(RepositoryError::NotFound { stream: asked_for }) = load else {
        panic!("{load:?}")
    };
    assert_eq!(*asked_for, stream(&name));
}

#[then(expr = "it was loaded through the snapshot at version {int}")]
fn was_loaded_through(world: &mut AnnalsWorld, number: u64) {
    let through = world.accounts.loaded().newest_snapshot();
    assert_eq!(through.map(|one| one.version), Some(version(number)));
}

#[then("it was loaded from its whole history")]
fn was_replayed(world: &mut AnnalsWorld) {
    assert_eq!(world.accounts.loaded().newest_snapshot(), None);
}

#[then(expr = "{string} has a balance of {int} cents")]
async fn has_balance(world: &mut AnnalsWorld, name: String, cents: u64) {
    let account = world.accounts().get(&stream(&name)).await.unwrap();
    assert_eq!(account.state().cents, cents);
}

#[then(expr = "{string} belongs to {word}")]
async fn belongs_to(world: &mut AnnalsWorld, name: String, owner: String) {
    let account = world.accounts().get(&stream(&name)).await.unwrap();
    assert_eq!(account.state().owner, owner);
    assert_eq!(account.state().currency, "EUR");
}

#[then("the save succeeds")]
fn save_succeeds(world: &mut AnnalsWorld) {
    assert!(world.accounts.receipt().append.is_some());
}

#[then("the save succeeds without an append")]
fn save_does_nothing(world: &mut AnnalsWorld) {
    assert!(world.accounts.receipt().append.is_none());
}

#[then(expr = "the save is refused because {string} is at version {int}, not {int}")]
fn save_is_refused(world: &mut AnnalsWorld, name: String, actual: u64, expected: u64) {
    let save = world.accounts.save.as_ref().unwrap();
    let refusal = save.as_ref().expect_err("the save is refused");
    let expected = match version(expected) {
        StreamVersion::EMPTY => ExpectedVersion::NoStream,
        version => ExpectedVersion::Exact(version),
    };
    let conflict = Conflict {
        stream: stream(&name),
        expected,
        actual: version(actual),
    };
    assert_eq!(refusal.conflict(), Some(&conflict), "{refusal:?}");
}

#[then(expr = "the events {int} to {int} of {string} say that they come from one command")]
async fn one_command(world: &mut AnnalsWorld, first: usize, last: usize, name: String) {
    let events = world.events().read_whole_stream(stream(&name)).await;
    let events = events.unwrap();
    let metadata = &events[first - 1].metadata;
    assert!(metadata.correlation.is_some() && metadata.causation.is_some());
    for event in &events[first - 1..last] {
        assert_eq!(event.metadata, *metadata);
    }
}

#[then(expr = "event {int} of {string} says that it comes from another command")]
async fn another_command(world: &mut AnnalsWorld, number: usize, name: String) {
    let events = world.events().read_whole_stream(stream(&name)).await;
    let events = events.unwrap();
    let (one, before) = (&events[number - 1].metadata, &events[number - 2].metadata);
    assert!(one.correlation.is_some() && one.causation.is_some());
    assert_ne!(one.correlation, before.correlation);
    assert_ne!(one.causation, before.causation);
}
