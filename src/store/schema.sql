-- One run folder. user_version is the schema's number; a newer one is refused.
CREATE TABLE IF NOT EXISTS texts(      -- long strings once: letters, shots, system prompts
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,           -- sha256 of text
  text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS passes(
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,            -- core::run_key
  facts TEXT NOT NULL);                -- JSON of PassFacts
CREATE TABLE IF NOT EXISTS generations(
  pass INTEGER NOT NULL REFERENCES passes(id),
  sample TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  position INTEGER NOT NULL,           -- evaluation order
  prompt_hash TEXT NOT NULL,
  failed INTEGER NOT NULL,             -- 1: infrastructure error, asked again on resume
  sample_json TEXT NOT NULL,
  prompt_json TEXT NOT NULL,
  generation_json TEXT NOT NULL,
  PRIMARY KEY(pass, sample, repeat)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS generations_order ON generations(pass, position);
CREATE TABLE IF NOT EXISTS scores(
  pass INTEGER NOT NULL REFERENCES passes(id),
  rules TEXT NOT NULL,
  sample TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  answer_json TEXT NOT NULL,
  scores_json TEXT NOT NULL,
  PRIMARY KEY(pass, rules, sample, repeat)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS summaries(
  pass INTEGER NOT NULL REFERENCES passes(id),
  rules TEXT NOT NULL,
  summaries_json TEXT NOT NULL,
  PRIMARY KEY(pass, rules)) WITHOUT ROWID;
PRAGMA user_version = 1;
