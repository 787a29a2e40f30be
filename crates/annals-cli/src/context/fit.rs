//! The search for the cut that keeps the most facts within a budget.

use super::cut::Cut;
use super::rows::{Facts, View};

/// The largest number of bytes in a token of o200k_base. A text of more than 128 × budget bytes
/// does not fit, so its tokens need not be counted. If a token were longer, the answer could only
/// become shorter than necessary, never too long.
const MOST_BYTES_IN_A_TOKEN: usize = 128;
/// The usual number of bytes in a token of plain text, for estimates only.
const USUAL_BYTES_IN_A_TOKEN: usize = 4;
/// The search ends if at most one token in 64 of the budget is unused.
const GOOD_ENOUGH: usize = 64;

/// Renders the facts with at most `budget` tokens, and drops about as little as possible for that.
///
/// The search keeps two cuts: one that is too long and one that fits. It tries cuts between them,
/// alternately by interpolation of the token counts and in the middle. So it renders and counts
/// only a few texts, regardless of the number of facts.
///
/// # Errors
/// The errors of `render`, and `too_small` if the number and the version alone do not fit.
pub(crate) fn fit<E>(
    facts: &Facts,
    budget: usize,
    render: impl Fn(&View<'_>) -> Result<String, E>,
    count: impl Fn(&str) -> usize,
    too_small: impl FnOnce() -> E,
) -> Result<String, E> {
    let ladder = Cut::ladder(facts);
    let probe = |step: usize| {
        let text = render(&ladder[step].view(facts))?;
        let tokens = match text.len() {
            // A token has at least one byte.
            bytes if step == 0 && bytes <= budget => bytes,
            bytes if bytes / MOST_BYTES_IN_A_TOKEN > budget => bytes / USUAL_BYTES_IN_A_TOKEN,
            _ => count(&text),
        };
        Ok(Probe { step, tokens, text })
    };
    let mut too_long = probe(0)?;
    if too_long.tokens <= budget {
        return Ok(too_long.text);
    }
    let mut best = probe(ladder.len() - 1)?;
    if best.tokens > budget {
        return Err(too_small());
    }
    let mut halves = false;
    while too_long.step + 1 < best.step && budget - best.tokens > budget / GOOD_ENOUGH {
        let steps = best.step - too_long.step;
        let ahead = match halves {
            true => steps / 2,
            false => interpolate(steps, too_long.tokens, best.tokens, budget),
        };
        halves = !halves;
        let next = probe(too_long.step + ahead.clamp(1, steps - 1))?;
        if next.tokens <= budget {
            best = next;
        } else {
            too_long = next;
        }
    }
    Ok(best.text)
}

/// The rendered facts for one cut.
struct Probe {
    /// The index of the cut in the ladder.
    step: usize,
    /// The tokens of the text, or an estimate if it is far too long.
    tokens: usize,
    text: String,
}

/// The number of steps after which the text would fit the budget, if each step dropped the same
/// number of tokens.
fn interpolate(steps: usize, from: usize, to: usize, budget: usize) -> usize {
    let (over, all) = (from - budget, from.saturating_sub(to).max(1));
    let ahead = steps as u128 * over as u128 / all as u128;
    usize::try_from(ahead).map_or(steps, |ahead| ahead + 1)
}
