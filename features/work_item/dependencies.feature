Feature: Items that depend on others
  An item can wait for another item, or be related to it. It is not done before the items that it
  waits for. Items never wait for each other in a circle.

  Background:
    Given Ada creates "Draw the charts"
    And Ada creates "Choose the colours"
    And Ada creates "Ask the painter"

  @positive
  Scenario: An item waits for another one
    When WORK-001 comes to depend on WORK-002
    Then WORK-001 waits for WORK-002
    And WORK-002 waits for nothing

  @positive
  Scenario: An item is related to another one
    When WORK-001 comes to be related to WORK-002
    Then WORK-001 waits for nothing
    And WORK-001 has to do with WORK-002

  @negative
  Scenario: An item with an open blocker is not completed
    Given WORK-001 depends on WORK-002
    And WORK-001 is under way
    When WORK-001 is told to complete
    Then the open blockers WORK-002 are in the way
    And WORK-001 is in_progress

  @positive
  Scenario: An item is completed after its blocker
    Given WORK-001 depends on WORK-002
    And WORK-002 is finished
    And WORK-001 is under way
    When WORK-001 is told to complete
    Then WORK-001 is done

  @positive
  Scenario: A related item is no blocker
    Given WORK-001 is related to WORK-002
    And WORK-001 is under way
    When WORK-001 is told to complete
    Then WORK-001 is done

  @positive
  Scenario: A removed dependency is no blocker
    Given WORK-001 depends on WORK-002
    And WORK-001 is under way
    When WORK-001 comes to depend on WORK-002 no more
    And WORK-001 is told to complete
    Then WORK-001 is done

  @negative
  Scenario: A dependency that closes a circle is refused
    Given WORK-001 depends on WORK-002
    And WORK-002 depends on WORK-003
    When WORK-003 comes to depend on WORK-001
    Then it is refused because of the circle WORK-003, WORK-001, WORK-002, WORK-003
    And WORK-003 waits for nothing

  @edge
  Scenario: Of two concurrent dependencies that would close a circle, one is refused
    When WORK-001 and WORK-002 come to depend on each other at once
    Then one of the two dependencies is refused, and one holds

  @positive
  Scenario: Items may be related to each other
    Given WORK-001 is related to WORK-002
    When WORK-002 comes to be related to WORK-001
    Then WORK-002 has to do with WORK-001

  @edge
  Scenario: An item does not depend on itself
    When WORK-001 comes to depend on WORK-001
    Then it is refused because it would depend on itself
