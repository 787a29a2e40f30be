Feature: Items in other items
  An epic contains stories, a story tasks, and a task subtasks. An item is not finished before its
  children, and no item is created in a finished one.

  Background:
    Given Ada creates the epic "A year of reports"
    And Ada creates the story "The report of January" in WORK-001
    And Ada creates the task "Sum up the figures" in WORK-002

  @positive
  Scenario: The tree shows items under their parents
    Given Ada creates the subtask "Ask the bank" in WORK-003
    And Ada creates the story "The report of February" in WORK-001
    Then the tree of WORK-001 is:
      | depth | item     | status  |
      | 0     | WORK-001 | pending |
      | 1     | WORK-002 | pending |
      | 2     | WORK-003 | pending |
      | 3     | WORK-004 | pending |
      | 1     | WORK-005 | pending |

  @positive
  Scenario: A tree begins at the requested item
    Then the tree of WORK-002 is:
      | depth | item     | status  |
      | 0     | WORK-002 | pending |
      | 1     | WORK-003 | pending |

  @negative
  Scenario: A story is not done before its tasks
    Given WORK-002 is under way
    When WORK-002 is told to complete
    Then the open children WORK-003 are in the way
    And WORK-002 is in_progress

  @positive
  Scenario: A story is done after its tasks
    Given WORK-003 is finished
    And WORK-002 is under way
    When WORK-002 is told to complete
    Then WORK-002 is done

  @positive
  Scenario: A cancelled task does not hold up its story
    Given WORK-003 is given up
    And WORK-002 is under way
    When WORK-002 is told to complete
    Then WORK-002 is done

  @negative
  Scenario: No item is created in a done item
    Given WORK-003 is finished
    And WORK-002 is finished
    When Ada creates the task "Check the sums" in WORK-002
    Then it is refused because the parent WORK-002 is done
    And there is no WORK-004

  @negative
  Scenario: No item in a done item is reopened
    Given WORK-003 is finished
    And WORK-002 is finished
    When WORK-003 is told to reopen
    Then it is refused because the parent WORK-002 is done
    And WORK-003 is done

  @positive
  Scenario: Done items are reopened from the outermost inwards
    Given WORK-003 is finished
    And WORK-002 is finished
    When WORK-002 is told to reopen
    And WORK-003 is told to reopen
    Then WORK-002 is in_progress
    And WORK-003 is in_progress

  @positive
  Scenario: An item is cancelled, and its children stay as they are
    When WORK-002 is told to cancel
    Then WORK-002 is cancelled
    And WORK-003 is pending

  @edge
  Scenario: A story without tasks is done like any other item
    Given Ada creates the story "The report of February" in WORK-001
    And WORK-004 is under way
    When WORK-004 is told to complete
    Then WORK-004 is done
