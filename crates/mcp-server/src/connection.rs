//! One connection of a client: its requests, its subscriptions, and the renewal of claims.

use std::collections::HashMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CustomRequest,
    CustomResult, ErrorCode, GetPromptRequestParams, GetPromptResponse, Implementation,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ResourceUpdatedNotificationParam, ServerCapabilities, ServerConfig, SubscribeRequestParams,
    SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, RoleServer, SubscriptionContext};
use rmcp::{ErrorData, ServerHandler};
use tokio::task::AbortHandle;
use tokio::time::MissedTickBehavior;

use crate::arguments::quoted;
use crate::program::Program;
use crate::resources::Address;
use crate::server::Shared;
use crate::watch::Watch;
use crate::{calls, completion, prompts, resources};

/// The time between two renewals of the claims of the actor.
const RENEWAL: Duration = Duration::from_secs(5);

/// The largest number of subscriptions of a connection.
const MOST_SUBSCRIPTIONS: usize = 100;

/// The params of the requests that have some.
const PARAMS: [(&str, &str); 6] = [
    ("tools/call", "name, a text, and arguments, an object"),
    ("resources/read", "uri, a text"),
    ("resources/subscribe", "uri, a text"),
    ("resources/unsubscribe", "uri, a text"),
    ("prompts/get", "name, a text, and arguments, an object"),
    ("completion/complete", "ref and argument, both objects"),
];

/// One connection of a client.
pub(crate) struct Connection {
    shared: Arc<Shared>,
    renewal: AbortHandle,
    /// The tasks of the subscriptions to items, by address.
    subscriptions: Mutex<HashMap<String, AbortHandle>>,
}

impl Connection {
    /// A connection that renews the claims of the actor while it lives.
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let renewal = tokio::spawn(renew(Arc::clone(&shared.program)));
        Self {
            shared,
            renewal: renewal.abort_handle(),
            subscriptions: Mutex::default(),
        }
    }

    fn program(&self) -> &dyn Program {
        &*self.shared.program
    }

    /// Ends a subscription, or puts a new one in its place.
    fn set_subscription(&self, uri: String, task: Option<AbortHandle>) -> Result<(), ErrorData> {
        let subscriptions = self.subscriptions.lock();
        let mut subscriptions = subscriptions.unwrap_or_else(PoisonError::into_inner);
        let former = subscriptions.remove(&uri);
        former.inspect(AbortHandle::abort);
        if let Some(task) = task {
            if subscriptions.len() == MOST_SUBSCRIPTIONS {
                task.abort();
                let message =
                    format!("a connection has at most {MOST_SUBSCRIPTIONS} subscriptions; end one");
                return Err(ErrorData::invalid_request(message, None));
            }
            subscriptions.insert(uri, task);
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.renewal.abort();
        let subscriptions = self.subscriptions.get_mut();
        let subscriptions = subscriptions.unwrap_or_else(PoisonError::into_inner);
        subscriptions.values().for_each(AbortHandle::abort);
    }
}

async fn renew(program: Arc<dyn Program>) {
    let mut ticks = tokio::time::interval(RENEWAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first tick is at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        program.renew_claims().await;
    }
}

/// The number of an item to which a client may subscribe: it is not an item in the past.
fn changing_item(uri: &str) -> Result<String, ErrorData> {
    match Address::of(uri)? {
        Address::Item { item, as_of: None } => Ok(item),
        _ => {
            let uri = quoted(uri);
            let message = format!(
                "there are no changes of {uri}; subscribe to an item: annals://item/WORK-7"
            );
            Err(ErrorData::invalid_params(message, None))
        }
    }
}

/// Does the work of a request until the client cancels it. A panic is an error of the request.
async fn guarded<T>(
    context: &RequestContext<RoleServer>,
    work: impl Future<Output = T> + Send,
) -> Result<T, ErrorData> {
    tokio::select! {
        done = AssertUnwindSafe(work).catch_unwind() => done.map_err(|_| {
            ErrorData::internal_error("internal error; please report it", None)
        }),
        () = context.ct.cancelled() => Err(ErrorData::internal_error("the call was cancelled", None)),
    }
}

