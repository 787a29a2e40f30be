//! The command `mcp`: the program as a server for language models.

mod held_store;
mod streams;

use std::net::SocketAddr;
use std::sync::Arc;

use mcp_server::{Options, Server, always_writes};
use tokio::net::TcpListener;

use self::held_store::HeldStore;
use crate::cli::{Global, Mcp};
use crate::command_error::CommandError;
use crate::environment::{Environment, Purpose};
use crate::run_error::RunError;
use crate::session::Session;

pub(crate) async fn run(
    arguments: Mcp,
    global: &Global,
    environment: &mut Environment<'_>,
) -> Result<(), RunError> {
    let purpose = match global.read_only {
        true => Purpose::Read,
        false => Purpose::Create,
    };
    let mut session = Session::open(global, purpose, environment).await?;
    let served = match session.act(global) {
        Ok(()) => serve(arguments, &mut session).await,
        Err(error) => Err(error),
    };
    session.close().await;
    served
}

async fn serve(arguments: Mcp, session: &mut Session<'_, '_>) -> Result<(), RunError> {
    let allowed = arguments.allow.into_iter().flat_map(|names| names.0);
    let allowed: Vec<_> = allowed.map(str::to_owned).collect();
    let writing = allowed.iter().filter(|name| always_writes(name));
    let writing: Vec<_> = writing.map(String::as_str).collect();
    if session.read_only && !writing.is_empty() {
        let tools = writing.join(", ");
        return Err(CommandError::ToolsThatWrite { tools }.into());
    }
    let options = Options {
        is_read_only: session.read_only,
        allowed: (!allowed.is_empty()).then_some(allowed),
    };
    let program = HeldStore::of(session);
    let server = Server::new(Arc::new(program), &options).await;
    match arguments.http {
        Some(address) => serve_http(&server, address, session).await,
        None => streams::serve(&server, session.environment).await,
    }
}

async fn serve_http(
    server: &Server,
    address: SocketAddr,
    session: &mut Session<'_, '_>,
) -> Result<(), RunError> {
    let failed = |source| RunError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    session.tell(format_args!("http://{bound}/mcp"))?;
    session.environment.out.to.flush()?;
    mcp_server::serve_http(server, listener)
        .await
        .map_err(failed)
}
