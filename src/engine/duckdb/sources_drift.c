#include "engine/duckdb/sources_drift.h"

#include "base/log.h"
#include "engine/duckdb/database_internal.h"
#include "engine/duckdb/engine_internal.h"

#include <stdlib.h>

static void log_changes(const struct drift *drift, size_t first, const struct plan_source *source)
{
  for (size_t i = first; i < drift->count; i++) {
    const struct drift_change *change = &drift->changes[i];
    SCOPED(text_buffer_done) struct text_buffer line = { 0 };
    if (change->kind == DRIFT_MISSING)
      text_buffer_printf(&line, "%zu of %zu files lack column \"%s\" (it is null there)", change->n_files,
                         source->n_files, change->column);
    else if (change->kind == DRIFT_NEW)
      text_buffer_printf(&line, "%zu of %zu files have column \"%s\", which \"%s\" lacks (it is null there)",
                         change->n_files, source->n_files, change->column, source->files[0].path);
    else if (change->kind == DRIFT_REORDERED)
      text_buffer_printf(&line, "%zu of %zu files have their columns in another order, from \"%s\" on", change->n_files,
                         source->n_files, change->column);
    else
      text_buffer_printf(&line, "%zu of %zu files have column \"%s\" as %s, \"%s\" has it as %s", change->n_files,
                         source->n_files, change->column, change->to, source->files[0].path, change->from);
    text_buffer_printf(&line, ", the first is \"%s\"", change->file);
    if (change->kind == DRIFT_MISSING || change->kind == DRIFT_NEW)
      log_warning("source", "%s", line.data);
    else
      log_info("source", "%s", line.data);
  }
}

/* text files */

enum { ABSENT = 0 }; /* places count from 1 */

/* How many files differ so in a column, and the first one. */
struct tally {
  size_t n_files, first_file;
};

/* By column: in thousands of files with thousands of keys each there are few changes, and many files that have them. */
struct tallies {
  struct tally *new, *missing, *reordered;
};

static void count_file(struct tally *tally, size_t file)
{
  if (tally->n_files++ == 0)
    tally->first_file = file;
}

/* `places` has the place of each column in the first file. */
static void compare_file(const struct tallies *tallies, const struct plan_source *source, const struct reader *reader,
                         const size_t *places, size_t file)
{
  size_t count = 0;
  size_t latest = ABSENT;
  const size_t *columns = reader_file_columns(reader, file, &count);
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool *has = arena_array(&scratch, source->n_columns + 1, sizeof(*has));
  bool is_ordered = source->config->format == SOURCE_CSV;
  for (size_t i = 0; i < count; i++) {
    size_t place = places[columns[i]];
    has[columns[i]] = true;
    if (place == ABSENT)
      count_file(&tallies->new[columns[i]], file);
    if (place != ABSENT && place < latest && is_ordered) {
      count_file(&tallies->reordered[columns[i]], file);
      is_ordered = false; /* said once */
    }
    latest = place > latest ? place : latest;
  }
  for (size_t column = 0; column < source->n_columns; column++)
    if (places[column] != ABSENT && !has[column])
      count_file(&tallies->missing[column], file);
}

static void add_tallies(struct drift *drift, enum drift_kind kind, const struct plan_source *source,
                        const struct tally *tallies)
{
  for (size_t column = 0; column < source->n_columns; column++)
    if (tallies[column].n_files > 0)
      drift_add(drift, &(struct drift_change){ .scope = DRIFT_FILES,
                                               .kind = kind,
                                               .column = source->columns[column].name,
                                               .file = source->files[tallies[column].first_file].path,
                                               .n_files = tallies[column].n_files });
}

