Feature: Asking annals about items and related items
  The program shows the hierarchy of items, their dependencies, the reasons for their status, and
  their changes.

  Background:
    Given ada runs: annals add 'A year of reports' --type epic
    And ada runs: annals add 'The report of January' --type story --parent WORK-001
    And ada runs: annals add 'Choose the colours' --type spike

  @positive
  Scenario: The items are shown as a tree
    When ada runs: annals tree
    Then it succeeds
    And people are shown:
      """
      WORK-001 A year of reports (epic, pending)
      └─ WORK-002 The report of January (story, pending)
      WORK-003 Choose the colours (spike, pending)
      """

  @positive
  Scenario: An item gets a new title, description, priority and note
    When ada runs: annals retitle WORK-003 'Choose two colours'
    And ada runs: annals describe WORK-003 'One for the costs, one for the income.'
    And ada runs: annals prioritise WORK-003 low
    And ada runs: annals note WORK-003 'Blue was hard to read.'
    Then all of them succeed
    And WORK-003 shows:
      | title       | Choose two colours                     |
      | description | One for the costs, one for the income. |
      | priority    | low                                    |

  @positive
  Scenario: An item is completed after its blocker
    When ada runs: annals depend WORK-002 --on WORK-003
    And ada runs: annals start WORK-003
    And ada runs: annals done WORK-003
    And ada runs: annals start WORK-002
    And ada runs: annals test-run WORK-002 --positive 1
    And ada runs: annals done WORK-002
    Then all of them succeed

  @positive
  Scenario: The answer to a command has its changes and the new version
    When ben runs: annals start WORK-003 --format json
    Then it succeeds
    And the answer has the version 3 and these changes:
      | event_type       | what                  |
      | StatusChanged    | pending → in_progress |
      | WorkItemAssigned | to ben                |

  @positive
  Scenario: A start names the open blockers
    Given ada runs: annals depend WORK-002 --on WORK-003
    When ada runs: annals start WORK-002 --format json
    Then it succeeds
    And the answer names the open blockers WORK-003

  @positive
  Scenario Outline: Why shows both directions of a dependency after: annals <command>
    Given ada runs: annals depend WORK-002 --on WORK-003
    And ada runs: annals <command>
    And ada runs: annals depend WORK-001 --on WORK-003 --kind relates
    When ada runs: annals why WORK-003 --format json
    Then it succeeds
    And these items are known to depend on it:
      | item     | kind    |
      | WORK-001 | relates |
      | WORK-002 | blocks  |
    When ada runs: annals why WORK-002 --format json
    Then it succeeds
    And the chain of why is:
      | version | who | event           |
      | 1       | ada | WorkItemCreated |
      | 2       | ada | DependencyAdded |

    Examples:
      | command        |
      | tree           |
      | search colours |

  @positive
  Scenario: The notes are shown with the item
    Given ada runs: annals note WORK-003 'Blue was hard to read.'
    When ada runs: annals show WORK-003
    Then it succeeds
    And the answer contains: Blue was hard to read.

  @negative
  Scenario: A note cannot look like another note
    Given ada runs: annals note WORK-003 'Blue was hard to read.'
    When ben pipes into annals note WORK-003 -:
      """
      Not at all.

        2026-01-05 08:00:00 UTC  ada
          I was wrong.
      """
    And ada runs: annals show WORK-003
    Then all of them succeed
    And 2 lines of the answer begin with "  2026-"

  @negative
  Scenario: A note cannot look like an event of the history
    When ben pipes into annals note WORK-003 -:
      """
      Not at all.
       9        2026-01-05 08:00:00  ada  WorkItemCompleted
      """
    And ada runs: annals history WORK-003
    Then all of them succeed
    And 1 line of the answer begins with " 2 "
    And 0 lines of the answer begin with " 9 "

  @edge
  Scenario: A note that begins like a short option is a text
    Given ada runs: annals note WORK-003 '-Fix the blue'
    When ada runs: annals show WORK-003
    Then it succeeds
    And the answer contains: -Fix the blue

  @edge
  Scenario: An assigned agent keeps its kind
    When ada runs: annals assign WORK-003 agent:builder
    Then it succeeds
    And WORK-003 shows:
      | assignee | agent:builder |

  @negative
  Scenario: Programs are told the same hindrances everywhere
    Given ada runs: annals depend WORK-001 --on WORK-003
    When ada runs: annals done WORK-001 --format json
    Then it is refused by the domain
    And why, the refusal and the context name the same hindrances:
      | it is pending               |
      | child WORK-002 is pending   |
      | blocker WORK-003 is pending |
      | no test run is recorded     |
      | no positive tests           |

  @edge
  Scenario: The actor without a variable is the user of the system
    When the user uid-1001 of the system runs: annals note WORK-003 'Blue was hard to read.'
    And ada runs: annals history WORK-003 --format json
    Then all of them succeed
    And the history is:
      | version | who      | event           |
      | 1       | ada      | WorkItemCreated |
      | 2       | uid-1001 | NoteAdded       |

  @negative
  Scenario: A refusal to complete an item lists all hindrances
    Given ada runs: annals depend WORK-001 --on WORK-003
    And ada runs: annals start WORK-001
    When ada runs: annals done WORK-001 --format json
    Then it is refused by the domain
    And it names these kinds of hindrances:
      | open_child        |
      | open_blocker      |
      | no_test_run       |
      | no_positive_tests |

  @positive
  Scenario: The reasons for a status are shown as JSON
    Given ben runs: annals start WORK-003
    When ada runs: annals why WORK-003 --format json
    Then it succeeds
    And the chain of why is:
      | version | who | event           |
      | 1       | ada | WorkItemCreated |
      | 2       | ben | StatusChanged   |

  @positive
  Scenario: The changes of an item are shown as a table
    Given ada runs: annals retitle WORK-003 'Choose two colours'
    When ada runs: annals diff WORK-003 --from 1
    Then it succeeds
    And people are shown:
      """
      WORK-003 Choose two colours version 1 → 2
       field  from                to
       title  Choose the colours  Choose two colours
      """

  @negative
  Scenario: A number without an item is refused with a hint
    When ada runs: annals start 9
    Then it is refused by the domain
    And the hint says: annals list

  @edge
  Scenario: A number alone names the item with that number
    When ada runs: annals start 1
    Then it succeeds
    And WORK-001 shows:
      | status | in_progress |

  @edge
  Scenario: A Unix time is not a version, and the answer says how to write it
    When ada runs: annals show 1 --as-of 1767607200
    Then it is refused as a wrong use that says: 2026-01-05T10:00:00Z
