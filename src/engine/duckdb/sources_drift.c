#include "engine/duckdb/sources_drift.h"

#include "base/log.h"
#include "engine/duckdb/database_internal.h"

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

static void note(struct drift *drift, enum drift_kind kind, const struct plan_source *source, size_t column,
                 size_t file)
{
  drift_add(drift, &(struct drift_change){ .scope = DRIFT_FILES,
                                           .kind = kind,
                                           .column = source->columns[column].name,
                                           .file = source->files[file].path });
}

/* `places` has the place of each column in the first file. */
static void compare_file(struct drift *drift, const struct plan_source *source, const struct reader *reader,
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
      note(drift, DRIFT_NEW, source, columns[i], file);
    if (place != ABSENT && place < latest && is_ordered) {
      note(drift, DRIFT_REORDERED, source, columns[i], file);
      is_ordered = false; /* said once */
    }
    latest = place > latest ? place : latest;
  }
  for (size_t column = 0; column < source->n_columns; column++)
    if (places[column] != ABSENT && !has[column])
      note(drift, DRIFT_MISSING, source, column, file);
}

void text_drift(struct drift *drift, const struct plan_source *source, const struct reader *reader)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t n_first = 0;
  size_t first_change = drift->count;
  const size_t *first = reader_file_columns(reader, 0, &n_first);
  size_t *places = arena_array(&scratch, source->n_columns + 1, sizeof(*places));
  for (size_t i = 0; i < n_first; i++)
    places[first[i]] = i + 1;
  for (size_t file = 1; file < source->n_files; file++) {
    size_t count = 0;
    const size_t *columns = reader_file_columns(reader, file, &count);
    if (count != n_first || memcmp(columns, first, count * sizeof(*columns)) != 0)
      compare_file(drift, source, reader, places, file);
  }
  if (source->config->format == SOURCE_CSV) /* keys that some records lack are JSON's everyday life */
    log_changes(drift, first_change, source);
}

/* Parquet */

void sources_add_file_list(const struct plan_source *source, struct text_buffer *sql)
{
  text_buffer_add_char(sql, '[');
  for (size_t i = 0; i < source->n_files; i++) {
    if (i > 0)
      text_buffer_add_string(sql, ", ");
    sql_add_string(sql, text_from(source->files[i].path));
  }
  text_buffer_add_char(sql, ']');
}

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
  sql_add_string(&sql, text_from(file));
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
  sql_add_string(&sql, text_from(file));
  text_buffer_add_string(&sql, "], hive_partitioning = false)");
  TRY(database_describe(arena, database, sql.data, &names, &types, &count, err));
  TRY(find_nulls(arena, database, file, names, types, count, err));
  *ret_layout = (struct layout){ file, names, types, count };
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

/* The files by their layout: `ret_layout_of` has the index for each. Only the first file of a layout is looked at. */
static bool find_layouts(struct arena *arena, struct database *database, const struct plan_source *source,
                         struct layout *layouts, size_t *ret_count, size_t *ret_layout_of, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "WITH files AS (SELECT unnest(");
  sources_add_file_list(source, &sql);
  text_buffer_printf(&sql, ") AS file_name, unnest(range(%zu)) AS number), layouts AS (SELECT file_name, md5(",
                     source->n_files);
  text_buffer_add_string(&sql, "string_agg(concat_ws(chr(1), name, type, num_children, converted_type, scale, "
                               "precision, logical_type, duckdb_type), chr(2) ORDER BY column_id)) AS layout FROM "
                               "parquet_schema(");
  sources_add_file_list(source, &sql);
  text_buffer_add_string(&sql, ") GROUP BY file_name) SELECT number, first(number) OVER (PARTITION BY layout ORDER BY "
                               "number) FROM files JOIN layouts USING (file_name) ORDER BY number");
  TRY(database_query(arena, database, sql.data, &table, err));
  *ret_count = 0;
  for (size_t row = 0; row < table.n_rows; row++) {
    size_t file = strtoull(table.cells[row * 2], NULL, 10);
    size_t first = strtoull(table.cells[row * 2 + 1], NULL, 10);
    if (first != file) {
      ret_layout_of[file] = ret_layout_of[first];
      continue;
    }
    ret_layout_of[file] = *ret_count;
    TRY(describe_file(arena, database, source->files[file].path, &layouts[(*ret_count)++], err));
  }
  return true;
}

static struct drift_columns columns_of(struct arena *arena, const struct layout *layout)
{
  const char **types = arena_array(arena, layout->n_columns + 1, sizeof(*types));
  for (size_t i = 0; i < layout->n_columns; i++)
    types[i] = type_name(arena, layout->types[i]);
  return (struct drift_columns){ layout->names, types, layout->n_columns };
}

bool parquet_drift(struct database *database, const struct plan_source *source, struct drift *drift, struct error *err)
{
  if (source->n_files < 2)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t n_layouts = 0;
  size_t first_change = drift->count;
  struct layout *layouts = arena_array(&scratch, source->n_files, sizeof(*layouts));
  size_t *layout_of = arena_array(&scratch, source->n_files, sizeof(*layout_of));
  TRY(find_layouts(&scratch, database, source, layouts, &n_layouts, layout_of, err));
  TRY(check_union(source, layouts, n_layouts, err));
  struct drift_columns *columns = arena_array(&scratch, n_layouts, sizeof(*columns));
  for (size_t i = 0; i < n_layouts; i++)
    columns[i] = columns_of(&scratch, &layouts[i]);
  for (size_t file = 1; file < source->n_files; file++)
    if (layout_of[file] != 0)
      drift_compare(drift, DRIFT_FILES, &columns[0], &columns[layout_of[file]], source->files[file].path);
  log_changes(drift, first_change, source);
  return true;
}
