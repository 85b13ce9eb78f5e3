/* pipeline_show: rows of silver, of the quarantine or of gold. */
#include "pipeline/show_internal.h"

#include "base/clock.h"
#include "base/file.h"
#include "pipeline/interruption.h"

#include <inttypes.h>
#include <stdlib.h>

/* what is asked for */

/* The next of some names with commas between; a name in backquotes may hold commas. */
static char *next_name(struct arena *arena, const char **at)
{
  const char *p = *at + strspn(*at, " ");
  bool is_quoted = *p == '`';
  const char *start = is_quoted ? ++p : p;
  while (*p != '\0' && (is_quoted ? *p != '`' : *p != ','))
    p++;
  struct text name = { start, (size_t)(p - start) };
  p += is_quoted && *p == '`';
  p += strcspn(p, ",");
  *at = *p == ',' ? p + 1 : p;
  return text_copy(arena, is_quoted ? name : text_trim(name));
}

static const char **all_names(const struct show *show)
{
  const char **names = arena_array(show->arena, show->n_columns + 1, sizeof(*names));
  for (size_t i = 0; i < show->n_columns; i++)
    names[i] = show->columns[i].shown.name;
  return names;
}

/* What only tables have, such as the reasons of the quarantine. */
static const struct shown_column *find_made(const struct show *show, const char *name)
{
  for (size_t i = 0; i < show->n_columns; i++)
    if (show->columns[i].is_made && text_equal_nocase(text_from(show->columns[i].shown.name), text_from(name)))
      return &show->columns[i];
  return NULL;
}

static bool choose_columns(struct show *show, struct error *err)
{
  const char *at = show->asked->columns;
  size_t count = 0, most = 1;
  for (const char *p = at; *p != '\0'; p++)
    most += *p == ',';
  struct shown_column *chosen = arena_array(show->arena, most, sizeof(*chosen));
  while (*at != '\0') {
    const char *name = next_name(show->arena, &at);
    const struct shown_column *column = show_find(show, name);
    if (column == NULL)
      column = find_made(show, name);
    if (column == NULL)
      return show_fail_unknown(arena_printf(show->arena, "%s has no column", show->place), name, all_names(show),
                               show->n_columns, err);
    for (size_t i = 0; i < count; i++)
      if (chosen[i].shown.name == column->shown.name)
        return fail(err, ERROR_CONFIG, NOWHERE, "--columns names \"%s\" twice", column->shown.name);
    chosen[count++] = *column;
  }
  if (count == 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "--columns names no column");
  show->columns = chosen;
  show->n_columns = count;
  return true;
}

static void leave_aside(struct show *show)
{
  size_t count = 0;
  for (size_t i = 0; i < show->n_columns; i++)
    if (!show->columns[i].is_aside)
      show->columns[count++] = show->columns[i];
  show->n_columns = count;
}

/* private columns */

/* Of names that differ in case only DuckDB calls the second one "Id_1". */
static bool is_private_source(const struct show *show, const char *name)
{
  const struct dataset *dataset = show->config->dataset;
  const char *end = strrchr(name, '_');
  if (dataset_is_private_source(dataset, name))
    return true;
  return end != NULL && end[1 + strspn(end + 1, "0123456789")] == '\0' &&
         dataset_is_private_source(dataset, text_copy(show->arena, (struct text){ name, (size_t)(end - name) }));
}

static bool is_private(const struct show *show, const char *name)
{
  return dataset_hides(show->config->dataset, name) ||
         (show->asked->what == SHOW_SOURCE && is_private_source(show, name));
}

static void mask_private(struct show *show)
{
  for (size_t i = 0; i < show->n_columns; i++) {
    struct shown_column *column = &show->columns[i];
    column->is_private = !column->is_made && is_private(show, column->shown.name);
    if (column->is_private)
      column->shown = (struct show_column){ .name = column->shown.name, .type = type_simple(TYPE_STRING) };
  }
}

/* conditions */

