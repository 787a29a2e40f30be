Feature: Events from older schemas
  Stored events are never rewritten. An event of an older schema is upcast, step by step, whenever
  it is read.

  @positive
  Scenario: An event is upcast over several steps
    Given these payloads are in "account-7":
      | type          | schema | payload        |
      | AccountOpened | 1      | {"name":"Ada"} |
    When the events of "account-7" are read
    Then they are:
      | opened by Ada |

  @positive
  Scenario: A history of many schemas is one account
    Given these payloads are in "account-7":
      | type           | schema | payload                          |
      | AccountOpened  | 2      | {"owner":"Ada"}                  |
      | MoneyDeposited | 1      | {"amount":5}                     |
      | MoneyDeposited | 2      | {"cents":250}                    |
      | MoneyDeposited | 1      | {"amount":1}                     |
    When "account-7" is loaded
    Then its balance is 850 cents
    And "account-7" belongs to Ada

  @positive
  Scenario: An event that had another name is read under its new one
    Given these payloads are in "account-7":
      | type           | schema | payload        |
      | CustomerJoined | 1      | {"name":"Ada"} |
    When the events of "account-7" are read
    Then they are:
      | opened by Ada |

  @positive
  Scenario: Reading an old event leaves it as it is stored
    Given these payloads are in "account-7":
      | type          | schema | payload        |
      | AccountOpened | 1      | {"name":"Ada"} |
    When the log is read forward
    And the events of "account-7" are read
    And the log is read forward
    Then both readings gave the same

  @negative
  Scenario: An event of a newer program is refused
    Given these payloads are in "account-7":
      | type          | schema | payload                                       |
      | AccountOpened | 4      | {"owner":"Ada","currency":"EUR","branch":"X"} |
    When the events of "account-7" are read
    Then reading is refused because "AccountOpened" has schema 4 and the reader knows up to 3

  @negative
  Scenario: An old event that an upcaster cannot read is refused
    Given these payloads are in "account-7":
      | type           | schema | payload           |
      | MoneyDeposited | 1      | {"amount":"many"} |
    When the events of "account-7" are read
    Then reading is refused because "MoneyDeposited" cannot be taken up from schema 1

  @negative
  Scenario: An old event without an upcaster is refused
    Given these payloads are in "account-7":
      | type          | schema | payload        |
      | AccountOpened | 1      | {"name":"Ada"} |
    When the events of "account-7" are read by a program that has forgotten schema 1
    Then reading is refused because "AccountOpened" has no way up from schema 1