impl ServerHandler for Connection {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_prompts()
            .enable_completions()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("annals", env!("CARGO_PKG_VERSION")))
            .with_instructions(self.shared.instructions())
    }

    /// A request of the protocol whose params have another form comes here, too.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let method = request.method;
        Err(match PARAMS.iter().find(|(known, _)| *known == method) {
            Some((_, params)) => {
                ErrorData::invalid_params(format!("{method} needs the params {params}"), None)
            }
            None => ErrorData::new(ErrorCode::METHOD_NOT_FOUND, method, None),
        })
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.shared.tools.iter().map(|(_, tool)| tool.clone());
        Ok(ListToolsResult::with_all_items(tools.collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tools = &self.shared.tools;
        let Some((data, _)) = tools.iter().find(|(data, _)| data.name == request.name) else {
            let names: Vec<_> = tools.iter().map(|(data, _)| data.name).collect();
            let (name, names) = (quoted(&request.name), names.join(", "));
            let message = format!("there is no tool {name} here; the tools are {names}");
            return Err(ErrorData::invalid_params(message, None));
        };
        let is_read_only = self.shared.is_read_only;
        let call = calls::call(self.program(), data, is_read_only, request.arguments);
        Ok(guarded(&context, call).await?.into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        guarded(&context, resources::list(self.program(), cursor.as_deref())).await?
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let templates = resources::templates();
        Ok(ListResourceTemplatesResult::with_all_items(templates))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let read = resources::read(self.program(), &request.uri);
        Ok(guarded(&context, read).await??.into())
    }

    /// The subscriptions of 2025-11-25.
    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        let (uri, item) = (request.uri.clone(), changing_item(&request.uri)?);
        let begin = Watch::begin(Arc::clone(&self.shared.program), item);
        let Some(mut watch) = guarded(&context, begin).await? else {
            return Err(ErrorData::internal_error("the log cannot be read", None));
        };
        let task = tokio::spawn(async move {
            loop {
                watch.changed().await;
                let update = ResourceUpdatedNotificationParam::new(request.uri.clone());
                if context.peer.notify_resource_updated(update).await.is_err() {
                    return;
                }
            }
        });
        self.set_subscription(uri, Some(task.abort_handle()))
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.set_subscription(request.uri, None)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        let mut accepted = SubscriptionFilter::new();
        let uris = requested.resource_subscriptions.as_ref().map(|uris| {
            let uris = uris.iter().filter(|uri| changing_item(uri).is_ok());
            uris.take(MOST_SUBSCRIPTIONS).cloned().collect()
        });
        accepted.resource_subscriptions = uris;
        Some(accepted)
    }

    /// The subscriptions of 2026-07-28.
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let uris = context.accepted().resource_subscriptions.clone();
        let watches = uris.into_iter().flatten().filter_map(|uri| {
            let item = changing_item(&uri).ok()?;
            let (program, sink) = (Arc::clone(&self.shared.program), context.sink());
            Some(async move {
                let Some(mut watch) = Watch::begin(program, item).await else {
                    return;
                };
                loop {
                    watch.changed().await;
                    if sink.notify_resource_updated(uri.clone()).await.is_err() {
                        return;
                    }
                }
            })
        });
        tokio::select! {
            _ = join_all(watches) => context.cancelled().await,
            () = context.cancelled() => {}
        }
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        Ok(ListPromptsResult::with_all_items(prompts::prompts()))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let arguments = request.arguments.as_ref();
        let prompt = prompts::prompt(&self.shared, &request.name, arguments);
        Ok(guarded(&context, prompt).await??.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let complete = completion::complete(self.program(), &request);
        Ok(CompleteResult::new(guarded(&context, complete).await?))
    }
}