static bool add_where(const struct show *show, struct text_buffer *sql, struct error *err)
{
  struct source *source = arena_alloc(show->arena, sizeof(*source));
  struct expr_column *columns = arena_array(show->arena, show->n_columns + 1, sizeof(*columns));
  struct expr *expr = NULL;
  size_t count = 0;
  *source = (struct source){ .name = "--where", .text = text_from(show->asked->where) };
  const struct place place = { .source = source, .start = 0, .length = source->text.length };
  const struct expr_text text = { .text = source->text, .place = place, .is_verbatim = true };
  for (size_t i = 0; i < show->n_columns; i++)
    if (!show->columns[i].is_made)
      columns[count++] = (struct expr_column){ .name = show->columns[i].shown.name,
                                               .type = show->columns[i].shown.type,
                                               .sql = show->columns[i].sql };
  const struct expr_scope scope = { .columns = columns,
                                    .n_columns = count,
                                    .timezone = show->config->dataset->timezone };
  TRY(expr_compile(show->arena, text, &scope, &expr, NULL, err));
  if (expr_type(expr)->id != TYPE_BOOLEAN) {
    fail(err, ERROR_CONFIG, place, "--where is %s, a condition was expected", type_name(show->arena, expr_type(expr)));
    return add_hint(err, "Compare it, as in \"amount > 0\".");
  }
  text_buffer_add_char(sql, '(');
  expr_print_duckdb(expr, sql);
  text_buffer_add_char(sql, ')');
  return true;
}

static bool find_run_ids(const struct show *show, const char ***ret_ids, size_t *ret_count, struct error *err)
{
  const struct shown_column *column = show_find(show, "_run_id");
  struct table table;
  if (column == NULL)
    return fail(err, ERROR_CONFIG, NOWHERE, "%s has no column \"_run_id\" to tell runs by", show->place);
  const char *sql = arena_printf(show->arena, "SELECT DISTINCT %s FROM %s", column->sql, show->relation);
  TRY(database_query(show->arena, show->database, sql, &table, err));
  const char **ids = arena_array(show->arena, table.n_rows + 1, sizeof(*ids));
  *ret_count = 0;
  for (size_t row = 0; row < table.n_rows; row++)
    if (table.cells[row] != NULL)
      ids[(*ret_count)++] = table.cells[row];
  *ret_ids = ids;
  return true;
}

static bool add_run(const struct show *show, struct text_buffer *sql, struct error *err)
{
  const char **ids = NULL;
  size_t count = 0;
  const char *id = NULL;
  TRY(find_run_ids(show, &ids, &count, err));
  TRY(show_find_run(show, ids, count, &id, err));
  text_buffer_printf(sql, "%s = ", show_find(show, "_run_id")->sql);
  sql_add_string(sql, text_from(id));
  return true;
}

static void add_and(struct text_buffer *sql)
{
  if (sql->length > 0)
    text_buffer_add_string(sql, " AND ");
}

static bool add_condition(const struct show *show, struct text_buffer *sql, struct error *err)
{
  if (show->asked->where != NULL)
    TRY(add_where(show, sql, err));
  if (show->asked->rule != NULL) {
    add_and(sql);
    TRY(show_add_reason(show, sql, err));
  }
  if (show->asked->run == NULL || show->asked->what == SHOW_QUARANTINE) /* whose folders tell runs apart */
    return true;
  add_and(sql);
  return add_run(show, sql, err);
}

/* rows */

struct handing {
  const struct show_receiver *receiver;
  uint64_t limit; /* 0: none */
  struct show_result *result;
};

static bool hand_on(const struct text *cells, void *context, struct error *err)
{
  struct handing *handing = context;
  TRY(interruption_check(err)); /* a result may be whole before it is handed on */
  if (handing->limit > 0 && handing->result->n_rows == handing->limit) {
    handing->result->has_more = true;
    return true;
  }
  handing->result->n_rows++;
  return handing->receiver->row(cells, handing->receiver->context, err);
}

static bool print_query(const struct show *show, const char *condition, struct text_buffer *sql, struct error *err)
{
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < show->n_columns; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    TRY(show_add_cell(show, &show->columns[i], sql, err));
    text_buffer_add_string(sql, " AS ");
    sql_add_name(sql, show->columns[i].shown.name);
  }
  text_buffer_printf(sql, " FROM %s", show->relation);
  if (condition != NULL)
    text_buffer_printf(sql, " WHERE %s", condition);
  if (show->asked->limit > 0)
    text_buffer_printf(sql, " LIMIT %" PRIu64, show->asked->limit + (show->asked->form != SHOW_PARQUET));
  return true;
}

static bool write_parquet(const struct show *show, const char *query, struct show_result *result, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "COPY (%s) TO ", query);
  sql_add_string(&sql, text_from(show->asked->path));
  text_buffer_add_string(&sql, " (FORMAT parquet, COMPRESSION snappy)");
  return database_query_count(show->database, sql.data, &result->n_rows, err);
}

