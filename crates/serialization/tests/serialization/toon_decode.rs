//! Strict decoding of each form that a value can have in a TOON document.

use serde_json::{Value, json};
use serialization::toon;

#[track_caller]
fn reads(document: &str, expected: Value) {
    let value: Value = toon::from_str(document).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(value, expected);
}

#[test]
fn an_object_is_fields_in_their_order() {
    reads(
        "name: Ada\nage: 36\nok: true\nnone: null",
        json!({"name": "Ada", "age": 36, "ok": true, "none": null}),
    );
}

#[test]
fn a_key_alone_opens_an_object_that_may_be_empty() {
    reads(
        "a:\n  b:\n    c: 1\n  d:\ne:",
        json!({"a": {"b": {"c": 1}, "d": {}}, "e": {}}),
    );
}

#[test]
fn a_key_ends_at_the_first_colon_outside_quotes() {
    reads(
        "foo-bar: 1\n2key : 2\n\"a:b\" : 3\na.b: 4\n- x: 5\n: 6\na\"b: \"c: 7",
        json!({"foo-bar": 1, "2key": 2, "a:b": 3, "a.b": 4, "- x": 5, "": 6, "a\"b: \"c": 7}),
    );
}

#[test]
fn keys_such_as_proto_are_ordinary_keys() {
    reads(
        "__proto__: 1\nconstructor:\n  prototype: 2\nrows[1]{__proto__}:\n  3",
        json!({"__proto__": 1, "constructor": {"prototype": 2}, "rows": [{"__proto__": 3}]}),
    );
}

#[test]
fn a_field_takes_the_whole_rest_of_its_line() {
    reads(
        "a: x, y | z\nb: 5\" tall\nc: foo [2]: bar\nd: -x\ne: # no comment",
        json!({
            "a": "x, y | z", "b": "5\" tall", "c": "foo [2]: bar", "d": "-x", "e": "# no comment",
        }),
    );
}

#[test]
fn an_inline_array_is_split_at_its_own_delimiter() {
    reads("a[3]: x,y z,1", json!({"a": ["x", "y z", 1]}));
    reads("a[2|]: x,y|z", json!({"a": ["x,y", "z"]}));
    reads("a[2\t]: x,y\tz|", json!({"a": ["x,y", "z|"]}));
}

#[test]
fn empty_values_of_an_inline_array_are_empty_strings() {
    reads("a[4]: ,x, ,\"\"", json!({"a": ["", "x", "", ""]}));
    reads("a[2\t]: x\t", json!({"a": ["x", ""]}));
}

#[test]
fn empty_arrays_are_read_in_every_form() {
    reads(
        "a: []\nb[0]:\nc[0|]:\nd[0]{x}:\ne[0:]{x}:\nf: \"[]\"",
        json!({"a": [], "b": [], "c": [], "d": [], "e": {}, "f": "[]"}),
    );
    reads("[]", json!([]));
    reads("[0]:", json!([]));
}

#[test]
fn brackets_in_a_cell_are_a_string() {
    reads("a[2]: [],x", json!({"a": ["[]", "x"]}));
    reads("[1]{a}:\n  []", json!([{"a": "[]"}]));
    reads("[1:]{a}:\n  k: []", json!({"k": {"a": "[]"}}));
}

#[test]
fn a_list_has_primitives_arrays_and_objects() {
    reads(
        "a[8]:\n  - 1\n  - text\n  - \"q: 1\"\n  - [2]: 1,2\n  - [0]:\n  - []\n  -\n  - b: 1\n    c: 2",
        json!({"a": [1, "text", "q: 1", [1, 2], [], [], {}, {"b": 1, "c": 2}]}),
    );
}

#[test]
fn a_hyphen_after_a_hyphen_is_text() {
    reads("[2]:\n  - - 1\n  - - a: 1", json!(["- 1", {"- a": 1}]));
}

#[test]
fn lists_can_be_nested() {
    reads(
        "[2]:\n  - [2]:\n    - 1\n    - [1]:\n      - x: 1\n  - [1]: 2",
        json!([[1, [{"x": 1}]], [2]]),
    );
}

#[test]
fn the_first_field_of_an_item_stands_one_level_in_and_its_block_two() {
    reads(
        "[4]:\n  - a:\n      b: 1\n    c: 2\n  - t[1]{x,y}:\n      1,2\n    d: 3\n  - k[1:]{x}:\n      \
         e: 4\n    f: 5\n  - l[1]:\n      - 6\n    g: 7",
        json!([
            {"a": {"b": 1}, "c": 2},
            {"t": [{"x": 1, "y": 2}], "d": 3},
            {"k": {"e": {"x": 4}}, "f": 5},
            {"l": [6], "g": 7},
        ]),
    );
}

#[test]
fn a_table_gives_each_row_the_fields_of_its_header() {
    reads(
        "users[2]{id,\"full name\",ok}:\n  1,Ada,true\n  2,\"Bob, B.\",false\nnext: 1",
        json!({
            "users": [
                {"id": 1, "full name": "Ada", "ok": true},
                {"id": 2, "full name": "Bob, B.", "ok": false},
            ],
            "next": 1,
        }),
    );
}

#[test]
fn fields_of_a_table_can_be_grouped() {
    reads(
        "[1]{ a , b{c,d{e}} ,\"f,g\"{h} }:\n  1,2,3,4",
        json!([{"a": 1, "b": {"c": 2, "d": {"e": 3}}, "f,g": {"h": 4}}]),
    );
}

