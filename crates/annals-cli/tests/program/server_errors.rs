//! Stores on servers that cannot be opened: the errors say where and what to do, and no password.

use serde_json::Value;

use crate::program::{Desk, finish};
use crate::served::{Served, own_server, shown};

const PASSWORD: &str = "s3c-ret";

/// The error of `annals list` or another command in all formats, without the password in any.
fn error(desk: &Desk, words: &[&str]) -> (i32, String, String) {
    for format in ["human", "toon"] {
        let run = desk.run(&[words, &["--format", format]].concat());
        assert!(!run.err.is_empty(), "{words:?}");
        assert!(!format!("{run:?}").contains(PASSWORD), "{words:?}: {run:?}");
    }
    let run = desk.run(&[words, &["--format", "json"]].concat());
    assert!(!format!("{run:?}").contains(PASSWORD), "{words:?}: {run:?}");
    let error: Value = serde_json::from_str(&run.err).unwrap();
    let text = |name: &str| error["error"][name].as_str().unwrap_or_default().to_owned();
    (run.code.unwrap(), text("message"), text("hint"))
}

/// The address with a password.
fn with_password(address: &str) -> String {
    address.replacen('@', &format!(":{PASSWORD}@"), 1)
}

#[test]
fn a_server_that_is_away_is_named() {
    let address = format!("postgres://ada:{PASSWORD}@127.0.0.1:1/work?sslmode=disable");
    let desk = Desk::on_server(&address);
    for words in [&["list"][..], &["add", "x"], &["init"], &["backup", "copy"]] {
        let (code, message, hint) = error(&desk, words);
        assert_eq!(code, 5, "{words:?}");
        let expected = "postgres://ada@127.0.0.1:1/work cannot be reached: Connection refused";
        assert!(message.starts_with(expected), "{message}");
        assert!(hint.starts_with("start the server"), "{hint}");
    }
}

#[test]
fn an_address_that_is_none_is_wrong_usage() {
    for address in [
        "postgres://",
        "postgresql://ada:PASSWORD@host:port/work",
        "Postgres://ada:PASSWORD@host/work",
        "postgres://ada:PASSWORD@host/w#rk",
        "postgres://ada:1/PASSWORD@host/work",
        "postgres://ada:PASSWORD@host/work?port=many",
        "postgres://ada@host/work?passwort=PASSWORD",
    ] {
        let address = address.replace("PASSWORD", PASSWORD);
        let desk = Desk::on_server(&address);
        let named = Desk::new();
        let words = ["list", "--store", &address];
        for (code, message, _) in [error(&desk, &["list"]), error(&named, &words)] {
            if address == "postgres://" {
                // The user, the host and the database have defaults.
                assert_eq!(code, 5, "{message}");
                continue;
            }
            assert_eq!(code, 2, "{address}: {message}");
            assert!(message.contains("postgres://user@host"), "{message}");
        }
    }
}

#[test]
fn an_address_in_another_place_shows_no_password() {
    let address = with_password("postgres://ada@db.example/work");
    let desk = Desk::new();
    desk.done(&["add", "x"]);
    for words in [
        &[address.as_str()][..],
        &["list", &address],
        &["backup", &address],
        &["restore", &address],
        &["note", "1", "--file", &address],
        &["show", &address],
        &["list", "--format", &address],
        &["--store", &format!("{address}\n"), "list"],
        &["init", "--role", "app", &address],
    ] {
        let run = desk.run(words);
        assert!([Some(2), Some(5)].contains(&run.code), "{words:?}: {run:?}");
        assert!(!format!("{run:?}").contains(PASSWORD), "{words:?}: {run:?}");
    }
}

