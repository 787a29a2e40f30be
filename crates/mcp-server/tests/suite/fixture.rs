//! A server with the tools, resources and prompts that the scenarios of the conformance suite
//! expect.
//!
//! `fixture.json` has all that is constant: definitions, results, forms and questions.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities,
    CompleteRequestParams, CompleteResult, CompletionInfo, ContentBlock,
    CreateMessageRequestParams, ElicitRequestParams, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, InputRequest, InputRequiredResult, InputResponses, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, LoggingLevel,
    LoggingMessageNotificationParam, PaginatedRequestParams, ProgressNotificationParam,
    PromptMessage, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    RequestStateCodec, ResourceContents, Role, SamplingMessage, ServerCapabilities, ServerInfo,
    SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
    UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, SubscriptionContext, SubscriptionSink};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type Context = RequestContext<RoleServer>;

static DATA: LazyLock<Value> = LazyLock::new(|| {
    // One pixel, and a sound without a sample.
    let image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
    let sound = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";
    let text = include_str!("fixture.json");
    let text = text.replace("IMAGE", image).replace("SOUND", sound);
    serde_json::from_str(&text).unwrap()
});

/// How long a client may keep an answer.
const TTL: u64 = 60_000;

/// The server.
#[derive(Clone)]
pub(crate) struct Fixture {
    listeners: Arc<Mutex<Vec<SubscriptionSink>>>,
    states: RequestStateCodec,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let states = RequestStateCodec::try_new(b"a key for tests, of 32 bytes or more").unwrap();
        Self {
            listeners: Arc::default(),
            states,
        }
    }

    /// The tools that the server tells before they answer, or that ask the client.
    async fn call(
        &self,
        name: &str,
        request: &CallToolRequestParams,
        context: &Context,
    ) -> Result<CallToolResponse, ErrorData> {
        match name {
            "test_error_handling" => return Ok(text(true, "refused on purpose")),
            "test_custom_header" => {
                let wrong = || ErrorData::invalid_params("`value` must be a text", None);
                let value = argument(request, "value").ok_or_else(wrong)?;
                return Ok(text(false, value));
            }
            "test_tool_with_logging" => {
                for message in ["begun", "half of it", "done"] {
                    log(context, LoggingLevel::Info, message).await;
                }
            }
            "test_logging_tool" => {
                if let Some(level) = context.meta.log_level() {
                    log(context, level, "asked for").await;
                }
            }
            "test_tool_with_progress" => {
                for done in [0.0, 50.0, 100.0] {
                    if let Some(token) = context.meta.get_progress_token() {
                        let report = ProgressNotificationParam::new(token, done).with_total(100.0);
                        context.peer.notify_progress(report).await.unwrap();
                    }
                }
            }
            "test_trigger_tool_change" | "test_trigger_prompt_change" => {
                let listeners = self.listeners.lock().unwrap().clone();
                for listener in listeners {
                    // One that does not listen to this kind refuses it.
                    let _ = match name {
                        "test_trigger_tool_change" => listener.notify_tool_list_changed().await,
                        _ => listener.notify_prompt_list_changed().await,
                    };
                }
            }
            "test_missing_capability" => {
                let able = context.meta.client_capabilities().unwrap_or_default();
                if able.sampling.is_none() {
                    let needed = ClientCapabilities::builder().enable_sampling().build();
                    return Err(ErrorData::missing_required_client_capability(needed));
                }
            }
            "test_sampling" => {
                let prompt = argument(request, "prompt").unwrap_or_default();
                let messages = vec![SamplingMessage::user_text(prompt)];
                let asked = CreateMessageRequestParams::new(messages, 100);
                return Ok(match context.peer.create_message(asked).await {
                    Ok(answer) => text(false, format!("{:?}", answer.message)),
                    Err(error) => text(true, error.to_string()),
                });
            }
            _ if !DATA["forms"][name].is_null() => {
                let form = ElicitRequestParams::FormElicitationParams {
                    meta: None,
                    message: argument(request, "message")
                        .unwrap_or("Please say.")
                        .to_owned(),
                    requested_schema: of(&DATA["forms"][name]),
                };
                return Ok(match context.peer.create_elicitation(form).await {
                    Ok(answer) => text(false, json!(answer).to_string()),
                    Err(error) => text(true, error.to_string()),
                });
            }
            _ => {}
        }
        match &DATA["results"][name] {
            Value::Null => Err(ErrorData::invalid_params(format!("no tool `{name}`"), None)),
            content => Ok(CallToolResult::success(of(content)).into()),
        }
    }

    /// The tools that answer once the client has answered.
    fn ask(
        &self,
        what: &str,
        request: &CallToolRequestParams,
        context: &Context,
    ) -> Result<CallToolResponse, ErrorData> {
        let responses = request.input_responses.as_ref();
        let state = request
            .request_state
            .as_deref()
            .map(|state| self.opened(state))
            .transpose()?;
        let has = |key| answer(responses, key).is_some();
        let ask = |keys: &[&str]| Ok(InputRequiredResult::from_input_requests(inputs(keys)).into());
        let ask_in = |keys: &[&str], state: Value| {
            let sealed = self.states.seal_json(&state).map_err(internal)?;
            Ok(InputRequiredResult::new(Some(inputs(keys)), Some(sealed)).into())
        };
        let three = ["user_name", "greeting", "client_roots"];
        match what {
            "elicitation" if !has("user_name") => ask(&["user_name"]),
            "sampling" if !has("capital_question") => ask(&["capital_question"]),
            "list_roots" if !has("client_roots") => ask(&["client_roots"]),
            "request_state" | "tampered_state" if state.is_none() => ask_in(&["confirm"], json!(1)),
            "multiple_inputs" if state.is_none() || !three.into_iter().all(has) => {
                ask_in(&three, json!(1))
            }
            "multi_round" if state.is_none() => ask_in(&["step1"], json!(1)),
            "multi_round" if state == Some(json!(1)) => ask_in(&["step2"], json!(2)),
            "capabilities" if responses.is_none() => {
                let able = context.meta.client_capabilities().unwrap_or_default();
                let able = [
                    able.elicitation.is_some(),
                    able.sampling.is_some(),
                    able.roots.is_some(),
                ];
                let asked = three.into_iter().zip(able).filter(|(_, able)| *able);
                match asked.map(|(key, _)| key).collect::<Vec<_>>() {
                    none if none.is_empty() => Ok(text(false, "the client answers no questions")),
                    asked => ask(&asked),
                }
            }
            // The suite looks for these words after a state that came back whole.
            "request_state" | "tampered_state" => Ok(text(false, "state-ok")),
            _ => Ok(text(false, json!(responses).to_string())),
        }
    }

    fn opened(&self, state: &str) -> Result<Value, ErrorData> {
        let foreign = |_| ErrorData::invalid_params("the request state is not ours", None);
        self.states.open_json(state).map_err(foreign)
    }
}

