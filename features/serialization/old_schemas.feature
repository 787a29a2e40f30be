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
  Scenario: Reading an old event does not change its stored bytes
    Given these payloads are in "account-7":
      | type          | schema | payload        |
      | AccountOpened | 1      | {"name":"Ada"} |
    When the log is read forward
    And the events of "account-7" are read
    And the log is read forward
    Then both readings gave the same

  @positive
  Scenario: An old event that is two events today is read as both, in their order
    Given these payloads are in "account-7":
      | type           | schema | payload                          |
      | AccountOpened  | 3      | {"owner":"Ada","currency":"EUR"} |
      | MoneyDeposited | 2      | {"cents":250}                    |
      | AccountSettled | 1      | {"paid_out":250}                 |
    When the events of "account-7" are read
    Then they are:
      | opened by Ada           |
      | deposit of 250 cents    |
      | withdrawal of 250 cents |
      | closed                  |
    When "account-7" is loaded
    Then its balance is 0 cents
    And the account is closed
    And it is at version 3 with nothing to save

  @edge
  Scenario: An old event that was dropped is skipped, and still counts as a version
    Given these payloads are in "account-7":
      | type             | schema | payload                          |
      | StatementPrinted | 1      | {"pages":2}                      |
      | AccountOpened    | 3      | {"owner":"Ada","currency":"EUR"} |
      | StatementPrinted | 1      | {"pages":3}                      |
    When "account-7" is loaded as of version 1
    Then there is no such account
    When "account-7" is loaded
    Then "account-7" belongs to Ada
    And it is at version 3 with nothing to save

  @edge
  Scenario: A stream with only dropped events has no account
    Given these payloads are in "account-7":
      | type             | schema | payload     |
      | StatementPrinted | 1      | {"pages":2} |
    When "account-7" is loaded
    Then there is no such account

  @edge
  Scenario: An account is opened in a stream with only dropped events
    Given these payloads are in "account-7":
      | type             | schema | payload     |
      | StatementPrinted | 1      | {"pages":2} |
    When Ada gives the command to open the account if there is none
    Then the command takes effect at attempt 1
    And "account-7" is at version 2
    And "account-7" belongs to Ada

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
