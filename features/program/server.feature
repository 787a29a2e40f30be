Feature: A store on a server
  `--store postgres://user@host/database`, or ANNALS_STORE the same, names a database instead of a
  file. All commands do there what they do on a file.

  @positive @server
  Scenario: init creates the store in a database
    Given there is no store yet
    When ada runs: annals init --format json
    Then it succeeds
    And the answer contains: "created":true
    When ada runs: annals add 'Write the report'
    Then it succeeds
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @positive @server
  Scenario: The first item creates the store in an empty database and names it
    Given there is no store yet
    When ada runs: annals add 'Write the report' --format json
    Then it succeeds
    And the answer contains: "created_store":"postgres://

  @positive @server
  Scenario Outline: The database answers: annals <command>
    Given ada runs: annals add 'Write the report'
    And ada runs: annals note WORK-001 'The bank has answered.'
    When ben runs: annals <command>
    Then it succeeds
    And the answer contains: <words>

    Examples:
      | command                      | words            |
      | list                         | Write the report |
      | search bank                  | WORK-001         |
      | board                        | Write the report |
      | tree                         | Write the report |
      | history WORK-001             | NoteAdded        |
      | context WORK-001 --budget 99 | WORK-001         |

  @edge @server
  Scenario: A store on a server can be initialised again
    Given ada runs: annals add 'Write the report'
    When ada runs: annals init
    Then it succeeds
    And the answer contains: the store is there already: postgres://
    And the list shows:
      | number   | title            | status  |
      | WORK-001 | Write the report | pending |

  @positive @server
  Scenario: A role with the rights of the program works on items
    Given the server has a role for the program
    And ada runs: annals init --role {role}
    When everyone connects as that role
    And ada runs: annals add 'Write the report' --type spike
    And ada runs: annals start WORK-001
    And ada runs: annals done WORK-001
    Then all of them succeed
    And the list shows:
      | number   | title            | status |
      | WORK-001 | Write the report | done   |

  @negative @server
  Scenario: A role without rights is refused
    Given ada runs: annals add 'Write the report'
    And the server has a role for the program
    When everyone connects as that role
    And ada runs: annals list
    Then it fails at the store

  @negative @server
  Scenario: A role that is missing gets no rights
    When ada runs: annals init --role nobody_of_this_name
    Then it fails at the store

  @positive @server
  Scenario: A check of an undamaged database finds no problem
    Given ada runs: annals add 'Write the report'
    And ada runs: annals start WORK-001
    When ada runs: annals check --format json
    Then it succeeds
    And the check has found 4 events and nothing wrong

  @negative @server
  Scenario: A check of a damaged database fails
    Given ada runs: annals add 'Write the report'
    And ada runs: annals note WORK-001 'The bank has answered.'
    And a superuser removes the event at position 2
    When ada runs: annals check
    Then it fails at the store

  @positive @server
  Scenario: The rows of the read model of a database equal its log
    Given ada runs: annals add 'Write the report'
    And ada runs: annals search report
    And ada runs: annals note WORK-001 'The bank has answered.'
    When ada runs: annals views prove items
    Then it succeeds
    And the answer contains: considered 1 … 3 of 3

  @negative @server
  Scenario Outline: A server has its own tools for: annals <command>
    When ada runs: annals <command>
    Then it is refused as a wrong use that says: <tool>

    Examples:
      | command           | tool       |
      | backup copy       | pg_dump    |
      | restore copy      | pg_restore |
