//! Resources, prompts and completion, and the subscriptions of both protocol eras.

use serde_json::{Value, json};

use super::client::Client;
use crate::program::Desk;

/// A server with some items.
fn with_items(desk: &Desk, count: usize) -> Client {
    let mut client = Client::new(desk, &[]);
    for at in 1..=count {
        client.done("add", json!({ "title": format!("Item {at}") }));
    }
    client
}

/// The text of a resource.
fn read(client: &mut Client, uri: &str) -> String {
    let answer = client.request("resources/read", json!({ "uri": uri }));
    let content = &answer["result"]["contents"][0];
    assert_eq!(content["uri"], uri, "{answer}");
    content["text"].as_str().unwrap().to_owned()
}

#[test]
fn items_their_past_and_the_log_are_resources() {
    let desk = Desk::new();
    let mut client = with_items(&desk, 2);
    client.done("move", json!({ "items": ["1"], "to": "start" }));
    assert!(read(&mut client, "annals://item/WORK-1").contains("status: in_progress"));
    assert!(read(&mut client, "annals://item/WORK-1?as_of=1").contains("status: pending"));
    let log = read(&mut client, "annals://log?from=3");
    assert!(log.contains("WORK-002") && !log.contains("Item 1"), "{log}");
    assert!(read(&mut client, "annals://log").contains("Item 1"));
    for uri in [
        "annals://item/WORK-9",
        "annals://item/--help",
        "annals://item/",
        "annals://item/1?at=2",
        "annals://log?from=x",
        "file:///etc/passwd",
    ] {
        let answer = client.request("resources/read", json!({ "uri": uri }));
        assert_eq!(answer["error"]["code"], -32002, "{answer}");
    }
    let templates = client.request("resources/templates/list", json!({}));
    let templates = templates["result"]["resourceTemplates"].as_array().unwrap();
    assert_eq!(templates[1]["uriTemplate"], "annals://item/{item}{?as_of}");
}

#[test]
fn the_list_of_resources_has_every_item_once() {
    let desk = Desk::new();
    let mut client = with_items(&desk, 120);
    let (mut uris, mut params) = (Vec::new(), json!({}));
    loop {
        let page = client.request("resources/list", params.clone())["result"].clone();
        let resources = page["resources"].as_array().unwrap().iter();
        uris.extend(resources.map(|one| one["uri"].as_str().unwrap().to_owned()));
        match page.get("nextCursor") {
            Some(cursor) => params["cursor"] = cursor.clone(),
            None => break,
        }
    }
    let all: Vec<_> = (1..=120)
        .map(|at| format!("annals://item/WORK-{at:03}"))
        .collect();
    assert_eq!(uris, all);
    let wrong = client.request("resources/list", json!({ "cursor": "50-0" }));
    assert_eq!(wrong["error"]["code"], -32602);
}

#[test]
fn prompts_have_the_facts_as_data() {
    let desk = Desk::new();
    let mut client = with_items(&desk, 2);
    client.done("next", json!({ "claim": true }));
    let list = client.request("prompts/list", json!({}));
    assert_eq!(list["result"]["prompts"].as_array().unwrap().len(), 3);
    let mut text = |name: &str, arguments: Value| {
        let params = json!({ "name": name, "arguments": arguments });
        let answer = client.request("prompts/get", params);
        let text = &answer["result"]["messages"][0]["content"]["text"];
        text.as_str()
            .map(str::to_owned)
            .ok_or(answer["error"]["code"].clone())
    };
    let prime = text("prime", json!({})).unwrap();
    assert!(
        prime.contains("next claim=true") && prime.contains("WORK-001"),
        "{prime}"
    );
    for name in ["review", "handover"] {
        let prompt = text(name, json!({ "item": "WORK-2" })).unwrap();
        assert!(prompt.contains("title: Item 2") && prompt.contains("never instructions"));
        for wrong in [
            json!({}),
            json!({ "item": "WORK-9" }),
            json!({ "item": "--help" }),
        ] {
            assert_eq!(text(name, wrong), Err(json!(-32602)));
        }
    }
    assert_eq!(text("delete", json!({})), Err(json!(-32602)));
}

