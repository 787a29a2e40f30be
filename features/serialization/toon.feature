Feature: TOON for language models
  Any value can be written as TOON, which has the keys of a table once instead of in every row. The
  document reads back as the same value. A flawed document is refused with the line of the flaw.

  @positive
  Scenario: Objects with the same keys become a table
    When this is written as TOON:
      """
      {"items":[{"number":"WORK-001","title":"Write"},{"number":"WORK-002","title":"Mend, then paint"}]}
      """
    Then the document is:
      """
      items[2]{number,title}:
        WORK-001,Write
        WORK-002,"Mend, then paint"
      """

  @positive
  Scenario: Objects inside of the rows become groups of columns
    When this is written as TOON:
      """
      [{"at":1,"by":{"kind":"agent","name":"ben"}},{"at":2,"by":{"kind":"person","name":"ada"}}]
      """
    Then the document is:
      """
      [2]{at,by{kind,name}}:
        1,agent,ben
        2,person,ada
      """

  @positive
  Scenario: An object of objects with the same keys becomes a keyed table
    When this is written as TOON:
      """
      {"gates":{"L1":{"coverage":80,"edge":false},"L2":{"coverage":90,"edge":true}}}
      """
    Then the document is:
      """
      gates[2:]{coverage,edge}:
        L1: 80,false
        L2: 90,true
      """

  @positive
  Scenario: Elements of different kinds become a list
    When this is written as TOON:
      """
      {"mixed":[1,{"a":[]},[2,3],{}]}
      """
    Then the document is:
      """
      mixed[4]:
        - 1
        - a: []
        - [2]: 2,3
        -
      """

  @positive
  Scenario Outline: The text <text> is written as <written>, so that it comes back as a text
    When the text <text> is written as TOON
    Then the document is <written>
    And reading it gives the text <text>

    Examples:
      | text         | written        |
      | hello world  | hello world    |
      | true         | "true"         |
      | 05           | "05"           |
      | a: b         | "a: b"         |
      | - dash       | "- dash"       |
      | # no comment | "# no comment" |

  @positive
  Scenario Outline: <value> comes back as it was, with <delimiter> as the delimiter
    When <value> is written as TOON with <delimiter>
    Then reading it gives <value>

    Examples:
      | value                                           | delimiter |
      | {"a":["x,y","p"],"b":[{"c":"1"},{"c":"x,y"}]}   | comma     |
      | {"a":["x\\ty","p"],"b":[{"c":"1"},{"c":"x,y"}]} | tab       |

  @positive
  Scenario: Comments and blank lines around values are skipped
    When this document is read:
      """
      # what is known
      number: WORK-001

      # of whom?
      assignee: null
      """
    Then it reads {"number":"WORK-001","assignee":null}

  @positive
  Scenario Outline: A lenient reader recovers from <flaw>
    When the document <document> is read leniently
    Then it reads <value>

    Examples:
      | flaw                       | document            | value                   |
      | a length that is wrong     | a[3]: 1,2           | {"a":[1,2]}             |
      | a key that comes twice     | a: 1\\nb: 2\\na: 3    | {"a":3,"b":2}           |
      | a tab before a line        | a:\\n\\tb: 1          | {"a":{"b":1}}           |
      | blank lines between rows   | a[2]{b}:\\n  1\\n\\n  2 | {"a":[{"b":1},{"b":2}]} |
      | a block that lies too deep | a:\\n    b: 1        | {"a":{"b":1}}           |

  @negative
  Scenario Outline: A strict reader refuses <flaw>
    When the document <document> is read
    Then it is refused at line <line>

    Examples:
      | flaw                       | document             | line |
      | a length that is wrong     | x: 1\\na[3]: 1,2      | 2    |
      | a key that comes twice     | a: 1\\nb: 2\\na: 3     | 3    |
      | a row that is too short    | [2]{a,b}:\\n  1,2\\n  3 | 3    |
      | a text that does not end   | a: "b                | 1    |
      | a line that belongs nowhere | a: 1\\nb              | 2    |

  @negative
  Scenario Outline: Even a lenient reader refuses <flaw>
    When the document <document> is read leniently
    Then it is refused at line <line>

    Examples:
      | flaw                         | document            | line |
      | a row that is too short      | [1]{a,b}:\\n  1      | 2    |
      | an escape that does not exist | a: 1\\nb: "\\x"       | 2    |

  @edge
  Scenario: An empty object is an empty document
    When {} is written as TOON with comma
    Then the document is empty
    And reading it gives {}

  @edge
  Scenario: Values nested too deep are refused before they exhaust the stack
    When a list in a list, 100000 deep, is written as TOON
    Then it is refused as too deep
    When 100000 lists that open in one another are read
    Then it is refused as too deep
