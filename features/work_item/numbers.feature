Feature: The numbers of work items
  People refer to an item by its number. Numbers begin with WORK-001, and are unique and without
  gaps, even if several people create items at the same time.

  @positive
  Scenario: Items are numbered as they are created
    When Ada creates "Write the report"
    And Ben creates "Read the report"
    Then WORK-001 is called "Write the report"
    And WORK-002 is called "Read the report"

  @edge
  Scenario: Concurrent creators get different numbers, without gaps
    When 6 creators at once each create 4 items
    Then the items have the numbers 1 to 24, each once

  @positive @file
  Scenario: Numbers continue after the store is opened again
    Given Ada creates "Write the report"
    When the store is closed and opened again
    And Ben creates "Read the report"
    Then WORK-001 is called "Write the report"
    And WORK-002 is called "Read the report"

  @negative
  Scenario: An item that is not created takes no number
    Given Ada creates "Write the report"
    When Ada creates the story "The report of January" in WORK-777
    Then it is refused because there is no parent WORK-777
    When Ben creates "Read the report"
    Then WORK-002 is called "Read the report"

  @edge
  Scenario: A number is understood with and without its zeros
    Given Ada creates "Write the report"
    Then WORK-1 is called "Write the report"
    And work-00001 is called "Write the report"
