Feature: The life of a work item
  An item is created, started, perhaps blocked, and done or cancelled. Other transitions are
  refused.

  @positive
  Scenario: An item begins as a pending task of medium priority and little risk
    When Ada creates "Write the report"
    Then WORK-001 is pending
    And WORK-001 is a task of medium priority and risk tier T1 that nobody has

  @positive
  Scenario: An item takes these transitions
    Then an item takes these steps:
      | from        | step     | to          |
      | pending     | start    | in_progress |
      | pending     | cancel   | cancelled   |
      | in_progress | block    | blocked     |
      | in_progress | complete | done        |
      | in_progress | release  | pending     |
      | in_progress | cancel   | cancelled   |
      | blocked     | unblock  | in_progress |
      | blocked     | cancel   | cancelled   |
      | done        | reopen   | in_progress |

  @negative
  Scenario: An item refuses all other transitions
    Then an item refuses these steps, and stays as it is:
      | from        | steps                                           |
      | pending     | block, unblock, complete, reopen                |
      | in_progress | start, unblock, reopen                          |
      | blocked     | start, block, complete, reopen                  |
      | done        | start, block, unblock, complete, cancel         |
      | cancelled   | start, block, unblock, complete, cancel, reopen |

  @positive
  Scenario: A finished item has a duration
    Given it is 08:00
    And Ada creates "Write the report"
    When it is started at 09:00
    And it passes its tests
    And it is completed at 10:30
    Then it took 90 minutes

  @positive
  Scenario: An item is assigned and unassigned
    Given an item that is pending
    When it is assigned to ben
    Then ben has it
    When it is taken from whoever has it
    Then nobody has it

  @positive
  Scenario: An item without an assignee is assigned to the actor who starts it
    Given an item that is pending
    When Ben starts it
    Then ben has it

  @negative
  Scenario: An item with an assignee keeps it when another actor starts it
    Given an item that is pending
    And it is assigned to ben
    When Ada starts it
    Then ben has it
    And it is in_progress

  @edge
  Scenario: Assigning an item to its assignee records nothing
    Given an item that is pending
    And it is assigned to ben
    When it is assigned to ben
    Then ben has it
    And nothing was recorded

  @positive
  Scenario: The priority of an item is raised
    Given an item that is in_progress
    When its priority becomes critical
    Then it is of critical priority

  @positive
  Scenario: The title and the description of an item are changed
    Given an item that is blocked
    When it is called "Write the long report"
    And it is described as "With all figures."
    Then WORK-001 is called "Write the long report"
    And WORK-001 is described as "With all figures."

  @negative
  Scenario: A closed item cannot be edited
    Given an item that is done
    When it is assigned to ben
    Then it is refused because the item is done
    And ada has it
    Given an item that is cancelled
    When it is assigned to ben
    Then it is refused because the item is cancelled
    And nobody has it

  @negative
  Scenario: A title is one line of at most 200 characters
    When Ada creates an item with a title of 200 characters
    Then WORK-001 is pending
    When Ada creates an item with a title of 201 characters
    Then the title is refused because it is too long
    When Ada creates an item with a title of spaces
    Then the title is refused because it is empty
    When Ada creates an item with a title of two lines
    Then the title is refused because it is not one line

  @positive
  Scenario: A story lies in an epic
    Given Ada creates the epic "A year of reports"
    When Ada creates the story "The report of January" in WORK-001
    Then WORK-002 lies in WORK-001

  @negative
  Scenario: A task does not lie in an epic
    Given Ada creates the epic "A year of reports"
    When Ada creates the task "Write the report" in WORK-001
    Then it is refused because a task does not lie in an epic
    And there is no WORK-002
