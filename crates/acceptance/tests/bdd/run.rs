//! One run of the features on one kind of store; each scenario gets a new store.

use std::fmt;

use cucumber::gherkin::Feature;
use cucumber::{Cucumber, Parser, World as _, WriterExt as _, cli, parser, runner, writer};
use futures_util::FutureExt as _;
use futures_util::stream;

use crate::arguments::Arguments;
use crate::features::Scenarios;
use crate::place::{Place, StoreKind};
use crate::world::AnnalsWorld;

/// The default number of concurrent scenarios. Each has a file and connections.
const AT_ONCE: usize = 8;

/// The outcome of the scenarios on one store.
#[derive(Debug)]
pub(crate) struct Report {
    kind: StoreKind,
    selected: usize,
    pub(crate) passed: usize,
    failed_hooks: usize,
    not_claimed: Vec<String>,
}

impl Report {
    /// Whether all scenarios have passed.
    pub(crate) fn is_good(&self) -> bool {
        self.passed == self.selected && self.failed_hooks == 0
    }
}

/// Runs the scenarios against one store.
pub(crate) async fn against(
    kind: StoreKind,
    scenarios: &Scenarios,
    arguments: &Arguments,
) -> Report {
    let (claimed, others) = scenarios.claimed_by(kind);
    let not_claimed = others.names().collect();
    let selected = claimed.count();
    println!("\n=== {selected} scenarios against {kind} ===\n");
    let at_once = arguments.at_once.map_or(AT_ONCE, |number| number.get());
    let runner = runner::Basic::default()
        .steps(AnnalsWorld::collection())
        .max_concurrent_scenarios(at_once);
    let writer = Cucumber::<_, _, _, _, _, cli::Empty>::custom(
        Loaded,
        runner,
        writer::Basic::stdout().summarized(),
    )
    .with_default_cli()
    // No tag excuses an undefined or skipped step.
    .fail_on_skipped_with(|_, _, _| true)
    .before(move |_, _, _, world: &mut AnnalsWorld| {
        async move { world.move_into(Place::open(kind).await) }.boxed_local()
    })
    .after(|_, _, _, _, world| {
        async move {
            if let Some(world) = world {
                world.leave().await;
            }
        }
        .boxed_local()
    })
    .run(claimed)
    .await;
    Report {
        kind,
        selected,
        passed: writer.scenarios_stats().passed,
        failed_hooks: writer::Stats::hook_errors(&writer),
        not_claimed,
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            selected,
            passed,
            ..
        } = self;
        write!(f, "{kind}: {passed} of {selected} scenarios passed")?;
        if self.failed_hooks > 0 {
            write!(
                f,
                ", {} could not be set up or cleared away",
                self.failed_hooks
            )?;
        }
        if !self.not_claimed.is_empty() {
            write!(
                f,
                "\nnot claimed by {kind}: {} scenarios",
                self.not_claimed.len()
            )?;
            for name in &self.not_claimed {
                write!(f, "\n    {name}")?;
            }
        }
        Ok(())
    }
}

/// Passes on the features already read, so the counted scenarios are those that run.
struct Loaded;

impl Parser<Scenarios> for Loaded {
    type Cli = cli::Empty;
    type Output = stream::Iter<std::vec::IntoIter<parser::Result<Feature>>>;

    fn parse(self, scenarios: Scenarios, _: cli::Empty) -> Self::Output {
        let features: Vec<_> = scenarios.into_features().into_iter().map(Ok).collect();
        stream::iter(features)
    }
}
