//! The cells of actors: a name, with the kinds of all names in the document's `actors`.

use std::collections::HashMap;

use shared_kernel::event::ActorKind;
use shared_kernel::{Actor, RecordedEvent};

use super::node::Node;

const KINDS: [ActorKind; 3] = [ActorKind::Person, ActorKind::Agent, ActorKind::System];

/// The kind of each actor's name, for example `ada` is a person. It is empty if a name has two
/// kinds; each cell then has the kind before the name, for example `person ada`.
#[derive(Debug, Default)]
pub(crate) struct Actors {
    kinds: HashMap<String, ActorKind>,
    names: Vec<(ActorKind, String)>,
}

impl Actors {
    pub(crate) fn among(events: &[RecordedEvent]) -> Self {
        let mut actors = Self::default();
        for actor in events
            .iter()
            .filter_map(|event| event.metadata.actor.as_ref())
        {
            match actors.kinds.get(actor.name.as_str()) {
                None => actors.insert(actor.kind, actor.name.as_str()),
                Some(kind) if *kind != actor.kind => return Self::default(),
                Some(_) => {}
            }
        }
        actors
    }

    /// The value of the document's `actors`: a list of names for each kind.
    pub(crate) fn to_node(&self) -> Node {
        let lists = KINDS.into_iter().filter_map(|kind| {
            let names = self.names.iter().filter(|(of, _)| *of == kind);
            let names: Vec<Node> = names.map(|(_, name)| Node::text(name)).collect();
            (!names.is_empty()).then(|| (kind.to_string(), Node::List(names)))
        });
        Node::Map(lists.collect())
    }

    pub(crate) fn from_node(node: &Node) -> Option<Self> {
        let Node::Map(lists) = node else { return None };
        let mut actors = Self::default();
        for (kind, names) in lists {
            let kind = kind_of(kind)?;
            let Node::List(names) = names else {
                return None;
            };
            for name in names {
                actors.insert(kind, name.as_text()?);
            }
        }
        Some(actors)
    }

    pub(crate) fn write(&self, actor: &Actor) -> Node {
        if self.names.is_empty() {
            Node::text(format!("{} {}", actor.kind, actor.name))
        } else {
            Node::text(actor.name.as_str())
        }
    }

    pub(crate) fn read(&self, cell: &str) -> Option<Actor> {
        let (kind, name) = if self.names.is_empty() {
            let (kind, name) = cell.split_once(' ')?;
            (kind_of(kind)?, name)
        } else {
            (*self.kinds.get(cell)?, cell)
        };
        Actor::new(kind, name).ok()
    }

    fn insert(&mut self, kind: ActorKind, name: &str) {
        self.kinds.insert(name.to_owned(), kind);
        self.names.push((kind, name.to_owned()));
    }
}

fn kind_of(text: &str) -> Option<ActorKind> {
    KINDS.into_iter().find(|kind| kind.to_string() == text)
}
