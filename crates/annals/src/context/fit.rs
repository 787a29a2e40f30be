//! Owns the search for the most that can be told within a budget.

use super::cut::Cut;
use super::rows::{Facts, View};

/// No token of o200k_base has more bytes, so that what has more than the budget allows for need not
/// be counted. Were there a longer one, less would be told than could be, and never more.
const MOST_BYTES_IN_A_TOKEN: usize = 128;

/// The facts as `render` writes them, with as little dropped as `budget` tokens allow.
///
/// The cuts are searched by halving, so that a handful of texts are rendered and counted, whatever
/// the number of facts. Counts are not quite additive: that the cut found is the best one is not
/// certain, that it fits is.
///
/// # Errors
/// Those of rendering, and `too_small` where not even number and version fit.
pub(crate) fn fit<E>(
    facts: &Facts,
    budget: usize,
    render: impl Fn(&View<'_>) -> Result<String, E>,
    count: impl Fn(&str) -> usize,
    too_small: impl FnOnce() -> E,
) -> Result<String, E> {
    let ladder = Cut::ladder(facts);
    // A token has at least one byte.
    let fits = |text: &str| {
        text.len() <= budget
            || (text.len() / MOST_BYTES_IN_A_TOKEN <= budget && count(text) <= budget)
    };
    let attempt = |cut: &Cut| {
        let text = render(&cut.view(facts))?;
        Ok(fits(&text).then_some(text))
    };
    if let Some(everything) = attempt(&ladder[0])? {
        return Ok(everything);
    }
    let (mut too_long, mut short_enough) = (0, ladder.len() - 1);
    let mut best = attempt(&ladder[short_enough])?.ok_or_else(too_small)?;
    while too_long + 1 < short_enough {
        let middle = too_long.midpoint(short_enough);
        match attempt(&ladder[middle])? {
            Some(text) => (short_enough, best) = (middle, text),
            None => too_long = middle,
        }
    }
    Ok(best)
}
