-- The builds of all read models of a folder. Each is a file beside this one.
CREATE TABLE builds (
  model       TEXT NOT NULL,
  version     INTEGER NOT NULL,
  number      INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  segments    INTEGER NOT NULL,
  log         BLOB NOT NULL,
  start       INTEGER NOT NULL, -- the position after which the build begins
  state       TEXT NOT NULL CHECK (state IN ('aside', 'live', 'earlier')),
  PRIMARY KEY (model, version, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX one_live_build ON builds (model, version) WHERE state = 'live';

-- The last number of each version. A number is never used again, also after its build is removed.
CREATE TABLE numbers (
  model   TEXT NOT NULL,
  version INTEGER NOT NULL,
  last    INTEGER NOT NULL,
  PRIMARY KEY (model, version)
) STRICT, WITHOUT ROWID;
