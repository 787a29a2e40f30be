//! Random dependencies: each answer agrees with a model of the whole graph, which never has a
//! circle.

use std::collections::BTreeSet;

use proptest::prelude::*;
use work_item::{WorkItemError, WorkItemId};
use work_tracking::{TrackingError, WorkTracker};

use crate::fixture::{BLOCKS, anonymous, fixture, tasks, with_snapshots};

const ITEMS: usize = 6;

/// The links of the graph. `(0, 2)` means that item 0 waits for item 2.
type Links = BTreeSet<(usize, usize)>;

/// The indexes of all direct and indirect blockers of an item.
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

/// Adds a link to the tracker and to the model and compares their answers.
async fn add(
    tracker: &WorkTracker,
    items: &[WorkItemId],
    links: &mut Links,
    (waits, on): (usize, usize),
) -> Result<(), TestCaseError> {
    let blocks = BLOCKS;
    let (a, b) = (items[waits], items[on]);
    let answer = tracker.add_dependency(a, b, blocks, &anonymous()).await;
    if waits == on {
        prop_assert!(matches!(
            answer,
            Err(TrackingError::Refused(WorkItemError::DependsOnItself))
        ));
    } else if links.contains(&(waits, on)) {
        let Err(TrackingError::Refused(WorkItemError::DuplicateDependency { on, kind })) = answer
        else {
            return Err(TestCaseError::fail(format!(
                "expected a duplicate: {answer:?}"
            )));
        };
        prop_assert_eq!((on, kind), (b, blocks));
    } else if waits_for(links, on).contains(&waits) {
        let Err(TrackingError::Refused(WorkItemError::DependencyCycle { path })) = answer else {
            return Err(TestCaseError::fail(format!(
                "expected a circle: {answer:?}"
            )));
        };
        // The path begins with the new link, follows links of the model, and ends at its start.
        let place = |id: &WorkItemId| items.iter().position(|item| item == id).unwrap();
        let path: Vec<_> = path.iter().map(place).collect();
        prop_assert_eq!(&path[..2], &[waits, on]);
        prop_assert_eq!(path.last(), Some(&waits));
        for step in path[1..].windows(2) {
            prop_assert!(links.contains(&(step[0], step[1])), "{:?}", path);
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
        .remove_dependency(items[waits], items[on], &anonymous())
        .await;
    prop_assert_eq!(answer.is_ok(), links.remove(&(waits, on)), "{:?}", answer);
    Ok(())
}

async fn run(commands: Vec<(bool, usize, usize)>) -> Result<(), TestCaseError> {
    let tracker = with_snapshots(fixture().tracker);
    let items: [_; ITEMS] = tasks(&tracker).await;
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
    fn dependencies_agree_with_a_model(
        commands in prop::collection::vec(
            (prop::bool::weighted(0.75), 0..ITEMS, 0..ITEMS),
            1..60,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(run(commands))?;
    }
}
