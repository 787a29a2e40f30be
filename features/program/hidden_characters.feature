Feature: Characters that hide from a reader
  A character without a glyph could make a title or a name show other words than it contains, or
  carry words that no person sees. New titles and names refuse such characters. Answers escape or
  replace them. Here, {U+202E} stands for the character with that number.

  @negative
  Scenario Outline: A title with <character> is refused
    When ada runs: annals add 'Pay{U+<number>}er'
    Then it is refused as a wrong use that says: U+<number>

    Examples:
      | character                | number |
      | a soft hyphen            | 00AD   |
      | a right-to-left override | 202E   |
      | a Hangul filler          | 3164   |
      | a tag                    | E0041  |

  @positive
  Scenario Outline: A joiner or a selector stays in a title where it belongs: <where>
    When ada runs: annals add '<title>'
    Then it succeeds
    And WORK-001 shows:
      | title | <title> |

    Examples:
      | where             | title                    |
      | a Persian word    | می{U+200C}خواهم          |
      | a person who codes | 👩{U+200D}💻            |
      | a burning heart   | ❤{U+FE0F}{U+200D}🔥      |
      | a keycap          | 1{U+FE0F}{U+20E3}        |
      | a couple          | 👩{U+200D}👨            |
      | a red heart       | ❤{U+FE0F}                |

  @negative
  Scenario Outline: The name of an actor has no hidden character: <words>
    Given ada runs: annals add 'Write the report'
    When ada runs: annals <words>
    Then it is refused as a wrong use that says: hidden character U+200B

    Examples:
      | words                                |
      | start WORK-001 --actor 'b{U+200B}en' |
      | assign WORK-001 'agent:b{U+200B}en'  |

  @positive
  Scenario Outline: The answer of <command> as <format> shows a hidden character as <shown>
    Given ada runs: annals add 'Write the report'
    And ada runs: annals note WORK-001 'See {U+202E}txt.exe'
    When ada runs: annals <command> WORK-001 --format <format>
    Then it succeeds
    And the answer contains: See <shown>txt.exe
    And the answer has no U+202E

    Examples:
      | command | format | shown    |
      | show    | json   | \\u202e |
      | show    | toon   | \\u202e |
      | show    | human  | {U+FFFD} |
      | history | json   | \\u202e |
      | history | toon   | \\u202e |
      | history | human  | {U+FFFD} |
      | context | human  | {U+FFFD} |

  @edge
  Scenario: A title from the time before the rule is shown as it is
    Given ada runs: annals add 'Write the report'
    And WORK-001 has got the title Pay{U+200B}er from an older program
    When ada runs: annals show WORK-001
    Then it succeeds
    And the answer contains: Pay{U+FFFD}er
    And WORK-001 shows:
      | title | Pay{U+200B}er |
