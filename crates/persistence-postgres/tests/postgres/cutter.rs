//! A proxy before a server that cuts the connection at the n-th message.
//!
//! Both sides of the protocol send messages of a type, a length and a body
//! (<https://www.postgresql.org/docs/current/protocol-message-formats.html>). Only the first of the
//! client has no type.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A message cut off: the connection ends before it is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// New connections are served.
    Heals,
    /// New connections end at once.
    StaysCut,
}

pub(crate) struct Cutter {
    pub(crate) port: u16,
    state: Arc<State>,
    end: watch::Sender<()>,
    listening: JoinHandle<()>,
}

struct State {
    socket: PathBuf,
    passed: AtomicU64,
    cut_at: AtomicU64,
    after: After,
}

impl Cutter {
    /// A proxy before the socket of a server, which passes everything on at first.
    pub(crate) async fn start(socket: PathBuf, after: After) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            socket,
            passed: AtomicU64::new(0),
            cut_at: AtomicU64::new(u64::MAX),
            after,
        });
        let served = Arc::clone(&state);
        let (end, mut ended) = watch::channel(());
        let listening = tokio::spawn(async move {
            let mut served_clients = JoinSet::new();
            loop {
                tokio::select! {
                    Ok((client, _)) = listener.accept() => {
                        served_clients.spawn(serve(Arc::clone(&served), client));
                    }
                    _ = ended.changed() => return,
                }
            }
        });
        Self {
            port,
            state,
            end,
            listening,
        }
    }

    /// Cuts before the n-th message from now on, counted from 0.
    pub(crate) fn cut_at(&self, message: u64) {
        self.state.passed.store(0, Ordering::SeqCst);
        self.state.cut_at.store(message, Ordering::SeqCst);
    }

    /// Ends all connections, and refuses new ones.
    pub(crate) async fn end(self) {
        self.end.send_replace(());
        self.listening.await.unwrap();
    }

    /// Whether the message has come.
    pub(crate) fn has_cut(&self) -> bool {
        self.state.passed.load(Ordering::SeqCst) > self.state.cut_at.load(Ordering::SeqCst)
    }
}

async fn serve(state: Arc<State>, client: TcpStream) {
    let has_cut = state.passed.load(Ordering::SeqCst) > state.cut_at.load(Ordering::SeqCst);
    if has_cut && state.after == After::StaysCut {
        return;
    }
    // Many small messages, which must not wait for each other.
    client.set_nodelay(true).unwrap();
    let Ok(server) = UnixStream::connect(&state.socket).await else {
        return;
    };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (upward, downward) = (Arc::clone(&state), state);
    // The end of one direction ends both.
    tokio::select! {
        () = pass(&upward, &mut from_client, &mut to_server, true) => {}
        () = pass(&downward, &mut from_server, &mut to_client, false) => {}
    }
}

/// Passes messages on until the connection ends or is cut.
async fn pass(
    state: &State,
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    mut is_first: bool,
) {
    loop {
        let mut message = vec![0; if is_first { 4 } else { 5 }];
        if from.read_exact(&mut message).await.is_err() {
            return;
        }
        let length = message[message.len() - 4..].try_into().unwrap();
        let body = usize::try_from(u32::from_be_bytes(length)).unwrap() - 4;
        let begin = message.len();
        message.resize(begin + body, 0);
        if from.read_exact(&mut message[begin..]).await.is_err() {
            return;
        }
        is_first = false;
        if state.passed.fetch_add(1, Ordering::SeqCst) == state.cut_at.load(Ordering::SeqCst) {
            return;
        }
        if to.write_all(&message).await.is_err() {
            return;
        }
    }
}
