//! A server that listens on TCP, with TLS and passwords.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::PathBuf;

use crate::{Durability, Server, StartError};

/// Through the socket without a password, through TCP with one and TLS only.
const RULES: &str = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

const CERTIFICATES: &str = "[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost, IP:127.0.0.1
";

impl Server {
    /// Starts a server that listens on 127.0.0.1, with TLS and passwords. Its certificate is for
    /// `localhost` and is signed by [`authority`](Self::authority). It needs the program `openssl`.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start_with_tls() -> Result<Self, StartError> {
        let mut server = Self::new(Durability::Lost)?;
        server.port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        server.create()?;
        std::fs::write(server.folder.path().join("openssl.cnf"), CERTIFICATES)?;
        server.certify("authority", &["-extensions", "authority"])?;
        server.certify("stranger", &["-extensions", "authority"])?;
        let signed = ["-CA", "authority.crt", "-CAkey", "authority.key"];
        server.certify(
            "server",
            &[&signed[..], &["-extensions", "server"]].concat(),
        )?;
        std::fs::write(server.data().join("pg_hba.conf"), RULES)?;
        let folder = server.folder.path().display().to_string();
        server.settings += &format!(
            " -c ssl=on -c ssl_cert_file={folder}/server.crt -c ssl_key_file={folder}/server.key"
        );
        server.serve()?;
        Ok(server)
    }

    /// The port of TCP.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate that signed that of the server.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.crt")
    }

    /// A certificate that signed nothing.
    #[must_use]
    pub fn stranger(&self) -> PathBuf {
        self.folder.path().join("stranger.crt")
    }

    /// Makes a key and its certificate for 100 days.
    fn certify(&self, name: &str, options: &[&str]) -> Result<(), StartError> {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.crt"));
        let subject = format!("/CN={name}");
        let arguments = [
            "req",
            "-x509",
            "-config",
            "openssl.cnf",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "100",
            "-subj",
            &subject,
            "-keyout",
            &key,
            "-out",
            &certificate,
        ];
        let arguments = arguments.iter().chain(options).map(AsRef::<OsStr>::as_ref);
        self.run("openssl", &arguments.collect::<Vec<_>>())
            .map(drop)
    }
}
