/* The quarantine's rows: of all runs, the latest first, of one of them, or the rejects that a refused run has left. */
#include "pipeline/show_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "pipeline/ledgers.h"
#include "pipeline/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

static const char folder[] = "run_id=";

/* The run whose folder of the quarantine a file lies in; NULL: none. */
static const char *run_of(const struct show *show, const char *path)
{
  const char *below = path + strlen(show->plan.quarantine_path) + 1;
  const char *slash = strchr(below, '/');
  if (slash == NULL || strncmp(below, folder, strlen(folder)) != 0)
    return NULL;
  below += strlen(folder);
  return text_copy(show->arena, (struct text){ below, (size_t)(slash - below) });
}

static int compare_backwards(const void *a, const void *b)
{
  return -strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids begin with the time. */
static const char **latest_first(struct arena *arena, const char *const *paths, size_t count)
{
  const char **sorted = arena_array(arena, count + 1, sizeof(*sorted));
  for (size_t i = 0; i < count; i++)
    sorted[i] = paths[i];
  if (count > 1)
    qsort(sorted, count, sizeof(*sorted), compare_backwards);
  return sorted;
}

static bool list_refused(struct arena *arena, const char *directory, const char ***ret_ids, size_t *ret_count,
                         struct error *err)
{
  size_t capacity = 0;
  *ret_ids = NULL;
  *ret_count = 0;
  DIR *stream = opendir(directory);
  if (stream == NULL)
    return errno == ENOENT ||
           fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list directory \"%s\": %s", directory, strerror(errno));
  for (struct dirent *entry; (entry = readdir(stream)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    *ret_ids = arena_grow(arena, *ret_ids, *ret_count, &capacity, sizeof(**ret_ids));
    (*ret_ids)[(*ret_count)++] = arena_copy(arena, entry->d_name, strlen(entry->d_name));
  }
  closedir(stream);
  return true;
}

/* The files of one run: of its folder, else of what it has left when its data was refused. None where it is recorded
 * and has neither. */
static bool choose_run(struct show *show, const char ***paths, size_t *count, struct error *err)
{
  struct arena *arena = show->arena;
  const char *refused = path_join(arena, path_absolute(arena, show->config->env.state), "refused");
  const char **ids = NULL, *id = NULL;
  size_t n_refused = 0, n_ids = 0, n_chosen = 0;
  TRY(list_refused(arena, refused, &ids, &n_refused, err));
  const char **known = arena_array(arena, *count + n_refused + 1, sizeof(*known));
  for (size_t i = 0; i < *count; i++)
    if ((id = run_of(show, (*paths)[i])) != NULL && (n_ids == 0 || strcmp(known[n_ids - 1], id) != 0))
      known[n_ids++] = id;
  for (size_t i = 0; i < n_refused; i++)
    known[n_ids++] = ids[i];
  TRY(show_find_run(show, known, n_ids, &id, err));
  for (size_t i = 0; i < *count; i++) {
    const char *of = run_of(show, (*paths)[i]);
    if (of != NULL && strcmp(of, id) == 0)
      (*paths)[n_chosen++] = (*paths)[i];
  }
  *count = n_chosen;
  if (n_chosen > 0)
    return true;
  const char *const *rejects = NULL;
  const char *directory = path_join(arena, refused, id);
  TRY(lake_find_files(arena, NULL, directory, &rejects, count, err));
  *paths = latest_first(arena, rejects, *count);
  if (*count > 0)
    show->place = arena_printf(arena, "the rejects of a refused run, \"%s\"", directory);
  return true;
}

/* "in/a.csv:12", as a person in this directory would type it; of Parquet the row. */
static const char *print_place(const struct show *show)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char *here = path_join(show->arena, path_absolute(show->arena, "."), "");
  text_buffer_add_string(&sql, "(CASE WHEN starts_with(_source_file, ");
  sql_add_string(&sql, text_from(here));
  text_buffer_printf(&sql,
                     ") THEN substr(_source_file, %zu) ELSE _source_file END || "
                     "coalesce(':' || _source_line, ', row ' || (_source_offset + 1), ''))",
                     text_count_characters(text_from(here)) + 1);
  return text_copy(show->arena, text_buffer_text(&sql));
}

static bool has_all(const struct show *show, const char *const *names, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (show_find(show, names[i]) == NULL)
      return false;
  return true;
}

/* Before the data a table has the reasons and the place; what these were made of stands aside. */
static void arrange(struct show *show)
{
  static const char *const wanted[] = { "_failed_rules", "_source_file", "_source_line", "_source_offset" };
  if (show->asked->form != SHOW_TABLE || !has_all(show, wanted, ARRAY_LENGTH(wanted)))
    return;
  struct shown_column *columns = arena_array(show->arena, show->n_columns + 2, sizeof(*columns));
  const struct type *text = type_simple(TYPE_STRING);
  columns[0] = (struct shown_column){ .shown = { .name = "reasons", .type = text },
                                      .sql = "array_to_string(_failed_rules, ', ')",
                                      .is_made = true };
  columns[1] =
      (struct shown_column){ .shown = { .name = "place", .type = text }, .sql = print_place(show), .is_made = true };
  for (size_t i = 0; i < show->n_columns; i++) {
    const char *name = show->columns[i].shown.name;
    columns[i + 2] = show->columns[i];
    columns[i + 2].is_aside = name[0] == '_' && strcmp(name, "_run_id") != 0 && strcmp(name, "_raw_record") != 0;
  }
  show->columns = columns;
  show->n_columns += 2;
}

