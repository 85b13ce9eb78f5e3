/* The file of mended rows: each line stands in the place of the row of the quarantine that its run, file and offset
 * name. A value as it was is the quarantine's own, and so is one that is masked. */
#include "pipeline/replay_internal.h"

#include "base/file.h"
#include "duckdb/table_function.h"

#include <inttypes.h>
#include <stdlib.h>

struct mended {
  struct job *job;
  const char *path;
  struct reader *reader;
};

static bool fail_line(const struct mended *mended, const char *line, struct error *err, const char *message)
{
  return fail(err, ERROR_CONFIG, NOWHERE, "%s:%s: %s", mended->path, line, message);
}

/* The number of the file's column of that name; NO_COLUMN: it has none. */
static int find_column(const struct mended *mended, const char *name)
{
  for (size_t i = 0; i < reader_column_count(mended->reader); i++)
    if (strcmp(reader_column_name(mended->reader, i), name) == 0)
      return (int)i;
  return NO_COLUMN;
}

/* By which a line names its row. */
static const char *const needed[] = { "_run_id", "_source_file", "_source_offset" };

static bool is_known(const struct replay *replay, const char *name)
{
  for (size_t i = 0; i < replay->n_columns; i++)
    if (strcmp(replay->columns[i], name) == 0)
      return true;
  return replay_is_technical(name);
}

static bool check_columns(const struct mended *mended, struct error *err)
{
  const struct replay *replay = mended->job->replay;
  for (size_t i = 0; i < ARRAY_LENGTH(needed); i++)
    if (find_column(mended, needed[i]) == NO_COLUMN) {
      fail(err, ERROR_CONFIG, NOWHERE, "%s:1: there is no column \"%s\", by which a line names the row that it mends",
           mended->path, needed[i]);
      return add_hint(err,
                      "Mend what `crisol show --quarantine --format csv -o bad.csv` writes, and keep its columns.");
    }
  for (size_t i = 0; i < reader_column_count(mended->reader); i++) {
    const char *name = reader_column_name(mended->reader, i);
    if (is_known(replay, name))
      continue;
    fail(err, ERROR_CONFIG, NOWHERE, "%s:1: the quarantine has no column \"%s\"", mended->path, name);
    return add_hint_of_names(err, "column", text_from(name), replay->columns, replay->n_columns);
  }
  return true;
}

static void print_cell(const struct mended *mended, const char *name, const char *alias, struct text_buffer *sql)
{
  int column = find_column(mended, name);
  if (column == NO_COLUMN)
    text_buffer_printf(sql, ", CAST(NULL AS VARCHAR) AS %s", alias);
  else
    text_buffer_printf(sql, ", c%d AS %s", column, alias);
}

static bool load(const struct mended *mended, struct error *err)
{
  struct job *job = mended->job;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "CREATE OR REPLACE TEMP TABLE crisol_mended AS SELECT CAST(_line AS VARCHAR) AS line, "
                               "_reason AS reason");
  print_cell(mended, "_run_id", "run", &sql);
  print_cell(mended, "_source_file", "source_file", &sql);
  print_cell(mended, "_source_offset", "source_offset", &sql);
  print_cell(mended, "_element", "element", &sql);
  print_cell(mended, "_raw_record", "raw", &sql);
  for (size_t i = 0; i < job->replay->n_columns; i++)
    print_cell(mended, job->replay->columns[i], arena_printf(job->arena, "m%zu", i), &sql);
  text_buffer_add_string(&sql, " FROM crisol_mended_file()");
  return database_execute(job->database, sql.data, err);
}

/* checks: each is a query of the first line that is wrong */

static bool refuse_malformed(const struct mended *mended, struct error *err)
{
  struct table table;
  TRY(database_query(mended->job->arena, mended->job->database,
                     "SELECT line, CAST(reason AS VARCHAR) FROM crisol_mended WHERE reason <> 0 ORDER BY CAST(line AS "
                     "UBIGINT) LIMIT 1",
                     &table, err));
  if (table.n_rows == 0)
    return true;
  const char *reason = reader_reason_name((enum reader_reason)strtoul(table.cells[1], NULL, 10));
  return fail_line(mended, table.cells[0], err,
                   arena_printf(mended->job->arena, "the line is no record of CSV with commas, in UTF-8: %s", reason));
}

/* The rows of a line, in the columns that a message tells. */
#define LINE "SELECT m.line, m.run, m.source_file, m.source_offset, "
#define FIRST_LINE " ORDER BY CAST(m.line AS UBIGINT) LIMIT 1"

