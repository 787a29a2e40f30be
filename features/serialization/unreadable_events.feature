Feature: Events that cannot be read
  An event that cannot be read is a typed error, never a guess.

  @negative
  Scenario: An event of an unknown type is refused
    Given these payloads are in "account-7":
      | type         | schema | payload |
      | CoffeeCooked | 1      | {}      |
    When the events of "account-7" are read
    Then reading is refused because nobody knows "CoffeeCooked"

  @edge
  Scenario: An event of an unknown type is skipped by a program that chose so
    Given these payloads are in "account-7":
      | type          | schema | payload                          |
      | AccountOpened | 3      | {"owner":"Ada","currency":"EUR"} |
      | CoffeeCooked  | 1      | {}                               |
    When the events of "account-7" are read by a program that skips unknown events
    Then they are:
      | opened by Ada |

  @negative
  Scenario: A payload that does not fit its event type is refused
    Then none of these payloads is read as a "MoneyDeposited" of schema 2:
      | {"cents":12              |
      | {}                       |
      | {"cents":"twelve"}       |
      | {"cents":12}{"cents":13} |

  @positive
  Scenario: An unknown field is ignored
    Given these payloads are in "account-7":
      | type           | schema | payload                        |
      | MoneyDeposited | 2      | {"cents":12,"teller":"Carol"} |
    When the events of "account-7" are read
    Then they are:
      | deposit of 12 cents |
