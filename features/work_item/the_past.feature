Feature: Questions about the past of a work item
  Nothing is overwritten: past states of an item can be read, with the actor of each change.

  Background:
    Given it is 08:00
    And Ada creates "Write the report"
    And it is started at 09:00
    And it is blocked at 10:00
    And it is unblocked at 11:00

  @positive
  Scenario: An item is shown as of a version or a time
    Then WORK-001 was like this:
      | moment    | status      |
      | version 1 | pending     |
      | version 4 | blocked     |
      | 08:30     | pending     |
      | 10:00     | blocked     |

  @positive
  Scenario: A version past the last change gives the present item
    Then as of version 99, WORK-001 was in_progress

  @negative
  Scenario: Before it was created there was no item
    Then as of 07:59, there was no WORK-001

  @positive
  Scenario: The history has all events in order, each with its actor
    Then this happened to WORK-001:
      | version | time  | who | event            |
      | 1       | 08:00 | ada | WorkItemCreated  |
      | 2       | 09:00 | ada | StatusChanged    |
      | 3       | 09:00 | ada | WorkItemAssigned |
      | 4       | 10:00 | ada | StatusChanged    |
      | 5       | 11:00 | ada | StatusChanged    |
