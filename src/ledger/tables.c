#include "ledger/tables.h"

enum { NULLABLE, REQUIRED };
enum { FIRST = LEDGER_FIRST_LAYOUT };

/* PostgreSQL says "character varying" of a VARCHAR. The others are what a person may have made of a column. */
static const struct ledger_type text = { .name = "VARCHAR", .alike = { "character varying", "text" } };
static const struct ledger_type json = { .name = "JSON", .alike = { "jsonb" } };
static const struct ledger_type integer = { .name = "INTEGER", .alike = { "bigint" } };
static const struct ledger_type bigint = { .name = "BIGINT", .alike = { "numeric" } };
static const struct ledger_type boolean = { .name = "BOOLEAN" };
static const struct ledger_type instant = { .name = "TIMESTAMP WITH TIME ZONE" };

static const struct ledger_column executions[] = {
  { "execution_id", &text, REQUIRED, FIRST, "the run's id" },
  { "dataset_name", &text, REQUIRED, FIRST, "the dataset's id" },
  { "pipeline_type", &text, REQUIRED, FIRST, "dataset, or replay" },
  { "status", &text, REQUIRED, FIRST, "started, completed or failed" },
  { "started_at", &instant, REQUIRED, FIRST, "the run's instant, the same as in its rows" },
  { "finished_at", &instant, NULLABLE, FIRST, "null while it goes on, or where it died" },
  { "engine", &text, REQUIRED, FIRST, "that ran it" },
  { "config_hash", &text, REQUIRED, FIRST, "of what the configuration says" },
  { "rows_read", &bigint, NULLABLE, FIRST, "records of the inputs" },
  { "rows_malformed", &bigint, NULLABLE, FIRST, "records that did not parse" },
  { "rows_duplicates", &bigint, NULLABLE, FIRST, "left out by deduplicate" },
  { "rows_passed", &bigint, NULLABLE, FIRST, "that silver has of this run" },
  { "rows_quarantined", &bigint, NULLABLE, FIRST, "parsed, and in quarantine" },
  { "rows_dropped", &bigint, NULLABLE, FIRST, "left out by a rule" },
  { "rows_warned", &bigint, NULLABLE, FIRST, "that passed with a warning" },
  { "rows_silver", &bigint, NULLABLE, FIRST, "counted from the written files" },
  { "rows_gold", &bigint, NULLABLE, FIRST, "loaded; null without gold" },
  { "stage_seconds", &json, NULLABLE, FIRST, "by the name of the stage" },
  { "error_message", &text, NULLABLE, FIRST, "why it failed" },
  { "summary", &json, NULLABLE, FIRST, "what `crisol run --json` printed" },
  { "lock", &text, NULLABLE, 4, "the dataset's lock that the run held" },
  { "process", &text, NULLABLE, 4, "the run's process: whether a run that is started still goes on" },
  { "rows_exploded", &bigint, NULLABLE, 5, "rows that explode has added to those read" },
  { "silver_mode", &text, NULLABLE, 6,
    "overwrite_dynamic, append, overwrite, or full_refresh: what became of the rows before" },
};

static const struct ledger_column versions[] = {
  { "dataset_name", &text, REQUIRED, FIRST, "the dataset's id" },
  { "schema_version", &text, REQUIRED, FIRST, "<MD5>_<first seen>" },
  { "schema", &json, REQUIRED, FIRST, "the JSON Schema" },
  { "since", &instant, REQUIRED, FIRST, "of the first run that had it" },
};

static const struct ledger_column results[] = {
  { "execution_id", &text, REQUIRED, FIRST, "the run's id" },
  { "rule_name", &text, REQUIRED, FIRST, "as the rules have it" },
  { "on_fail", &text, REQUIRED, FIRST, "quarantine, drop, warn or fail" },
  { "failed", &bigint, REQUIRED, FIRST, "rows that failed it" },
  { "total", &bigint, REQUIRED, FIRST, "rows that it judged" },
};

static const struct ledger_column files[] = {
  { "execution_id", &text, REQUIRED, FIRST, "the run's id" },
  { "direction", &text, REQUIRED, FIRST,
    "input, output, quarantine, or rewritten: without the rows that a replay displaced" },
  { "path", &text, REQUIRED, FIRST, "absolute, or of the object" },
  { "rows", &bigint, REQUIRED, FIRST, "records in it" },
  { "bytes", &bigint, REQUIRED, FIRST, "its size" },
  { "modified_at", &instant, NULLABLE, FIRST, "of an input: its mtime" },
  { "md5", &text, NULLABLE, FIRST, "of its bytes" },
  { "etag", &text, NULLABLE, 2, "of an object that a run read" },
  { "changed_at", &instant, NULLABLE, 3, "of an input: its ctime" },
  { "inputs", &text, NULLABLE, 3, "of an output: numbers of the run's inputs, by path, that its rows come from" },
};

