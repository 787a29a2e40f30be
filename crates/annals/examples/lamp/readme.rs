use annals::{Aggregate, DomainEvent, EventSourcedRepository, Inapplicable};
use annals::{JsonEventCodec, SqliteStore, StreamId};

#[derive(serde::Serialize, serde::Deserialize, DomainEvent)]
struct LampDimmed { percent: u8 }

struct Lamp { percent: u8 }
impl Aggregate for Lamp {
    type Event = LampDimmed;
    const TYPE: &'static str = "lamp";
    fn create(event: &LampDimmed) -> Result<Self, Inapplicable> { Ok(Lamp { percent: event.percent }) }
    fn apply(&mut self, event: &LampDimmed) -> Result<(), Inapplicable> { self.percent = event.percent; Ok(()) }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let lamps = EventSourcedRepository::new(SqliteStore::open("lamps.annals").await?, JsonEventCodec::new()?);
    let dim = |lamp: Option<&Lamp>| LampDimmed { percent: lamp.map_or(100, |lamp| lamp.percent / 2) };
    let lamp = lamps.execute_or_create(&StreamId::of::<Lamp>("kitchen")?, dim).await?;
    println!("The kitchen lamp is at {} %.", lamp.state().percent);
    Ok(())
}
