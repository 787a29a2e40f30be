Feature: Agents that share work
  Agents and people take items from one queue. An item has one claimant at a time. A claim ends by
  itself, and the commands of its claimant renew it.

  Background:
    Given it is 10:00
    And ada runs: annals add 'Write the report'

  @positive
  Scenario: The best ready item is claimed
    Given ada runs: annals add 'Mend the roof' --priority high
    When ada runs: annals next --claim --actor agent:one
    Then it succeeds
    And WORK-002 shows:
      | assignee | agent:one |
      | status   | pending   |

  @positive
  Scenario: Two agents get two items
    Given ada runs: annals add 'Mend the roof'
    And ada runs: annals next --claim --actor agent:one
    When ada runs: annals next --claim --actor agent:two
    Then it succeeds
    And WORK-001 shows:
      | assignee | agent:one |
    And WORK-002 shows:
      | assignee | agent:two |

  @negative
  Scenario: Without a ready item, next says why
    Given ada runs: annals claim WORK-001 --actor agent:one
    And ada runs: annals add 'Mend the roof'
    And ada runs: annals start WORK-002
    When ada runs: annals next --claim --actor agent:two
    Then it is refused by the domain
    And the refusal says: no item is ready: 1 claimed, 1 in progress

  @positive
  Scenario: The ready items come in the order of the queue
    Given ada runs: annals add 'Paint the door'
    And ada runs: annals add 'Mend the roof' --priority high
    And ada runs: annals depend WORK-001 --on WORK-002
    When ben runs: annals ready --format json
    Then the answer lists:
      | number   | priority | status  |
      | WORK-003 | high     | pending |
      | WORK-002 | medium   | pending |

  @positive
  Scenario: All reasons of an item that is not ready are shown
    Given ada runs: annals add 'Mend the roof'
    And ada runs: annals depend WORK-001 --on WORK-002
    And ada runs: annals assign WORK-001 agent:one
    When ben runs: annals ready --explain WORK-001
    Then it succeeds
    And the answer contains: it is assigned to agent:one
    And the answer contains: blocker WORK-002 is pending

  @positive
  Scenario: A claim that is not renewed is free after its time
    Given ada runs: annals claim WORK-001 --for 30m --actor agent:one
    When it is 10:30
    And ada runs: annals next --claim --actor agent:two
    Then it succeeds
    And the answer contains: taken over from agent:one
    And WORK-001 shows:
      | assignee | agent:two |

  @negative
  Scenario: An item that another agent has is not claimed
    Given ada runs: annals claim WORK-001 --for 30m --actor agent:one
    When it is 10:29
    And ada runs: annals claim WORK-001 --actor agent:two
    Then it is refused by the domain
    And WORK-001 shows:
      | assignee | agent:one |

  @positive
  Scenario: Each command of a claimant renews its claim
    Given ada runs: annals start WORK-001 --actor agent:one
    When it is 10:14
    And ada runs: annals test-run WORK-001 --positive 1 --actor agent:one
    Then it succeeds
    When it is 10:28
    And ada runs: annals claim WORK-001 --actor agent:two
    Then it is refused by the domain

  @negative
  Scenario: A claimant who lost an item changes it no more
    Given ada runs: annals start WORK-001 --actor agent:one
    And ada runs: annals test-run WORK-001 --positive 1 --actor agent:one
    When it is 10:15
    And ada runs: annals claim WORK-001 --actor agent:two
    And ada runs: annals done WORK-001 --actor agent:one
    Then it is refused by the domain
    And the refusal says: agent:two has it now
    And WORK-001 shows:
      | status   | in_progress |
      | assignee | agent:two   |

  @edge
  Scenario: The text of a claimant who lost an item is kept as a note
    Given ada runs: annals start WORK-001 --actor agent:one
    When it is 10:15
    And ada runs: annals claim WORK-001 --actor agent:two
    And ada runs: annals done WORK-001 --resolution 'all but page 3' --keep-text --actor agent:one
    Then it is refused by the domain
    When ada runs: annals show WORK-001
    Then it succeeds
    And the answer contains: all but page 3

  @positive
  Scenario Outline: Looking at an item by <command> renews the claim of its claimant
    Given ada runs: annals claim WORK-001 --actor agent:one
    When it is 10:10
    And ada runs: annals <command> WORK-001 --actor agent:one
    And it is 10:20
    And ada runs: annals claim WORK-001 --actor agent:two
    Then it is refused by the domain
    When it is 10:25
    And ada runs: annals claim WORK-001 --actor agent:two
    Then it succeeds

    Examples:
      | command |
      | show    |
      | context |
      | why     |

  @positive
  Scenario: A released item goes back into the queue
    Given ada runs: annals start WORK-001 --actor agent:one
    When ada runs: annals release WORK-001 --actor agent:one
    And ada runs: annals next --actor agent:two --format json
    Then all of them succeed
    And WORK-001 shows:
      | status | pending |

  @positive
  Scenario: A person takes the item of an agent at any time
    Given ada runs: annals claim WORK-001 --actor agent:one
    When ada runs: annals claim WORK-001
    Then it succeeds
    And WORK-001 shows:
      | assignee | ada |

  @edge
  Scenario: An item that a person has started stays theirs
    Given ada runs: annals start WORK-001
    When it is 23:59
    And ben runs: annals claim WORK-001 --actor agent:one
    Then it is refused by the domain
    And WORK-001 shows:
      | assignee | ada |

  @negative
  Scenario Outline: An agent does not <command> an item that a person has started
    Given ada runs: annals start WORK-001
    When ben runs: annals <command> WORK-001 <more> --actor agent:one
    Then it is refused by the domain
    And WORK-001 shows:
      | status   | in_progress |
      | assignee | ada         |

    Examples:
      | command | more         |
      | start   |              |
      | release |              |
      | cancel  | --reason no  |
      | block   | --reason no  |
      | done    |              |
      | assign  | agent:one    |

  @positive
  Scenario: A finished item names the items that are ready because of it
    Given ada runs: annals add 'Try the pump' --type spike
    And ada runs: annals depend WORK-001 --on WORK-002
    And ada runs: annals start WORK-002
    When ada runs: annals done WORK-002
    Then it succeeds
    And the answer contains: ready now: WORK-001 Write the report

  @negative
  Scenario: A claim lasts from a second to a week
    Then each of these is refused as a wrong use:
      | annals claim WORK-001 --for 8d    |
      | annals claim WORK-001 --for 0s    |
      | annals claim WORK-001 --for later |
      | annals next --for 30m             |
