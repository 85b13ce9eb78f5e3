/* Two runs, and queries of the embedded database over what both have written. */
#include "pipeline/verify.h"

#include "base/file.h"
#include "base/log.h"
#include "base/workspace.h"
#include "expr/expr.h"
#include "pipeline/load.h"

#include <inttypes.h>
#include <stdlib.h>

struct verification {
  struct arena *arena;
  struct verify_result *result;
  struct database *database;
  const char *places[2]; /* of the embedded engine and of Spark */
};

static void add_difference(struct verification *it, const char *what, const char *first, const char *second,
                           uint64_t size)
{
  struct verify_result *result = it->result;
  result->differences = arena_grow(it->arena, result->differences, result->n_differences, &result->capacity,
                                   sizeof(*result->differences));
  result->differences[result->n_differences++] =
      (struct verify_difference){ .what = what, .first = first, .second = second, .size = size };
}

/* counts */

static void compare_count(struct verification *it, const char *what, uint64_t first, uint64_t second)
{
  if (first != second)
    add_difference(it, what, arena_printf(it->arena, "%" PRIu64, first), arena_printf(it->arena, "%" PRIu64, second),
                   0);
}

static void compare_rules(struct verification *it, const struct summary *first, const struct summary *second)
{
  for (size_t i = 0; i < first->plan->n_rules; i++)
    compare_count(it, arena_printf(it->arena, "rule %s: failed", first->plan->rules[i].config->name.value),
                  first->run->rules[i].failed, second->run->rules[i].failed);
  for (size_t i = 0; i < first->plan->n_columns; i++) {
    const char *name = first->plan->columns[i].name;
    compare_count(it, arena_printf(it->arena, "cast of %s: nulled", name), first->run->casts[i].nulled,
                  second->run->casts[i].nulled);
    compare_count(it, arena_printf(it->arena, "cast of %s: by ISO", name), first->run->casts[i].by_iso,
                  second->run->casts[i].by_iso);
  }
}

static uint64_t find_violation(const struct run *run, const char *column, const char *keyword)
{
  for (size_t i = 0; i < run->n_violations; i++)
    if (strcmp(run->violations[i].column, column) == 0 && strcmp(run->violations[i].keyword, keyword) == 0)
      return run->violations[i].failed;
  return 0;
}

static void compare_violations(struct verification *it, const struct run *of, const struct run *first,
                               const struct run *second)
{
  for (size_t i = 0; i < of->n_violations; i++) {
    const char *column = of->violations[i].column, *keyword = of->violations[i].keyword;
    uint64_t in_first = find_violation(first, column, keyword);
    if (of == first || in_first == 0) /* each once */
      compare_count(it, arena_printf(it->arena, "schema %s: %s", column, keyword), in_first,
                    find_violation(second, column, keyword));
  }
}

static void compare_counts(struct verification *it)
{
  const struct summary *first = it->result->first, *second = it->result->second;
  const struct run *a = first->run, *b = second->run;
  compare_count(it, "rows.read", a->rows.read, b->rows.read);
  compare_count(it, "rows.malformed", a->rows.malformed, b->rows.malformed);
  compare_count(it, "rows.duplicates", a->rows.duplicates, b->rows.duplicates);
  compare_count(it, "rows.passed", a->rows.passed, b->rows.passed);
  compare_count(it, "rows.quarantined", a->rows.quarantined, b->rows.quarantined);
  compare_count(it, "rows.exploded", a->rows.exploded, b->rows.exploded);
  compare_count(it, "rows.dropped", a->rows.dropped, b->rows.dropped);
  compare_count(it, "rows.warned", a->rows.warned, b->rows.warned);
  compare_count(it, "rows.silver", a->rows.silver, b->rows.silver);
  compare_count(it, "rows.gold", a->rows.gold, b->rows.gold);
  if (first->plan == NULL || second->plan == NULL || a->rules == NULL || b->rules == NULL)
    return;
  compare_rules(it, first, second);
  compare_violations(it, a, a, b);
  compare_violations(it, b, a, b);
}

/* rows */

/* A table, or the files, of each side. */
struct pair {
  const char *what;
  const char *from[2]; /* NULL: there is nothing */
};

