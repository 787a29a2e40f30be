//! The board and the statistics by the read model.

use work_tracking::{Board, BoardQuery, Stats, StatsQuery};
use work_views::{ItemViews, ViewError};

use super::{Beside, for_lists, tell_passed_over};
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
        Ok(Self {
            beside: for_lists(session).await?,
            has_told: false,
        })
    }

    /// The board; `None` if the log must be read.
    pub(crate) async fn board(
        &mut self,
        query: &BoardQuery,
        session: &mut Session<'_, '_>,
    ) -> Option<Board> {
        let board = match self.ready(session).await {
            Ok(Some((views, skipped))) => {
                let board = views.board(query).await;
                board.map(|board| Some((board, skipped)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.settle(board, session)
    }

    /// The statistics; `None` if the log must be read.
    pub(crate) async fn stats(
        &mut self,
        query: &StatsQuery,
        session: &mut Session<'_, '_>,
    ) -> Option<Stats> {
        let stats = match self.ready(session).await {
            Ok(Some((views, skipped))) => {
                let stats = views.stats(query).await;
                stats.map(|stats| Some((stats, skipped)))
            }
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        self.settle(stats, session)
    }

    /// The rows and the number of skipped events, if the rows are current and have all others.
    async fn ready(
        &self,
        session: &mut Session<'_, '_>,
    ) -> Result<Option<(&ItemViews, usize)>, ViewError> {
        let Some(beside) = &self.beside else {
            return Ok(None);
        };
        if !beside.is_whole(session).await? {
            return Ok(None);
        }
        let skipped = beside.views.projector().skipped().await?;
        Ok(Some((&beside.views, skipped.len())))
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
