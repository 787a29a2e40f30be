-- The builds of all read models of a database. Each is a schema beside this one.
CREATE SCHEMA IF NOT EXISTS annals_views;

CREATE TABLE IF NOT EXISTS annals_views.builds (
  model       text COLLATE "C" NOT NULL,
  version     bigint NOT NULL,
  number      bigint NOT NULL,
  schema      text COLLATE "C" NOT NULL UNIQUE,
  fingerprint text NOT NULL,
  segments    integer NOT NULL,
  log         bytea NOT NULL,
  start       bigint NOT NULL, -- the position after which the build begins
  state       text NOT NULL CHECK (state IN ('aside', 'live', 'earlier')),
  PRIMARY KEY (model, version, number)
);
CREATE UNIQUE INDEX IF NOT EXISTS one_live_build ON annals_views.builds (model, version)
  WHERE state = 'live';

-- The last number of each version. A number is never used again, also after its build is removed.
CREATE TABLE IF NOT EXISTS annals_views.numbers (
  model   text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  last    bigint NOT NULL,
  PRIMARY KEY (model, version)
);