static const char *quoted_list(struct arena *arena, const char *const *names, size_t count)
{
  SCOPED(text_buffer_done) struct text_buffer list = { 0 };
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(&list, i == 0 ? "" : ", ");
    sql_add_name(&list, names[i]);
  }
  return arena_copy(arena, list.data == NULL ? "" : list.data, list.length);
}

static size_t find_name(const char *const *names, size_t count, const char *name)
{
  size_t i = 0;
  while (i < count && strcmp(names[i], name) != 0)
    i++;
  return i;
}

/* Columns that the run's own time and chance have made. */
static bool is_compared(const struct plan *plan, const char *name)
{
  if (strcmp(name, "_run_id") == 0 || strcmp(name, "_ingestion_ts") == 0)
    return false;
  for (size_t i = 0; i < plan->dataset->gold.n_add_columns; i++) {
    const struct config_add_column *column = &plan->dataset->gold.add_columns[i];
    if (strcmp(column->name.value, name) == 0)
      for (size_t g = 0; g < plan->n_gold_columns; g++)
        if (strcmp(plan->gold_columns[g].name, name) == 0 && plan->gold_columns[g].expr != NULL &&
            !expr_is_constant(plan->gold_columns[g].expr) && plan->gold_columns[g].column == NO_COLUMN)
          return false;
  }
  return true;
}

/* The names that both have, into `ret_names`; other names and types are differences. */
static bool compare_columns(struct verification *it, const struct pair *pair, const char ***ret_names,
                            size_t *ret_count, struct error *err)
{
  const char **names[2];
  const struct type **types[2];
  size_t counts[2];
  for (size_t side = 0; side < 2; side++)
    TRY(database_describe(it->arena, it->database, arena_printf(it->arena, "SELECT * FROM %s", pair->from[side]),
                          &names[side], &types[side], &counts[side], err));
  *ret_names = arena_array(it->arena, counts[0] + 1, sizeof(char *));
  *ret_count = 0;
  for (size_t i = 0; i < counts[0]; i++) {
    size_t other = find_name(names[1], counts[1], names[0][i]);
    if (other == counts[1]) {
      add_difference(it, arena_printf(it->arena, "%s: column %s", pair->what, names[0][i]), "there", "missing", 0);
      continue;
    }
    if (!type_equal(types[0][i], types[1][other]))
      add_difference(it, arena_printf(it->arena, "%s: type of %s", pair->what, names[0][i]),
                     type_name(it->arena, types[0][i]), type_name(it->arena, types[1][other]), 0);
    if (is_compared(it->result->first->plan, names[0][i]))
      (*ret_names)[(*ret_count)++] = names[0][i];
  }
  for (size_t i = 0; i < counts[1]; i++)
    if (find_name(names[0], counts[0], names[1][i]) == counts[0])
      add_difference(it, arena_printf(it->arena, "%s: column %s", pair->what, names[1][i]), "missing", "there", 0);
  return true;
}

enum { SHOWN_ROWS = 3, SHOWN_BYTES = 300 };

/* " REPLACE (...)" for the columns whose values people do not see. */
static const char *print_masks(struct verification *it, const char *const *names, size_t count)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  for (size_t i = 0; i < count; i++) {
    if (!dataset_hides(it->result->first->plan->dataset, names[i]))
      continue;
    text_buffer_add_string(&sql, sql.length == 0 ? " REPLACE (CASE WHEN " : ", CASE WHEN ");
    sql_add_name(&sql, names[i]);
    text_buffer_add_string(&sql, " IS NOT NULL THEN '" PRIVATE_MASK "' END AS ");
    sql_add_name(&sql, names[i]);
  }
  if (sql.length > 0)
    text_buffer_add_char(&sql, ')');
  return text_copy(it->arena, text_buffer_text(&sql));
}

