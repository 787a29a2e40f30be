Feature: Describing an item for a language model with annals
  The context is a text to paste into a prompt, within a budget of tokens: the state and the events
  that led to it. Each row has its version.

  Background:
    Given it is 08:00
    And ada runs: annals add 'Write the report' --risk T3
    And it is 09:00
    And ben runs: annals start WORK-001
    And ben runs: annals test-run WORK-001 --positive 6 --coverage 81.5
    And it is 10:00
    And ben runs: annals block WORK-001 --reason 'no figures yet'

  @positive
  Scenario: The state cites the version of each field
    When ada runs: annals context WORK-001
    Then it succeeds
    And the context has the state:
      | field            | value             | version |
      | status           | blocked           | 5       |
      | status_reason    | no figures yet    | 5       |
      | assignee         | ben               | 3       |
      | risk_tier        | T3                | 1       |
      | coverage_percent | 81.50 % (claimed) | 4       |

  @positive
  Scenario: The changes are in order, the newest last
    When ada runs: annals context WORK-001 --format toon
    Then it succeeds
    And the context has the changes:
      | version | actor | event_type        |
      | 1       | ada   | WorkItemCreated   |
      | 2       | ben   | StatusChanged     |
      | 3       | ben   | WorkItemAssigned  |
      | 4       | ben   | TestSuiteExecuted |
      | 5       | ben   | StatusChanged     |

  @positive
  Scenario: The hindrances cite the test run and the status
    When ada runs: annals context WORK-001
    Then it succeeds
    And 5 hindrances rest on version 4 of WORK-001
    And 1 hindrances rest on version 5 of WORK-001

  @positive
  Scenario Outline: The context is as it was at <moment>
    When ada runs: annals context WORK-001 --as-of <moment>
    Then it succeeds
    And the context is of version <version>
    And the context has the state:
      | field  | value    | version   |
      | status | <status> | <version> |

    Examples:
      | moment               | version | status      |
      | 1                    | 1       | pending     |
      | 2                    | 2       | in_progress |
      | 2026-01-05T08:30:00Z | 1       | pending     |

  @positive
  Scenario Outline: An answer has at most <budget> tokens
    Given ada runs: annals add 'Ein sehr langer Titel über 漢字 und 🦀, der nicht überall hineinpasst' --type spike
    And ada runs: annals cancel WORK-002 --reason 'es wurde zu lang, und niemand wollte es lesen'
    When ada runs: annals context WORK-002 --budget <budget>
    Then it succeeds
    And the answer has at most <budget> tokens
    And the context says that something was dropped

    Examples:
      | budget |
      | 50     |
      | 75     |
      | 120    |

  @edge
  Scenario: A context that fits is complete
    When ada runs: annals context WORK-001 --budget 100000
    Then it succeeds
    And the context says that nothing was dropped

  @negative
  Scenario Outline: <words> is wrong usage
    When ada runs: annals context <words>
    Then it is refused as a wrong use that says: <says>

    Examples:
      | words                           | says     |
      | WORK-001 --budget 49            | --budget |
      | WORK-001 --as-of tomorrow       | --as-of  |

  @negative
  Scenario: The context of a missing item is refused
    When ada runs: annals context WORK-404
    Then it is refused by the domain

  @negative
  Scenario: The context of a missing version is refused
    When ada runs: annals context WORK-001 --as-of 9
    Then it is refused by the domain
