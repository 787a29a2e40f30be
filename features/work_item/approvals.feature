Feature: Approvals
  An item of tier T4 needs an approval by an actor who did not work on it: who neither moved it nor
  recorded its test results since it was created or last reopened.

  Background:
    Given an item of tier T4 that is in_progress
    And it passes its tests

  @positive
  Scenario: An item is done after an actor who did not work on it has approved
    When ben approves it
    And it is told to complete
    Then it is done

  @positive
  Scenario: An assignee who did not work on the item can approve it
    Given it is assigned to ben
    When ben approves it
    And it is told to complete
    Then it is done

  @negative
  Scenario: An actor who started the item cannot approve it
    When ada approves it
    Then it is refused because ada started it
    And it is in_progress

  @negative
  Scenario: An item without an approval is not done
    When it is told to complete
    Then gate L2 is not met, and these are missing:
      | approval |

  @positive
  Scenario: After a reopening, an actor who worked on the item before can approve it
    Given ben approves it
    And it is told to complete
    When ben reopens it
    And it passes its tests by ben
    And ada approves it
    And it is told to complete
    Then it is done

  @edge
  Scenario: An actor who reopened the item cannot approve it
    Given ben approves it
    And it is told to complete
    When ben reopens it
    And ben approves it
    Then it is refused because ben reopened it
