//! The rendering of a view within its budget: the content that it drops, and the order of that.

use shared_kernel::RecordedEvent;

use super::error::RenderError;
use super::rendered::{Dropped, Rendered, Span, smaller};
use super::view::EventView;
use super::view_column::Column;
use super::view_document::Selection;
use crate::toon;

/// The columns that a view drops, in this order.
const GIVE_WAY: [Column; 7] = [
    Column::Pairs,
    Column::Causation,
    Column::Correlation,
    Column::SchemaVersion,
    Column::Id,
    Column::Version,
    Column::Actor,
];

/// Renders the events with as little dropped as the budget allows.
///
/// The search assumes that fewer events make fewer tokens. The result does not rely on that: the
/// returned text itself has been counted.
fn render(view: &EventView<'_>, events: &[RecordedEvent]) -> Result<Rendered, RenderError> {
    let mut attempt = Attempt {
        view,
        events,
        columns: view.columns().to_vec(),
        without_payload: 0,
        left_out: 0,
    };
    let all = attempt.render()?;
    if view.fits_budget(&all) {
        return Ok(all);
    }
    for column in GIVE_WAY {
        if !attempt.columns.contains(&column) {
            continue;
        }
        attempt.columns.retain(|kept| *kept != column);
        let fewer = attempt.render()?;
        if view.fits_budget(&fewer) {
            return Ok(fewer);
        }
    }
    if let Some(fewer) = attempt.fewest(|attempt, count| attempt.without_payload = count)? {
        return Ok(fewer);
    }
    if let Some(fewer) = attempt.fewest(|attempt, count| attempt.left_out = count)? {
        return Ok(fewer);
    }
    attempt.left_out = events.len();
    let nothing = attempt.render()?;
    Err(RenderError::BudgetTooSmall {
        budget: view.budget().unwrap_or_default(),
        needed: nothing.tokens.unwrap_or_default(),
    })
}

impl EventView<'_> {
    /// Renders the events as tables, or as compact JSON if that is smaller, always in the order of
    /// the log.
    ///
    /// # Errors
    /// [`RenderError::BudgetTooSmall`] if the budget is too small even for the `dropped` line.
    pub fn render(&self, events: &[RecordedEvent]) -> Result<Rendered, RenderError> {
        let mut events = events.to_vec();
        events.sort_by_key(|event| event.position);
        render(self, &events)
    }

    fn fits_budget(&self, rendered: &Rendered) -> bool {
        match (self.budget(), rendered.tokens) {
            (Some(budget), Some(tokens)) => tokens <= budget,
            _ => true,
        }
    }
}

/// A candidate for the result, with the content that it drops.
struct Attempt<'a> {
    view: &'a EventView<'a>,
    events: &'a [RecordedEvent],
    columns: Vec<Column>,
    /// The number of oldest events without payload, including those left out.
    without_payload: usize,
    /// The number of oldest events left out.
    left_out: usize,
}

impl Attempt<'_> {
    /// Finds the lowest number of events, passed to `touch`, for which the text fits the budget,
    /// and returns that text. If even all events do not suffice, it returns `None` and leaves all
    /// of them touched.
    fn fewest(
        &mut self,
        mut touch: impl FnMut(&mut Self, usize),
    ) -> Result<Option<Rendered>, RenderError> {
        touch(self, self.events.len());
        let mut best = self.render()?;
        if !self.view.fits_budget(&best) {
            return Ok(None);
        }
        let (mut too_few, mut enough) = (0, self.events.len());
        while too_few + 1 < enough {
            let middle = too_few.midpoint(enough);
            touch(self, middle);
            let rendered = self.render()?;
            if self.view.fits_budget(&rendered) {
                (best, enough) = (rendered, middle);
            } else {
                too_few = middle;
            }
        }
        Ok(Some(best))
    }

    fn render(&self) -> Result<Rendered, RenderError> {
        let (left_out, included) = self.events.split_at(self.left_out);
        let without = self.without_payload.saturating_sub(self.left_out);
        let dropped = Dropped {
            columns: self
                .view
                .columns()
                .iter()
                .copied()
                .filter(|column| !self.columns.contains(column))
                .collect(),
            payloads: span(&included[..without]),
            events: span(left_out),
        };
        let selection = Selection {
            view: self.view,
            columns: &self.columns,
            events: included,
            earlier: without,
            dropped: &dropped,
        };
        let tables = selection.tables();
        let toon = tables.map(|tables| toon::to_string(&tables)).transpose()?;
        let json = serde_json::to_string(&selection.json())?;
        let rendered = smaller(toon, json, self.view.counter());
        Ok(Rendered {
            dropped,
            ..rendered
        })
    }
}

fn span(events: &[RecordedEvent]) -> Option<Span> {
    Some(Span {
        count: events.len(),
        first: events.first()?.position,
        last: events.last()?.position,
    })
}
