//! Whatever dependencies are added and removed, the answers are those of a model that knows all
//! items at once, and there never is a circle.

use std::collections::BTreeSet;

use proptest::prelude::*;
use work_item::{DependencyKind, WorkItemError, WorkItemId, WorkItemType};
use work_tracking::{TrackingError, WorkTracker};

use crate::given::{bench, item, nobody, with_snapshots};

const ITEMS: usize = 6;

/// Which item waits for which, by their places.
type Links = BTreeSet<(usize, usize)>;

/// All places that one waits for, near and far.
fn waits_for(links: &Links, from: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    loop {
        let known = reached.len();
        let near = |(waits, on): &(usize, usize)| {
            (*waits == from || reached.contains(waits)).then_some(*on)
        };
        let more: Vec<_> = links.iter().filter_map(near).collect();
        reached.extend(more);
        if reached.len() == known {
            return reached;
        }
    }
}

/// Adds a link and compares the answer with the one of the model, which is then brought up to it.
async fn add(
    tracker: &WorkTracker,
    items: &[WorkItemId],
    links: &mut Links,
    (waits, on): (usize, usize),
) -> Result<(), TestCaseError> {
    let blocks = DependencyKind::Blocks;
    let (a, b) = (items[waits], items[on]);
    let answer = tracker.add_dependency(a, b, blocks, &nobody()).await;
    if waits == on {
        prop_assert!(matches!(
            answer,
            Err(TrackingError::Refused(WorkItemError::DependsOnItself))
        ));
    } else if links.contains(&(waits, on)) {
        let Err(TrackingError::Refused(WorkItemError::DuplicateDependency { on, kind })) = answer
        else {
            return Err(TestCaseError::fail(format!("a duplicate: {answer:?}")));
        };
        prop_assert_eq!((on, kind), (b, blocks));
    } else if waits_for(links, on).contains(&waits) {
        let Err(TrackingError::Refused(WorkItemError::DependencyCycle { path: way })) = answer
        else {
            return Err(TestCaseError::fail(format!("a circle: {answer:?}")));
        };
        // The way is one that there would be.
        let place = |id: &WorkItemId| items.iter().position(|item| item == id).unwrap();
        let way: Vec<_> = way.iter().map(place).collect();
        prop_assert_eq!(&way[..2], &[waits, on]);
        prop_assert_eq!(way.last(), Some(&waits));
        for step in way[1..].windows(2) {
            prop_assert!(links.contains(&(step[0], step[1])), "{:?}", way);
        }
    } else {
        prop_assert!(answer.is_ok(), "{answer:?}");
        links.insert((waits, on));
    }
    Ok(())
}

async fn remove(
    tracker: &WorkTracker,
    items: &[WorkItemId],
    links: &mut Links,
    (waits, on): (usize, usize),
) -> Result<(), TestCaseError> {
    let answer = tracker
        .remove_dependency(items[waits], items[on], &nobody())
        .await;
    prop_assert_eq!(answer.is_ok(), links.remove(&(waits, on)), "{:?}", answer);
    Ok(())
}

async fn run(commands: Vec<(bool, usize, usize)>) -> Result<(), TestCaseError> {
    let tracker = with_snapshots(bench().tracker);
    let mut items = Vec::new();
    for _ in 0..ITEMS {
        items.push(item(&tracker, WorkItemType::Task, None).await);
    }
    let mut links = Links::new();
    for (adds, waits, on) in commands {
        if adds {
            add(&tracker, &items, &mut links, (waits, on)).await?;
        } else {
            remove(&tracker, &items, &mut links, (waits, on)).await?;
        }
        prop_assert!((0..ITEMS).all(|place| !waits_for(&links, place).contains(&place)));
    }
    let mut recorded = Links::new();
    for (waits, id) in items.iter().enumerate() {
        let shown = tracker.show(*id).await.unwrap().item;
        for blocker in shown.blockers() {
            let on = items.iter().position(|item| *item == blocker).unwrap();
            recorded.insert((waits, on));
        }
    }
    prop_assert_eq!(recorded, links);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn dependencies_are_as_a_model_that_knows_all_items_has_them(
        commands in prop::collection::vec(
            (prop::bool::weighted(0.75), 0..ITEMS, 0..ITEMS),
            1..60,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(commands))?;
    }
}