static bool hand_rows(const struct show *show, const char *condition, const struct show_receiver *receiver,
                      struct show_result *result, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct show_column *columns = arena_array(show->arena, show->n_columns + 1, sizeof(*columns));
  struct handing handing = { .receiver = receiver, .limit = show->asked->limit, .result = result };
  TRY(print_query(show, condition, &sql, err));
  if (show->asked->form == SHOW_PARQUET)
    return write_parquet(show, sql.data, result, err);
  for (size_t i = 0; i < show->n_columns; i++)
    columns[i] = show->columns[i].shown;
  TRY(receiver->begin(columns, show->n_columns, receiver->context, err));
  return database_visit(show->database, sql.data, hand_on, &handing, err);
}

static bool show_once(struct show *show, const struct show_receiver *receiver, struct show_result *result,
                      struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer condition = { 0 };
  show->n_columns = 0;
  show->is_taken = false;
  show->is_empty = false;
  TRY(show_open(show, err));
  result->place = show->place;
  if (show->is_empty)
    return true;
  TRY(add_condition(show, &condition, err)); /* over the values themselves: whoever asks has written them */
  mask_private(show);
  TRY(show_take(show, condition.data, err));
  if (show->asked->columns != NULL)
    TRY(choose_columns(show, err));
  else if (show->asked->form == SHOW_TABLE)
    leave_aside(show);
  return hand_rows(show, show->is_taken ? NULL : condition.data, receiver, result, err);
}

/* What a function says of a row begins with its class; what else is wrong with a lake's rows is wrong with its files.
 */
static void blame_files(const struct show *show, struct error *err)
{
  bool is_lake = show->asked->what == SHOW_SILVER || show->asked->what == SHOW_QUARANTINE;
  if (err->kind == ERROR_DATA && is_lake && err->message[0] != '[')
    err->kind = ERROR_ENVIRONMENT;
}

/* A run may replace files between the look at their names and at what they hold: then the names are looked at anew. */
static bool show_rows(struct show *show, const struct show_receiver *receiver, struct show_result *result,
                      struct error *err)
{
  enum { TRIES = 3 };
  for (int i = 1; i <= TRIES; i++) {
    bool is_done = show_once(show, receiver, result, err);
    warehouse_close(&show->warehouse);
    if (is_done)
      return true;
    blame_files(show, err);
    if (err->kind != ERROR_ENVIRONMENT || result->n_rows > 0 || i == TRIES)
      break;
    TRY(interruption_check(err));
  }
  if (err->kind == ERROR_ENVIRONMENT || err->kind == ERROR_DATA)
    return add_context(err, "while reading %s", show->place);
  return false;
}

static bool open_and_show(struct show *show, struct s3 **s3, const struct show_receiver *receiver,
                          struct show_result *result, struct error *err)
{
  struct problem_list problems = { .arena = show->arena };
  const struct engine_driver *driver = NULL;
  bool is_loaded = load_config(show->arena, show->options, s3, &problems, &show->config) &&
                   plan_outputs(show->arena, show->config, &show->plan, &problems);
  TRY(report_problems(&show->options->observer, &problems, err));
  if (!is_loaded)
    BUG("a configuration was refused without a problem");
  TRY(engine_find(NULL, &driver, err)); /* rows are shown here, whatever env.yml says */
  TRY(load_engine(show->arena, show->config, driver, clock_now_us(), &show->database, &show->engine, err));
  bool is_done = database_execute(show->database, "SET preserve_insertion_order = true", err) &&
                 show_rows(show, receiver, result, err);
  close_engine(&show->database, &show->engine);
  return is_done;
}

bool pipeline_show(struct arena *arena, const struct pipeline_options *options, const struct show_options *asked,
                   const struct show_receiver *receiver, struct show_result *ret_result, struct error *err)
{
  struct show show = { .arena = arena, .options = options, .asked = asked };
  struct s3 *s3 = NULL;
  *ret_result = (struct show_result){ 0 };
  log_set_receiver(options->observer.log, options->observer.context);
  interruption_begin("");
  bool is_done = open_and_show(&show, &s3, receiver, ret_result, err);
  close_s3(&s3);
  log_set_receiver(NULL, NULL);
  return is_done;
}
