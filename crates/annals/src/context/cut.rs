//! Owns the order in which facts are dropped, and the words for what was.

use super::rows::{Cell, ChangeRow, DependencyRow, Facts, HindranceRow, StateRow, View};
use super::shorten::shorten;

/// So many of the newest changes stay as long as a text can be cut.
const LATEST: usize = 10;
/// A text is not cut to fewer characters before all else was dropped.
const TELLING: usize = 80;
/// The lengths of the title at last.
const TITLE_LENGTHS: [usize; 4] = [60, 40, 20, 10];

/// How much of the facts is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// The newest so many changes.
    changes: usize,
    /// So many characters of each text.
    text: usize,
    /// The first so many dependencies.
    depends_on: usize,
    /// The first so many fields.
    state: usize,
    /// The first so many hindrances.
    hinders: usize,
    /// The stream, the time, and the moment asked for.
    place: bool,
    /// The title.
    title: bool,
}

impl Cut {
    /// All cuts from the one that drops nothing to the one that leaves number and version, each
    /// dropping a little more than the one before.
    pub(super) fn ladder(facts: &Facts) -> Vec<Self> {
        let mut cut = Self {
            changes: facts.changes.len(),
            text: longest(facts),
            depends_on: facts.depends_on.len(),
            state: facts.state.len(),
            hinders: facts.hinders.len(),
            place: true,
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
        let shorter = |text: &usize| (*text > TELLING).then(|| (text / 4 * 3).max(TELLING));
        for text in std::iter::successors(shorter(&longest(facts)), shorter) {
            step(&|cut| cut.text = text);
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
        for hinders in (0..facts.hinders.len()).rev() {
            step(&|cut| cut.hinders = hinders);
        }
        step(&|cut| cut.place = false);
        for text in TITLE_LENGTHS {
            step(&|cut| cut.text = cut.text.min(text));
        }
        step(&|cut| cut.state = 0);
        step(&|cut| cut.title = false);
        ladder
    }

    /// The facts that are left.
    pub(super) fn view<'a>(&self, facts: &'a Facts) -> View<'a> {
        let text = |text: &String| shorten(text, self.text).into_owned();
        let state = facts.state.iter().take(self.state).map(|row| StateRow {
            value: match &row.value {
                Cell::Text(value) => Cell::Text(text(value)),
                Cell::Count(count) => Cell::Count(*count),
            },
            ..row.clone()
        });
        let hinders = facts.hinders.iter().take(self.hinders);
        let depends_on = facts.depends_on.iter().take(self.depends_on);
        let depends_on = depends_on.map(|row| DependencyRow {
            title: row.title.as_ref().map(text),
            ..row.clone()
        });
        let newest = facts.changes.len() - self.changes;
        let changes = facts.changes[newest..].iter().map(|row| ChangeRow {
            what: text(&row.what),
            actor: row.actor.as_ref().map(text),
            ..row.clone()
        });
        View {
            item: &facts.item,
            title: self.title.then(|| shorten(&facts.title, self.text)),
            version: facts.version,
            at: self.place.then_some(facts.at.as_str()),
            as_of: facts.as_of.as_deref().filter(|_| self.place),
            stream: self.place.then_some(facts.stream.as_str()),
            state: state.collect(),
            hinders: hinders.cloned().collect::<Vec<HindranceRow>>(),
            depends_on: depends_on.collect(),
            changes: changes.collect(),
            dropped: self.dropped(facts),
        }
    }

    /// What is not told, in the order in which it was dropped.
    fn dropped(&self, facts: &Facts) -> Option<String> {
        if !self.place {
            return Some("all but these lines".to_owned());
        }
        let mut all = Vec::new();
        let mut say = |dropped: u64, what: &str| {
            if dropped > 0 {
                all.push(format!("{dropped} {what}"));
            }
        };
        let changes = (facts.changes.len() - self.changes) as u64;
        say(changes.saturating_add(facts.earlier), "oldest changes");
        if self.text < longest(facts) {
            all.push(format!("texts past {} characters", self.text));
        }
        let mut say = |all_of_it: usize, kept: usize, what: &str| {
            if kept < all_of_it {
                all.push(format!("{} {what}", all_of_it - kept));
            }
        };
        say(facts.depends_on.len(), self.depends_on, "depends_on");
        say(facts.state.len(), self.state, "state");
        say(facts.hinders.len(), self.hinders, "hinders");
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// The characters of the longest text that can be cut.
fn longest(facts: &Facts) -> usize {
    let state = facts.state.iter().filter_map(|row| match &row.value {
        Cell::Text(text) => Some(text),
        Cell::Count(_) => None,
    });
    let titles = facts.depends_on.iter().filter_map(|row| row.title.as_ref());
    let changes = facts.changes.iter();
    let changes = changes.flat_map(|row| [Some(&row.what), row.actor.as_ref()]);
    let all = state.chain(titles).chain(changes.flatten());
    let lengths = all.chain([&facts.title]).map(|text| text.chars().count());
    lengths.max().unwrap_or_default()
}