enum { NAMES_NONE, NAMED_TWICE, IS_UNKNOWN, IS_SETTLED, N_CHECKS };
static const char *const checks[N_CHECKS] = {
  [NAMES_NONE] = LINE "NULL FROM crisol_mended AS m WHERE run IS NULL OR source_file IS NULL OR TRY_CAST(source_offset "
                      "AS UBIGINT) IS NULL" FIRST_LINE,
  [NAMED_TWICE] = LINE "CAST(f.line AS VARCHAR) FROM crisol_mended AS m JOIN (SELECT run, source_file, source_offset, "
                       "element, min(CAST(line AS UBIGINT)) AS line FROM crisol_mended GROUP BY ALL HAVING count(*) > "
                       "1) AS f ON " SAME_ROW("f", "m") " AND f.line <> CAST(m.line AS UBIGINT)" FIRST_LINE,
  [IS_UNKNOWN] = LINE "NULL FROM crisol_mended AS m WHERE NOT EXISTS (SELECT 1 FROM crisol_open AS o WHERE " SAME_ROW(
      "o", "m") ")" FIRST_LINE,
  [IS_SETTLED] = LINE "o.outcome FROM crisol_mended AS m JOIN crisol_open AS o ON " SAME_ROW(
      "o", "m") " WHERE o.outcome <> 'open'" FIRST_LINE,
};

static const char *describe(struct arena *arena, size_t check, const char *const cells[4])
{
  const char *row = arena_printf(arena, "the row of run %s at \"%s\", offset %s,", cells[0], cells[1], cells[2]);
  switch (check) {
  case NAMES_NONE:
    return arena_printf(arena, "_run_id, _source_file and _source_offset name no row: they are \"%s\", \"%s\", \"%s\"",
                        cells[0], cells[1], cells[2]);
  case NAMED_TWICE:
    return arena_printf(arena, "%s was mended in line %s already", row, cells[3]);
  case IS_UNKNOWN:
    return arena_printf(arena, "%s is not in the quarantine", row);
  default:
    return arena_printf(arena, "%s is settled already: %s", row, cells[3]);
  }
}

static bool check_lines(const struct mended *mended, struct error *err)
{
  struct arena *arena = mended->job->arena;
  for (size_t i = 0; i < N_CHECKS; i++) {
    struct table table;
    TRY(database_query(arena, mended->job->database, checks[i], &table, err));
    if (table.n_rows == 0)
      continue;
    const char *cells[4];
    for (size_t c = 0; c < ARRAY_LENGTH(cells); c++)
      cells[c] = table.cells[c + 1] == NULL ? "" : table.cells[c + 1];
    return fail_line(mended, table.cells[0], err, describe(arena, i, cells));
  }
  return true;
}

/* values */

static void print_own(const struct job *job, size_t column, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "CAST(q.");
  sql_add_name(sql, job->replay->columns[column]);
  text_buffer_add_string(sql, " AS VARCHAR)");
}

/* A masked value as it was shown is the quarantine's own, and so is one of a column that the file leaves out. */
static void print_final(const struct job *job, size_t column, struct text_buffer *sql)
{
  if (!job->replay->is_mended[column]) {
    print_own(job, column, sql);
    return;
  }
  if (!dataset_hides(job->config->dataset, job->replay->columns[column])) {
    text_buffer_printf(sql, "m.m%zu", column);
    return;
  }
  text_buffer_printf(sql, "CASE WHEN m.m%zu = '" PRIVATE_MASK "' THEN ", column);
  print_own(job, column, sql);
  text_buffer_printf(sql, " ELSE m.m%zu END", column);
}

/* "/a~1b": a key as a JSON pointer. */
static void print_pointer(const char *name, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer pointer = { 0 };
  text_buffer_add_char(&pointer, '/');
  for (const char *p = name; *p != '\0'; p++)
    text_buffer_add_string(&pointer, *p == '/' ? "~1" : *p == '~' ? "~0" : (const char[]){ *p, '\0' });
  sql_add_string(sql, text_buffer_text(&pointer));
}

void replay_print_fields(const struct job *job, struct text_buffer *sql)
{
  for (size_t i = 0; i < job->replay->n_columns; i++) {
    text_buffer_add_string(sql, ", ");
    print_final(job, i, sql);
    text_buffer_add_string(sql, ", CASE WHEN ");
    print_final(job, i, sql);
    text_buffer_add_string(sql, " IS DISTINCT FROM ");
    print_own(job, i, sql);
    text_buffer_add_string(sql, job->replay->has_bytes
                                    ? " THEN '~' ELSE '' END || coalesce(CASE WHEN json_valid(q._raw_record) THEN "
                                      "json_type(q._raw_record, "
                                    : " THEN '~' ELSE '' END || coalesce(CASE WHEN FALSE THEN json_type('{}', ");
    print_pointer(job->replay->columns[i], sql);
    text_buffer_add_string(sql, ") END, '')");
  }
}

