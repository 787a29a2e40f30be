Feature: Looking with annals
  The program shows the present state, past states and the history: for people, and as JSON for
  programs.

  Background:
    Given it is 08:00
    And ada runs: annals add 'Write the report'
    And ada runs: annals add 'Mend the roof' --type bug
    And it is 09:00
    And ben runs: annals start WORK-001
    And it is 10:00
    And ben runs: annals block WORK-001 --reason 'no figures yet'

  @positive
  Scenario: The list shows only items with the chosen status
    When ada runs: annals list --status pending --format json
    Then it succeeds
    And the answer lists:
      | number   | title         | status  |
      | WORK-002 | Mend the roof | pending |

  @positive
  Scenario Outline: An item is shown as it was at <moment>
    When ada runs: annals show WORK-001 --as-of <moment> --format json
    Then it succeeds
    And the answer says that the status is <status>

    Examples:
      | moment               | status      |
      | 1                    | pending     |
      | 2026-01-05T09:30:00Z | in_progress |
      | '30 minutes ago'     | in_progress |
      | '2 hours ago'        | pending     |
      | today                | blocked     |

  @positive
  Scenario: The history shows each event with its actor
    When ada runs: annals history WORK-001 --format json
    Then it succeeds
    And the history is:
      | version | who | event            |
      | 1       | ada | WorkItemCreated  |
      | 2       | ben | StatusChanged    |
      | 3       | ben | WorkItemAssigned |
      | 4       | ben | StatusChanged    |

  @positive
  Scenario: The streams are listed
    When ada runs: annals streams --category work_item --format json
    Then it succeeds
    And the streams listed are at the versions 4, 1

  @positive
  Scenario: The events are listed one by one
    When ada runs: annals events --after 2 --category work_item --limit 2 --format json
    Then it succeeds
    And the events told are:
      | type            |
      | WorkItemCreated |
      | StatusChanged   |

  @positive
  Scenario Outline: The items are named by their present titles in: annals <command>
    Given ben runs: annals retitle WORK-002 'Mend the wall'
    When ada runs: annals <command>
    Then it succeeds
    And the answer contains: <name>

    Examples:
      | command                              | name                                        |
      | events                               | WORK-002 Mend the wall                      |
      | streams                              | WORK-002 Mend the wall                      |
      | history WORK-002                     | WORK-002 Mend the wall                      |
      | events --limit 2 --format json       | "number":"WORK-001","title":"Write the report" |
      | streams --format json                | "number":"WORK-002","title":"Mend the wall" |

  @positive
  Scenario: A follower of the events gets new ones
    Given eve follows with: annals events --follow --type StatusChanged --limit 3 --format json
    When ben runs: annals unblock WORK-001
    Then eve has been told of 3 events

  @positive
  Scenario: Answers are for people by default
    When ada runs: annals show WORK-001
    Then it succeeds
    And the answer is for people

  @negative
  Scenario: Refusals are JSON for programs too
    When ada runs: annals start WORK-404 --format json
    Then it is refused by the domain
    And the refusal says that it is a refusal with exit code 3

  @edge
  Scenario Outline: One command by a clock far ahead does not change the times of later ones, as at <moment>
    Given a clock shows the year 2050
    And ben runs: annals note WORK-001 'Written in 2050'
    And it is 11:00
    And ben runs: annals unblock WORK-001
    When ada runs: annals show WORK-001 --as-of <moment> --format json
    Then it succeeds
    And the answer says that the status is <status>

    Examples:
      | moment               | status      |
      | 2026-01-05T10:59:00Z | blocked     |
      | 2026-01-05T11:00:00Z | in_progress |

  @edge @file
  Scenario: The check names the events of a clock far ahead
    Given a clock shows the year 2050
    And ben runs: annals note WORK-001 'Written in 2050'
    And it is 11:00
    And ben runs: annals unblock WORK-001
    When ada runs: annals check --format json
    Then the check names the event at position 8 as far ahead
