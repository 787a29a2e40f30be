Feature: TOON with annals
  Answers can be TOON, for language models. A filter between JSON and TOON needs no store.

  @positive
  Scenario: JSON becomes TOON
    When ada pipes into annals toon encode:
      """
      {"items": [{"sku": "A1", "qty": 2}, {"sku": "B2", "qty": 1}], "total": 3}
      """
    Then it succeeds
    And it has written:
      """
      items[2]{sku,qty}:
        A1,2
        B2,1
      total: 3
      """

  @positive
  Scenario Outline: <json> comes back from TOON with its keys in their order
    When ada pipes <json> into annals toon encode and that into annals toon decode
    Then it succeeds
    And it has written <json>

    Examples:
      | json                                            |
      | {"z":1,"a":{"y":[1,"2",null],"b":true},"":"x"}  |
      | [{"b":1,"a":2},{"b":3,"a":4}]                   |
      | [18446744073709551616,1.5,"05"]                 |
      | {}                                              |

  @positive
  Scenario: TOON is read leniently with --lenient
    When ada pipes into annals toon decode --lenient:
      """
      tags[3]: a,b
      """
    Then it succeeds
    And it has written {"tags":["a","b"]}

  @negative
  Scenario: TOON with a wrong length is refused with its line
    When ada pipes into annals toon decode:
      """
      name: x
      tags[3]: a,b
      """
    Then it is refused as a wrong use that says: line 2

  @negative
  Scenario: JSON with a duplicate key is refused with that key
    When ada pipes into annals toon encode:
      """
      {"once": 1, "twice": 2, "twice": 3}
      """
    Then it is refused as a wrong use that says: "twice"

  @edge
  Scenario: A number keeps all its digits
    When ada pipes into annals toon encode:
      """
      [9007199254740993.0, 0.10000000000000000001, 1.50, 1e400]
      """
    Then it succeeds
    And it has written:
      """
      [4]: 9007199254740993,0.10000000000000000001,1.5,1e+400
      """

  @positive
  Scenario: The digits that C prints of a float are the shortest of that float
    When ada pipes into annals toon encode:
      """
      [0.10000000000000001]
      """
    Then it succeeds
    And it has written:
      """
      [1]: 0.1
      """

  @positive
  Scenario: A number keeps all its digits on the way back
    When ada pipes into annals toon decode:
      """
      [3]: 9007199254740993.0,0.10000000000000000001,1e400
      """
    Then it succeeds
    And it has written:
      """
      [9007199254740993,0.10000000000000000001,1e+400]
      """

  @negative
  Scenario: A number whose exponent is too long is refused
    When ada pipes into annals toon encode:
      """
      [1e9223372036854775808]
      """
    Then it is refused as a wrong use that says: 1e9223372036854775808

  @positive
  Scenario Outline: <question> gives the same names in TOON as in JSON
    Given ada runs: annals add 'Write: the report' --description 'a, b'
    And ada runs: annals add 'Mend the roof' --type bug
    When ada runs: annals <question> --format toon
    Then it succeeds
    And the TOON says what annals <question> does in JSON

    Examples:
      | question                                      |
      | list --fields number,title,started_at,version |
      | show WORK-001                                 |

  @positive
  Scenario: Events in TOON can be restored
    Given ada runs: annals add 'Write the report'
    And ben runs: annals start WORK-001
    When ada runs: annals events --format toon
    Then it succeeds
    And the events of the store can be restored from it

  @negative
  Scenario: Events cannot be followed in TOON, whose header has their number
    Given ada runs: annals add 'Write the report'
    When ada runs: annals events --follow --format toon
    Then it is refused as a wrong use that says: --format json