static const struct ledger_column columns[] = {
  { "execution_id", &text, REQUIRED, FIRST, "the run's id" },
  { "position", &integer, REQUIRED, FIRST, "from 1" },
  { "column_name", &text, REQUIRED, FIRST, "of the sources" },
  { "type", &text, REQUIRED, FIRST, "in silver" },
};

static const struct ledger_column drift[] = {
  { "execution_id", &text, REQUIRED, FIRST, "the run's id" },
  { "compared_with", &text, REQUIRED, FIRST,
    "files (the first file of the source), run (the last one) or gold (the table)" },
  { "change", &text, REQUIRED, FIRST, "new, missing, reordered, widened, narrowed or changed" },
  { "column_name", &text, REQUIRED, FIRST, "the column" },
  { "old_type", &text, NULLABLE, FIRST, "of a type that changed" },
  { "new_type", &text, NULLABLE, FIRST, "of a type that changed" },
  { "path", &text, NULLABLE, FIRST, "the first file that differs so" },
  { "files", &bigint, REQUIRED, FIRST, "that differ so" },
};

static const struct ledger_column replayed[] = {
  { "execution_id", &text, REQUIRED, FIRST, "the replay's id" },
  { "dataset_name", &text, REQUIRED, FIRST, "the dataset's id" },
  { "quarantined_by", &text, REQUIRED, FIRST, "the run that quarantined the row: its _run_id" },
  { "source_file", &text, REQUIRED, FIRST, "the row's _source_file" },
  { "source_offset", &bigint, REQUIRED, FIRST, "its _source_offset" },
  { "element", &bigint, NULLABLE, FIRST, "its _element" },
  { "outcome", &text, REQUIRED, FIRST,
    "passed, duplicate, dropped, superseded: it is settled; open: it failed again, for these reasons" },
  { "reasons", &json, NULLABLE, FIRST, "of an open row: its _failed_rules as of this replay" },
};

static const struct ledger_column owners[] = {
  { "schema_name", &text, REQUIRED, FIRST, "of the gold table" },
  { "table_name", &text, REQUIRED, FIRST, "of the gold table" },
  { "dataset_name", &text, REQUIRED, FIRST, "that made the table, or shares it" },
  { "silver_path", &text, REQUIRED, FIRST, "of its lake" },
  { "is_shared", &boolean, REQUIRED, FIRST, "whether others may write the table" },
  { "since", &instant, REQUIRED, FIRST, "of the run that made it" },
};

enum {
  KEPT = LEDGER_SELECT | LEDGER_INSERT,
  CHANGED = KEPT | LEDGER_UPDATE,
  REMOVED = CHANGED | LEDGER_DELETE,
};

const struct ledger_table ledger_tables[N_LEDGER_TABLES] = {
  { "pipeline_executions", "one row a run", CHANGED, executions, ARRAY_LENGTH(executions) },
  { "dataset_versions", "one row a version of a dataset's schema", KEPT, versions, ARRAY_LENGTH(versions) },
  { "quality_results", "one row a run and rule", KEPT, results, ARRAY_LENGTH(results) },
  { "run_files", "one row a run and file, in and out: the lineage", KEPT, files, ARRAY_LENGTH(files) },
  { "run_columns", "one row a run and column of its sources", KEPT, columns, ARRAY_LENGTH(columns) },
  { "schema_drift", "one row a run and change of its columns", KEPT, drift, ARRAY_LENGTH(drift) },
  { "replayed_rows", "one row a quarantined row and replay that settled it, or found it failing for other reasons",
    KEPT, replayed, ARRAY_LENGTH(replayed) },
  { "gold_tables", "one row a gold table and dataset that writes it", REMOVED, owners, ARRAY_LENGTH(owners) },
};

const struct ledger_column *ledger_latest_column(const struct ledger_table *table)
{
  const struct ledger_column *latest = &table->columns[0];
  for (size_t i = 1; i < table->n_columns; i++)
    if (table->columns[i].since > LEDGER_FIRST_LAYOUT && table->columns[i].since >= latest->since)
      latest = &table->columns[i];
  return latest;
}
