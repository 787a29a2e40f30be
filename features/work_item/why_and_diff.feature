Feature: The reasons for a status, and the changes of an item
  The history answers both questions, as of any moment: `why` lists the reasons, `diff` the changes.

  Background:
    Given it is 08:00
    And Ada creates "Write the report"
    And it is started at 09:00
    And it is blocked at 10:00

  @positive
  Scenario: Why lists the events that led to the status, and no others
    Given Ada notes "The bank has not answered."
    And it is unblocked at 11:00
    And it passes its tests
    Then this has led to where WORK-001 stands:
      | version | time  | who | event             |
      | 1       | 08:00 | ada | WorkItemCreated   |
      | 2       | 09:00 | ada | StatusChanged     |
      | 4       | 10:00 | ada | StatusChanged     |
      | 6       | 11:00 | ada | StatusChanged     |
      | 7       | 11:00 | ada | TestSuiteExecuted |

  @positive
  Scenario: Why lists only the evidence that counts
    Given it is unblocked at 11:00
    And its tests show 1 positive, 0 negative, 0 edge cases
    And it passes its tests
    And it is completed at 12:00
    Then this has led to where WORK-001 stands:
      | version | time  | who | event             |
      | 1       | 08:00 | ada | WorkItemCreated   |
      | 2       | 09:00 | ada | StatusChanged     |
      | 4       | 10:00 | ada | StatusChanged     |
      | 5       | 11:00 | ada | StatusChanged     |
      | 7       | 11:00 | ada | TestSuiteExecuted |
      | 8       | 12:00 | ada | StatusChanged     |
      | 9       | 12:00 | ada | WorkItemCompleted |

  @negative
  Scenario: Why lists all hindrances
    Given Ada creates "Ask the bank"
    And WORK-001 depends on WORK-002
    Then what keeps WORK-001 from being done is:
      | it is blocked                  |
      | blocker WORK-002 is pending    |
      | no test run is recorded        |
      | no positive tests              |

  @negative
  Scenario: Why names a blocker that cannot be read
    Given Ada creates "Ask the bank"
    And WORK-001 depends on WORK-002
    And WORK-002 has an event that cannot be read
    Then what keeps WORK-001 from being done is:
      | it is blocked            |
      | WORK-002 cannot be read  |
      | no test run is recorded  |
      | no positive tests        |
    And why names the unreadable items WORK-002 beside WORK-001

  @positive
  Scenario: Diff lists the changes between two moments, field by field
    Then between version 1 and 10:30, this changed in WORK-001:
      | field         | from    | to                   |
      | status        | pending | blocked              |
      | status_reason | –       | so it was decided    |
      | assignee      | –       | ada                  |
      | started_at    | –       | 2026-01-05T09:00:00Z |

  @positive
  Scenario: Diff backwards lists the changes that would undo it
    Then between 09:30 and 08:30, this changed in WORK-001:
      | field      | from                 | to      |
      | status     | in_progress          | pending |
      | assignee   | ada                  | –       |
      | started_at | 2026-01-05T09:00:00Z | –       |

  @edge
  Scenario: Diff of a moment and itself is empty
    Then between version 3 and 09:59, nothing changed in WORK-001

  @negative
  Scenario: Diff from a time before the item is refused
    Then nothing can be said of WORK-001 between 07:00 and 10:00
