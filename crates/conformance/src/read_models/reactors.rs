//! Laws on reactors.

use super::*;

/// Answers every number with a copy, numbered by the runs.
#[derive(Clone, Default)]
struct Copies(Arc<Mutex<u32>>);

#[async_trait]
impl Reactor for Copies {
    const NAME: &'static str = "copies";

    fn selection(&self) -> Selection {
        Selection::all().category(Category::new("n").unwrap())
    }

    async fn react(&self, event: &RecordedEvent) -> Result<Reaction, ApplyError> {
        *self.0.lock().unwrap() += 1;
        let copied = EncodedEvent {
            event_type: EventType::new("Copied")?,
            schema_version: SchemaVersion::FIRST,
            payload: format!("{} {:?}", event.position, self.0.lock().unwrap()).into(),
        };
        Ok(Reaction::none().write(StreamId::new("copy-1")?, ExpectedVersion::Any, [copied]))
    }
}

/// [Law 67](shared_kernel::laws#law-67). A reactor writes each of its events once, however often it
/// runs over an event.
pub async fn a_reactor_writes_once<H: ReadModelsHarness>(harness: &H) {
    let stage = Stage::of(harness).await;
    stage.fill(0..10).await;
    let copies = Copies::default();
    let runs = (0..3).map(|run| {
        let (copies, log, models) = (copies.clone(), Arc::clone(&stage.log), stage.models.clone());
        let options = Options::new(holder(&format!("run {run}")));
        let runner = ReactorRunner::new(copies, log, models, Start::Beginning, options).unwrap();
        tokio::spawn(async move { runner.catch_up().await })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap().unwrap();
    }
    // Its position is lost: it runs over all events again.
    let name = ModelName::new("copies").unwrap();
    for record in stage.models.builds(&name).await.unwrap() {
        stage.models.remove_build(&record.build).await.unwrap();
    }
    let again = ReactorRunner::new(
        copies,
        Arc::clone(&stage.log),
        stage.models.clone(),
        Start::Beginning,
        options(),
    );
    again.unwrap().catch_up().await.unwrap();
    let stream = StreamId::new("copy-1").unwrap();
    let written = stage.log.read_whole_stream(stream).await.unwrap();
    let causes = written.iter().map(|event| event.metadata.causation.clone());
    assert_eq!(causes.collect::<Vec<_>>().len(), 10);
}
