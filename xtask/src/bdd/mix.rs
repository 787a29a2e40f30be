//! How many scenarios tell of success, of refusal and of the border between them.
//!
//! Owns the agreed shares and the tolerance. It refuses an empty set: no scenario is no mix.

/// How far outside of its range a share may lie, in percentage points: with few scenarios, one
/// more or less moves every share, and "near" is what was agreed.
const TOLERANCE: f64 = 2.0;

/// What a scenario tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Positive,
    Negative,
    Edge,
}

/// A kind, its tag, and the lowest and highest share in percent.
const AGREED: [(Kind, &str, f64, f64); 3] = [
    (Kind::Positive, "positive", 60.0, 65.0),
    (Kind::Negative, "negative", 25.0, 30.0),
    (Kind::Edge, "edge", 10.0, 15.0),
];

impl Kind {
    /// The kind that a tag (without its @) names, if it names one.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        AGREED
            .iter()
            .find(|(_, name, ..)| *name == tag)
            .map(|(kind, ..)| *kind)
    }
}

/// How many scenarios there are of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Mix {
    positive: u32,
    negative: u32,
    edge: u32,
}

impl Mix {
    pub(crate) fn add(&mut self, kind: Kind, scenarios: u32) {
        match kind {
            Kind::Positive => self.positive += scenarios,
            Kind::Negative => self.negative += scenarios,
            Kind::Edge => self.edge += scenarios,
        }
    }

    fn count(&self, kind: Kind) -> u32 {
        match kind {
            Kind::Positive => self.positive,
            Kind::Negative => self.negative,
            Kind::Edge => self.edge,
        }
    }

    fn total(&self) -> u32 {
        self.positive + self.negative + self.edge
    }

    /// In percent; of nothing, nothing.
    fn share(&self, kind: Kind) -> f64 {
        match self.total() {
            0 => 0.0,
            total => 100.0 * f64::from(self.count(kind)) / f64::from(total),
        }
    }
}

/// One row per kind, and the sum.
pub(crate) fn table(mix: &Mix) -> String {
    let mut text = format!(
        "{:<10} {:>9} {:>8}  {}\n",
        "tag", "scenarios", "share", "agreed"
    );
    for (kind, name, low, high) in AGREED {
        text.push_str(&format!(
            "@{name:<9} {:>9} {:>6.1} %  {low:.0}–{high:.0} %\n",
            mix.count(kind),
            mix.share(kind)
        ));
    }
    text.push_str(&format!("{:<10} {:>9}\n", "all", mix.total()));
    text
}

/// Whether every share lies where it was agreed, or what does not.
pub(crate) fn gate(mix: &Mix) -> Result<(), String> {
    if mix.total() == 0 {
        return Err("there is no scenario under features/".to_owned());
    }
    let outside: Vec<String> = AGREED
        .iter()
        .filter(|(kind, _, low, high)| {
            let share = mix.share(*kind);
            share < low - TOLERANCE || share > high + TOLERANCE
        })
        .map(|(kind, name, low, high)| {
            format!(
                "@{name} is {:.1} %, agreed are {low:.0}–{high:.0} %",
                mix.share(*kind)
            )
        })
        .collect();
    if outside.is_empty() {
        Ok(())
    } else {
        Err(outside.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(positive: u32, negative: u32, edge: u32) -> Mix {
        Mix {
            positive,
            negative,
            edge,
        }
    }

    #[test]
    fn shares_inside_their_ranges_pass() {
        assert_eq!(gate(&mix(62, 27, 11)), Ok(()));
        assert_eq!(gate(&mix(60, 28, 12)), Ok(()));
    }

    #[test]
    fn the_tolerance_belongs_to_the_range_and_what_lies_beyond_does_not() {
        assert_eq!(gate(&mix(67, 25, 8)), Ok(()));
        assert_eq!(gate(&mix(58, 27, 15)), Ok(()));
        assert!(gate(&mix(671, 249, 80)).is_err());
        assert!(gate(&mix(579, 271, 150)).is_err());
    }

    #[test]
    fn only_the_kinds_that_are_off_are_named() {
        let problem = gate(&mix(62, 38, 0)).unwrap_err();
        assert!(problem.contains("@negative") && problem.contains("@edge"));
        assert!(!problem.contains("@positive"));
    }

    #[test]
    fn no_scenario_is_no_mix() {
        assert!(gate(&Mix::default()).is_err());
        assert!(table(&Mix::default()).contains("0.0 %"));
    }

    #[test]
    fn only_three_tags_name_a_kind() {
        assert_eq!(Kind::of_tag("negative"), Some(Kind::Negative));
        assert_eq!(Kind::of_tag("Negative"), None);
        assert_eq!(Kind::of_tag("sqlite"), None);
    }
}