#[test]
fn a_row_is_one_whose_delimiter_stands_before_its_colon() {
    reads(
        "[3]{a,b}:\n  x,1:2\n  \"a:b\",c\n  x, y: z",
        json!([{"a": "x", "b": "1:2"}, {"a": "a:b", "b": "c"}, {"a": "x", "b": "y: z"}]),
    );
}

#[test]
fn a_table_may_be_separated_by_tabs_or_pipes() {
    reads("[1|]{a|b}:\n  x,y | z", json!([{"a": "x,y", "b": "z"}]));
    reads("[1\t]{a\tb}:\n  x,y\t", json!([{"a": "x,y", "b": ""}]));
}

#[test]
fn a_keyed_table_splits_its_rows_at_their_first_colon() {
    reads(
        "m[3:|]{a|b{c}}:\n  x: 1|2\n  \"y:z\" : 3|t:u\n  k[1]: a,b|4",
        json!({"m": {
            "x": {"a": 1, "b": {"c": 2}},
            "y:z": {"a": 3, "b": {"c": "t:u"}},
            "k[1]": {"a": "a,b", "b": {"c": 4}},
        }}),
    );
    reads("[1:]{a}:\n  x: 1", json!({"x": {"a": 1}}));
}

#[test]
fn a_document_is_an_array_a_primitive_or_an_object() {
    reads("[2]: 1,2", json!([1, 2]));
    reads("hello world", json!("hello world"));
    reads("\"a: b\"", json!("a: b"));
    reads("[2] without a colon", json!("[2] without a colon"));
    reads("42", json!(42));
    reads("", json!({}));
    reads("\n# only a comment\n  \n", json!({}));
}

#[test]
fn escapes_are_read_and_everything_else_is_kept() {
    reads(
        r#"a: "\\ \" \n \r \t \u00e9 \u001B é 😀""#,
        json!({"a": "\\ \" \n \r \t é \u{1b} é 😀"}),
    );
    reads("\"k\\n\\\"\": 1", json!({"k\n\"": 1}));
    reads("\"k\\t\"[1]{\"\\u0061\"}:\n  1", json!({"k\t": [{"a": 1}]}));
    reads("a: \"tab\there\"", json!({"a": "tab\there"}));
}

#[test]
fn numbers_have_an_exact_grammar() {
    reads(
        "[8]: 0,-0,5,-7,1.50,-1E+03,0.5e1,1e-2",
        json!([0, 0, 5, -7, 1.5, -1000, 5, 0.01]),
    );
    for token in [
        "05",
        "-05",
        "00",
        ".5",
        "1.",
        "+5",
        "1_000",
        "0x10",
        "NaN",
        "Infinity",
        "-",
        "1e",
        "1e+",
        "1.e5",
        "--1",
        "٣",
        "-Infinity",
        "1 2",
        "1-",
    ] {
        reads(&format!("a: {token}"), json!({"a": token}));
    }
}

#[test]
fn literals_are_lowercase() {
    reads(
        "[6]: true,false,null,True,NULL,nulls",
        json!([true, false, null, "True", "NULL", "nulls"]),
    );
    reads("[2]: \"true\",\"1\"", json!(["true", "1"]));
}

#[test]
fn numbers_of_any_size_are_exact_or_the_nearest_float() {
    reads(
        "[3]: 18446744073709551615,-9223372036854775808,12345678901234567.9e1",
        json!([u64::MAX, i64::MIN, 123_456_789_012_345_679_u64]),
    );
    reads(
        "[2]: 18446744073709551616,-9223372036854775809",
        json!([18_446_744_073_709_551_616.0, -9_223_372_036_854_775_809.0]),
    );
}

#[test]
fn only_spaces_are_trimmed() {
    reads(
        "a:   x  \nb[2]:  1 , 2 \nc: \u{a0}y\u{a0}\nd: \tz\t",
        json!({"a": "x", "b": [1, 2], "c": "\u{a0}y\u{a0}", "d": "\tz\t"}),
    );
}

#[test]
fn a_line_may_end_with_a_carriage_return() {
    reads("a: 1\r\nb[1]:\r\n  - x\r\n", json!({"a": 1, "b": ["x"]}));
    reads("a: x\ry\r\nb: z\r\r\n", json!({"a": "x\ry", "b": "z\r"}));
    reads("a: x \r", json!({"a": "x"}));
}

#[test]
fn a_byte_order_mark_is_read_over_once() {
    reads("\u{feff}a: 1", json!({"a": 1}));
    reads("\u{feff}\u{feff}a: 1", json!({"\u{feff}a": 1}));
}

#[test]
fn comments_are_lines_and_never_count() {
    reads(
        "# first\na[2]{x}:\n# between\n  1\n       # anywhere\n  2\n#\nb: 1 # text",
        json!({"a": [{"x": 1}, {"x": 2}], "b": "1 # text"}),
    );
}

#[test]
fn blank_lines_may_stand_outside_of_arrays() {
    reads(
        "\na: 1\n\nb:\n   \n  c: 2\n\nd[2]:\n\n  - 1\n  - 2\n\ne: 3\n\n",
        json!({"a": 1, "b": {"c": 2}, "d": [1, 2], "e": 3}),
    );
    reads("[1]{a}:\n\n  1\n\n\n", json!([{"a": 1}]));
}

#[test]
fn a_level_may_have_another_width() {
    let options = toon::DecodeOptions::strict().with_indent(toon::Indent::new(4).unwrap());
    let value: Value = toon::from_str_with("a:\n    b[1]:\n        - c: 1", options).unwrap();
    assert_eq!(value, json!({"a": {"b": [{"c": 1}]}}));
}
