-- The fourth layout: what leads to events is written for many commits at once, and follows the log. What lies in
-- the file already stays as it is. Never edited once released.
--
-- Until it is written, a store looks through the end of the log itself: through all rows of runs that come after
-- the position in indexed. So the tables of streams and ids lead to what lies up to there, and to nothing behind it.
-- They have new names, so that a program of before that has the file open reads and writes nothing wrong.

ALTER TABLE stream_heads RENAME TO indexed_streams;
ALTER TABLE event_ids RENAME TO indexed_ids;

-- Its only row is inserted by whoever brings the file to this layout, who knows what is indexed.
CREATE TABLE indexed (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    through  INTEGER NOT NULL CHECK (through >= 0)
) STRICT;

-- It goes forward only, and not past the end of the log.
CREATE TRIGGER indexed_goes_forward BEFORE UPDATE ON indexed
WHEN NEW.through < OLD.through OR NEW.only_one <> OLD.only_one OR NEW.through > coalesce(
    (SELECT position - 1 + length(event_ids) / 16 FROM runs ORDER BY position DESC LIMIT 1), 0)
BEGIN
    SELECT RAISE (ABORT, 'the index follows the log: UPDATE refused');
END;

CREATE TRIGGER indexed_is_never_replaced BEFORE INSERT ON indexed
WHEN EXISTS (SELECT 1 FROM indexed)
BEGIN
    SELECT RAISE (ABORT, 'the index follows the log: INSERT refused');
END;

CREATE TRIGGER indexed_is_never_deleted BEFORE DELETE ON indexed
BEGIN
    SELECT RAISE (ABORT, 'the index follows the log: DELETE refused');
END;

PRAGMA user_version = 4;
