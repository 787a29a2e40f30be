//! Statements that are sent together.
//!
//! Each text that is sent costs a trip to the thread of the connection, and each new text is
//! prepared first. So a sequence that came before is sent as one text, and stays prepared. For
//! example, a projection writes `item`, `search`, `item`, `search` and so on: the first two are
//! sent one by one, the next two as the pair `item search`, and soon 64 statements at once.
//!
//! The dictionary grows as in LZMW compression: after each match it learns the last match with this
//! one behind it.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::sqlite::SqliteArguments;

use crate::placeholders::{Template, template};
use crate::value::Value;

/// The most statements of a phrase.
const LONGEST: usize = 64;

/// The most statements of all phrases together. Each takes some 3 KB once it is prepared.
const ROOM: usize = 2_048;

/// The phrases that a connection keeps prepared.
pub(crate) const MOST_PHRASES: usize = 512;

/// The most templates. A program that writes values into its texts has a new one each time.
const MOST_TEMPLATES: usize = 1_024;

/// A statement, by its place among the templates.
type Id = usize;

/// The statements and sequences that a connection has seen.
#[derive(Default)]
pub(crate) struct Phrases {
    ids: HashMap<String, Id>,
    templates: Vec<Template>,
    known: HashMap<Vec<Id>, Arc<str>>,
    used: usize,
    last: Vec<Id>,
}

impl Phrases {
    /// Begins a sequence of statements.
    pub(crate) fn begin(&mut self) {
        if self.templates.len() > MOST_TEMPLATES {
            *self = Self::default();
        }
        self.last.clear();
    }

    /// The id of a statement.
    pub(crate) fn id(&mut self, sql: &str) -> Result<Id, &'static str> {
        if let Some(id) = self.ids.get(sql) {
            return Ok(*id);
        }
        let id = self.templates.len();
        self.templates.push(template(sql)?);
        self.ids.insert(sql.to_owned(), id);
        Ok(id)
    }

    /// The number of values that a statement takes.
    pub(crate) fn count(&self, id: Id) -> usize {
        self.templates.get(id).map_or(0, |template| template.count)
    }

    /// Adds the values of a statement behind those before it.
    pub(crate) fn bind(
        &self,
        id: Id,
        values: Vec<Value>,
        arguments: &mut SqliteArguments,
    ) -> Result<(), sqlx::Error> {
        let order = self.templates.get(id).map_or(&[][..], |t| &t.order);
        if order.iter().copied().eq(0..values.len()) {
            return values
                .into_iter()
                .try_for_each(|value| value.bind(arguments));
        }
        let values = order.iter().filter_map(|index| values.get(*index));
        values.cloned().try_for_each(|value| value.bind(arguments))
    }

    /// The text of the longest known beginning of a sequence, and its number of statements.
    pub(crate) fn next(&mut self, sequence: &[Id]) -> (usize, Arc<str>) {
        let longest = sequence.len().min(LONGEST);
        let known = (2..=longest)
            .rev()
            .find_map(|count| Some((count, Arc::clone(self.known.get(&sequence[..count])?))));
        let (count, text) = known.unwrap_or_else(|| (1, self.text(&sequence[..1])));
        self.learn(&sequence[..count]);
        (count, text)
    }

    fn learn(&mut self, found: &[Id]) {
        let phrase = [self.last.as_slice(), found].concat();
        let is_new = !self.last.is_empty() && !self.known.contains_key(&phrase);
        let fits = phrase.len() <= LONGEST && self.used + phrase.len() <= ROOM;
        if is_new && fits && self.known.len() < MOST_PHRASES {
            self.used += phrase.len();
            let text = self.text(&phrase);
            self.known.insert(phrase, text);
        }
        found.clone_into(&mut self.last);
    }

    /// A sequence as one text.
    pub(crate) fn text(&self, phrase: &[Id]) -> Arc<str> {
        let templates = phrase.iter().filter_map(|id| self.templates.get(*id));
        let texts: Vec<_> = templates.map(|template| template.sql.as_str()).collect();
        // The line ends a comment at the end of a statement.
        texts.join("\n;").into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The phrases in which a sequence is sent.
    fn sent(phrases: &mut Phrases, statements: &[&str]) -> Vec<String> {
        phrases.begin();
        let sequence: Vec<_> = statements
            .iter()
            .map(|sql| phrases.id(sql).unwrap())
            .collect();
        let mut rest = sequence.as_slice();
        let mut texts = Vec::new();
        while !rest.is_empty() {
            let (count, text) = phrases.next(rest);
            texts.push(text.replace("\n;", " "));
            rest = &rest[count..];
        }
        texts
    }

    #[test]
    fn a_pair_that_came_before_is_sent_together() {
        let mut phrases = Phrases::default();
        assert_eq!(sent(&mut phrases, &["a", "b", "a", "b"]), ["a", "b", "a b"]);
        assert_eq!(sent(&mut phrases, &["a", "b", "c"]), ["a b", "c"]);
        assert_eq!(sent(&mut phrases, &["a", "b", "c"]), ["a b c"]);
    }

    #[test]
    fn every_statement_is_sent_once_and_in_order() {
        let mut phrases = Phrases::default();
        let mut seed = 7u32;
        for _ in 0..50 {
            let statements: Vec<_> = (0..100)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ["a", "b", "c"][usize::try_from(seed >> 24).unwrap() % 3]
                })
                .collect();
            assert_eq!(
                sent(&mut phrases, &statements).join(" "),
                statements.join(" ")
            );
        }
        assert!(phrases.used <= ROOM);
        assert!(phrases.known.len() <= MOST_PHRASES);
    }

    #[test]
    fn a_long_repetition_soon_takes_few_trips() {
        let mut phrases = Phrases::default();
        let thousand = vec!["a"; 1_000];
        sent(&mut phrases, &thousand);
        assert!(sent(&mut phrases, &thousand).len() <= 20);
    }

    #[test]
    fn texts_that_never_come_back_do_not_pile_up() {
        let mut phrases = Phrases::default();
        for number in 0..5_000 {
            sent(&mut phrases, &[&format!("SELECT {number}")]);
        }
        assert!(phrases.templates.len() <= MOST_TEMPLATES + 1);
    }
}
