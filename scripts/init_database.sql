-- What a database owner runs once, so that a role without further rights can run pipelines:
--   psql -d warehouse -v role=crisol -f scripts/init_database.sql
-- The tables are those that `crisol db init` creates; a test holds the two to each other.
\set ON_ERROR_STOP on

CREATE SCHEMA IF NOT EXISTS metadata;
CREATE SCHEMA IF NOT EXISTS gold;

CREATE TABLE IF NOT EXISTS metadata.pipeline_executions (
  execution_id VARCHAR NOT NULL,
  dataset_name VARCHAR NOT NULL,
  pipeline_type VARCHAR NOT NULL,
  status VARCHAR NOT NULL, -- started, completed or failed
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  finished_at TIMESTAMP WITH TIME ZONE,
  engine VARCHAR NOT NULL,
  config_hash VARCHAR NOT NULL,
  rows_read BIGINT,
  rows_malformed BIGINT,
  rows_duplicates BIGINT,
  rows_passed BIGINT,
  rows_quarantined BIGINT,
  rows_dropped BIGINT,
  rows_warned BIGINT,
  rows_silver BIGINT,
  rows_gold BIGINT,
  stage_seconds JSON,
  error_message VARCHAR,
  summary JSON, -- what `crisol run --json` printed
  lock VARCHAR, -- the dataset's lock that the run held, and its process: whether a run that is `started` still goes on
  process VARCHAR
);

CREATE TABLE IF NOT EXISTS metadata.dataset_versions (
  dataset_name VARCHAR NOT NULL,
  schema_version VARCHAR NOT NULL, -- <MD5>_<first seen>
  schema JSON NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL
);

CREATE TABLE IF NOT EXISTS metadata.quality_results (
  execution_id VARCHAR NOT NULL,
  rule_name VARCHAR NOT NULL,
  on_fail VARCHAR NOT NULL,
  failed BIGINT NOT NULL,
  total BIGINT NOT NULL
);

CREATE TABLE IF NOT EXISTS metadata.run_files (
  execution_id VARCHAR NOT NULL,
  direction VARCHAR NOT NULL, -- input, output or quarantine
  path VARCHAR NOT NULL,
  rows BIGINT NOT NULL,
  bytes BIGINT NOT NULL,
  modified_at TIMESTAMP WITH TIME ZONE,
  md5 VARCHAR, -- of what a run wrote
  etag VARCHAR, -- of an object that a run read
  changed_at TIMESTAMP WITH TIME ZONE, -- of an input: its ctime
  inputs VARCHAR
);

CREATE TABLE IF NOT EXISTS metadata.run_columns (
  execution_id VARCHAR NOT NULL,
  position INTEGER NOT NULL,
  column_name VARCHAR NOT NULL,
  type VARCHAR NOT NULL -- in silver
);

CREATE TABLE IF NOT EXISTS metadata.schema_drift (
  execution_id VARCHAR NOT NULL,
  compared_with VARCHAR NOT NULL, -- files (the first file of the source), run (the last one) or gold (the table)
  change VARCHAR NOT NULL, -- new, missing, reordered, widened, narrowed or changed
  column_name VARCHAR NOT NULL,
  old_type VARCHAR,
  new_type VARCHAR,
  path VARCHAR, -- the first file that differs so
  files BIGINT NOT NULL -- that differ so
);

CREATE TABLE IF NOT EXISTS metadata.gold_tables (
  schema_name VARCHAR NOT NULL,
  table_name VARCHAR NOT NULL,
  dataset_name VARCHAR NOT NULL, -- that made the table, or shares it
  silver_path VARCHAR NOT NULL, -- of its lake
  is_shared BOOLEAN NOT NULL,
  since TIMESTAMP WITH TIME ZONE NOT NULL
);

-- What tables of a former version lack.
ALTER TABLE metadata.pipeline_executions ADD COLUMN IF NOT EXISTS lock VARCHAR;
ALTER TABLE metadata.pipeline_executions ADD COLUMN IF NOT EXISTS process VARCHAR;
ALTER TABLE metadata.run_files ADD COLUMN IF NOT EXISTS etag VARCHAR;
ALTER TABLE metadata.run_files ADD COLUMN IF NOT EXISTS changed_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE metadata.run_files ADD COLUMN IF NOT EXISTS inputs VARCHAR;

GRANT USAGE ON SCHEMA metadata TO :"role";
GRANT SELECT, INSERT, UPDATE ON metadata.pipeline_executions TO :"role";
GRANT SELECT, INSERT ON metadata.dataset_versions, metadata.quality_results, metadata.run_files, metadata.run_columns,
  metadata.schema_drift TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON metadata.gold_tables TO :"role";
GRANT USAGE, CREATE ON SCHEMA gold TO :"role";
