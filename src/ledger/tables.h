/* The metadata tables, as DDL that DuckDB and PostgreSQL both take; @ stands for the schema. */
#ifndef CRISOL_LEDGER_TABLES_H
#define CRISOL_LEDGER_TABLES_H

#define LEDGER_TABLES                                                                                                  \
  "CREATE TABLE IF NOT EXISTS @pipeline_executions (\n"                                                                \
  "  execution_id VARCHAR NOT NULL, dataset_name VARCHAR NOT NULL, pipeline_type VARCHAR NOT NULL,\n"                  \
  "  status VARCHAR NOT NULL, started_at TIMESTAMP WITH TIME ZONE NOT NULL,\n"                                         \
  "  finished_at TIMESTAMP WITH TIME ZONE, engine VARCHAR NOT NULL, config_hash VARCHAR NOT NULL,\n"                   \
  "  rows_read BIGINT, rows_malformed BIGINT, rows_duplicates BIGINT, rows_passed BIGINT,\n"                           \
  "  rows_quarantined BIGINT, rows_dropped BIGINT, rows_warned BIGINT, rows_silver BIGINT, rows_gold BIGINT,\n"        \
  "  stage_seconds JSON, error_message VARCHAR, summary JSON, lock VARCHAR, process VARCHAR);\n"                       \
  "CREATE TABLE IF NOT EXISTS @dataset_versions (\n"                                                                   \
  "  dataset_name VARCHAR NOT NULL, schema_version VARCHAR NOT NULL, schema JSON NOT NULL,\n"                          \
  "  since TIMESTAMP WITH TIME ZONE NOT NULL);\n"                                                                      \
  "CREATE TABLE IF NOT EXISTS @quality_results (\n"                                                                    \
  "  execution_id VARCHAR NOT NULL, rule_name VARCHAR NOT NULL, on_fail VARCHAR NOT NULL,\n"                           \
  "  failed BIGINT NOT NULL, total BIGINT NOT NULL);\n"                                                                \
  "CREATE TABLE IF NOT EXISTS @run_files (\n"                                                                          \
  "  execution_id VARCHAR NOT NULL, direction VARCHAR NOT NULL, path VARCHAR NOT NULL,\n"                              \
  "  rows BIGINT NOT NULL, bytes BIGINT NOT NULL, modified_at TIMESTAMP WITH TIME ZONE, md5 VARCHAR,\n"                \
  "  etag VARCHAR, changed_at TIMESTAMP WITH TIME ZONE, inputs VARCHAR);\n"                                            \
  "CREATE TABLE IF NOT EXISTS @run_columns (\n"                                                                        \
  "  execution_id VARCHAR NOT NULL, position INTEGER NOT NULL, column_name VARCHAR NOT NULL,\n"                        \
  "  type VARCHAR NOT NULL);\n"                                                                                        \
  "CREATE TABLE IF NOT EXISTS @schema_drift (\n"                                                                       \
  "  execution_id VARCHAR NOT NULL, compared_with VARCHAR NOT NULL, change VARCHAR NOT NULL,\n"                        \
  "  column_name VARCHAR NOT NULL, old_type VARCHAR, new_type VARCHAR, path VARCHAR, files BIGINT NOT NULL);\n"        \
  "CREATE TABLE IF NOT EXISTS @gold_tables (\n"                                                                        \
  "  schema_name VARCHAR NOT NULL, table_name VARCHAR NOT NULL, dataset_name VARCHAR NOT NULL,\n"                      \
  "  silver_path VARCHAR NOT NULL, is_shared BOOLEAN NOT NULL, since TIMESTAMP WITH TIME ZONE NOT NULL);\n"

/* Gold tables of runs before there were owners belong to the dataset that made them. */
#define LEDGER_GOLD_OWNERS                                                                                             \
  "INSERT INTO @gold_tables SELECT split_part(gold, '.', 1), substr(gold, strpos(gold, '.') + 1), dataset_name, "      \
  "lake,\n"                                                                                                            \
  "  false, started_at FROM (SELECT summary -> 'gold' ->> 'table' AS gold, summary -> 'silver' ->> 'path' AS lake,\n"  \
  "  dataset_name, started_at, row_number() OVER (PARTITION BY summary -> 'gold' ->> 'table' ORDER BY started_at)\n"   \
  "  AS nth FROM @pipeline_executions WHERE status = 'completed' AND rows_gold IS NOT NULL) AS made\n"                 \
  "  WHERE nth = 1 AND strpos(gold, '.') > 0 AND lake IS NOT NULL AND NOT EXISTS (SELECT 1 FROM @gold_tables);\n"

#endif
