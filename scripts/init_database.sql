-- What a database owner runs once, so that a role without further rights can run pipelines:
--   psql -d warehouse -v role=crisol -f scripts/init_database.sql
-- Printed from the code, src/ledger/tables.c: `make golden` writes it.
\set ON_ERROR_STOP on

CREATE SCHEMA IF NOT EXISTS metadata;
CREATE SCHEMA IF NOT EXISTS gold;

-- one row a run
CREATE TABLE IF NOT EXISTS metadata.pipeline_executions (
  execution_id VARCHAR NOT NULL, -- the run's id
  dataset_name VARCHAR NOT NULL, -- the dataset's id
  pipeline_type VARCHAR NOT NULL, -- dataset, or replay
  status VARCHAR NOT NULL, -- started, completed or failed
  started_at TIMESTAMP WITH TIME ZONE NOT NULL, -- the run's instant, the same as in its rows
  finished_at TIMESTAMP WITH TIME ZONE, -- null while it goes on, or where it died
  engine VARCHAR NOT NULL, -- that ran it
  config_hash VARCHAR NOT NULL, -- of what the configuration says
  rows_read BIGINT, -- records of the inputs
  rows_malformed BIGINT, -- records that did not parse
  rows_duplicates BIGINT, -- left out by deduplicate
  rows_passed BIGINT, -- that silver has of this run
  rows_quarantined BIGINT, -- parsed, and in quarantine
  rows_dropped BIGINT, -- left out by a rule
  rows_warned BIGINT, -- that passed with a warning
  rows_silver BIGINT, -- counted from the written files
  rows_gold BIGINT, -- loaded; null without gold
  stage_seconds JSON, -- by the name of the stage
  error_message VARCHAR, -- why it failed
  summary JSON, -- what `crisol run --json` printed
  lock VARCHAR, -- the dataset's lock that the run held
  process VARCHAR, -- the run's process: whether a run that is started still goes on
  rows_exploded BIGINT, -- rows that explode has added to those read
  silver_mode VARCHAR -- overwrite_dynamic, append, overwrite, or full_refresh: what became of the rows before
);

-- one row a version of a dataset's schema
CREATE TABLE IF NOT EXISTS metadata.dataset_versions (
  dataset_name VARCHAR NOT NULL, -- the dataset's id
  schema_version VARCHAR NOT NULL, -- <MD5>_<first seen>
  schema JSON NOT NULL, -- the JSON Schema
  since TIMESTAMP WITH TIME ZONE NOT NULL -- of the first run that had it
);

-- one row a run and rule
CREATE TABLE IF NOT EXISTS metadata.quality_results (
  execution_id VARCHAR NOT NULL, -- the run's id
  rule_name VARCHAR NOT NULL, -- as the rules have it
  on_fail VARCHAR NOT NULL, -- quarantine, drop, warn or fail
  failed BIGINT NOT NULL, -- rows that failed it
  total BIGINT NOT NULL -- rows that it judged
);

-- one row a run and file, in and out: the lineage
CREATE TABLE IF NOT EXISTS metadata.run_files (
  execution_id VARCHAR NOT NULL, -- the run's id
  direction VARCHAR NOT NULL, -- input, output, quarantine, or rewritten: without the rows that a replay displaced
  path VARCHAR NOT NULL, -- absolute, or of the object
  rows BIGINT NOT NULL, -- records in it
  bytes BIGINT NOT NULL, -- its size
  modified_at TIMESTAMP WITH TIME ZONE, -- of an input: its mtime
  md5 VARCHAR, -- of its bytes
  etag VARCHAR, -- of an object that a run read
  changed_at TIMESTAMP WITH TIME ZONE, -- of an input: its ctime
  inputs VARCHAR -- of an output: numbers of the run's inputs, by path, that its rows come from
);

-- one row a run and column of its sources
CREATE TABLE IF NOT EXISTS metadata.run_columns (
  execution_id VARCHAR NOT NULL, -- the run's id
  position INTEGER NOT NULL, -- from 1
  column_name VARCHAR NOT NULL, -- of the sources
  type VARCHAR NOT NULL -- in silver
);

-- one row a run and change of its columns
CREATE TABLE IF NOT EXISTS metadata.schema_drift (
  execution_id VARCHAR NOT NULL, -- the run's id
  compared_with VARCHAR NOT NULL, -- files (the first file of the source), run (the last one) or gold (the table)
  change VARCHAR NOT NULL, -- new, missing, reordered, widened, narrowed or changed
  column_name VARCHAR NOT NULL, -- the column
  old_type VARCHAR, -- of a type that changed
  new_type VARCHAR, -- of a type that changed
  path VARCHAR, -- the first file that differs so
  files BIGINT NOT NULL -- that differ so
);

-- one row a quarantined row and replay that settled it, or found it failing for other reasons
CREATE TABLE IF NOT EXISTS metadata.replayed_rows (
  execution_id VARCHAR NOT NULL, -- the replay's id
  dataset_name VARCHAR NOT NULL, -- the dataset's id
  quarantined_by VARCHAR NOT NULL, -- the run that quarantined the row: its _run_id
  source_file VARCHAR NOT NULL, -- the row's _source_file
  source_offset BIGINT NOT NULL, -- its _source_offset
  element BIGINT, -- its _element
  outcome VARCHAR NOT NULL, -- passed, duplicate, dropped, superseded: it is settled; open: it failed again, for these reasons
  reasons JSON -- of an open row: its _failed_rules as of this replay
);

-- one row a gold table and dataset that writes it
CREATE TABLE IF NOT EXISTS metadata.gold_tables (
  schema_name VARCHAR NOT NULL, -- of the gold table
  table_name VARCHAR NOT NULL, -- of the gold table
  dataset_name VARCHAR NOT NULL, -- that made the table, or shares it
  silver_path VARCHAR NOT NULL, -- of its lake
  is_shared BOOLEAN NOT NULL, -- whether others may write the table
  since TIMESTAMP WITH TIME ZONE NOT NULL -- of the run that made it
);

-- What tables of a former version lack.
ALTER TABLE metadata.pipeline_executions ADD COLUMN IF NOT EXISTS lock VARCHAR;
ALTER TABLE metadata.pipeline_executions ADD COLUMN IF NOT EXISTS process VARCHAR;
ALTER TABLE metadata.pipeline_executions ADD COLUMN IF NOT EXISTS rows_exploded BIGINT;
ALTER TABLE metadata.pipeline_executions ADD COLUMN IF NOT EXISTS silver_mode VARCHAR;
ALTER TABLE metadata.run_files ADD COLUMN IF NOT EXISTS etag VARCHAR;
ALTER TABLE metadata.run_files ADD COLUMN IF NOT EXISTS changed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE metadata.run_files ADD COLUMN IF NOT EXISTS inputs VARCHAR;

GRANT USAGE ON SCHEMA metadata TO :"role";
GRANT SELECT, INSERT, UPDATE ON metadata.pipeline_executions TO :"role";
GRANT SELECT, INSERT ON metadata.dataset_versions TO :"role";
GRANT SELECT, INSERT ON metadata.quality_results TO :"role";
GRANT SELECT, INSERT ON metadata.run_files TO :"role";
GRANT SELECT, INSERT ON metadata.run_columns TO :"role";
GRANT SELECT, INSERT ON metadata.schema_drift TO :"role";
GRANT SELECT, INSERT ON metadata.replayed_rows TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON metadata.gold_tables TO :"role";
GRANT USAGE, CREATE ON SCHEMA gold TO :"role";
