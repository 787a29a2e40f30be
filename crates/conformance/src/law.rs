//! A law and its run: on a thread with a runtime of its own, with a verdict at the end.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, mpsc};
use std::thread;

use crate::{Capability, Harness, Unclaimed};

/// A law that runs on a harness; it panics where the law is broken.
pub type LawFuture<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// One law of the ports, as a test that runs on any harness of kind `H`.
pub struct Law<H: ?Sized> {
    number: u8,
    name: &'static str,
    needs: Option<Capability>,
    run: for<'a> fn(&'a H) -> LawFuture<'a>,
}

/// The outcome of a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The adapter keeps the law.
    Kept,
    /// The adapter does not claim the capability of the law; the law was not run.
    NotClaimed(Unclaimed),
    /// The adapter breaks the law.
    Broken {
        /// The message of the panic.
        message: String,
    },
}

impl<H: Harness + ?Sized + 'static> Law<H> {
    /// A law of the contract by its number, named by its sentence in snake case.
    #[must_use]
    pub fn new(number: u8, name: &'static str, run: for<'a> fn(&'a H) -> LawFuture<'a>) -> Self {
        Self {
            number,
            name,
            needs: None,
            run,
        }
    }

    /// The same, for adapters that claim `capability`.
    #[must_use]
    pub fn needing(self, capability: Capability) -> Self {
        Self {
            needs: Some(capability),
            ..self
        }
    }

    /// The number of the law in the contract; several tests may stand under one.
    #[must_use]
    pub fn number(&self) -> u8 {
        self.number
    }

    /// The name of the law, which is also the name of its function and of the generated test.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The law in words.
    #[must_use]
    pub fn sentence(&self) -> String {
        self.name.replace('_', " ")
    }

    /// The capability that the law needs.
    #[must_use]
    pub fn needs(&self) -> Option<Capability> {
        self.needs
    }

    /// Runs the law on a new harness and returns the verdict.
    ///
    /// It blocks, runs on a thread with a Tokio runtime of its own, and may be called from
    /// anywhere. A law that comes to no end within the harness's
    /// [`deadline`](Harness::deadline) is broken, and its thread is left behind.
    #[must_use]
    pub fn run(&self, harness: Arc<H>) -> Verdict {
        match self.run_catching(harness) {
            Ok(verdict) => verdict,
            Err(panic) => Verdict::Broken {
                message: message_of(&*panic),
            },
        }
    }

    /// Runs the law on a new harness as a test: says on the standard output where it is not
    /// claimed.
    ///
    /// # Panics
    /// When the law is broken.
    pub fn enforce(&self, harness: Arc<H>) {
        match self.run_catching(harness) {
            Ok(Verdict::NotClaimed(unclaimed)) => {
                let Unclaimed { capability, reason } = unclaimed;
                println!("not claimed: {capability}: {reason}");
            }
            Ok(Verdict::Broken { message }) => panic!("{}: {message}", self.is_broken()),
            Ok(Verdict::Kept) => {}
            Err(panic) => {
                // The panic of the law has printed its message already.
                eprintln!("{}", self.is_broken());
                std::panic::resume_unwind(panic);
            }
        }
    }

    fn is_broken(&self) -> String {
        format!("law {} is broken: {}", self.number, self.sentence())
    }

    fn run_catching(&self, harness: Arc<H>) -> thread::Result<Verdict> {
        let mut unclaimed = harness.unclaimed().iter();
        if let Some(unclaimed) =
            unclaimed.find(|unclaimed| self.needs == Some(unclaimed.capability))
        {
            return Ok(Verdict::NotClaimed(*unclaimed));
        }
        let deadline = harness.deadline();
        let (run, law) = (self.run, self.name);
        // A thread of its own: a runtime cannot be started inside another, the panic of a thread
        // comes back as a value, and a store that blocks or spins cannot be interrupted.
        let (ending, ended) = mpsc::channel::<()>();
        let thread = thread::Builder::new().name(law.to_owned());
        let thread = thread
            .spawn(move || {
                let _ending = ending;
                run_here(run, &*harness);
            })
            .expect("a thread can be started");
        // Nothing is ever sent: the channel closes when the law returns or panics.
        match ended.recv_timeout(deadline) {
            Err(mpsc::RecvTimeoutError::Timeout) => Ok(Verdict::Broken {
                message: format!("it came to no end within {deadline:?}"),
            }),
            _ => thread.join().map(|()| Verdict::Kept),
        }
    }
}

fn run_here<H: Harness + ?Sized>(run: for<'a> fn(&'a H) -> LawFuture<'a>, harness: &H) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a Tokio runtime can be started");
    runtime.block_on(run(harness));
}

impl<H: ?Sized> fmt::Debug for Law<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Law")
            .field("number", &self.number)
            .field("name", &self.name)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked without a message".to_owned())
}
