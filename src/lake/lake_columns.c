/* The columns that a lake has before a run: merge_schema says how far the run's may differ. */
#include "lake/lake_internal.h"

#include "base/file.h"
#include "base/log.h"
#include "plan/hive.h"

/* The names of the folders that a file lies in, "year=, month="; NULL: one of them is no partition's. */
static const char *scheme_of(struct arena *arena, const char *below)
{
  SCOPED(text_buffer_done) struct text_buffer names = { 0 };
  for (const char *slash; (slash = strchr(below, '/')) != NULL; below = slash + 1) {
    const char *equals = memchr(below, '=', (size_t)(slash - below));
    if (equals == NULL)
      return NULL;
    text_buffer_printf(&names, "%s%.*s", names.length == 0 ? "" : ", ", (int)(equals - below), below);
  }
  return text_copy(arena, text_buffer_text(&names));
}

/* Readers take the folders of a lake for one scheme, and fail or lose a column where files lie in two. */
static bool check_scheme(const struct lake *lake, const char *const *paths, size_t n_paths, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer ours = { 0 };
  const struct plan *plan = lake->plan;
  for (size_t i = 0; i < plan->n_partitions; i++) {
    text_buffer_add_string(&ours, i == 0 ? "" : ", ");
    hive_add_name(&ours, plan->partitions[i].name);
  }
  struct text wanted = text_buffer_text(&ours);
  for (size_t i = 0; i < n_paths; i++) {
    const char *below = paths[i] + strlen(plan->silver_path) + 1;
    const char *scheme = scheme_of(&scratch, below);
    if (scheme == NULL || text_equal_nocase(text_from(scheme), wanted))
      continue;
    fail(err, ERROR_CONFIG, plan->dataset->silver.path.place,
         "the lake is partitioned by [%s], this run would partition it by [%.*s]", scheme, TEXT_ARGS(wanted));
    return add_hint(err,
                    "The file \"%s\" lies there. Partition as the lake is, write to a new path, or make the lake "
                    "anew with `crisol run --full-refresh`.",
                    paths[i]);
  }
  return true;
}

/* No columns: there is no lake yet. */
static bool describe_lake(struct arena *arena, const struct lake *lake, struct engine *engine, const char ***ret_names,
                          const struct type ***ret_types, size_t *ret_count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *const *paths = NULL;
  size_t n_paths = 0;
  const char *path = lake->plan->silver_path;
  struct s3 *s3 = path_is_remote(path) ? lake->plan->config->s3 : NULL;
  TRY(lake_find_files(&scratch, s3, path, &paths, &n_paths, err));
  TRY(check_scheme(lake, paths, n_paths, err));
  if (n_paths == 0 || engine_read_lake_columns(engine, arena, s3, paths, n_paths, ret_names, ret_types, ret_count, err))
    return true;
  if (err->kind != ERROR_INTERRUPTED)
    err->kind = ERROR_ENVIRONMENT;
  return add_context(err, "while reading the columns of the lake \"%s\"", path);
}

static bool refuse_column(const struct plan *plan, const char *name, const char *what, struct error *err)
{
  fail(err, ERROR_CONFIG, plan->dataset->silver.path.place, "silver column \"%s\" %s, and merge_schema is false", name,
       what);
  return add_hint(err, "Set output.silver.merge_schema: true to let the lake's columns differ.");
}

/* Finds the type that the column is written in. */
static bool settle_type(const struct plan *plan, struct run *run, size_t column, const struct type *is,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct type *wanted = plan->columns[column].type;
  if (type_equal(is, wanted))
    return true;
  const struct type *stored = type_store(run->arena, is, wanted);
  if (stored != NULL && plan->dataset->silver.merge_schema) {
    run->silver_types[column] = type_equal(stored, wanted) ? NULL : stored;
    log_info("silver", "column \"%s\" is %s in the lake, %s in this run: it is written as %s",
             plan->columns[column].name, type_name(&scratch, is), type_name(&scratch, wanted),
             type_name(&scratch, stored));
    return true;
  }
  fail(err, ERROR_CONFIG, plan->dataset->silver.path.place,
       "silver column \"%s\" is %s in the lake, this run makes it %s", plan->columns[column].name,
       type_name(&scratch, is), type_name(&scratch, wanted));
  if (stored != NULL)
    return add_hint(err, "Set output.silver.merge_schema: true to let it be written as %s.",
                    type_name(&scratch, stored));
  return add_hint(err,
                  "Readers take the type of one of the lake's files, and values of the other would fail or change. "
                  "Cast the column to the lake's type, or write to a new path.");
}

static int find_name(const char *const *names, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal_nocase(text_from(names[i]), text_from(name)))
      return (int)i;
  return NO_COLUMN;
}

static bool is_technical(const char *name)
{
  return strcmp(name, "_run_id") == 0 || strcmp(name, "_ingestion_ts") == 0;
}

static bool settle_column(const struct plan *plan, struct run *run, size_t column, const char *name,
                          const struct type *type, struct error *err)
{
  if (strcmp(name, plan->columns[column].name) != 0)
    run->silver_names[column] = arena_copy(run->arena, name, strlen(name));
  return settle_type(plan, run, column, type, err);
}

bool lake_check_columns(const struct lake *lake, struct engine *engine, struct run *run, struct error *err)
{
  const struct plan *plan = lake->plan;
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  if (plan->dataset->silver.mode == SILVER_OVERWRITE || plan->is_nameless)
    return true;
  TRY(describe_lake(run->arena, lake, engine, &names, &types, &count, err)); /* the run keeps some of the types */
  if (count == 0)
    return true;
  run->silver_types = arena_array(run->arena, plan->n_columns + 1, sizeof(*run->silver_types));
  run->silver_names = arena_array(run->arena, plan->n_columns + 1, sizeof(*run->silver_names));
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!plan_is_stored(plan, i))
      continue;
    int index = find_name(names, count, plan->columns[i].name);
    if (index != NO_COLUMN)
      TRY(settle_column(plan, run, i, names[index], types[index], err));
    else if (!plan->dataset->silver.merge_schema)
      return refuse_column(plan, plan->columns[i].name, "is not in the lake", err);
    else
      log_info("silver", "column \"%s\" is new in the lake", plan->columns[i].name);
  }
  for (size_t i = 0; i < count; i++) {
    int column = plan_find_column(plan, names[i]);
    if (is_technical(names[i]) || (column != NO_COLUMN && !plan->columns[column].is_dropped))
      continue;
    if (!plan->dataset->silver.merge_schema)
      return refuse_column(plan, names[i], "of the lake is not in the source", err);
    log_info("silver", "column \"%s\" of the lake is not in the source: it is null for these rows", names[i]);
  }
  return true;
}
