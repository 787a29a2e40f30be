//! The forms of encoded values: objects, arrays, tables and quotes.

use std::collections::BTreeMap;

use serde_json::json;
use serialization::toon::{self, Delimiter, EncodeOptions, Indent};

use crate::toon_spec::Json;

/// The document of a JSON text; its objects keep the order of their keys.
fn of(json: &str) -> String {
    let value: Json = serde_json::from_str(json).unwrap();
    let document = toon::to_string(&value).unwrap();
    let mut streamed = Vec::new();
    toon::to_writer(&mut streamed, &value).unwrap();
    assert_eq!(document.as_bytes(), streamed);
    document
}

fn delimited(json: &str, delimiter: Delimiter) -> String {
    let value: Json = serde_json::from_str(json).unwrap();
    toon::to_string_with(&value, EncodeOptions::new().with_delimiter(delimiter)).unwrap()
}

#[test]
fn a_primitive_is_a_document() {
    for (json, expected) in [
        ("null", "null"),
        ("true", "true"),
        ("-12", "-12"),
        ("\"plain text\"", "plain text"),
        ("\"\"", "\"\""),
        ("[]", "[]"),
        ("{}", ""),
    ] {
        assert_eq!(of(json), expected);
    }
}

#[test]
fn nested_objects_are_indented() {
    assert_eq!(
        of(r#"{"a":{"b":{},"c":{"d":1}},"e":[],"f":null}"#),
        "a:\n  b:\n  c:\n    d: 1\ne: []\nf: null"
    );
}

#[test]
fn arrays_of_primitives_are_one_line() {
    assert_eq!(of(r#"{"a":[1,"x",null,true]}"#), "a[4]: 1,x,null,true");
    assert_eq!(of(r#"["",":"]"#), r#"[2]: "",":""#);
}

#[test]
fn objects_of_the_same_keys_are_rows() {
    assert_eq!(
        of(r#"[{"a":1,"b":"x"},{"b":"y","a":null}]"#),
        "[2]{a,b}:\n  1,x\n  null,y"
    );
    assert_eq!(of(r#"{"t":[{"a":1}]}"#), "t[1]{a}:\n  1");
}

#[test]
fn objects_in_rows_are_groups_of_columns() {
    assert_eq!(
        of(r#"[{"a":{"x":1,"y":{"z":2}},"b":3},{"b":6,"a":{"y":{"z":5},"x":4}}]"#),
        "[2]{a{x,y{z}},b}:\n  1,2,3\n  4,5,6"
    );
}

#[test]
fn the_same_key_in_two_groups_is_two_columns() {
    assert_eq!(
        of(concat!(
            r#"[{"k":{"k":1,"l":2},"l":{"k":3,"l":4}},"#,
            r#"{"l":{"l":8,"k":7},"k":{"l":6,"k":5}}]"#
        )),
        "[2]{k{k,l},l{k,l}}:\n  1,2,3,4\n  5,6,7,8"
    );
}

#[test]
fn different_objects_are_not_a_table() {
    for (json, expected) in [
        // Another key, one too many, one too few.
        (r#"[{"a":1},{"b":1}]"#, "[2]:\n  - a: 1\n  - b: 1"),
        (
            r#"[{"a":1},{"a":1,"b":2}]"#,
            "[2]:\n  - a: 1\n  - a: 1\n    b: 2",
        ),
        (
            r#"[{"a":1,"b":2},{"a":1}]"#,
            "[2]:\n  - a: 1\n    b: 2\n  - a: 1",
        ),
        // An empty object, as a row and as a cell; a null among objects; an array as a cell.
        (r#"[{},{}]"#, "[2]:\n  -\n  -"),
        (r#"[{"a":{}},{"a":{}}]"#, "[2]:\n  - a:\n  - a:"),
        (r#"[{"a":1},null]"#, "[2]:\n  - a: 1\n  - null"),
        (
            r#"[{"a":{"b":1}},{"a":null}]"#,
            "[2]:\n  - a:\n      b: 1\n  - a: null",
        ),
        (r#"[{"a":[]}]"#, "[1]:\n  - a: []"),
        // The same keys at other depths.
        (
            r#"[{"a":{"b":1},"c":2},{"a":1,"c":{"b":2}}]"#,
            "[2]:\n  - a:\n      b: 1\n    c: 2\n  - a: 1\n    c:\n      b: 2",
        ),
    ] {
        assert_eq!(of(json), expected, "{json}");
    }
}

#[test]
fn objects_of_uniform_objects_are_keyed_tables() {
    assert_eq!(
        of(r#"{"u":{"al":{"age":1,"at":{"x":2}},"b b":{"at":{"x":4},"age":3}}}"#),
        "u[2:]{age,at{x}}:\n  al: 1,2\n  \"b b\": 3,4"
    );
    assert_eq!(
        of(r#"{"p":{"k":1},"q":{"k":2}}"#),
        "[2:]{k}:\n  p: 1\n  q: 2"
    );
}

#[test]
fn a_single_entry_or_an_array_element_is_not_a_keyed_table() {
    assert_eq!(of(r#"{"u":{"a":{"k":1}}}"#), "u:\n  a:\n    k: 1");
    assert_eq!(
        of(r#"{"p":{"k":1},"q":{"k":null,"l":1}}"#),
        "p:\n  k: 1\nq:\n  k: null\n  l: 1"
    );
    assert_eq!(
        of(r#"[{"p":{"k":1},"q":{"k":2}},1]"#),
        "[2]:\n  - p:\n      k: 1\n    q:\n      k: 2\n  - 1"
    );
}

#[test]
fn a_keyed_table_can_be_in_an_object_that_is_not_a_table() {
    assert_eq!(
        of(r#"{"n":1,"o":{"p":{"k":{"x":1}},"q":{"k":{"x":2},"r":[{"y":1}]}}}"#),
        "n: 1\no:\n  p:\n    k:\n      x: 1\n  q:\n    k:\n      x: 2\n    r[1]{y}:\n      1"
    );
    assert_eq!(
        of(r#"[{"t":{"p":{"k":1},"q":{"k":2}},"z":0},{}]"#),
        "[2]:\n  - t[2:]{k}:\n      p: 1\n      q: 2\n    z: 0\n  -"
    );
}

#[test]
fn arrays_in_arrays_are_not_tables() {
    assert_eq!(
        of(r#"[[1,2],[],[{"a":1},{"a":2}],[[3]]]"#),
        "[4]:\n  - [2]: 1,2\n  - [0]:\n  - [2]:\n    - a: 1\n    - a: 2\n  - [1]:\n    - [1]: 3"
    );
}

#[test]
fn the_first_field_of_an_item_follows_its_hyphen() {
    assert_eq!(
        of(r#"{"i":[{"t":[{"a":1}],"b":2},{"o":{"c":3},"d":[4]},{"l":[[5]],"e":[]}]}"#),
        concat!(
            "i[3]:\n  - t[1]{a}:\n      1\n    b: 2\n",
            "  - o:\n      c: 3\n    d[1]: 4\n",
            "  - l[1]:\n      - [1]: 5\n    e: []"
        )
    );
}

#[test]
fn strings_that_would_be_misread_are_quoted() {
    for text in [
        "", " a", "a ", "true", "false", "null", "0", "42", "-1", "+1", "05", "1.5", "1e6", "1E-7",
        "+0.5e+3", "-", "- a", "-x", "#", "# a", "a:b", "[", "]", "{", "}", "[]", "a,b",
    ] {
        assert_eq!(of(&json!(text).to_string()), format!("\"{text}\""));
        assert_eq!(
            of(&json!({ "k": text }).to_string()),
            format!("k: \"{text}\"")
        );
        assert_eq!(
            of(&json!([text, 1]).to_string()),
            format!("[2]: \"{text}\",1")
        );
    }
}

#[test]
fn strings_that_cannot_be_misread_are_not_quoted() {
    for text in [
        "a b",
        "True",
        "NULL",
        "nullx",
        "tru",
        ".5",
        "1.",
        "1.e3",
        "e5",
        "1e",
        "1e+",
        "+",
        "++1",
        "1_000",
        "0x10",
        "Infinity",
        "NaN",
        "a#",
        "a-b",
        "x|y",
        "é",
        "\u{a0}x\u{a0}",
        "\u{7f}",
        "\u{2028}",
        "🎉",
        "v1.2.3",
        "2026-01-01",
        "a(b)<c>",
    ] {
        assert_eq!(of(&json!(text).to_string()), text);
    }
}

#[test]
fn a_character_that_needs_quotes_is_found_at_every_place_of_every_length() {
    for length in 1..40 {
        for place in 0..length {
            for (special, written) in [
                (':', ":"),
                ('[', "["),
                (']', "]"),
                ('{', "{"),
                ('}', "}"),
                (',', ","),
                ('"', "\\\""),
                ('\\', "\\\\"),
                ('\n', "\\n"),
                ('\u{1f}', "\\u001f"),
            ] {
                let mut text = vec!['x'; length];
                text[place] = special;
                let text: String = text.into_iter().collect();
                let expected = format!("\"{}\"", text.replace(special, written));
                assert_eq!(toon::to_string(&text).unwrap(), expected);
            }
            for ordinary in ['|', ';', 'Z', '^', '_', '~', '!', '/'] {
                let mut text = vec!['x'; length];
                text[place] = ordinary;
                let text: String = text.into_iter().collect();
                assert_eq!(toon::to_string(&text).unwrap(), text);
            }
        }
    }
}

#[test]
fn control_characters_are_escaped_and_nothing_else_is() {
    assert_eq!(
        toon::to_string("\u{0}\t\n\r\u{1b}\"\\/\u{7f}é🎉").unwrap(),
        r#""\u0000\t\n\r\u001b\"\\/"#.to_owned() + "\u{7f}é🎉\""
    );
}

#[test]
fn a_text_that_begins_with_a_byte_order_mark_is_quoted_only_at_the_root() {
    assert_eq!(toon::to_string("\u{feff}a").unwrap(), "\"\u{feff}a\"");
    assert_eq!(toon::to_string("\u{feff}\n").unwrap(), "\"\u{feff}\\n\"");
    assert_eq!(toon::to_string("a\u{feff}").unwrap(), "a\u{feff}");
    assert_eq!(toon::to_string(&["\u{feff}a"]).unwrap(), "[1]: \u{feff}a");
}

#[test]
fn only_plain_names_are_keys_without_quotes() {
    for key in ["a", "_", "A.b", "x1", "a.", "true", "__proto__"] {
        assert_eq!(of(&json!({ key: 1 }).to_string()), format!("{key}: 1"));
    }
    for key in [
        "", "1", "1a", ".a", "a-b", "a b", "a:b", "é", "a,b", "[1]", "-", "#",
    ] {
        assert_eq!(of(&json!({ key: 1 }).to_string()), format!("\"{key}\": 1"));
        assert_eq!(
            of(&json!({ key: [] }).to_string()),
            format!("\"{key}\": []")
        );
        assert_eq!(
            of(&json!([{ key: 1 }]).to_string()),
            format!("[1]{{\"{key}\"}}:\n  1")
        );
    }
    assert_eq!(
        of(r#"{"a\"\n":{"x":{"k":1},"\t":{"k":2}}}"#),
        "\"a\\\"\\n\"[2:]{k}:\n  x: 1\n  \"\\t\": 2"
    );
}

#[test]
fn the_delimiter_is_named_in_headers_and_counts_for_quotes() {
    let json = r#"{"f":"a,b","g":"c|d","i":["a,b","c|d"],"t":[{"x":{"y":1,"z":"|,"}}],"e":[[]]}"#;
    assert_eq!(
        delimited(json, Delimiter::Comma),
        "f: \"a,b\"\ng: c|d\ni[2]: \"a,b\",c|d\nt[1]{x{y,z}}:\n  1,\"|,\"\ne[1]:\n  - [0]:"
    );
    assert_eq!(
        delimited(json, Delimiter::Pipe),
        "f: a,b\ng: \"c|d\"\ni[2|]: a,b|\"c|d\"\nt[1|]{x{y|z}}:\n  1|\"|,\"\ne[1|]:\n  - [0|]:"
    );
    assert_eq!(
        delimited(json, Delimiter::Tab),
        "f: a,b\ng: c|d\ni[2\t]: a,b\tc|d\nt[1\t]{x{y\tz}}:\n  1\t|,\ne[1\t]:\n  - [0\t]:"
    );
    assert_eq!(
        delimited(r#"{"a":{"k":1,"l":2},"b":{"l":4,"k":3}}"#, Delimiter::Tab),
        "[2:\t]{k\tl}:\n  a: 1\t2\n  b: 3\t4"
    );
}

#[test]
fn the_indent_option_sets_the_width_of_levels() {
    let value = json!({ "a": { "b": [{ "c": 1 }, 2] } });
    for width in [1, 3, 64] {
        let options = EncodeOptions::new().with_indent(Indent::new(width).unwrap());
        let one = " ".repeat(width);
        assert_eq!(
            toon::to_string_with(&value, options).unwrap(),
            format!("a:\n{one}b[2]:\n{one}{one}- c: 1\n{one}{one}- 2")
        );
    }
}

#[test]
fn rows_in_any_order_of_their_fields_have_the_order_of_the_header() {
    let keys = ["a", "b", "c", "d"];
    let mut rows = Vec::new();
    let mut expected = String::from("[24]{a,b,c,d}:");
    for first in 0..4 {
        for second in (0..4).filter(|at| *at != first) {
            for third in (0..4).filter(|at| ![first, second].contains(at)) {
                let fourth = 6 - first - second - third;
                let fields = [first, second, third, fourth]
                    .map(|at| (keys[at].to_owned(), Json::Text(format!("{},", keys[at]))));
                rows.push(Json::Object(fields.into()));
                expected += "\n  \"a,\",\"b,\",\"c,\",\"d,\"";
            }
        }
    }
    assert_eq!(toon::to_string(&rows).unwrap(), expected);
}

#[test]
fn a_table_can_have_any_width() {
    let wide: BTreeMap<String, usize> = (0..160_000).map(|at| (format!("k{at:06}"), at)).collect();
    let backwards = Json::Object(
        wide.iter()
            .rev()
            .map(|(key, at)| (key.clone(), Json::Number((*at).into())))
            .collect(),
    );
    let forwards = Json::Object(
        wide.iter()
            .map(|(key, at)| (key.clone(), Json::Number((*at).into())))
            .collect(),
    );
    let document = toon::to_string(&[forwards, backwards]).unwrap();
    let mut lines = document.lines();
    assert!(lines.next().unwrap().starts_with("[2]{k000000,k000001,"));
    let first = lines.next().unwrap();
    assert!(first.ends_with(",159998,159999"));
    assert_eq!(lines.next(), Some(first));
    assert_eq!(lines.next(), None);
}