static void print_changes(const struct job *job, bool has_raw, struct text_buffer *sql)
{
  const struct replay *replay = job->replay;
  text_buffer_add_string(sql, "CREATE OR REPLACE TEMP TABLE crisol_open AS SELECT *, has_fields OR has_record AS "
                              "is_changed, CASE WHEN has_record AND NOT has_fields THEN raw END AS mended_record, "
                              "CASE WHEN has_record AND NOT has_fields THEN coalesce(form, 'text') END AS mended_form "
                              "FROM (SELECT o.*, m.raw, FALSE");
  for (size_t i = 0; i < replay->n_columns; i++) {
    text_buffer_add_string(sql, " OR (");
    print_final(job, i, sql);
    text_buffer_add_string(sql, ") IS DISTINCT FROM ");
    print_own(job, i, sql);
  }
  text_buffer_add_string(sql, " AS has_fields, ");
  if (!has_raw)
    text_buffer_add_string(sql, "FALSE");
  else if (dataset_hides(job->config->dataset, "_raw_record"))
    text_buffer_add_string(sql, "m.raw IS NOT NULL AND m.raw <> '" PRIVATE_MASK "' AND m.raw IS DISTINCT FROM "
                                "q._raw_record");
  else
    text_buffer_add_string(sql, "m.raw IS NOT NULL AND m.raw IS DISTINCT FROM q._raw_record");
  text_buffer_add_string(sql, " AS has_record FROM crisol_open AS o JOIN crisol_mended AS m ON " SAME_ROW("m", "o"));
  text_buffer_printf(sql,
                     " JOIN %s AS q ON q._run_id = o.run AND q._source_file = o.source_file AND "
                     "CAST(q._source_offset AS VARCHAR) = o.source_offset",
                     replay->relation);
  if (replay->has_element)
    text_buffer_add_string(sql, " AND CAST(q._element AS VARCHAR) IS NOT DISTINCT FROM o.element");
  if (job->options->replay->rule != NULL) {
    text_buffer_add_string(sql, " WHERE list_contains(o.reasons, ");
    sql_add_string(sql, text_from(job->options->replay->rule));
    text_buffer_add_char(sql, ')');
  }
  text_buffer_add_char(sql, ')');
}

static bool take(const struct mended *mended, struct error *err)
{
  struct job *job = mended->job;
  struct replay *replay = job->replay;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table_function *function = NULL;
  TRY(check_columns(mended, err));
  replay->is_mended = arena_array(job->arena, replay->n_columns + 1, sizeof(*replay->is_mended));
  for (size_t i = 0; i < replay->n_columns; i++)
    replay->is_mended[i] = find_column(mended, replay->columns[i]) != NO_COLUMN;
  TRY(table_function_register(job->database, "crisol_mended_file", mended->reader, &function, err));
  if (!load(mended, err)) {
    if (table_function_error(function) != NULL)
      *err = *table_function_error(function);
    return false;
  }
  TRY(refuse_malformed(mended, err) && check_lines(mended, err));
  print_changes(job, find_column(mended, "_raw_record") != NO_COLUMN, &sql);
  return database_execute(job->database, sql.data, err);
}

bool replay_take_mended(struct job *job, struct error *err)
{
  struct mended mended = { .job = job, .path = job->options->replay->file };
  const struct reader_options options = {
    .format = READER_CSV, .header = true, .multi_line = true, .separator = ",", .quote = '"', .escape = '"'
  };
  if (job->config->dataset->explode.column.value != NULL)
    return fail(err, ERROR_CONFIG, NOWHERE, "--file does not mend rows of a dataset that explodes a list") ||
           add_hint(err, "Mend the dataset or the source, and replay the rows' own bytes.");
  if (!file_exists(mended.path))
    return fail(err, ERROR_CONFIG, NOWHERE, "there is no file \"%s\" of mended rows", mended.path);
  if (!reader_open(&mended.path, 1, &options, 1, &mended.reader, err)) {
    err->kind = err->kind == ERROR_DATA ? ERROR_CONFIG : err->kind;
    return false;
  }
  bool is_taken = take(&mended, err);
  reader_close(&mended.reader);
  return is_taken;
}