impl ServerHandler for Fixture {
    fn get_info(&self) -> ServerInfo {
        let able = ServerCapabilities::builder()
            .enable_logging()
            .enable_completions()
            .enable_prompts()
            .enable_prompts_list_changed()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_tools()
            .enable_tool_list_changed()
            .build();
        ServerInfo::new(able)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools().into_iter().find(|tool| tool.name == name)
    }

    fn accepted_subscription_filter(
        &self,
        requested: &SubscriptionFilter,
    ) -> Option<SubscriptionFilter> {
        Some(requested.supported_by(&self.get_info().capabilities))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        self.listeners.lock().unwrap().push(context.sink().clone());
        context.cancelled().await;
        Ok(())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListToolsResult, ErrorData> {
        let listed = ListToolsResult {
            tools: tools(),
            ..Default::default()
        };
        Ok(listed.with_ttl_ms(TTL).with_cache_scope(CacheScope::Public))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: Context,
    ) -> Result<CallToolResponse, ErrorData> {
        match request.name.strip_prefix("test_input_required_result_") {
            Some(what) => self.ask(what, &request, &context),
            None if request.name == "test_streaming_elicitation" => {
                Ok(InputRequiredResult::from_input_requests(inputs(&["user_name"])).into())
            }
            None => self.call(&request.name, &request, &context).await,
        }
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourcesResult, ErrorData> {
        let resources = of(&DATA["resources"]);
        let listed = ListResourcesResult {
            resources,
            ..Default::default()
        };
        Ok(listed.with_ttl_ms(TTL).with_cache_scope(CacheScope::Public))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let resource_templates = of(&DATA["templates"]);
        let listed = ListResourceTemplatesResult {
            resource_templates,
            ..Default::default()
        };
        Ok(listed.with_ttl_ms(TTL).with_cache_scope(CacheScope::Public))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: Context,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri.as_str();
        let id = uri
            .strip_prefix("test://template/")
            .and_then(|uri| uri.strip_suffix("/data"));
        let mut content = match id {
            Some(id) => {
                json!({"mimeType": "application/json", "text": json!({"id": id}).to_string()})
            }
            None => DATA["contents"][uri].clone(),
        };
        if content.is_null() {
            let data = json!({"uri": uri});
            return Err(ErrorData::resource_not_found(
                format!("no resource {uri}"),
                Some(data),
            ));
        }
        content["uri"] = json!(uri);
        let read = ReadResourceResult::new(vec![of::<ResourceContents>(&content)]);
        Ok(read
            .with_ttl_ms(TTL)
            .with_cache_scope(CacheScope::Public)
            .into())
    }

    async fn subscribe(&self, _: SubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn set_level(&self, _: SetLevelRequestParams, _: Context) -> Result<(), ErrorData> {
        Ok(())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: Context,
    ) -> Result<ListPromptsResult, ErrorData> {
        let prompts = of(&DATA["prompts"]);
        let listed = ListPromptsResult {
            prompts,
            ..Default::default()
        };
        Ok(listed.with_ttl_ms(TTL).with_cache_scope(CacheScope::Public))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: Context,
    ) -> Result<GetPromptResponse, ErrorData> {
        let mut content = DATA["messages"][&request.name].clone();
        match request.name.as_str() {
            "test_input_required_result_prompt" => {
                let Some(about) = answer(request.input_responses.as_ref(), "user_context") else {
                    let asked = inputs(&["user_context"]);
                    return Ok(InputRequiredResult::from_input_requests(asked).into());
                };
                content = json!([{"type": "text", "text": about.to_string()}]);
            }
            "test_prompt_with_arguments" => {
                let given = json!(request.arguments.unwrap_or_default()).to_string();
                content = json!([{"type": "text", "text": given}]);
            }
            "test_prompt_with_embedded_resource" => {
                let given = request.arguments.unwrap_or_default();
                content[0]["resource"]["uri"] = json!(given.get("resourceUri"));
            }
            _ if content.is_null() => {
                return Err(ErrorData::invalid_params(
                    format!("no prompt `{}`", request.name),
                    None,
                ));
            }
            _ => {}
        }
        let blocks: Vec<ContentBlock> = of(&content);
        let messages = blocks
            .into_iter()
            .map(|block| PromptMessage::new(Role::User, block));
        Ok(GetPromptResult::new(messages.collect()).into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: Context,
    ) -> Result<CompleteResult, ErrorData> {
        let values = ["one", "two"].map(|value| format!("{}{value}", request.argument.value));
        let values = CompletionInfo::new(values.to_vec()).map_err(internal)?;
        Ok(CompleteResult::new(values))
    }
}

fn tools() -> Vec<Tool> {
    let tools = DATA["tools"].as_array().unwrap();
    let with_schema = |tool: &Value| {
        let mut tool = tool.clone();
        if tool["inputSchema"].is_null() {
            tool["inputSchema"] = json!({"type": "object", "properties": {}});
        }
        of(&tool)
    };
    tools.iter().map(with_schema).collect()
}

fn of<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn text(is_error: bool, text: impl Into<String>) -> CallToolResponse {
    let content = vec![ContentBlock::text(text.into())];
    match is_error {
        true => CallToolResult::error(content).into(),
        false => CallToolResult::success(content).into(),
    }
}

fn internal(error: impl std::fmt::Display) -> ErrorData {
    ErrorData::internal_error(error.to_string(), None)
}

fn argument<'a>(request: &'a CallToolRequestParams, name: &str) -> Option<&'a str> {
    request.arguments.as_ref()?.get(name)?.as_str()
}

/// The answer of the client to a question; one of another form is none.
fn answer<'a>(responses: Option<&'a InputResponses>, key: &str) -> Option<&'a Value> {
    responses?.get(key).filter(|answer| answer.is_object())
}

fn inputs(keys: &[&str]) -> BTreeMap<String, InputRequest> {
    let input = |key: &&str| ((*key).to_owned(), of(&DATA["inputs"][*key]));
    keys.iter().map(input).collect()
}

async fn log(context: &Context, level: LoggingLevel, message: &str) {
    let message = LoggingMessageNotificationParam::new(level, json!(message));
    context.peer.notify_logging_message(message).await.unwrap();
}
