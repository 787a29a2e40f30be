//! The transport of two streams: one message a line.
//!
//! The answer to a line that is no message is an error, and the next line is read. Example: the
//! answer to `{"id":` is `{"jsonrpc":"2.0","error":{"code":-32700,…}}`.

use std::future::Future;
use std::io;
use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::model::{JsonRpcMessage, RequestId};
use rmcp::service::{RoleServer, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::Mutex;

/// The longest line, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

type Message = RxJsonRpcMessage<RoleServer>;

/// Lines from a client, and to it.
pub(crate) struct Lines<R, W> {
    input: BufReader<R>,
    /// The line so far. A dropped read goes on with it.
    line: Vec<u8>,
    /// Whether the rest of the line is passed over, because it is too long.
    is_passing_over: bool,
    /// Whether the client has sent a request. Notifications before it are passed over.
    has_begun: bool,
    output: Arc<Mutex<W>>,
}

impl<R, W> Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    pub(crate) fn new(input: R, output: W) -> Self {
        Self {
            input: BufReader::new(input),
            line: Vec::new(),
            is_passing_over: false,
            has_begun: false,
            output: Arc::new(Mutex::new(output)),
        }
    }

    /// The next line, or the last one without a line break.
    async fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            let piece = self.input.fill_buf().await?;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(piece.len(), |end| end + 1);
            let is_end = end.is_some() || length == 0;
            let is_too_long = self.line.len() + length > LONGEST;
            if !self.is_passing_over && !is_too_long {
                self.line.extend_from_slice(&piece[..length]);
            }
            self.input.consume(length);
            if is_too_long && !self.is_passing_over {
                self.is_passing_over = true;
                self.line.clear();
                let message = format!("a message has at most {LONGEST} bytes");
                self.refuse(None, ErrorData::invalid_request(message, None));
            }
            if is_end {
                let is_whole = !std::mem::take(&mut self.is_passing_over);
                let line = std::mem::take(&mut self.line);
                if length == 0 && line.is_empty() {
                    return Ok(None);
                }
                if is_whole {
                    return Ok(Some(line));
                }
            }
        }
    }

    /// The message of a line; `None` for a line that is answered or passed over.
    fn message(&mut self, line: &[u8]) -> Option<Message> {
        let line = line.trim_ascii();
        if line.is_empty() {
            return None;
        }
        if let Ok(message) = serde_json::from_slice::<Message>(line) {
            self.has_begun |= matches!(message, JsonRpcMessage::Request(_));
            return self.has_begun.then_some(message);
        }
        match serde_json::from_slice::<Value>(line) {
            Err(error) => {
                let message = format!("the line is not JSON: {error}");
                self.refuse(
                    id_beside_half_pairs(line),
                    ErrorData::parse_error(message, None),
                );
            }
            // A notification has no answer.
            Ok(value) if value.get("method").is_some() && value.get("id").is_none() => {}
            Ok(value) => {
                let id = value.get("id").cloned();
                let id = id.and_then(|id| serde_json::from_value::<RequestId>(id).ok());
                let message = "the line is no message of the protocol, or its params are wrong";
                self.refuse(id, ErrorData::invalid_request(message, None));
            }
        }
        None
    }

    /// Sends an error in a task of its own, because a read can be dropped at any time.
    fn refuse(&mut self, id: Option<RequestId>, error: ErrorData) {
        tokio::spawn(self.send(JsonRpcMessage::error(error, id)));
    }
}

/// The id of a message that is JSON but for half of a character pair, such as `\ud83d`. JavaScript
/// writes it for a text that was cut inside of an emoji, and waits for an answer with the id.
fn id_beside_half_pairs(line: &[u8]) -> Option<RequestId> {
    let text = std::str::from_utf8(line).ok()?;
    // The `u` of an escape is always ASCII, and the escaped character does not matter here.
    let text = text.replace("\\u", "\\\\u");
    let value: Value = serde_json::from_str(&text).ok()?;
    serde_json::from_value(value.get("id")?.clone()).ok()
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let output = Arc::clone(&self.output);
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut output = output.lock().await;
            output.write_all(&line).await?;
            output.flush().await
        }
    }

    async fn receive(&mut self) -> Option<Message> {
        loop {
            // A stream that fails has ended.
            let line = self.next_line().await.ok()??;
            if let Some(message) = self.message(&line) {
                return Some(message);
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.output.lock().await.shutdown().await
    }
}
