Feature: The board and the statistics
  `annals board` shows the items by status, now or in the past. `annals stats` counts created and
  completed items, cycle times, and test runs that did not meet the gate of their item.

  Background:
    Given it is 08:00
    And ada runs: annals add 'Write the report' --type spike
    And ada runs: annals add 'Mend the roof' --risk T2 --priority critical
    And ada runs: annals add 'Order slates' --type spike --priority low

  @positive
  Scenario: A board has a column for each status, and begins with the most urgent item
    Given ada runs: annals start WORK-001
    When ben runs: annals board --format json
    Then it succeeds
    And the board has these columns:
      | status      | count | cards              |
      | pending     | 2     | WORK-002, WORK-003 |
      | in_progress | 1     | WORK-001           |
      | blocked     | 0     |                    |
      | done        | 0     |                    |
      | cancelled   | 0     |                    |

  @positive
  Scenario: The item that was finished last comes first
    Given ada runs: annals start WORK-001
    And ada runs: annals start WORK-003
    And ada runs: annals done WORK-003
    And ada runs: annals done WORK-001
    And ada runs: annals note WORK-003 'The slates are red'
    When ben runs: annals board --format json
    Then it succeeds
    And the board has these columns:
      | status      | count | cards              |
      | pending     | 1     | WORK-002           |
      | in_progress | 0     |                    |
      | blocked     | 0     |                    |
      | done        | 2     | WORK-001, WORK-003 |
      | cancelled   | 0     |                    |

  @positive
  Scenario: A board of the past shows the items as they were
    Given it is 09:00
    And ada runs: annals start WORK-001
    And ada runs: annals add 'Paint the door'
    When ben runs: annals board --as-of 2026-01-05T08:30Z --format json
    Then it succeeds
    And the board has these columns:
      | status      | count | cards                        |
      | pending     | 3     | WORK-002, WORK-001, WORK-003 |
      | in_progress | 0     |                              |
      | blocked     | 0     |                              |
      | done        | 0     |                              |
      | cancelled   | 0     |                              |

  @positive
  Scenario: A board has my last command, also from the read model
    Given ada runs: annals search roof
    And ada runs: annals cancel WORK-003 --reason 'no money'
    When ben runs: annals board --type spike --format json
    Then it succeeds
    And the board has these columns:
      | status      | count | cards    |
      | pending     | 1     | WORK-001 |
      | in_progress | 0     |          |
      | blocked     | 0     |          |
      | done        | 0     |          |
      | cancelled   | 1     | WORK-003 |

  @positive
  Scenario: Statistics count items and the test runs that missed their gate
    Given ada runs: annals start WORK-001
    And it is 10:00
    And ada runs: annals done WORK-001
    And ada runs: annals start WORK-002
    And ada runs: annals test-run WORK-002 --positive 2
    And ada runs: annals test-run WORK-002 --positive 2 --negative 1 --coverage 85
    When ben runs: annals stats --format json
    Then it succeeds
    And the last period of the statistics has:
      | created   | 3 |
      | completed | 1 |
      | cancelled | 0 |
      | scope     | 3 |
      | done      | 1 |
    And half of the completions took at most 2 hours
    And 1 of 2 test runs did not meet its gate, because of: coverage, no_negative_tests

  @negative
  Scenario: A board cannot be watched in TOON
    When ada runs: annals board --watch --format toon
    Then it is refused as a wrong use that says: cannot be watched in TOON

  @negative
  Scenario: Statistics that end before they begin are a wrong use
    When ada runs: annals stats --since 2026-01-06 --until 2026-01-05
    Then it is refused as a wrong use that says: the period ends before it begins

  @negative
  Scenario: A board of a position that does not exist is refused
    When ada runs: annals board --as-of 999 --format json
    Then it is refused by the domain

  @edge
  Scenario: A board after no event at all is empty
    When ada runs: annals board --as-of 0
    Then it succeeds
    And the answer contains: no work items
