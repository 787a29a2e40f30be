Feature: Agents work with annals
  An agent repeats commands, rests on contexts that it has read, and tries a command before it gives
  it. Each answer costs few tokens.

  Background:
    Given it is 08:00
    And ada runs: annals add 'Read the figures'
    And ada runs: annals add 'Sum up the figures' --on 1 --assignee agent:builder

  @positive
  Scenario: A command under a key is done once
    Given ben runs: annals note WORK-001 'half of it' --key k7
    When ben runs: annals note WORK-001 'half of it' --key k7 --format json
    Then it succeeds
    And the answer has the version 2 and these changes:
      | event     | what       |
      | NoteAdded | half of it |

  @negative
  Scenario: A used key refuses another command
    Given ben runs: annals note WORK-001 'half of it' --key k7
    When ben runs: annals start WORK-001 --key k7
    Then it is refused as a conflict

  @edge
  Scenario: A refused command is not remembered by its key
    When ben runs: annals done WORK-001 --key k7
    Then it is refused by the domain
    When ben runs: annals start WORK-001 --key k7
    Then it succeeds

  @positive
  Scenario: One command changes several items
    When ada runs: annals start 1 2
    Then it succeeds
    And the list shows:
      | number   | status      |
      | WORK-001 | in_progress |
      | WORK-002 | in_progress |

  @negative
  Scenario: If one item refuses a command, none is changed
    Given ada runs: annals start WORK-002
    When ada runs: annals start 1 2
    Then it is refused by the domain
    And the list shows:
      | number   | status      |
      | WORK-001 | pending     |
      | WORK-002 | in_progress |

  @positive
  Scenario: The effect of a command is shown without it
    When ada runs: annals what-if start WORK-001
    Then it succeeds
    And the answer contains: would record 2 event(s)
    And the list shows:
      | number   | status  |
      | WORK-001 | pending |
      | WORK-002 | pending |

  @positive
  Scenario: A list has the chosen fields
    When ada runs: annals list --fields status,number --format json
    Then it succeeds
    And the answer contains: [{"number":"WORK-001","status":"pending"},{"number":"WORK-002","status":"pending"}]

  @negative
  Scenario Outline: <words> is wrong usage for agents
    When ada runs: annals <words>
    Then it is refused as a wrong use that says: <says>

    Examples:
      | words                    | says     |
      | list --fields colour     | --fields |
      | start 1 --seen 57        | --seen   |
      | start 1 2 --expect 1     | --expect |

  @positive
  Scenario: The agent is told which items it holds
    When eve runs: annals prime --actor agent:builder
    Then it succeeds
    And the answer contains: yours: WORK-002 pending Sum up the figures
    And the answer has at most 175 tokens

  @negative
  Scenario: A command that rests on an old context is refused with the changes
    Given ben runs: annals note WORK-001 'half of it'
    When ada runs: annals start WORK-001 --seen @4
    Then it is refused as a conflict

  @positive
  Scenario: A command that rests on a fresh context is done
    When ada runs: annals start WORK-001 --seen @4
    Then it succeeds
