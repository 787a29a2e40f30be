//! Steps: executing commands.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use cucumber::{given, then, when};
use shared_kernel::repository::{CommandError, Executed};
use shared_kernel::{RepositoryError, StreamVersion};
use tokio::sync::Barrier;

use crate::account::{Account, AccountEvent, Overdrawn, opened_by};
use crate::altered_store::Alteration;
use crate::steps::words::{recorded_as, stream, version};
use crate::world::AnnalsWorld;

/// The stream of the account that gets the commands.
const ACCOUNT: &str = "account-7";

#[given(
    expr = "a command is tried for {int} seconds, with a pause of one second after each conflict"
)]
fn is_tried(world: &mut AnnalsWorld, seconds: u64) {
    world.accounts.time_limit = Some(Duration::from_secs(seconds));
}

#[given(expr = "{word} deposits {int} cents right before each of the next {int} saves")]
fn overtaken_by_deposits(world: &mut AnnalsWorld, _who: String, cents: u64, times: usize) {
    overtaken(world, AccountEvent::MoneyDeposited { cents }, times);
}

#[given(expr = "{word} withdraws {int} cents right before each of the next {int} saves")]
fn overtaken_by_withdrawals(world: &mut AnnalsWorld, _who: String, cents: u64, times: usize) {
    overtaken(world, AccountEvent::MoneyWithdrawn { cents }, times);
}

fn overtaken(world: &mut AnnalsWorld, event: AccountEvent, times: usize) {
    world.alter(Alteration::Overtaken {
        stream: stream(ACCOUNT),
        event: Box::new(move || recorded_as(&event)),
        times: AtomicUsize::new(times),
    });
}

type Refused = CommandError<Overdrawn>;
type Answer = Result<Executed<Account>, Refused>;
type Decision = fn(&Account, u64) -> Result<Option<AccountEvent>, Refused>;

fn deposit(_: &Account, cents: u64) -> Result<Option<AccountEvent>, Refused> {
    Ok(Some(AccountEvent::MoneyDeposited { cents }))
}

fn withdraw(account: &Account, cents: u64) -> Result<Option<AccountEvent>, Refused> {
    let withdrawn = account.withdraw(cents).map_err(CommandError::Rejected)?;
    Ok(Some(withdrawn))
}

async fn give(world: &mut AnnalsWorld, decide: Decision, cents: u64, at: Option<StreamVersion>) {
    let accounts = world.accounts();
    let name = stream(ACCOUNT);
    let decided = &mut world.commands.decided;
    let decide = |account: &Account| {
        *decided += 1;
        decide(account, cents)
    };
    let answer = match at {
        None => accounts.execute(&name, decide).await,
        Some(version) => accounts.execute_at(&name, version, decide).await,
    };
    world.commands.answers.push(answer);
}

#[when(expr = "{word} gives the command to deposit {int} cents")]
async fn deposits(world: &mut AnnalsWorld, _who: String, cents: u64) {
    give(world, deposit, cents, None).await;
}

#[when(expr = "{word} gives the command to withdraw {int} cents")]
async fn withdraws(world: &mut AnnalsWorld, _who: String, cents: u64) {
    give(world, withdraw, cents, None).await;
}

#[when(expr = "{word} gives the command to deposit {int} cents at version {int}")]
async fn deposits_at(world: &mut AnnalsWorld, _who: String, cents: u64, number: u64) {
    give(world, deposit, cents, Some(version(number))).await;
}

#[when(expr = "{word} gives a command that changes nothing")]
async fn changes_nothing(world: &mut AnnalsWorld, _who: String) {
    give(world, |_, _| Ok(None), 0, None).await;
}

#[when(expr = "{word} gives the command to open the account if there is none")]
async fn opens_if_none(world: &mut AnnalsWorld, who: String) {
    let open = |account: Option<&Account>| account.is_none().then(|| opened_by(&who));
    let opened: Answer = world
        .accounts()
        .execute_or_create(&stream(ACCOUNT), open)
        .await
        .map_err(CommandError::from);
    world.commands.answers.push(opened);
}

#[when(expr = "{int} commands at once each deposit {int} cents into {string}")]
async fn deposit_at_once(world: &mut AnnalsWorld, commands: usize, cents: u64, name: String) {
    let start = Arc::new(Barrier::new(commands));
    let tasks: Vec<_> = (0..commands)
        .map(|_| {
            let (accounts, start, name) = (world.accounts(), Arc::clone(&start), stream(&name));
            tokio::spawn(async move {
                start.wait().await;
                accounts
                    .execute(&name, |account| deposit(account, cents))
                    .await
            })
        })
        .collect();
    for task in tasks {
        world.commands.answers.push(task.await.unwrap());
    }
}

fn answer(world: &AnnalsWorld) -> &Answer {
    world.commands.answers.last().expect("a command was given")
}

#[then(expr = "the command takes effect at attempt {int}")]
fn takes_effect(world: &mut AnnalsWorld, attempt: u32) {
    let executed = answer(world).as_ref().expect("the command takes effect");
    assert_eq!(executed.attempts, attempt);
    assert!(!executed.root.has_pending());
}

#[then("all of the commands take effect")]
fn all_take_effect(world: &mut AnnalsWorld) {
    assert!(!world.commands.answers.is_empty());
    for answer in &world.commands.answers {
        assert!(answer.is_ok(), "{answer:?}");
    }
}

#[then(expr = "the command is refused because only {int} cents are there")]
fn is_refused(world: &mut AnnalsWorld, cents: u64) {
    let Err(CommandError::Rejected(refusal)) = answer(world) else {
        panic!("{:?}", answer(world))
    };
    assert_eq!(*refusal, Overdrawn { cents });
}

#[then(expr = "the command is given up after {int} attempts in conflict with version {int}")]
fn is_given_up(world: &mut AnnalsWorld, expected: u32, actual: u64) {
    let Err(CommandError::Repository(RepositoryError::Conflict { attempts, source })) =
        answer(world)
    else {
        panic!("{:?}", answer(world))
    };
    assert_eq!(*attempts, expected);
    let found = (&source.stream, source.actual);
    assert_eq!(found, (&stream(ACCOUNT), version(actual)));
}

#[then(expr = "decisions were asked for {int} time(s)")]
fn were_asked_for(world: &mut AnnalsWorld, times: u64) {
    assert_eq!(world.commands.decided, times);
}