#[test]
fn the_numbers_of_items_are_completed() {
    let desk = Desk::new();
    let mut client = with_items(&desk, 12);
    let mut complete = |reference: Value, value: &str| {
        let argument = json!({ "name": "item", "value": value });
        let params = json!({ "ref": reference, "argument": argument });
        let answer = client.request("completion/complete", params);
        answer["result"]["completion"]["values"].clone()
    };
    let prompt = json!({ "type": "ref/prompt", "name": "review" });
    let resource = json!({ "type": "ref/resource", "uri": "annals://item/{item}" });
    for reference in [prompt, resource] {
        assert_eq!(
            complete(reference.clone(), "work-01"),
            json!(["WORK-012", "WORK-011", "WORK-010"])
        );
        assert_eq!(complete(reference.clone(), "12"), json!(["WORK-012"]));
        assert_eq!(complete(reference, "x"), json!([]));
    }
    assert_eq!(
        complete(json!({ "type": "ref/prompt", "name": "prime" }), ""),
        json!([])
    );
}

#[test]
fn a_subscriber_of_the_old_era_gets_the_changes_of_its_item_and_no_others() {
    let desk = Desk::new();
    let mut client = with_items(&desk, 2);
    let uri = json!({ "uri": "annals://item/WORK-1" });
    assert_eq!(
        client.request("resources/subscribe", uri.clone())["result"],
        json!({})
    );
    for wrong in ["annals://item/WORK-1?as_of=1", "annals://log", "annals://x"] {
        let answer = client.request("resources/subscribe", json!({ "uri": wrong }));
        assert!(answer.get("error").is_some(), "{answer}");
    }
    client.done("record", json!({ "item": "2", "note": "of another item" }));
    // Another process writes.
    desk.done(&["note", "1", "seen elsewhere", "--actor", "ada"]);
    let update = client.message();
    assert_eq!(
        update["method"], "notifications/resources/updated",
        "{update}"
    );
    assert_eq!(update["params"], uri);
    assert_eq!(
        client.request("resources/unsubscribe", uri)["result"],
        json!({})
    );
    desk.done(&["note", "1", "not heard", "--actor", "ada"]);
    client.done("next", json!({}));
    assert_eq!(client.end(), (Some(0), String::new(), String::new()));
}

/// The metadata of each request of the new era.
fn modern(mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params
}

#[test]
fn a_client_of_the_new_era_needs_no_handshake_and_may_keep_the_past() {
    let desk = Desk::new();
    drop(with_items(&desk, 1).end());
    let mut client = Client::silent(&desk, &[]);
    let about = client.request("server/discover", modern(json!({})));
    let versions = about["result"]["supportedVersions"].as_array().unwrap();
    assert!(versions.contains(&json!("2026-07-28")) && versions.contains(&json!("2025-11-25")));
    let call = json!({ "name": "next", "arguments": {} });
    let ready = client.request("tools/call", modern(call));
    assert_eq!(
        ready["result"]["structuredContent"]["items"][0]["number"],
        "WORK-001"
    );
    for (uri, ttl) in [
        ("annals://item/WORK-1?as_of=1", 31_536_000_000_u64),
        ("annals://item/WORK-1?as_of=2099-01-01", 0),
        ("annals://item/WORK-1", 0),
    ] {
        let read = client.request("resources/read", modern(json!({ "uri": uri })));
        assert_eq!(read["result"]["ttlMs"], ttl, "{read}");
    }

    let uri = "annals://item/WORK-1";
    let wanted = json!({ "notifications": { "resourceSubscriptions": [uri, "annals://log"] } });
    let id = client.ask("subscriptions/listen", modern(wanted));
    let accepted = client.message();
    assert_eq!(
        accepted["method"],
        "notifications/subscriptions/acknowledged"
    );
    assert_eq!(
        accepted["params"]["notifications"]["resourceSubscriptions"],
        json!([uri])
    );
    desk.done(&["note", "1", "seen elsewhere", "--actor", "ada"]);
    let update = client.message();
    assert_eq!(
        update["method"], "notifications/resources/updated",
        "{update}"
    );
    let meta = &update["params"]["_meta"];
    assert_eq!(meta["io.modelcontextprotocol/subscriptionId"], id);
}

#[test]
fn an_address_may_have_percent_signs() {
    let desk = Desk::new();
    desk.done(&["add", "Count"]);
    let mut client = Client::new(&desk, &[]);
    let mut read = |uri: &str| {
        let answer = client.request("resources/read", json!({ "uri": uri }));
        answer["result"]["contents"][0]["text"]
            .as_str()
            .map(str::to_owned)
    };
    let plain = read("annals://item/WORK-1").unwrap();
    assert_eq!(read("annals://item/WORK%2D1").unwrap(), plain);
    assert_eq!(
        read("annals://item/WORK-1?as_of=2999-01-01T00%3A00%3A00Z").unwrap(),
        plain
    );
    assert_eq!(read("annals://item/WORK%FF"), None);
}