#[test]
fn each_reason_has_a_next_step() {
    let Some(served) = Served::new() else { return };
    let place = served.shown();
    let (role, stranger) = served.role("stranger");
    let of = |address: &str| Desk::on_server(&with_password(address));
    let stranger_place = shown(&served.server.address(&role, served.database()));
    let (host, _) = served.address.rsplit_once('/').unwrap();

    let (code, message, hint) = error(&of(&served.address), &["list"]);
    assert_eq!(
        (code, message),
        (5, format!("there is no store at {place} yet"))
    );
    assert!(hint.contains("annals init"), "{hint}");
    let named = ["list", "--store", &with_password(&served.address)];
    let (.., hint) = error(&Desk::new(), &named);
    assert_eq!(hint, format!("`annals init --store {place}` creates one"));

    let (code, message, hint) = error(&of(&format!("{host}/nowhere")), &["list"]);
    assert_eq!(code, 5);
    assert!(
        message.starts_with("there is no database postgres://annals@"),
        "{message}"
    );
    assert!(hint.contains("createdb"), "{hint}");

    let unknown = served.address.replacen("annals@", "unknown@", 1);
    let (code, message, hint) = error(&of(&unknown), &["list"]);
    assert_eq!(code, 5);
    assert!(message.contains("refuses the login: "), "{message}");
    assert!(hint.contains("PGPASSWORD"), "{hint}");

    let (code, message, hint) = error(&stranger, &["add", "x"]);
    assert_eq!(code, 5);
    assert!(message.contains("may not create one"), "{message}");
    assert!(hint.contains(&format!("--role {role}")), "{hint}");

    served.desk.done(&["init"]);
    let (code, message, hint) = error(&stranger, &["list"]);
    assert_eq!(code, 5);
    let reason = "permission denied for schema annals";
    let expected = format!("this role may not use the store {stranger_place}: {reason}");
    assert_eq!(message, expected);
    assert!(hint.contains(&format!("--role {role}")), "{hint}");

    served.sql(&format!(
        "GRANT USAGE ON SCHEMA annals TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA annals TO {role}"
    ));
    assert_eq!(stranger.json(&["list"]), serde_json::json!([]));
    let (code, message, _) = error(&stranger, &["add", "x"]);
    assert_eq!(code, 5);
    assert!(message.contains("is read-only: "), "{message}");

    served.sql("UPDATE annals.store SET layout = 7");
    let (code, message, _) = error(&of(&served.address), &["list"]);
    assert_eq!(code, 5);
    assert!(message.contains("has the layout 7"), "{message}");
}

#[test]
fn a_wrong_password_is_refused_and_not_shown() {
    let Some(server) = own_server() else { return };
    let address = server.new_database().unwrap();
    server
        .sql(
            "postgres",
            "CREATE ROLE app LOGIN PASSWORD 'right one'; GRANT annals TO app",
        )
        .unwrap();
    let file = server.sql("postgres", "SHOW hba_file").unwrap();
    server
        .sql(
            "postgres",
            &format!(
                "COPY (SELECT unnest(ARRAY['local all app scram-sha-256', 'local all all trust']))
                 TO '{file}'; SELECT pg_reload_conf()"
            ),
        )
        .unwrap();
    let of_app = address.replacen("annals@", "app@", 1);
    let desk = Desk::on_server(&with_password(&of_app));
    let (code, message, hint) = error(&desk, &["list"]);
    assert_eq!(code, 5);
    let expected = format!("{} refuses the login: ", shown(&of_app));
    assert!(message.starts_with(&expected), "{message}");
    assert!(hint.contains("correct the user or the password"), "{hint}");

    // Without a password in the address, one of the environment is used.
    let desk = Desk::on_server(&of_app);
    Desk::on_server(&address).done(&["init", "--role", "app"]);
    let mut command = desk.command(&["add", "x"]);
    let run = finish(command.env("PGPASSWORD", "right one").spawn().unwrap());
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut command = desk.command(&["list"]);
    let run = finish(command.env("PGPASSWORD", PASSWORD).spawn().unwrap());
    assert_eq!(run.code, Some(5), "{run:?}");
    assert!(!format!("{run:?}").contains(PASSWORD), "{run:?}");

    // A line of ~/.pgpass that cannot be read is not printed either, and a file that is ignored is
    // named.
    std::fs::write(desk.path("pgpass"), format!("*:*:{PASSWORD}\n")).unwrap();
    let set_mode = |mode| {
        use std::os::unix::fs::PermissionsExt;
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(desk.path("pgpass"), permissions).unwrap();
    };
    set_mode(0o644);
    let mut command = desk.command(&["list"]);
    command.env("PGPASSFILE", desk.path("pgpass"));
    let run = finish(command.spawn().unwrap());
    assert!(run.err.contains("Permissions are not strict"), "{run:?}");
    set_mode(0o600);
    for log in ["warn", "trace"] {
        let mut command = desk.command(&["list"]);
        command
            .env("PGPASSFILE", desk.path("pgpass"))
            .env("ANNALS_LOG", log);
        let run = finish(command.spawn().unwrap());
        assert_eq!(run.code, Some(5), "{run:?}");
        assert!(!format!("{run:?}").contains(PASSWORD), "{run:?}");
    }
}