/* The rows that one side has and the other lacks: how many, and the first of them. */
static bool find_more(struct verification *it, const struct pair *pair, const char *list, const char *masks,
                      size_t side, uint64_t *ret_count, const char **ret_text, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  struct table table;
  TRY(database_query_count(it->database,
                           arena_printf(it->arena,
                                        "CREATE OR REPLACE TEMP TABLE more AS SELECT %s FROM %s EXCEPT ALL SELECT %s "
                                        "FROM %s",
                                        list, pair->from[side], list, pair->from[1 - side]),
                           ret_count, err));
  TRY(database_query(
      it->arena, it->database,
      arena_printf(it->arena,
                   "SELECT CAST(to_json(shown) AS VARCHAR) FROM (SELECT *%s FROM (SELECT * FROM more ORDER BY ALL "
                   "LIMIT %d)) AS shown",
                   masks, SHOWN_ROWS),
      &table, err));
  text_buffer_printf(&text, "%" PRIu64 " rows", *ret_count);
  for (size_t i = 0; i < table.n_rows; i++)
    text_buffer_printf(&text, "\n    %.*s", TEXT_ARGS(text_cut(text_from(table.cells[i]), SHOWN_BYTES)));
  *ret_text = arena_copy(it->arena, text.data, text.length);
  return true;
}

static bool compare_rows(struct verification *it, const struct pair *pair, uint64_t *ret_both, struct error *err)
{
  const char **names = NULL;
  const char *texts[2];
  size_t count = 0;
  uint64_t more[2], total = 0;
  *ret_both = 0;
  if (pair->from[0] == NULL || pair->from[1] == NULL) {
    if (pair->from[0] != pair->from[1])
      add_difference(it, pair->what, pair->from[0] == NULL ? "nothing" : "there",
                     pair->from[1] == NULL ? "nothing" : "there", 0);
    return true;
  }
  TRY(compare_columns(it, pair, &names, &count, err));
  if (count == 0)
    return true;
  const char *list = quoted_list(it->arena, names, count), *masks = print_masks(it, names, count);
  for (size_t side = 0; side < 2; side++)
    TRY(find_more(it, pair, list, masks, side, &more[side], &texts[side], err));
  TRY(database_query_count(it->database, arena_printf(it->arena, "SELECT count(*) FROM %s", pair->from[0]), &total,
                           err));
  *ret_both = total - more[0];
  if (more[0] + more[1] > 0)
    add_difference(it, arena_printf(it->arena, "%s: rows that the other lacks", pair->what), texts[0], texts[1],
                   more[0] + more[1]);
  return true;
}

/* The Parquet files below a directory, or NULL where there is none. Partition values are compared as the texts that
 * they are in names; the quarantine's folder is the run's own. */
static bool find_parquet(struct verification *it, const char *directory, bool is_partitioned, const char **ret_from,
                         struct error *err)
{
  uint64_t count = 0;
  SCOPED(text_buffer_done) struct text_buffer pattern = { 0 }, sql = { 0 };
  *ret_from = NULL;
  sql_add_string(&pattern, text_from(path_join(it->arena, directory, "**/*.parquet")));
  text_buffer_printf(&sql, "SELECT count(*) FROM glob(%s)", pattern.data);
  TRY(database_query_count(it->database, sql.data, &count, err));
  if (count > 0)
    *ret_from = arena_printf(it->arena,
                             "read_parquet(%s, hive_partitioning = %s, hive_types_autocast = false, union_by_name = "
                             "true)",
                             pattern.data, is_partitioned ? "true" : "false");
  return true;
}

static bool compare_lake(struct verification *it, const char *name, bool is_partitioned, uint64_t *ret_both,
                         struct error *err)
{
  struct pair pair = { .what = name };
  for (size_t side = 0; side < 2; side++)
    TRY(find_parquet(it, path_join(it->arena, it->places[side], name), is_partitioned, &pair.from[side], err));
  return compare_rows(it, &pair, ret_both, err);
}

