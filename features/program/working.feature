Feature: Working on items with annals
  Items are started, blocked, finished, cancelled and reopened by their numbers.

  Background:
    Given ada runs: annals add 'Write the report'

  @positive
  Scenario: An item is started, blocked, unblocked and done
    When ben runs: annals start WORK-001
    And ben runs: annals block WORK-001 --reason 'no figures yet'
    And ben runs: annals unblock WORK-001
    And ben runs: annals test-run WORK-001 --positive 6 --negative 3 --edge 1
    And ben runs: annals done WORK-001 --resolution 'sent to all'
    Then all of them succeed
    And WORK-001 shows:
      | status     | done        |
      | resolution | sent to all |

  @positive
  Scenario: A spike is done without tests
    When ada runs: annals add 'Try the new pump' --type spike
    And ada runs: annals start WORK-002
    And ada runs: annals done WORK-002
    Then all of them succeed
    And WORK-002 shows:
      | status | done |

  @positive
  Scenario: An item is cancelled
    When ada runs: annals cancel WORK-001 --reason 'nobody reads it'
    Then it succeeds
    And WORK-001 shows:
      | status        | cancelled       |
      | status_reason | nobody reads it |

  @positive
  Scenario: A done item is reopened
    When ada runs: annals start WORK-001
    And ada runs: annals test-run WORK-001 --positive 1
    And ada runs: annals done WORK-001
    And ada runs: annals reopen WORK-001 --reason 'a figure is wrong'
    Then all of them succeed
    And WORK-001 shows:
      | status        | in_progress       |
      | status_reason | a figure is wrong |

  @positive
  Scenario: An item is assigned
    When ada runs: annals assign WORK-001 ben
    Then it succeeds
    And WORK-001 shows:
      | assignee | ben |

  @negative
  Scenario: An item without the required evidence is not done
    Given ada runs: annals add 'Mend the roof' --risk T3
    And ada runs: annals start WORK-002
    And ada runs: annals test-run WORK-002 --positive 6 --coverage 81.5
    When ada runs: annals done WORK-002 --format json
    Then it is refused by the domain
    And it names everything that a run with 6 positive tests and a coverage of 81.5 % lacks for L2
    And WORK-002 shows:
      | status | in_progress |

  @positive
  Scenario: A change at the current version succeeds
    When ada runs: annals start WORK-001 --expect 1
    Then it succeeds
    And WORK-001 shows:
      | status | in_progress |

  @negative
  Scenario: A change at an old version is a conflict
    Given ada runs: annals start WORK-001
    When ben runs: annals cancel WORK-001 --reason 'nobody reads it' --expect 1
    Then it is refused as a conflict
    And WORK-001 shows:
      | status | in_progress |
