//! The order in which facts are dropped, and the line `dropped`.

use super::rows::{
    Cell, ChangeRow, DependencyRow, Facts, HindranceRow, ParentRow, StateRow, View, WaitingRow,
};
use super::shorten::shorten;

/// The number of newest changes that are kept until the texts are shortened.
const LATEST: usize = 10;
/// The length in characters to which texts are shortened first.
const SHORT_TEXT: usize = 80;
/// The lengths of the title in the last steps.
const TITLE_LENGTHS: [usize; 4] = [60, 40, 20, 10];

/// The part of the facts that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// The number of newest changes.
    changes: usize,
    /// The largest length of a text, in characters.
    text: usize,
    /// The number of waiting items, from the first.
    waiting: usize,
    /// The number of dependencies, from the first.
    depends_on: usize,
    /// The number of fields, from the first.
    state: usize,
    /// The number of hindrances, from the first.
    hindrances: usize,
    /// Whether the parent, the next commands, the stream, the times and the handle are kept.
    location: bool,
    /// Whether the title is kept.
    title: bool,
}

impl Cut {
    /// All cuts, from one that drops nothing to one that keeps only the number and the version.
    /// Each drops a little more than the one before.
    pub(super) fn ladder(facts: &Facts) -> Vec<Self> {
        let mut cut = Self {
            changes: facts.changes.len(),
            text: longest(facts),
            waiting: facts.waiting.len(),
            depends_on: facts.depends_on.len(),
            state: facts.state.len(),
            hindrances: facts.hindrances.len(),
            location: true,
            title: true,
        };
        let mut ladder = vec![cut];
        let mut step = |change: &dyn Fn(&mut Self)| {
            change(&mut cut);
            ladder.push(cut);
        };
        let latest = facts.changes.len().min(LATEST);
        for changes in (latest..facts.changes.len()).rev() {
            step(&|cut| cut.changes = changes);
        }
        let shorter = |text: &usize| (*text > SHORT_TEXT).then(|| (text / 4 * 3).max(SHORT_TEXT));
        for text in std::iter::successors(shorter(&longest(facts)), shorter) {
            step(&|cut| cut.text = text);
        }
        for waiting in (0..facts.waiting.len()).rev() {
            step(&|cut| cut.waiting = waiting);
        }
        for depends_on in (0..facts.depends_on.len()).rev() {
            step(&|cut| cut.depends_on = depends_on);
        }
        for changes in (0..latest).rev() {
            step(&|cut| cut.changes = changes);
        }
        for state in (1..facts.state.len()).rev() {
            step(&|cut| cut.state = state);
        }
        for hindrances in (0..facts.hindrances.len()).rev() {
            step(&|cut| cut.hindrances = hindrances);
        }
        step(&|cut| cut.location = false);
        for text in TITLE_LENGTHS {
            step(&|cut| cut.text = cut.text.min(text));
        }
        step(&|cut| cut.state = 0);
        step(&|cut| cut.title = false);
        ladder
    }

    /// The facts that are kept.
    pub(super) fn view<'a>(&self, facts: &'a Facts) -> View<'a> {
        let text = |text: &String| shorten(text, self.text).into_owned();
        let state = facts.state.iter().take(self.state).map(|row| StateRow {
            value: match &row.value {
                Cell::Text(value) => Cell::Text(text(value)),
                Cell::Count(count) => Cell::Count(*count),
            },
            ..row.clone()
        });
        let hindrances = facts.hindrances.iter().take(self.hindrances);
        let depends_on = facts.depends_on.iter().take(self.depends_on);
        let depends_on = depends_on.map(|row| DependencyRow {
            title: row.title.as_ref().map(text),
            ..row.clone()
        });
        let waiting = facts.waiting.iter().take(self.waiting);
        let waiting = waiting.map(|row| WaitingRow {
            title: text(&row.title),
            ..row.clone()
        });
        let parent = facts.parent.as_ref().filter(|_| self.location);
        let parent = parent.map(|row| ParentRow {
            title: text(&row.title),
            description: row.description.as_ref().map(text),
            ..row.clone()
        });
        let newest = facts.changes.len() - self.changes;
        let changes = facts.changes[newest..].iter().map(|row| ChangeRow {
            what: text(&row.what),
            actor: row.actor.as_ref().map(text),
            ..row.clone()
        });
        View {
            number: &facts.number,
            title: self.title.then(|| shorten(&facts.title, self.text)),
            version: facts.version,
            handle: facts.handle.as_deref().filter(|_| self.location),
            updated_at: self.location.then_some(facts.updated_at.as_str()),
            as_of: facts.as_of.as_deref().filter(|_| self.location),
            stream: self.location.then_some(facts.stream.as_str()),
            parent,
            state: state.collect(),
            hindrances: hindrances.cloned().collect::<Vec<HindranceRow>>(),
            depends_on: depends_on.collect(),
            waiting: waiting.collect(),
            changes: changes.collect(),
            next: match self.location {
                true => &facts.next,
                false => &[],
            },
            dropped: self.dropped(facts),
        }
    }

    /// The text of the line `dropped`, for example `12 oldest changes; texts past 80 characters`.
    fn dropped(&self, facts: &Facts) -> Option<String> {
        if !self.location {
            return Some("all but these lines".to_owned());
        }
        let mut all = Vec::new();
        let mut say = |dropped: u64, name: &str| {
            if dropped > 0 {
                all.push(format!("{dropped} {name}"));
            }
        };
        let changes = (facts.changes.len() - self.changes) as u64;
        say(changes.saturating_add(facts.earlier), "oldest changes");
        if self.text < longest(facts) {
            all.push(format!("texts past {} characters", self.text));
        }
        let mut say = |count: usize, kept: usize, name: &str| {
            if kept < count {
                all.push(format!("{} {name}", count - kept));
            }
        };
        say(facts.waiting.len(), self.waiting, "waiting");
        say(facts.depends_on.len(), self.depends_on, "depends_on");
        say(facts.state.len(), self.state, "state");
        say(facts.hindrances.len(), self.hindrances, "hindrances");
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// The length in characters of the longest text that can be shortened.
fn longest(facts: &Facts) -> usize {
    let state = facts.state.iter().filter_map(|row| match &row.value {
        Cell::Text(text) => Some(text),
        Cell::Count(_) => None,
    });
    let titles = facts.depends_on.iter().filter_map(|row| row.title.as_ref());
    let waiting = facts.waiting.iter().map(|row| &row.title);
    let parent = facts.parent.iter();
    let parent = parent.flat_map(|row| [Some(&row.title), row.description.as_ref()]);
    let titles = titles.chain(waiting).chain(parent.flatten());
    let changes = facts.changes.iter();
    let changes = changes.flat_map(|row| [Some(&row.what), row.actor.as_ref()]);
    let all = state.chain(titles).chain(changes.flatten());
    let lengths = all.chain([&facts.title]).map(|text| text.chars().count());
    lengths.max().unwrap_or_default()
}
