Feature: Taking work in with annals
  Issues of Beads and stores of other branches come in without a loss, and a repetition changes
  nothing.

  Rule: Issues of Beads

    Background:
      Given ada runs: annals add 'Write the report'

    @positive
    Scenario: An issue keeps its id, its texts and its time
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-a1b2","title":"Check the addresses","description":"All of them","priority":1,"status":"open","issue_type":"task","created_at":"2025-12-16T10:00:00+01:00"}
        """
      Then it succeeds
      And bd-a1b2 shows:
        | number      | WORK-002             |
        | title       | Check the addresses  |
        | priority    | high                 |
        | created_at  | 2025-12-16T09:00:00Z |

    @positive
    Scenario: The children of an epic stay in it
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-e","title":"Ship it","priority":2,"issue_type":"epic","created_at":"2025-12-16T10:00:00Z"}
        {"id":"bd-e.1","title":"Print the labels","priority":2,"issue_type":"task","created_at":"2025-12-16T10:00:00Z","dependencies":[{"depends_on_id":"bd-e","type":"parent-child"}]}
        """
      And ada runs: annals list --parent bd-e --format json
      Then all of them succeed
      And the answer lists:
        | title            | type  |
        | Print the labels | story |

    @positive
    Scenario: An issue waits for the issues that block it
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","priority":2,"created_at":"2025-12-16T10:00:00Z"}
        {"id":"bd-2","title":"Print","priority":0,"created_at":"2025-12-16T10:00:00Z","dependencies":[{"depends_on_id":"bd-1","type":"blocks"}]}
        """
      And ada runs: annals ready --format json
      Then all of them succeed
      And the answer lists:
        | title            |
        | Check            |
        | Write the report |

    @positive
    Scenario: A comment is a note with its author and time
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","created_at":"2025-12-16T10:00:00Z","comments":[{"author":"cleo","text":"three are wrong","created_at":"2025-12-17T10:00:00Z"}]}
        """
      And ada runs: annals show bd-1
      Then all of them succeed
      And the answer contains: cleo, 2025-12-17T10:00:00Z:
      And the answer contains: three are wrong

    Scenario Outline: An issue that is <there> in Beads is <here> here
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","status":"<there>","close_reason":"<why>","created_at":"2025-12-16T10:00:00Z"}
        """
      Then it succeeds
      And bd-1 shows:
        | status | <here> |

      @positive
      Examples:
        | there       | why            | here        |
        | open        |                | pending     |
        | in_progress |                | in_progress |
        | blocked     |                | blocked     |
        | deferred    |                | blocked     |
        | closed      | all are right  | done        |
        | closed      | duplicate of 3 | cancelled   |

      @edge
      Examples:
        | there  | why | here    |
        | review |     | blocked |

    Scenario Outline: annals <command> takes the id of an issue
      Given ben runs: annals add 'Sum up the figures'
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-a1b2","title":"Check the addresses","created_at":"2025-12-16T10:00:00Z"}
        """
      And ada runs: annals <command>
      Then all of them succeed
      And the answer contains: <answer>

      @positive
      Examples:
        | command                        | answer                      |
        | start bd-a1b2                  | assigned to ada             |
        | note bd-a1b2 'half of it'      | note added                  |
        | claim BD-A1B2                  | claimed by ada              |
        | assign bd-a1b2 cleo            | assigned to cleo            |
        | depend 1 --on bd-a1b2          | blocked by WORK-003         |
        | prioritise 2 bd-a1b2 low       | priority critical → low     |
        | add 'Send it' --on bd-a1b2     | blocked by WORK-003         |
        | what-if start bd-a1b2          | not ready any more: WORK-003 |
        | context bd-a1b2                | WORK-003                    |
        | history bd-a1b2                | Check the addresses         |
        | ready --explain bd-a1b2        | it is ready                 |
        | search bd-a1b2                 | Check the addresses         |

    @positive
    Scenario: An import that is repeated imports no issue
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","created_at":"2025-12-16T10:00:00Z"}
        """
      And ada pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","created_at":"2025-12-16T10:00:00Z"}
        {"id":"bd-2","title":"Print","created_at":"2025-12-16T10:00:00Z"}
        """
      Then all of them succeed
      And 1 events were imported, and 1 were there already

    @edge
    Scenario: An issue that was changed in Beads is named and not touched
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","created_at":"2025-12-16T10:00:00Z"}
        """
      And ben pipes into annals import --beads -:
        """
        {"id":"bd-1","title":"Check again","created_at":"2025-12-16T10:00:00Z"}
        """
      Then all of them succeed
      And the answer contains: changed in Beads since their import, and not touched:
      And bd-1 shows:
        | title | Check |

    @negative
    Scenario: A closed issue that is reopened needs evidence
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","status":"closed","created_at":"2025-12-16T10:00:00Z"}
        """
      And ben runs: annals reopen bd-1 --reason 'look again'
      And ben runs: annals done bd-1
      Then it is refused by the domain
      And the refusal says: no test run is recorded

    @negative
    Scenario: A broken line is refused with its number, and nothing is written
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","created_at":"2025-12-16T10:00:00Z"}
        {"id":"bd-2","title":"Print"}
        """
      Then the error says: line 2: `created_at` is missing
      And the list shows:
        | title            |
        | Write the report |

    @negative
    Scenario: Issues that wait for each other are refused
      When ben pipes into annals import --beads - --format json:
        """
        {"id":"bd-1","title":"Check","created_at":"2025-12-16T10:00:00Z","dependencies":[{"depends_on_id":"bd-2"}]}
        {"id":"bd-2","title":"Print","created_at":"2025-12-16T10:00:00Z","dependencies":[{"depends_on_id":"bd-1"}]}
        """
      Then the error says: bd-1, bd-2 wait for each other in a circle

  Rule: Stores of other branches

    Background:
      Given ada runs: annals add 'Write the report'
      And the log was imported into the new store

    @positive
    Scenario: An item of the other branch gets the next number
      Given ada runs: annals add 'Read it here'
      And ben runs: annals add 'Read it there' --store {new}
      When ada runs: annals import --merge {new}
      Then it succeeds
      And the answer contains: WORK-002 of the other store is now WORK-003
      And the list shows:
        | number   | title            |
        | WORK-001 | Write the report |
        | WORK-002 | Read it here     |
        | WORK-003 | Read it there    |

    @positive
    Scenario: A change of the other branch is taken
      Given ben runs: annals start WORK-001 --store {new}
      When ada runs: annals import --merge {new} --format json
      Then it succeeds
      And WORK-001 shows:
        | status   | in_progress |
        | assignee | ben         |

    @positive
    Scenario: A merge that is repeated adds nothing
      Given ben runs: annals add 'Read it there' --store {new}
      And ada runs: annals import --merge {new}
      When ada runs: annals import --merge {new} --format json
      Then it succeeds
      And 0 events were imported, and 2 were there already

    @positive
    Scenario: The items of the other branch wait for each other as before
      Given ada runs: annals add 'Read it here'
      And it is 09:00
      And ben runs: annals add 'Print it' --store {new}
      And ben runs: annals add 'Send it' --on WORK-002 --store {new}
      When ada runs: annals import --merge {new}
      And ada runs: annals ready --explain WORK-004
      Then all of them succeed
      And the answer contains: blocker WORK-003 is pending

    @positive
    Scenario: A number of the other branch is still found
      Given ada runs: annals add 'Read it here'
      And ben runs: annals add 'Read it there' --store {new}
      When ada runs: annals import --merge {new}
      And ada runs: annals search WORK-002
      Then all of them succeed
      And the answer contains: Read it there

    @negative
    Scenario: An item that both branches changed refuses the merge
      Given ada runs: annals start WORK-001
      And ben runs: annals retitle WORK-001 'Write a report' --store {new}
      When ada runs: annals import --merge {new}
      Then it is refused as a conflict
      And the error says: WORK-001: both stores changed it

    @edge
    Scenario: A note of one branch is no clash
      Given ada runs: annals start WORK-001
      And ben runs: annals note WORK-001 'seen there' --store {new}
      When ada runs: annals import --merge {new} --format json
      Then it succeeds
      And WORK-001 shows:
        | status | in_progress |
