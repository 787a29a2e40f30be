//! Steps: a person holds an account, changes it and saves it.

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use shared_kernel::AggregateRoot;

use crate::account::{Account, AccountEvent, opened_by};
use crate::steps::words::{Manner, rows, stream, time, version};
use crate::world::AnnalsWorld;

#[given(expr = "{word} opens {string}")]
async fn opens(world: &mut AnnalsWorld, who: String, name: String) {
    open(world, who, &name).await;
    world.accounts.receipt();
}

async fn open(world: &mut AnnalsWorld, who: String, name: &str) {
    let account = AggregateRoot::create(stream(name), opened_by(&who)).unwrap();
    world.accounts.hands.insert(who.clone(), account);
    save(world, &who).await;
}

#[given(expr = "{word} takes {string} into his hands")]
#[when(expr = "{word} takes {string} into his hands")]
async fn takes(world: &mut AnnalsWorld, who: String, name: String) {
    let account = world.accounts().get(&stream(&name)).await.unwrap();
    world.accounts.hands.insert(who, account);
}

#[given(expr = "{word} makes {int} deposit(s) of {int} cents, {manner}")]
#[when(expr = "{word} makes {int} deposit(s) of {int} cents, {manner}")]
async fn deposits(world: &mut AnnalsWorld, who: String, count: u64, cents: u64, manner: Manner) {
    let deposit = || AccountEvent::MoneyDeposited { cents };
    moves(world, &who, count, deposit, manner).await;
}

#[given(expr = "{word} makes {int} withdrawal(s) of {int} cents, {manner}")]
#[when(expr = "{word} makes {int} withdrawal(s) of {int} cents, {manner}")]
async fn withdraws(world: &mut AnnalsWorld, who: String, count: u64, cents: u64, manner: Manner) {
    let withdrawal = || AccountEvent::MoneyWithdrawn { cents };
    moves(world, &who, count, withdrawal, manner).await;
}

async fn moves(
    world: &mut AnnalsWorld,
    who: &str,
    count: u64,
    event: impl Fn() -> AccountEvent,
    manner: Manner,
) {
    for _ in 0..count {
        world.accounts.in_hands_of(who).raise(event()).unwrap();
        if manner == Manner::EachSaved {
            save(world, who).await;
            world.accounts.receipt();
        }
    }
    if manner == Manner::SavedAtOnce {
        save(world, who).await;
    }
}

#[when(expr = "{word} saves")]
async fn saves(world: &mut AnnalsWorld, who: String) {
    save(world, &who).await;
}

async fn save(world: &mut AnnalsWorld, who: &str) {
    let accounts = world.accounts();
    let account = world.accounts.in_hands_of(who);
    world.accounts.save = Some(accounts.save(account).await);
}

#[given(expr = "{string} stands at version {int}")]
async fn stands_at(world: &mut AnnalsWorld, name: String, number: u64) {
    let mut account = AggregateRoot::create(stream(&name), opened_by("Ada")).unwrap();
    raise_up_to(&mut account, number);
    let saved = world.accounts_without_snapshots().save(&mut account).await;
    saved.unwrap();
    world.accounts.hands.insert("Ada".to_owned(), account);
}

#[when(expr = "{word} saves events up to version {int}")]
async fn saves_up_to(world: &mut AnnalsWorld, who: String, number: u64) {
    take_afresh(world, &who).await;
    raise_up_to(world.accounts.in_hands_of(&who), number);
    save(world, &who).await;
}

#[when(expr = "{word} ends her session and saves events up to version {int}")]
async fn ends_session(world: &mut AnnalsWorld, who: String, number: u64) {
    take_afresh(world, &who).await;
    let account = world.accounts.in_hands_of(&who);
    raise_up_to(account, number);
    account.request_snapshot();
    save(world, &who).await;
}

#[when(expr = "{word} closes the account")]
async fn closes(world: &mut AnnalsWorld, who: String) {
    take_afresh(world, &who).await;
    let account = world.accounts.in_hands_of(&who);
    account.raise(AccountEvent::AccountClosed).unwrap();
    save(world, &who).await;
}

#[when(expr = "{word} writes a note of {int} characters")]
async fn writes_a_note(world: &mut AnnalsWorld, who: String, characters: usize) {
    take_afresh(world, &who).await;
    let note = AccountEvent::NoteWritten("n".repeat(characters));
    world.accounts.in_hands_of(&who).raise(note).unwrap();
    save(world, &who).await;
}

/// Loads the held account again, as every command does.
async fn take_afresh(world: &mut AnnalsWorld, who: &str) {
    let name = world.accounts.in_hands_of(who).stream().clone();
    let account = world.accounts().get(&name).await.unwrap();
    world.accounts.hands.insert(who.to_owned(), account);
}

/// Deposits one cent for each event that is missing to a version.
fn raise_up_to(account: &mut AggregateRoot<Account>, number: u64) {
    while account.current_version() < version(number) {
        account
            .raise(AccountEvent::MoneyDeposited { cents: 1 })
            .unwrap();
    }
}

#[given("this happened:")]
#[when("this happens:")]
async fn happened(world: &mut AnnalsWorld, step: &Step) {
    for row in rows(step) {
        let [at, name, event] = row else {
            panic!("time, stream and event, not {row:?}")
        };
        world.clock().set(time(at));
        let event: AccountEvent = event.parse().unwrap();
        let accounts = world.accounts();
        let mut account = match accounts.load(&stream(name)).await.unwrap() {
            Some(mut account) => {
                account.raise(event).unwrap();
                account
            }
            None => AggregateRoot::create(stream(name), event).unwrap(),
        };
        accounts.save(&mut account).await.unwrap();
    }
}

#[when(expr = "{word} asks for a snapshot by hand")]
async fn asks_for_snapshot(world: &mut AnnalsWorld, who: String) {
    let accounts = world.accounts();
    let account = world.accounts.in_hands_of(&who);
    world.shelf.by_hand = Some(accounts.take_snapshot(account).await);
}

#[then(expr = "{word} still has {int} events to save")]
fn still_has(world: &mut AnnalsWorld, who: String, count: usize) {
    assert_eq!(world.accounts.in_hands_of(&who).pending().len(), count);
}
