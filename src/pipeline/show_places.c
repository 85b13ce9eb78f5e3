/* Where the rows are that are shown: silver's files, the quarantine's, the rejects of a refused run. */
#include "pipeline/show_internal.h"

#include "base/file.h"
#include "ledger/ledger.h"

#include <stdlib.h>

/* columns */

const struct shown_column *show_find(const struct show *show, const char *name)
{
  for (size_t i = 0; i < show->n_columns; i++)
    if (!show->columns[i].is_made && text_equal_nocase(text_from(show->columns[i].shown.name), text_from(name)))
      return &show->columns[i];
  return NULL;
}

bool show_fail_unknown(const char *message, const char *name, const char *const *known, size_t n_known,
                       struct error *err)
{
  const char *nearest = text_nearest(text_from(name), known, n_known);
  fail(err, ERROR_CONFIG, NOWHERE, "%s \"%s\"", message, name);
  if (nearest != NULL)
    return add_hint(err, "Did you mean \"%s\"?", nearest);
  return false;
}

/* crisol's own columns stand behind the data's. */
static bool is_technical(const char *name)
{
  return name[0] == '_';
}

static struct shown_column column_of(struct show *show, const char *name, const struct type *type)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "CAST(");
  sql_add_name(&sql, name);
  text_buffer_add_string(&sql, " AS ");
  type_print_duckdb(type, &sql); /* what Spark has no type for is shown as text */
  text_buffer_add_char(&sql, ')');
  return (struct shown_column){ .shown = { .name = name, .type = type },
                                .sql = text_copy(show->arena, text_buffer_text(&sql)) };
}

bool show_describe(struct show *show, struct error *err)
{
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  const char *sql = arena_printf(show->arena, "SELECT * FROM %s", show->relation);
  TRY(database_describe(show->arena, show->database, sql, &names, &types, &count, err));
  show->columns = arena_array(show->arena, count + 1, sizeof(*show->columns));
  for (int technical = 0; technical < 2; technical++)
    for (size_t i = 0; i < count; i++)
      if (is_technical(names[i]) == (technical == 1))
        show->columns[show->n_columns++] = column_of(show, names[i], types[i]);
  return true;
}

/* silver */

/* Names of the partition columns in a path below a lake: "year=2024/month=01/part.parquet". */
struct keys {
  struct arena *arena;
  const char *names[64];
  size_t count;
};

static char *unescaped(struct arena *arena, struct text name)
{
  char *copy = text_copy(arena, name);
  char *end = copy;
  for (const char *p = copy; *p != '\0'; p++) {
    bool is_escape = p[0] == '%' && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0;
    *end++ = is_escape ? (char)(hex_digit(p[1]) * 16 + hex_digit(p[2])) : *p;
    p += is_escape ? 2 : 0;
  }
  *end = '\0';
  return copy;
}

static void find_keys(const char *path, struct keys *keys)
{
  keys->count = 0;
  for (const char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
    const char *equals = memchr(path, '=', (size_t)(slash - path));
    if (equals != NULL && keys->count < ARRAY_LENGTH(keys->names))
      keys->names[keys->count++] = unescaped(keys->arena, (struct text){ path, (size_t)(equals - path) });
  }
}

static bool are_equal(const struct keys *a, const struct keys *b)
{
  if (a->count != b->count)
    return false;
  for (size_t i = 0; i < a->count; i++)
    if (strcmp(a->names[i], b->names[i]) != 0)
      return false;
  return true;
}

/* A directory's name is text: the type is the one that the dataset gives the column. NULL: it stays text. */
static const struct type *partition_type(const struct dataset *dataset, const char *name)
{
  static const char *const derived[] = { "year", "month", "day", "hour" };
  for (size_t i = dataset->n_columns; i-- > 0;) /* the last one of a name stands */
    if (strcmp(dataset->columns[i].name.value, name) == 0)
      return dataset->columns[i].cast.type;
  for (size_t i = 0; i < dataset->n_casts; i++)
    if (strcmp(dataset->casts[i].column.value, name) == 0)
      return dataset->casts[i].type;
  const struct schema_property *property = dataset->schema == NULL ? NULL : schema_find(dataset->schema, name);
  if (property != NULL)
    return property->type;
  if (dataset->silver.partition_from.value == NULL)
    return NULL;
  for (size_t i = 0; i < ARRAY_LENGTH(derived); i++)
    if (strcmp(derived[i], name) == 0)
      return type_simple(TYPE_INT);
  return strcmp(name, "date") == 0 ? type_simple(TYPE_DATE) : NULL;
}