void text_drift(struct drift *drift, const struct plan_source *source, const struct reader *reader)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (source->n_files < 2)
    return;
  size_t n_first = 0;
  size_t first_change = drift->count;
  const size_t *first = reader_file_columns(reader, 0, &n_first);
  size_t *places = arena_array(&scratch, source->n_columns + 1, sizeof(*places));
  struct tallies tallies = { .new = arena_array(&scratch, source->n_columns + 1, sizeof(struct tally)),
                             .missing = arena_array(&scratch, source->n_columns + 1, sizeof(struct tally)),
                             .reordered = arena_array(&scratch, source->n_columns + 1, sizeof(struct tally)) };
  for (size_t i = 0; i < n_first; i++)
    places[first[i]] = i + 1;
  for (size_t file = 1; file < source->n_files; file++) {
    size_t count = 0;
    const size_t *columns = reader_file_columns(reader, file, &count);
    if (count != n_first || memcmp(columns, first, count * sizeof(*columns)) != 0)
      compare_file(&tallies, source, reader, places, file);
  }
  add_tallies(drift, DRIFT_REORDERED, source, tallies.reordered);
  add_tallies(drift, DRIFT_NEW, source, tallies.new);
  add_tallies(drift, DRIFT_MISSING, source, tallies.missing);
  if (source->config->format == SOURCE_CSV) /* keys that some records lack are JSON's everyday life */
    log_changes(drift, first_change, source);
}

/* Parquet */

/* Whether every value of `from` is one of `to`, fields by name. */
static bool holds(const struct type *to, const struct type *from)
{
  if (type_equal(to, from) || type_is_widening(from, to) || from->id == TYPE_VOID)
    return true;
  if (to->id != from->id)
    return false;
  if (to->id == TYPE_ARRAY)
    return holds(to->element, from->element);
  if (to->id == TYPE_MAP)
    return holds(to->key, from->key) && holds(to->element, from->element);
  for (size_t i = 0; to->id == TYPE_STRUCT && i < from->n_fields; i++) {
    bool is_held = false;
    for (size_t k = 0; !is_held && k < to->n_fields; k++)
      is_held = text_equal_nocase(text_from(to->fields[k].name), text_from(from->fields[i].name)) &&
                holds(to->fields[k].type, from->fields[i].type);
    if (!is_held)
      return false;
  }
  return to->id == TYPE_STRUCT;
}

/* A file whose columns differ from those of the files before it. */
struct layout {
  const char *file;
  const char **names;
  const struct type **types;
  size_t n_columns;
  size_t n_files; /* that have it */
};

/* A column that was written without a value, or that has such a part, says NullType; DuckDB shows it as int. It goes
 * with every type. */
static bool find_nulls(struct arena *arena, struct database *database, const char *file, const char *const *names,
                       const struct type **types, size_t count, struct error *err)
{
  enum { NAME, CHILDREN, IS_NULL, N_CELLS };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "SELECT name, coalesce(num_children, 0), coalesce(logical_type = 'NullType()', false) "
                               "FROM parquet_schema(");
  sql_add_file(&sql, file);
  text_buffer_add_string(&sql, ") WHERE column_id > 0 ORDER BY column_id");
  TRY(database_query(arena, database, sql.data, &table, err));
  size_t column = 0;
  size_t n_open = 0; /* parts of the column that are still to come */
  for (size_t row = 0; row < table.n_rows && column < count; row++) {
    char **cells = &table.cells[row * N_CELLS];
    if (n_open == 0)
      while (column < count && strcmp(names[column], cells[NAME]) != 0)
        column++;
    n_open = (n_open == 0 ? 0 : n_open - 1) + strtoull(cells[CHILDREN], NULL, 10);
    if (column < count && strcmp(cells[IS_NULL], "true") == 0)
      types[column] = type_simple(TYPE_VOID);
  }
  return true;
}

static bool describe_file(struct arena *arena, struct database *database, const char *file, struct layout *ret_layout,
                          struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  text_buffer_add_string(&sql, "SELECT * FROM read_parquet([");
  sql_add_file(&sql, file);
  text_buffer_add_string(&sql, "], hive_partitioning = false)");
  TRY(database_describe(arena, database, sql.data, &names, &types, &count, err));
  TRY(find_nulls(arena, database, file, names, types, count, err));
  *ret_layout = (struct layout){ file, names, types, count, 0 };
  return true;
}

