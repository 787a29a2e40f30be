//! Following the log.

use std::pin::pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{Either, Shared, select, try_join_all};
use shared_kernel::{EventStore, GlobalPosition};

use super::session::{LeftOut, Session};
use super::{ProjectionError, Projector};
use crate::{Projection, ReadModelError, ReadModelStore};

/// The longest pause between two attempts to take a segment over.
const TAKEOVER: Duration = Duration::from_millis(500);

/// The pause after an error that may pass.
const PAUSE: Duration = Duration::from_millis(100);

/// The end of a following session.
enum End {
    Shutdown,
    /// Another build is live, or the first one.
    Switched,
}

impl<P, S, M> Projector<P, S, M>
where
    M: ReadModelStore,
    P: Projection<M::Tx>,
    S: EventStore,
{
    /// Follows the log until `shutdown` completes, and keeps the rows of all segments that no other
    /// owner has up to date. It goes on when another owner ends, dies or builds again, and waits
    /// for a server that cannot be reached.
    ///
    /// At the end it gives its leases back. If its future is dropped instead, or the shutdown comes
    /// during a first build, they expire.
    ///
    /// # Errors
    /// [`ProjectionError`], as soon as a segment cannot go on: [`ProjectionError::Stopped`] for
    /// example.
    pub async fn run(
        &self,
        shutdown: impl Future<Output = ()> + Send,
    ) -> Result<(), ProjectionError> {
        let shutdown = shutdown.shared();
        let segments = 0..self.shared.options.segments.get();
        let running = segments.map(|segment| self.run_segment(segment, shutdown.clone()));
        try_join_all(running).await?;
        Ok(())
    }

    async fn run_segment<F>(&self, segment: u16, shutdown: Shared<F>) -> Result<(), ProjectionError>
    where
        F: Future<Output = ()> + Send,
    {
        while shutdown.peek().is_none() {
            let followed = match self.follow(segment, &shutdown).await {
                Err(ProjectionError::Stale { .. } | ProjectionError::NotBuilt { .. }) => {
                    match select(pin!(self.catch_up()), shutdown.clone()).await {
                        Either::Left((caught_up, _)) => caught_up.map(|_| End::Switched),
                        Either::Right(_) => return Ok(()),
                    }
                }
                followed => followed,
            };
            let pause = match followed {
                Ok(End::Shutdown) => return Ok(()),
                Ok(End::Switched) => continue,
                Err(ProjectionError::Models(ReadModelError::Held { .. })) => {
                    TAKEOVER.min(self.shared.options.ttl / 4)
                }
                Err(error) if error.is_transient() || error.is_unreachable() => {
                    tracing::warn!(%error, model = %self.shared.model, "trying again");
                    PAUSE
                }
                Err(error) => return Err(error),
            };
            select(pin!(self.sleep(pause)), shutdown.clone()).await;
        }
        Ok(())
    }

    /// Follows the log with the live build.
    async fn follow<F>(&self, segment: u16, shutdown: &Shared<F>) -> Result<End, ProjectionError>
    where
        F: Future<Output = ()> + Send,
    {
        let live = self.live().await?;
        let mut session = Session::claim(self, &live.record, segment, LeftOut::default()).await?;
        let ended = self.follow_with(&mut session, shutdown).await;
        session.end().await;
        ended
    }

    async fn follow_with<F>(
        &self,
        session: &mut Session<'_, P, S, M>,
        shutdown: &Shared<F>,
    ) -> Result<End, ProjectionError>
    where
        F: Future<Output = ()> + Send,
    {
        let look = self.shared.options.ttl / 3;
        loop {
            while !session.advance(GlobalPosition::MAX).await? {
                if shutdown.clone().now_or_never().is_some() {
                    return Ok(End::Shutdown);
                }
            }
            let new = self.shared.log.wait_past(session.through());
            let look = pin!(self.sleep(look));
            let idle = select(look, shutdown.clone());
            match select(new, idle).await {
                Either::Left((new, _)) => {
                    new?;
                }
                Either::Right((Either::Left(_), _)) => {
                    session.renew().await?;
                    let live = self.live_record().await?;
                    if live.is_none_or(|live| live.build != session.record().build) {
                        return Ok(End::Switched);
                    }
                }
                Either::Right((Either::Right(_), _)) => return Ok(End::Shutdown),
            }
        }
    }
}