/* As Spark casts it, in the dataset's time zone. */
static bool add_typed(const struct show *show, const char *name, const struct type *type, struct text_buffer *sql,
                      struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer quoted = { 0 };
  sql_add_name(&quoted, name);
  const struct expr_column column = { .name = "c", .type = type_simple(TYPE_STRING), .sql = quoted.data };
  const struct expr_scope scope = { .columns = &column, .n_columns = 1, .timezone = show->config->dataset->timezone };
  struct expr *expr = NULL;
  const struct expr *cast = NULL;
  TRY(expr_compile(show->arena, (struct expr_text){ .text = TEXT("c") }, &scope, &expr, NULL, err));
  TRY(expr_cast(show->arena, expr, type, NOWHERE, &cast, err));
  expr_print_duckdb(cast, sql);
  text_buffer_add_string(sql, " AS ");
  text_buffer_add_text(sql, text_buffer_text(&quoted));
  return true;
}

/* The columns of the partitions, typed; none of the folders that lead to the lake. */
static bool add_partition_columns(const struct show *show, const struct keys *keys, struct text_buffer *sql,
                                  struct error *err)
{
  struct keys above = { .arena = show->arena };
  find_keys(arena_printf(show->arena, "%s/", show->plan.silver_path), &above);
  size_t n_typed = 0;
  for (size_t i = 0; i < above.count; i++) {
    text_buffer_add_string(sql, i == 0 ? " EXCLUDE (" : ", ");
    sql_add_name(sql, above.names[i]);
  }
  text_buffer_add_string(sql, above.count == 0 ? "" : ")");
  for (size_t i = 0; i < keys->count; i++) {
    const struct type *type = partition_type(show->config->dataset, keys->names[i]);
    if (type == NULL)
      continue;
    text_buffer_add_string(sql, n_typed++ == 0 ? " REPLACE (" : ", ");
    TRY(add_typed(show, keys->names[i], type, sql, err));
  }
  text_buffer_add_string(sql, n_typed == 0 ? "" : ")");
  return true;
}

void show_add_files(const char *const *paths, size_t count, bool has_partitions, struct text_buffer *sql)
{
  text_buffer_add_string(sql, " FROM read_parquet(");
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(sql, i == 0 ? "[" : ", ");
    sql_add_file(sql, paths[i]);
  }
  text_buffer_printf(sql, "], union_by_name = true, hive_partitioning = %s%s)", has_partitions ? "true" : "false",
                     has_partitions ? ", hive_types_autocast = false" : "");
}

bool show_find_files(struct show *show, const char *path, const char *const **ret_paths, size_t *ret_count,
                     struct error *err)
{
  struct s3 *s3 = path_is_remote(path) ? show->config->s3 : NULL;
  if (s3 != NULL)
    TRY(database_use_s3(show->database, s3, err));
  return lake_find_files(show->arena, s3, path, ret_paths, ret_count, err);
}

bool show_fail_missing(const struct show *show, const char *what, struct error *err)
{
  fail(err, ERROR_CONFIG, NOWHERE, "there is no %s yet: no run of \"%s\" has made it", what,
       show->config->dataset->id.value);
  return add_hint(err, "`crisol run %s` makes it.", show->options->dataset);
}

static bool open_silver(struct show *show, struct error *err)
{
  const char *const *paths = NULL;
  size_t count = 0;
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct keys keys = { .arena = show->arena }, others = { .arena = show->arena };
  size_t root_length = strlen(show->plan.silver_path);
  show->place = arena_printf(show->arena, "silver \"%s\"", show->plan.silver_path);
  TRY(show_find_files(show, show->plan.silver_path, &paths, &count, err));
  if (count == 0)
    return show_fail_missing(show, show->place, err);
  find_keys(paths[0] + root_length, &keys);
  bool are_alike = true;
  for (size_t i = 1; i < count && are_alike; i++) {
    find_keys(paths[i] + root_length, &others);
    are_alike = are_equal(&keys, &others);
  }
  bool has_partitions = are_alike && keys.count > 0;
  if (!are_alike)
    log_warning("show", "the files of %s lie in folders of different names: partition columns are left out",
                show->place);
  text_buffer_add_string(&sql, "(SELECT *");
  if (has_partitions)
    TRY(add_partition_columns(show, &keys, &sql, err));
  show_add_files(paths, count, has_partitions, &sql);
  text_buffer_add_char(&sql, ')');
  show->relation = text_copy(show->arena, text_buffer_text(&sql));
  return show_describe(show, err);
}

bool show_settle_nothing(struct show *show, struct error *err)
{
  const char *const *paths = NULL;
  size_t count = 0;
  show->is_empty = true;
  if (show->asked->run != NULL) /* it is recorded */
    return true;
  TRY(show_find_files(show, show->plan.silver_path, &paths, &count, err));
  return count > 0 || show_fail_missing(show, show->place, err);
}

bool show_open(struct show *show, struct error *err)
{
  static bool (*const open[])(struct show * show, struct error * err) = { [SHOW_SILVER] = open_silver,
                                                                          [SHOW_SOURCE] = show_open_source,
                                                                          [SHOW_QUARANTINE] = show_open_quarantine,
                                                                          [SHOW_GOLD] = show_open_gold };
  return open[show->asked->what](show, err);
}