/* What the ledger knows of the rows: which are settled, and which are of runs of another dataset. */
struct known {
  const struct table *runs; /* that have rows */
  struct table replayed, others;
};

static bool take_known(const struct ledgers *ledgers, struct warehouse *warehouse, void *context, struct error *err)
{
  struct known *known = context;
  struct table replayed, others;
  TRY(ledger_find_replayed(ledgers->arena, warehouse, ledgers->dataset_id, &replayed, err));
  TRY(ledger_find_others(ledgers->arena, warehouse, ledgers->dataset_id, (const char *const *)known->runs->cells,
                         known->runs->n_rows, &others, err));
  known->replayed = replayed.n_rows > 0 ? replayed : known->replayed;
  known->others = others.n_rows > 0 ? others : known->others;
  return true;
}

/* What replays have settled is no longer in quarantine, and what failed again has the reasons of then. Where the ledger
 * cannot be asked, all rows are shown. */
static bool leave_out_settled(struct show *show, struct error *err)
{
  static const char *const needed[] = { "_run_id", "_source_file", "_source_offset", "_failed_rules" };
  struct s3 *s3 = show->config->s3;
  struct ledgers ledgers = { .arena = show->arena, .options = *show->options, .s3 = &s3 };
  struct table runs = { 0 };
  struct known known = { .runs = &runs };
  struct error reason;
  if (!has_all(show, needed, ARRAY_LENGTH(needed)))
    return true;
  TRY(quarantine_find_runs(show->arena, show->database, show->relation, &runs, err));
  ledgers.options.observer.report = NULL; /* warnings were reported */
  if (!visit_ledgers(&ledgers, take_known, &known, &reason))
    log_warning("show", "rows that were replayed may be among these, the ledger could not be asked: %s",
                reason.message);
  show->relation = quarantine_without_runs(show->arena, show->relation, &known.others);
  if (known.replayed.n_rows == 0)
    return true;
  TRY(database_execute(show->database,
                       "CREATE OR REPLACE TEMP TABLE crisol_replayed (run VARCHAR, source_file VARCHAR, source_offset "
                       "VARCHAR, element VARCHAR, outcome VARCHAR, reasons VARCHAR)",
                       err));
  TRY(database_append(show->database, "crisol_replayed", &known.replayed, err));
  const char *element = show_find(show, "_element") == NULL ? "NULL" : "CAST(q._element AS VARCHAR)";
  show->relation = arena_printf(
      show->arena,
      "(SELECT q.* REPLACE (coalesce(from_json(r.reasons, '[\"VARCHAR\"]'), q._failed_rules) AS _failed_rules) FROM %s "
      "AS q LEFT JOIN crisol_replayed AS r ON r.run = q._run_id AND r.source_file = q._source_file AND r.source_offset "
      "= CAST(q._source_offset AS VARCHAR) AND r.element IS NOT DISTINCT FROM %s WHERE coalesce(r.outcome, 'open') = "
      "'open' ORDER BY q._run_id DESC, q._source_file, q._source_offset)",
      show->relation, element);
  return true;
}

bool show_open_quarantine(struct show *show, struct error *err)
{
  const char *const *found = NULL;
  size_t count = 0;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  show->place = arena_printf(show->arena, "quarantine \"%s\"", show->plan.quarantine_path);
  TRY(show_find_files(show, show->plan.quarantine_path, &found, &count, err));
  const char **paths = latest_first(show->arena, found, count);
  if (show->asked->run != NULL)
    TRY(choose_run(show, &paths, &count, err));
  if (count == 0)
    return show_settle_nothing(show, err);
  text_buffer_add_string(&sql, "(SELECT *");
  show_add_files(paths, count, false, &sql);
  text_buffer_add_char(&sql, ')');
  show->relation = text_copy(show->arena, text_buffer_text(&sql));
  TRY(show_describe(show, err) && leave_out_settled(show, err));
  arrange(show);
  return true;
}

/* A rule of the dataset, or a reason that a row has: of a rule that is gone, a cast, the schema, a broken record. */
static bool check_reason(const struct show *show, struct error *err)
{
  const struct dataset *dataset = show->config->dataset;
  struct table table;
  const char *sql = arena_printf(show->arena, "SELECT DISTINCT unnest(_failed_rules) FROM %s", show->relation);
  TRY(database_query(show->arena, show->database, sql, &table, err));
  const char **known = arena_array(show->arena, dataset->n_rules + table.n_rows + 1, sizeof(*known));
  size_t n_known = 0;
  for (size_t i = 0; i < dataset->n_rules; i++)
    known[n_known++] = dataset->rules[i].name.value;
  for (size_t row = 0; row < table.n_rows; row++)
    if (table.cells[row] != NULL)
      known[n_known++] = table.cells[row];
  for (size_t i = 0; i < n_known; i++)
    if (strcmp(known[i], show->asked->rule) == 0)
      return true;
  return show_fail_unknown(arena_printf(show->arena, "neither \"%s\" nor its quarantine has a rule", dataset->id.value),
                           show->asked->rule, known, n_known, err);
}

bool show_add_reason(const struct show *show, struct text_buffer *sql, struct error *err)
{
  if (show_find(show, "_failed_rules") == NULL)
    return fail(err, ERROR_CONFIG, NOWHERE, "%s has no column \"_failed_rules\" to tell rules by", show->place);
  TRY(check_reason(show, err));
  text_buffer_add_string(sql, "list_contains(_failed_rules, ");
  sql_add_string(sql, text_from(show->asked->rule));
  text_buffer_add_char(sql, ')');
  return true;
}