static bool compare_gold(struct verification *it, struct error *err)
{
  const struct dataset *dataset = it->result->first->plan->dataset;
  struct pair pair = { .what = "gold" };
  struct attachment *attachments[2] = { NULL, NULL };
  bool is_done = true;
  for (size_t side = 0; is_done && side < 2; side++) {
    SCOPED(text_buffer_done) struct text_buffer name = { 0 };
    const char *catalog = side == 0 ? "first_gold" : "second_gold";
    is_done = database_attach(it->database, path_join(it->arena, it->places[side], "gold.duckdb"), catalog, true, NULL,
                              &attachments[side], err);
    text_buffer_printf(&name, "%s.", catalog);
    sql_add_name(&name, dataset->gold.schema);
    text_buffer_add_char(&name, '.');
    sql_add_name(&name, dataset->gold.table);
    pair.from[side] = arena_copy(it->arena, name.data, name.length);
  }
  is_done = is_done && compare_rows(it, &pair, &it->result->gold, err);
  for (size_t side = 0; side < 2; side++)
    database_detach(&attachments[side]);
  return is_done;
}

static int compare_sizes(const void *a, const void *b)
{
  const struct verify_difference *first = a, *second = b;
  return (first->size > second->size) - (first->size < second->size);
}

static bool compare(struct verification *it, struct error *err)
{
  struct verify_result *result = it->result;
  const struct summary *first = result->first;
  const struct database_settings settings = { .timezone = first->config->dataset->timezone,
                                              .memory_limit = first->config->env.duckdb.memory_limit,
                                              .threads = first->config->env.duckdb.threads,
                                              .temp_directory = path_join(it->arena, it->places[0], "spill") };
  compare_counts(it);
  if (first->error != NULL || result->second->error != NULL)
    return true;
  TRY(database_open(&settings, &it->database, err));
  result->has_gold = first->config->dataset->gold.enabled;
  bool is_done =
      database_make_temp_directory(it->database, err) && compare_lake(it, "silver", true, &result->silver, err) &&
      compare_lake(it, "quarantine", false, &result->quarantine, err) && (!result->has_gold || compare_gold(it, err));
  database_close(&it->database);
  return is_done;
}

/* runs */

/* That both refuse the data, or that one does, is an answer; that a run cannot be made is none. */
static bool run_one(struct arena *arena, const struct pipeline_options *options, const char *engine, const char *place,
                    const struct summary **ret_summary, struct error *err)
{
  struct pipeline_options own = *options;
  own.engine = engine;
  own.place = place;
  own.takes_all_files = true;
  own.refuses_alerts = false;
  log_info("verify", "engine %s", engine);
  return pipeline_run(arena, &own, ret_summary, err) || (err->kind == ERROR_DATA && *ret_summary != NULL);
}

static const char *choose_place(struct arena *arena, const struct config *config)
{
  const char *silver = config_resolve(arena, &config->env, config->dataset->silver.path);
  const char *parent = path_is_remote(silver) ? path_absolute(arena, config->env.state)
                                              : path_directory(arena, path_absolute(arena, silver));
  return path_join(arena, parent, name_unique(arena, ".crisol-verify-"));
}

static bool verify_in(struct verification *it, const struct pipeline_options *options, const char *place,
                      struct error *err)
{
  struct verify_result *result = it->result;
  it->places[0] = path_join(it->arena, place, "duckdb");
  it->places[1] = path_join(it->arena, place, "spark");
  TRY(directory_create(it->places[0], err) && directory_create(it->places[1], err));
  TRY(run_one(it->arena, options, "duckdb", it->places[0], &result->first, err));
  TRY(run_one(it->arena, options, "spark", it->places[1], &result->second, err));
  TRY(compare(it, err));
  if (result->n_differences > 0)
    qsort(result->differences, result->n_differences, sizeof(*result->differences), compare_sizes);
  return true;
}

bool pipeline_verify(struct arena *arena, const struct pipeline_options *options, struct verify_result *ret_result,
                     struct error *err)
{
  struct s3 *s3 = NULL;
  struct config *config = NULL;
  bool is_loaded = load_sound_config(arena, options, &s3, &config, err);
  close_s3(&s3);
  TRY(is_loaded);
  *ret_result = (struct verify_result){ .first = NULL };
  struct verification it = { .arena = arena, .result = ret_result };
  const char *place = choose_place(arena, config);
  bool is_done = verify_in(&it, options, place, err);
  struct error ignored;
  bool is_removed = path_remove(place, is_done ? err : &ignored);
  return is_done && is_removed;
}
