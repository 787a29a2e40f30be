Feature: Building a read model again
  A rebuild fills a new build aside and switches to it in one step. Each version of a projection has
  a live build of its own. A proof compares the rows with a fresh build.

  Background:
    Given this happened:
      | time  | stream    | event                |
      | 08:00 | account-7 | opened by Ada        |
      | 08:10 | account-7 | deposit of 100 cents |
      | 08:20 | account-7 | deposit of 300 cents |
    And the balances are brought up to date

  @positive
  Scenario: A rebuild has the rows of the first build
    When the balances are built again
    Then the live build is "balances.v1.2"
    And the balances are:
      | account   | cents |
      | account-7 | 400   |

  @positive
  Scenario: An operator switches back to the build before
    Given the balances are built again
    And this happened:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 1 cents |
    When the balances are switched back
    Then the live build is "balances.v1.1"
    And the balances are at position 4
    And the balances are:
      | account   | cents |
      | account-7 | 401   |

  @negative
  Scenario: Without an earlier build there is no way back
    When the balances are switched back
    Then it is refused: no earlier build of version 1

  @negative
  Scenario: A rebuild that fails leaves the old rows
    Given the next release brings the balances up to date
    And this happened:
      | time  | stream    | event                 |
      | 09:00 | account-7 | deposit of 2000 cents |
    And the next release brings the balances up to date
    When the balances are built again
    Then it has stopped before position 4 in "account-7": more than 1000 cents
    And the live build is "balances.v1.1"
    And the balances are:
      | account   | cents |
      | account-7 | 2400  |

  @positive
  Scenario: A new version is built beside the old one
    When version 2 brings the balances up to date
    And this happens:
      | time  | stream    | event              |
      | 09:00 | account-7 | deposit of 1 cents |
    And version 2 brings the balances up to date
    Then the live build of version 2 is "balances.v2.1"
    And the live build is "balances.v1.1"
    And the balances are at position 3

  @positive
  Scenario: A proof shows that nothing was missed
    When the balances are proven
    Then the proof says "considered 1 … 3 of 3; 0 skipped; 0 parked; the rows equal a fresh build"

  @negative
  Scenario: A proof finds a row that was changed by hand
    Given the balance of "account-7" is changed by hand to 999 cents
    When the balances are proven
    Then the proof says "considered 1 … 3 of 3; 0 skipped; 0 parked; THE ROWS DIFFER from a fresh build; build them again"

  @positive
  Scenario: The balances can be replayed as of a position
    Then as of position 2 the balances were:
      | account   | cents |
      | account-7 | 100   |
    And the balances are:
      | account   | cents |
      | account-7 | 400   |

  @positive
  Scenario: The balances can be replayed as of a time
    Then as of 08:15 the balances were:
      | account   | cents |
      | account-7 | 100   |

  @edge
  Scenario: As of the beginning of the log there are no rows
    Then as of position 0 the balances were:
      | account | cents |
