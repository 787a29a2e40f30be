Feature: Rows that follow the log
  A projection makes rows of events. A projector commits the rows together with their position in the
  log, so a reader knows how far they are. Here the rows are the balances of accounts.

  Background:
    Given this happened:
      | time  | stream    | event                |
      | 08:00 | account-7 | opened by Ada        |
      | 08:10 | account-7 | deposit of 100 cents |
      | 08:20 | account-9 | opened by Ben        |
      | 08:30 | account-9 | deposit of 50 cents  |

  @positive
  Scenario: Rows are made up to the end of the log, and go on from there
    When the balances are brought up to date
    Then the balances are at position 4
    And the balances are:
      | account   | cents |
      | account-7 | 100   |
      | account-9 | 50    |
    When this happens:
      | time  | stream    | event                  |
      | 09:00 | account-7 | withdrawal of 30 cents |
    And the balances are brought up to date
    Then the balances are at position 5
    And the balances are:
      | account   | cents |
      | account-7 | 70    |
      | account-9 | 50    |

  @positive
  Scenario Outline: The rows are the same in commits of <count> events
    Given the balances are committed after <count> events
    When the balances are brought up to date
    Then the balances are at position 4
    And the balances are:
      | account   | cents |
      | account-7 | 100   |
      | account-9 | 50    |

    Examples:
      | count |
      | 1     |
      | 2     |
      | 3     |
      | 512   |

  @positive
  Scenario: A caller waits for its own event, and reads its row
    Given the balances follow the log
    When this happens:
      | time  | stream    | event               |
      | 09:00 | account-9 | deposit of 25 cents |
    And Ben waits until the balances have position 5
    Then the wait succeeds
    And the balances are:
      | account   | cents |
      | account-7 | 100   |
      | account-9 | 75    |

  @negative
  Scenario: A wait that takes too long says how far the rows are
    Given the balances are brought up to date
    When this happens:
      | time  | stream    | event               |
      | 09:00 | account-9 | deposit of 25 cents |
    And Ben waits for no time until the balances have position 5
    Then the wait is given up at position 4

  @negative
  Scenario: Rows are not read before they are built
    Then the balances cannot be read: no rows of version 1 yet

  @positive
  Scenario: Rows of one category move past the events of others
    Given the balances take only the category "savings"
    When the balances are brought up to date
    Then the balances are at position 4
    And the balances are:
      | account | cents |

  @edge
  Scenario: A read model that begins at the end of the log has only later events
    Given the balances begin after position 2
    When the balances are brought up to date
    Then the balances are at position 4
    And the balances are:
      | account   | cents |
      | account-9 | 50    |

  @negative
  Scenario: A projection that was changed without a new version is refused
    Given the balances are brought up to date
    And the balances take only the category "savings"
    When the balances are brought up to date
    Then it is refused: changed without a new version; count its VERSION up
    And the balances cannot be read: changed without a new version

  @negative
  Scenario: Rows of another history are not read
    Given the balances are brought up to date
    When the log is replaced by one with these events:
      | stream    | event                |
      | account-7 | opened by Ada        |
      | account-7 | deposit of 900 cents |
    Then the balances cannot be read: belong to another history

  @positive
  Scenario: Rows of another history are built again
    Given the balances are brought up to date
    When the log is replaced by one with these events:
      | stream    | event                |
      | account-7 | opened by Ada        |
      | account-7 | deposit of 900 cents |
    And the balances are brought up to date
    Then the balances are at position 2
    And the balances are:
      | account   | cents |
      | account-7 | 900   |