static const struct type *find_type(const struct layout *layout, const char *name)
{
  for (size_t i = 0; i < layout->n_columns; i++)
    if (text_equal_nocase(text_from(layout->names[i]), text_from(name)))
      return layout->types[i];
  return NULL;
}

/* DuckDB unites int and string to string, and bigint and double to double: numbers would lose their kind, or digits. */
static bool check_union(const struct plan_source *source, const struct layout *layouts, size_t n_layouts,
                        struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  for (size_t i = 0; i < source->n_columns; i++) {
    const struct source_column *column = &source->columns[i];
    const struct layout *other = NULL; /* the first that has the column */
    for (size_t k = 0; k < n_layouts; k++) {
      const struct type *type = find_type(&layouts[k], column->name);
      const struct type *other_type = other == NULL ? NULL : find_type(other, column->name);
      if (type == NULL)
        continue;
      if (other_type == NULL) {
        other = &layouts[k];
        continue;
      }
      if (type_equal(type, other_type) || (holds(column->type, type) && holds(column->type, other_type)))
        continue;
      fail(err, ERROR_CONFIG, source->config->place,
           "column \"%s\" is %s in \"%s\" and %s in \"%s\": no type holds every value of both", column->name,
           type_name(&scratch, other_type), other->file, type_name(&scratch, type), layouts[k].file);
      return add_hint(err, "Write the files anew with one type, or read those of each type as a source of their own, "
                           "with the column renamed.");
    }
  }
  return true;
}

/* The layouts that the files have, that of the first file first. Only the first file of each is looked at. */
static bool find_layouts(struct arena *arena, struct database *database, const struct plan_source *source,
                         struct layout **ret_layouts, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "WITH files AS (SELECT unnest(");
  sources_print_names(source->files, source->n_files, &sql);
  text_buffer_printf(&sql, ") AS file_name, unnest(range(%zu)) AS number), layouts AS (SELECT file_name, md5(",
                     source->n_files);
  text_buffer_add_string(&sql, "string_agg(concat_ws(chr(1), name, type, num_children, converted_type, scale, "
                               "precision, logical_type, duckdb_type), chr(2) ORDER BY column_id)) AS layout FROM "
                               "parquet_schema(");
  sources_print_files(source->files, source->n_files, &sql);
  text_buffer_add_string(&sql, ") GROUP BY file_name) SELECT min(number), count(*) FROM files JOIN layouts USING "
                               "(file_name) GROUP BY layout ORDER BY 1");
  TRY(database_query(arena, database, sql.data, &table, err));
  struct layout *layouts = arena_array(arena, table.n_rows + 1, sizeof(*layouts));
  for (size_t row = 0; row < table.n_rows; row++) {
    TRY(describe_file(arena, database, source->files[cell_number(&table, row, 0)].path, &layouts[row], err));
    layouts[row].n_files = cell_number(&table, row, 1);
  }
  *ret_layouts = layouts;
  *ret_count = table.n_rows;
  return true;
}

static struct drift_columns columns_of(struct arena *arena, const struct layout *layout)
{
  const char **types = arena_array(arena, layout->n_columns + 1, sizeof(*types));
  for (size_t i = 0; i < layout->n_columns; i++)
    types[i] = type_ddl(arena, layout->types[i]);
  return (struct drift_columns){ layout->names, types, layout->n_columns };
}

bool parquet_drift(struct database *database, const struct plan_source *source, struct drift *drift, struct error *err)
{
  if (source->n_files < 2)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t n_layouts = 0;
  size_t first_change = drift->count;
  struct layout *layouts = NULL;
  TRY(find_layouts(&scratch, database, source, &layouts, &n_layouts, err));
  TRY(check_union(source, layouts, n_layouts, err));
  for (size_t i = 1; i < n_layouts; i++) {
    struct drift_columns first = columns_of(&scratch, &layouts[0]), other = columns_of(&scratch, &layouts[i]);
    drift_compare(drift, DRIFT_FILES, &first, &other, layouts[i].file, layouts[i].n_files);
  }
  log_changes(drift, first_change, source);
  return true;
}
