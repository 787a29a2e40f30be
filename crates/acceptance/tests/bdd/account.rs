//! The domain of the features on snapshots, repositories and formats: bank accounts, whose events
//! have changed twice over the years.

use std::convert::Infallible;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serialization::{JsonEventCodec, JsonEventCodecBuilder};
use shared_kernel::codec::FormatError;
use shared_kernel::event::EventTypeInfo;
use shared_kernel::{Aggregate, DomainEvent, Inapplicable};

/// What can happen to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DomainEvent)]
pub(crate) enum AccountEvent {
    #[event(schema = 3)]
    AccountOpened {
        owner: String,
        currency: String,
    },
    #[event(schema = 2)]
    MoneyDeposited {
        cents: u64,
    },
    MoneyWithdrawn {
        cents: u64,
    },
    NoteWritten(String),
    AccountClosed,
}

/// The events as a domain declares them that has forgotten the last variant.
#[derive(Debug, Deserialize)]
pub(crate) struct WithoutClosing(AccountEvent);

impl DomainEvent for WithoutClosing {
    const TYPES: &'static [EventTypeInfo] = AccountEvent::TYPES.split_at(4).0;

    fn type_info(&self) -> EventTypeInfo {
        self.0.type_info()
    }
}

/// Parses the notation of the features: `opened by Ada`, `deposit of 100 cents`, `note of …`,
/// `closed`.
impl FromStr for AccountEvent {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let cents = |text: &str| text.trim_end_matches(" cents").parse().unwrap();
        Ok(match text.split_once(" of ") {
            Some(("deposit", amount)) => Self::MoneyDeposited {
                cents: cents(amount),
            },
            Some(("withdrawal", amount)) => Self::MoneyWithdrawn {
                cents: cents(amount),
            },
            Some(("note", note)) => Self::NoteWritten(note.replace(r"\n", "\n")),
            _ if text == "closed" => Self::AccountClosed,
            _ => opened_by(text.strip_prefix("opened by ").expect("an event")),
        })
    }
}

pub(crate) fn opened_by(owner: &str) -> AccountEvent {
    AccountEvent::AccountOpened {
        owner: owner.to_owned(),
        currency: "EUR".to_owned(),
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) owner: String,
    pub(crate) currency: String,
    pub(crate) cents: u64,
    pub(crate) notes: Vec<String>,
    pub(crate) is_closed: bool,
}

/// The reason why an account refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("only {cents} cents are there")]
pub(crate) struct Overdrawn {
    pub(crate) cents: u64,
}

impl Account {
    pub(crate) fn withdraw(&self, cents: u64) -> Result<AccountEvent, Overdrawn> {
        if cents > self.cents {
            return Err(Overdrawn { cents: self.cents });
        }
        Ok(AccountEvent::MoneyWithdrawn { cents })
    }
}

impl Aggregate for Account {
    type Event = AccountEvent;
    const TYPE: &'static str = "account";
    const STATE_SCHEMA: u32 = 2;

    fn create(event: &AccountEvent) -> Result<Self, Inapplicable> {
        let AccountEvent::AccountOpened { owner, currency } = event else {
            return Err(Inapplicable::new("an account begins with its opening"));
        };
        Ok(Self {
            owner: owner.clone(),
            currency: currency.clone(),
            cents: 0,
            notes: Vec::new(),
            is_closed: false,
        })
    }

    fn apply(&mut self, event: &AccountEvent) -> Result<(), Inapplicable> {
        let out_of_reach = || Inapplicable::new("more than can be counted, or less than nothing");
        match event {
            AccountEvent::AccountOpened { .. } => {
                return Err(Inapplicable::new("an account is opened only once"));
            }
            AccountEvent::MoneyDeposited { cents } => {
                self.cents = self.cents.checked_add(*cents).ok_or_else(out_of_reach)?;
            }
            AccountEvent::MoneyWithdrawn { cents } => {
                self.cents = self.cents.checked_sub(*cents).ok_or_else(out_of_reach)?;
            }
            AccountEvent::NoteWritten(note) => self.notes.push(note.clone()),
            AccountEvent::AccountClosed => self.is_closed = true,
        }
        Ok(())
    }
}

/// The current codec of accounts.
pub(crate) fn codec() -> JsonEventCodec<AccountEvent> {
    all_but_the_oldest()
        .upcast("AccountOpened", 1, call_the_owner_so)
        .upcast_renamed(("CustomerJoined", 1), ("AccountOpened", 1), Ok)
        .upcast_split(
            ("AccountSettled", 1),
            &[("MoneyWithdrawn", 1), ("AccountClosed", 1)],
            withdraw_and_close,
        )
        .drop_event("StatementPrinted", 1)
        .build()
        .unwrap()
}

/// The upgrades of all events but those from the first schema of the opening.
pub(crate) fn all_but_the_oldest() -> JsonEventCodecBuilder<AccountEvent> {
    JsonEventCodec::builder()
        .upcast("AccountOpened", 2, name_the_currency)
        .upcast("MoneyDeposited", 1, count_in_cents)
}

/// Schema 1 to 2: `name` became `owner`.
fn call_the_owner_so(mut payload: Value) -> Result<Value, FormatError> {
    let fields = payload.as_object_mut().ok_or("no object")?;
    let name = fields.remove("name").ok_or("no `name`")?;
    fields.insert("owner".to_owned(), name);
    Ok(payload)
}

/// Schema 2 to 3: other currencies than the euro were added.
fn name_the_currency(mut payload: Value) -> Result<Value, FormatError> {
    let fields = payload.as_object_mut().ok_or("no object")?;
    fields.insert("currency".to_owned(), json!("EUR"));
    Ok(payload)
}

/// Schema 1 to 2: whole euros were replaced by cents.
fn count_in_cents(payload: Value) -> Result<Value, FormatError> {
    let euros = payload["amount"].as_u64().ok_or("`amount` is no number")?;
    Ok(json!({ "cents": euros * 100 }))
}

/// Once an account was emptied and closed in one event; an empty one was only closed.
fn withdraw_and_close(payload: Value) -> Result<Vec<(&'static str, Value)>, FormatError> {
    let cents = payload["paid_out"]
        .as_u64()
        .ok_or("`paid_out` is no number")?;
    let withdrawn = (cents > 0).then(|| ("MoneyWithdrawn", json!({ "cents": cents })));
    let closed = ("AccountClosed", json!({}));
    Ok(withdrawn.into_iter().chain([closed]).collect())
}
