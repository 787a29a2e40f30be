//! The board and the statistics by the read model.

use work_tracking::{Board, BoardQuery, Stats, StatsQuery};
use work_views::ViewError;

use super::{Beside, is_long, tell_passed_over};
use crate::run_error::RunError;
use crate::session::{Session, note};

/// The read model for one or several answers. After the first trouble with it, the log gives them.
pub(crate) struct Rows {
    /// `None` if the log must be read.
    beside: Option<Beside>,
    /// Whether a note has named the skipped events.
    has_told: bool,
}

impl Rows {
    /// The read model of a session, by the rule of `list`.
    pub(crate) async fn of(session: &mut Session<'_, '_>) -> Result<Self, RunError> {
        let mut beside = Beside::of(session)?;
        // A replay of a short log is faster than the first build.
        if let Some(found) = &beside
            && !found.folder.exists()
            && !is_long(session).await?
        {
            beside = None;
        }
        Ok(Self {
            beside,
            has_told: false,
        })
    }

    /// The board; `None` if the log must be read.
    pub(crate) async fn board(
        &mut self,
        query: &BoardQuery,
        session: &mut Session<'_, '_>,
    ) -> Result<Option<Board>, RunError> {
        let board = match self.ready().await {
            Ok(Some((beside, skipped))) => {
                let board = beside.views.board(query).await;
                board.map(|board| Some((board, skipped)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        Ok(self.settle(board, session))
    }

    /// The statistics; `None` if the log must be read.
    pub(crate) async fn stats(
        &mut self,
        query: &StatsQuery,
        session: &mut Session<'_, '_>,
    ) -> Result<Option<Stats>, RunError> {
        let stats = match self.ready().await {
            Ok(Some((beside, skipped))) => {
                let stats = beside.views.stats(query).await;
                stats.map(|stats| Some((stats, skipped)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        Ok(self.settle(stats, session))
    }

    /// The read model and the number of skipped events, if its rows are current and whole.
    async fn ready(&self) -> Result<Option<(&Beside, usize)>, ViewError> {
        let Some(beside) = &self.beside else {
            return Ok(None);
        };
        let projector = beside.views.projector();
        if !beside.refresh().await? || !projector.parked().await?.is_empty() {
            return Ok(None);
        }
        Ok(Some((beside, projector.skipped().await?.len())))
    }

    /// Writes the notes that belong to an answer.
    fn settle<T>(
        &mut self,
        answer: Result<Option<(T, usize)>, ViewError>,
        session: &mut Session<'_, '_>,
    ) -> Option<T> {
        match answer {
            Ok(None) => None,
            Ok(Some((answer, skipped))) => {
                if skipped > 0 && !self.has_told {
                    let text =
                        format!("the read model skips {skipped} event(s); see `annals views`");
                    note(session.environment, session.format, &text);
                    self.has_told = true;
                }
                Some(answer)
            }
            Err(error) => {
                tell_passed_over(&error, session);
                self.beside = None;
                None
            }
        }
    }
}
