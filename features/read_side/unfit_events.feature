Feature: Events that a read model cannot apply
  A projection may meet an event for which it cannot make rows. Nothing is left out in silence: the
  read model stops before the event, or puts its stream aside, until an operator decides. Here the
  first release shows balances of at most 1000 cents.

  Background:
    Given this happened:
      | time  | stream    | event                 |
      | 08:00 | account-7 | opened by Ada         |
      | 08:10 | account-9 | opened by Ben         |
      | 08:20 | account-7 | deposit of 2000 cents |
      | 08:30 | account-7 | deposit of 5 cents    |
      | 08:40 | account-9 | deposit of 50 cents   |

  @negative
  Scenario: The read model stops before the event, and names it
    When the balances are brought up to date
    Then it has stopped before position 3 in "account-7": more than 1000 cents
    And the balances cannot be read: no rows of version 1 yet

  @positive
  Scenario: The next release goes on where the first one stopped
    Given the balances are brought up to date
    When the next release brings the balances up to date
    Then the balances are at position 5
    And the balances are:
      | account   | cents |
      | account-7 | 2005  |
      | account-9 | 50    |

  @positive
  Scenario: An operator skips the event, with a reason that every rebuild keeps
    Given the balances are brought up to date
    When an operator skips position 3 because "a wrong amount"
    And the balances are brought up to date
    And the balances are built again
    Then the balances are at position 5
    And the balances are:
      | account   | cents |
      | account-7 | 5     |
      | account-9 | 50    |
    And these events are skipped:
      | position | because        |
      | 3        | a wrong amount |

  @negative
  Scenario: A skip without a reason is refused
    Given the balances are brought up to date
    When an operator skips position 3 because ""
    Then it is refused: a skipped event needs a reason

  @negative
  Scenario: An event that can be applied is not skipped
    Given the balances are brought up to date
    When an operator skips position 5 because "I do not like it"
    Then it is refused: is not parked

  @positive
  Scenario: A stream is parked, and all other streams go on
    Given the balances park what they cannot show
    When the balances are brought up to date
    Then the balances are at position 5
    And the events at the positions 3, 4 are parked
    And the balances are:
      | account   | cents |
      | account-7 | 0     |
      | account-9 | 50    |

  @edge
  Scenario: New events of a parked stream wait behind it
    Given the balances park what they cannot show
    And the balances are brought up to date
    When this happens:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 1 cents |
    And the balances are brought up to date
    Then the events at the positions 3, 4, 6 are parked

  @negative
  Scenario: A retry that fails again keeps the stream parked
    Given the balances park what they cannot show
    And the balances are brought up to date
    When an operator retries "account-7"
    Then it has stopped before position 3 in "account-7": more than 1000 cents
    And the events at the positions 3, 4 are parked

  @positive
  Scenario: The next release applies the parked events in their order
    Given the balances park what they cannot show
    And the balances are brought up to date
    When an operator of the next release retries "account-7"
    Then no event is parked
    And the balances are:
      | account   | cents |
      | account-7 | 2005  |
      | account-9 | 50    |

  @positive
  Scenario: An operator retries and skips while the read model is running
    Given the balances park what they cannot show
    And the balances follow the log
    And Ada waits until the balances have position 5
    When an operator skips position 3 because "a wrong amount"
    And an operator retries "account-7"
    And this happens:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 7 cents |
    And Ada waits until the balances have position 6
    Then no event is parked
    And the balances are:
      | account   | cents |
      | account-7 | 12    |
      | account-9 | 50    |
