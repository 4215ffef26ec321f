-- The run folder's database. One line on each table; JSON columns hold the forms of core/json.h.
CREATE TABLE passes (               -- one RunSpec over one task
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,         -- core::run_key(spec)
  task TEXT NOT NULL,
  spec TEXT NOT NULL,               -- RunSpec, canonical JSON
  model TEXT NOT NULL,              -- ModelInfo
  facts TEXT NOT NULL               -- the rest of PassFacts
);
CREATE TABLE facts (                -- further facts by name (PassFacts::extra)
  pass INTEGER NOT NULL REFERENCES passes(id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (pass, name)
) WITHOUT ROWID;
CREATE TABLE texts (                -- every piece of a prompt or sample once, by its hash
  id INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,        -- first 32 hex digits of SHA-256
  body TEXT NOT NULL
);
CREATE TABLE samples (
  id INTEGER PRIMARY KEY,
  pass INTEGER NOT NULL REFERENCES passes(id),
  sample TEXT NOT NULL,
  body TEXT NOT NULL,               -- {"cluster","fields","targets"}; long texts as lists of texts.id
  UNIQUE (pass, sample)
);
CREATE TABLE generations (
  id INTEGER PRIMARY KEY,
  sample INTEGER NOT NULL REFERENCES samples(id),
  repeat INTEGER NOT NULL,
  pass INTEGER NOT NULL REFERENCES passes(id),
  position INTEGER NOT NULL,        -- evaluation order
  prompt_hash TEXT NOT NULL,        -- core::prompt_hash
  prompt TEXT NOT NULL,             -- Prompt; message contents as lists of texts.id
  text TEXT NOT NULL,
  reasoning TEXT NOT NULL,
  error TEXT NOT NULL,              -- '' unless the infrastructure failed
  body TEXT NOT NULL,               -- the rest of Generation
  UNIQUE (sample, repeat)
);
CREATE INDEX generations_in_order ON generations (pass, position);
CREATE TABLE answers (              -- what a rule set made of a generation
  generation INTEGER NOT NULL REFERENCES generations(id),
  rules TEXT NOT NULL,
  answer TEXT NOT NULL,
  scores TEXT NOT NULL,
  PRIMARY KEY (generation, rules)
) WITHOUT ROWID;
CREATE TABLE summaries (
  pass INTEGER NOT NULL REFERENCES passes(id),
  rules TEXT NOT NULL,
  position INTEGER NOT NULL,
  body TEXT NOT NULL,               -- Summary
  PRIMARY KEY (pass, rules, position)
) WITHOUT ROWID;
