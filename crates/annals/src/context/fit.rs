//! Owns the search for the most that can be told within a budget.

use super::cut::Cut;
use super::rows::{Facts, View};

/// No token of o200k_base has more bytes, so that what has more than the budget allows for need not
/// be counted. Were there a longer one, less would be told than could be, and never more.
const MOST_BYTES_IN_A_TOKEN: usize = 128;
/// What a token of plain text has; for guesses only.
const USUAL_BYTES_IN_A_TOKEN: usize = 4;
/// An answer that leaves no more than one in so many tokens is not improved on.
const GOOD_ENOUGH: usize = 64;

/// The facts as `render` writes them, with about as little dropped as `budget` tokens allow, and
/// never more tokens than that.
///
/// The cuts are searched between one that is too long and one that fits, by turns where the counts
/// make the border probable and by halving: so a handful of texts are rendered and counted, whatever
/// the number of facts.
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
            false => probable(steps, too_long.tokens, best.tokens, budget),
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

/// The facts after so many steps of the ladder.
struct Probe {
    step: usize,
    /// The tokens of the text, or a guess where it is far too long.
    tokens: usize,
    text: String,
}

/// After how many of the steps the budget is reached, if each drops the same.
fn probable(steps: usize, from: usize, to: usize, budget: usize) -> usize {
    let (over, all) = (from - budget, from.saturating_sub(to).max(1));
    let ahead = steps as u128 * over as u128 / all as u128;
    usize::try_from(ahead).map_or(steps, |ahead| ahead + 1)
}
