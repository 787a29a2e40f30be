Feature: Events as they are stored
  An event is stored as JSON that other programs can read, and comes back as the event it was.

  @positive
  Scenario: An event is stored as JSON beside its type and schema
    Then these events are stored like this:
      | event                | type           | schema | payload                          |
      | opened by Ada        | AccountOpened  | 3      | {"owner":"Ada","currency":"EUR"} |
      | deposit of 120 cents | MoneyDeposited | 2      | {"cents":120}                    |
      | note of Grüße        | NoteWritten    | 1      | "Grüße"                          |
      | closed               | AccountClosed  | 1      | {}                               |

  @positive
  Scenario: Every event comes back as it was
    When these events are stored:
      | opened by Ada          |
      | deposit of 120 cents   |
      | withdrawal of 20 cents |
      | note of Grüße          |
      | closed                 |
    Then each comes back as the event it was

  @positive @file
  Scenario: A person with an SQL shell reads the payload
    Given Ada opens "account-7"
    When somebody asks the file
      """
      SELECT payload ->> '$.owner' FROM history WHERE stream = 'account-7'
      """
    Then the answer is "Ada"

  @edge
  Scenario: The largest numbers and unusual texts come back as they were
    When these events are stored:
      | deposit of 18446744073709551615 cents |
      | note of "\n" \\ 👩‍🚀 {}               |
    Then each comes back as the event it was

  @negative
  Scenario: An event that would not come back is refused when it is written, at its field
    Then these invoices are refused at these fields:
      | invoice                                | field           |
      | a flattened amount of 128 bits         | lines[0].amount |
      | flattened discounts by number          | lines[0].off.7  |
      | a remark that is Some(None)            | remark          |
      | a price that is not a number           | price           |
      | no notes, which are then not written   |                 |

  @negative
  Scenario: A codec without one of the events is refused when it is built, not at the first save
    When a codec is built for a domain that does not declare its last event
    Then the codec is refused because "AccountClosed" is not declared

  @negative
  Scenario: A codec whose upgrades do not fit the declared schema is refused when it is built
    When a codec is built with an upgrade of "MoneyDeposited" from schema 2
    Then the codec is refused because "MoneyDeposited" is declared in schema 2
