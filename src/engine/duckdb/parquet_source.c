#include "engine/duckdb/parquet_source.h"

#include "base/log.h"
#include "duckdb/database_internal.h"
#include "duckdb/functions/schema.h"
#include "engine/duckdb/engine_internal.h"
#include "engine/rows/files_drift.h"
#include "engine/duckdb/stage.h"
#include "reader/reader.h"

#include <stdio.h>
#include <stdlib.h>

/* Files of one schema, and of one calendar. */
struct layout {
  const char *key;
  size_t *files;
  size_t n_files, capacity;
  struct parquet_file file; /* the first one */
  struct parquet_columns columns;
};

/* Where a column of the source was first seen. */
struct origin {
  const struct layout *layout;
  bool has_unsigned_long;
};

struct layouts {
  struct layout *items;
  size_t count, capacity;
};

typedef void add_path(struct text_buffer *sql, const char *path);

static void print_list(const char *const *paths, size_t count, add_path *add, struct text_buffer *sql)
{
  text_buffer_add_char(sql, '[');
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    add(sql, paths[i]);
  }
  text_buffer_add_char(sql, ']');
}

static void print_group_files(const struct parquet_reading *reading, const struct parquet_group *group,
                              struct text_buffer *sql)
{
  text_buffer_add_char(sql, '[');
  for (size_t i = 0; i < group->n_files; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    sql_add_file(sql, reading->paths[group->files[i]]);
  }
  text_buffer_add_char(sql, ']');
}

void parquet_source_print_paths(const struct plan_source *source, add_path *add, struct text_buffer *sql)
{
  print_list(source->parquet->paths, source->n_files, add, sql);
}

/* layouts */

enum { NUMBER, KEY, OLD_DATES, OLD_INT96, ZONE, N_CELLS };

/* Spark before 3.0 (3.1 for INT96), and later ones that were asked for it, count days before 1582-10-15 by the Julian
 * calendar, and times before 1900 by the zone's later offset. */
static void print_layouts_query(const char *const *schema_paths, size_t n_paths, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer names = { 0 }, paths = { 0 };
  print_list(schema_paths, n_paths, sql_add_file_name, &names);
  print_list(schema_paths, n_paths, sql_add_file, &paths);
  text_buffer_printf(sql,
                     "WITH files AS (SELECT unnest(%s) AS file_name, unnest(range(%zu)) AS number), "
                     "layouts AS (SELECT file_name, md5(string_agg(concat_ws(chr(1), name, type, repetition_type, "
                     "num_children, converted_type, scale, precision, logical_type, duckdb_type), chr(2) ORDER BY "
                     "column_id)) AS layout FROM parquet_schema(%s) GROUP BY file_name), "
                     "entries AS (SELECT file_name, CAST(key AS VARCHAR) AS key, CAST(value AS VARCHAR) AS value FROM "
                     "parquet_kv_metadata(%s)), ",
                     names.data, n_paths, paths.data, paths.data);
  text_buffer_add_string(
      sql, "calendars AS (SELECT file_name, "
           "bool_or(key = 'org.apache.spark.legacyDateTime' OR (key = 'org.apache.spark.version' AND value < '3.0.0')) "
           "AS dates, "
           "bool_or(key = 'org.apache.spark.legacyINT96' OR (key = 'org.apache.spark.version' AND value < '3.1.0')) "
           "AS int96, max(value) FILTER (WHERE key = 'org.apache.spark.timeZone') AS zone FROM entries WHERE key LIKE "
           "'org.apache.spark.%' GROUP BY file_name) "
           "SELECT number, layout || coalesce(CAST(dates AS VARCHAR) || CAST(int96 AS VARCHAR) || CASE WHEN dates OR "
           "int96 THEN coalesce(zone, '') ELSE '' END, 'falsefalse'), coalesce(dates, false), coalesce(int96, false), "
           "zone FROM files JOIN layouts USING (file_name) LEFT JOIN calendars USING (file_name) ORDER BY number");
}

char *parquet_schema_path(struct arena *arena, const char *copy)
{
  return arena_printf(arena, "%s.schema", copy);
}

static struct layout *find_or_add_layout(struct arena *arena, struct layouts *layouts, const char *key)
{
  for (size_t i = layouts->count; i-- > 0;)
    if (strcmp(layouts->items[i].key, key) == 0)
      return &layouts->items[i];
  layouts->items = arena_grow(arena, layouts->items, layouts->count, &layouts->capacity, sizeof(*layouts->items));
  layouts->items[layouts->count] = (struct layout){ .key = key };
  return &layouts->items[layouts->count++];
}

/* The layouts that the files have, that of the first file first. */
static bool find_layouts(struct arena *arena, struct database *database, const struct plan_source *source,
                         const char *const *copies, struct layouts *ret_layouts, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  struct opened_files files = opened_files_of(source);
  const char **schema_paths = arena_array(arena, files.count + 1, sizeof(*schema_paths));
  for (size_t i = 0; i < files.count; i++)
    schema_paths[i] = copies[i] != NULL ? parquet_schema_path(arena, copies[i]) : files.items[i].path;
  print_layouts_query(schema_paths, files.count, &sql);
  TRY(database_query(arena, database, sql.data, &table, err));
  if (table.n_rows < files.count)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "a file was not read");
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * N_CELLS];
    size_t number = cell_number(&table, row, NUMBER);
    bool is_copy = copies[number] != NULL;
    const char *key = is_copy ? arena_printf(arena, "%s copy", cells[KEY]) : cells[KEY];
    struct layout *layout = find_or_add_layout(arena, ret_layouts, key);
    if (layout->n_files == 0)
      layout->file = (struct parquet_file){
        .path = is_copy ? copies[number] : files.items[number].path,
        .schema_path = schema_paths[number],
        .shown = files.items[number].path,
        .has_old_dates = strcmp(cells[OLD_DATES], "true") == 0,
        .has_old_int96 = strcmp(cells[OLD_INT96], "true") == 0,
        .timezone = cells[ZONE] == NULL ? "UTC" : cells[ZONE],
        .takes_nanos_as_long = source->config->options.nanos_as_long,
      };
    layout->files = arena_grow(arena, layout->files, layout->n_files, &layout->capacity, sizeof(*layout->files));
    layout->files[layout->n_files++] = number;
  }
  return true;
}

/* types */

/* The type that holds every value of both; NULL where none does. Fields of structs go by their names. */
static const struct type *unite(struct arena *arena, const struct type *a, const struct type *b);

static const struct type *unite_structs(struct arena *arena, const struct type *a, const struct type *b)
{
  struct type_field *fields = arena_array(arena, a->n_fields + b->n_fields + 1, sizeof(*fields));
  size_t count = a->n_fields;
  memcpy(fields, a->fields, count * sizeof(*fields));
  for (size_t i = 0; i < b->n_fields; i++) {
    size_t k = 0;
    while (k < a->n_fields && !text_equal_nocase(text_from(fields[k].name), text_from(b->fields[i].name)))
      k++;
    if (k == a->n_fields) {
      fields[count++] = b->fields[i];
      continue;
    }
    fields[k].type = unite(arena, fields[k].type, b->fields[i].type);
    if (fields[k].type == NULL)
      return NULL;
  }
  return type_struct(arena, fields, count);
}

static const struct type *unite(struct arena *arena, const struct type *a, const struct type *b)
{
  if (type_equal(a, b) || b->id == TYPE_VOID || type_is_widening(b, a))
    return a;
  if (a->id == TYPE_VOID || type_is_widening(a, b))
    return b;
  if (a->id != b->id)
    return NULL;
  if (a->id == TYPE_STRUCT)
    return unite_structs(arena, a, b);
  const struct type *element = a->id == TYPE_ARRAY || a->id == TYPE_MAP ? unite(arena, a->element, b->element) : NULL;
  if (element == NULL || a->id == TYPE_ARRAY)
    return element == NULL ? NULL : type_array(arena, element);
  const struct type *key = unite(arena, a->key, b->key);
  return key == NULL ? NULL : type_map(arena, key, element);
}

/* What never has a value is int, as it is stored. */
static const struct type *settle(struct arena *arena, const struct type *type)
{
  switch (type->id) {
  case TYPE_VOID:
    return type_simple(TYPE_INT);
  case TYPE_ARRAY:
    return type_array(arena, settle(arena, type->element));
  case TYPE_MAP:
    return type_map(arena, settle(arena, type->key), settle(arena, type->element));
  case TYPE_STRUCT: {
    struct type_field *fields = arena_array(arena, type->n_fields + 1, sizeof(*fields));
    for (size_t i = 0; i < type->n_fields; i++)
      fields[i] = (struct type_field){ type->fields[i].name, settle(arena, type->fields[i].type) };
    return type_struct(arena, fields, type->n_fields);
  }
  default:
    return type;
  }
}

/* columns */

/* By name without case; where columns of a file differ by case alone, the exact one. `guess` is tried first: files have
 * their columns mostly in one order. */
static size_t find_column(const struct plan_source *source, const char *name, size_t guess)
{
  if (guess < source->n_columns && strcmp(source->columns[guess].name, name) == 0)
    return guess;
  size_t found = source->n_columns;
  for (size_t i = 0; i < source->n_columns; i++) {
    if (strcmp(source->columns[i].name, name) == 0)
      return i;
    if (found == source->n_columns && text_equal_nocase(text_from(source->columns[i].name), text_from(name)))
      found = i;
  }
  return found;
}

static bool fail_types(const struct plan_source *source, const struct parquet_column *column,
                       const struct layout *layout, const struct type *other, const struct layout *first,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  fail(err, ERROR_CONFIG, source->config->place,
       "column \"%s\" is %s in \"%s\" and %s in \"%s\", which have no common type", column->name,
       type_name(&scratch, other), first->file.shown, type_name(&scratch, column->type), layout->file.shown);
  return add_hint(err, "Write the files anew with one type, or read those of each type as a source of their own, "
                       "with the column renamed.");
}

/* A file's own columns of one name each have a place of their own: the plan sees both, and says so. */
static bool add_columns(struct arena *arena, struct plan_source *source, const struct layouts *layouts, size_t number,
                        struct origin *origins, size_t *places, struct error *err)
{
  const struct layout *layout = &layouts->items[number];
  size_t n_before = source->n_columns;
  for (size_t i = 0; i < layout->columns.count; i++) {
    const struct parquet_column *column = &layout->columns.items[i];
    size_t place = number == 0 ? source->n_columns : find_column(source, column->name, i);
    for (size_t k = 0; number > 0 && layout->columns.has_renamed && k < i && place < n_before; k++)
      if (places[k] == place)
        place = source->n_columns;
    places[i] = place;
    if (place == source->n_columns) {
      source->columns[source->n_columns++] = (struct source_column){ .name = column->name, .type = column->type };
      origins[place] = (struct origin){ layout, column->has_unsigned_long };
      continue;
    }
    const struct type *ours = source->columns[place].type;
    const struct type *type = unite(arena, ours, column->type);
    if (column->has_unsigned_long != origins[place].has_unsigned_long && type_is_numeric(ours) &&
        type_is_numeric(column->type))
      type = NULL;
    if (type == NULL)
      return fail_types(source, column, layout, ours, origins[place].layout, err);
    source->columns[place].type = type;
  }
  return true;
}

/* groups */

/* Whether the columns of a layout that the group has too are read as the group's. */
static bool is_alike(const struct parquet_group *group, const struct layout *layout, const size_t *group_of)
{
  if (layout->columns.has_renamed)
    return false;
  for (size_t i = 0; i < layout->columns.count; i++) {
    size_t place = group_of[i];
    if (place >= group->n_columns)
      continue;
    const struct parquet_column *ours = &group->columns[place], *other = &layout->columns.items[i];
    bool is_number = type_is_numeric(ours->type) && type_is_numeric(other->type); /* DuckDB widens them */
    if (strcmp(ours->shape, other->shape) != 0 || !(is_number || type_equal(ours->type, other->type)))
      return false;
  }
  return true;
}

/* DuckDB's own union of files puts what is new behind what was there. */
static void add_to_group(struct arena *arena, struct parquet_group *group, const struct layout *layout,
                         const size_t *places, const size_t *group_of)
{
  for (size_t i = 0; i < layout->n_files; i++) {
    group->files = arena_grow(arena, group->files, group->n_files, &group->files_capacity, sizeof(*group->files));
    group->files[group->n_files++] = layout->files[i];
  }
  size_t n_before = group->n_columns;
  for (size_t i = 0; i < layout->columns.count; i++) {
    if (group_of[i] < n_before)
      continue;
    size_t capacity = group->columns_capacity;
    group->places = arena_grow(arena, group->places, group->n_columns, &capacity, sizeof(*group->places));
    group->columns =
        arena_grow(arena, group->columns, group->n_columns, &group->columns_capacity, sizeof(*group->columns));
    group->places[group->n_columns] = places[i];
    group->columns[group->n_columns++] = layout->columns.items[i];
  }
}

static int compare_numbers(const void *a, const void *b)
{
  size_t left = *(const size_t *)a, right = *(const size_t *)b;
  return (left > right) - (left < right);
}

/* Puts each layout to the first group that reads its columns alike. */
static void group_layouts(struct arena *arena, const struct plan_source *source, const struct layouts *layouts,
                          size_t *const *places, struct parquet_reading *reading)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  reading->groups = arena_array(arena, layouts->count + 1, sizeof(*reading->groups));
  size_t **columns = arena_array(&scratch, layouts->count + 1, sizeof(*columns)); /* by group and place: its column */
  bool *is_closed = arena_array(&scratch, layouts->count + 1, sizeof(*is_closed));
  for (size_t n = 0; n < layouts->count; n++) {
    const struct layout *layout = &layouts->items[n];
    size_t *group_of = arena_array(&scratch, layout->columns.count + 1, sizeof(*group_of));
    size_t g = 0;
    for (; g < reading->n_groups; g++) {
      for (size_t i = 0; i < layout->columns.count; i++)
        group_of[i] = columns[g][places[n][i]];
      if (!is_closed[g] && is_alike(&reading->groups[g], layout, group_of))
        break;
    }
    struct parquet_group *group = &reading->groups[g];
    if (g == reading->n_groups) {
      columns[g] = arena_array(&scratch, source->n_columns + 1, sizeof(**columns));
      memset(columns[g], 0xFF, source->n_columns * sizeof(**columns)); /* none */
      memset(group_of, 0xFF, layout->columns.count * sizeof(*group_of));
      is_closed[g] = layout->columns.has_renamed;
      reading->n_groups++;
    } else {
      group->is_united = true;
    }
    add_to_group(arena, group, layout, places[n], group_of);
    for (size_t c = 0; c < group->n_columns; c++)
      columns[g][group->places[c]] = c;
  }
  for (size_t g = 0; g < reading->n_groups; g++)
    qsort(reading->groups[g].files, reading->groups[g].n_files, sizeof(size_t), compare_numbers);
}

/* The columns of a group whose files differ come in the order in which DuckDB meets them. */
static bool order_columns(struct arena *arena, struct database *database, const struct parquet_reading *reading,
                          struct parquet_group *group, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  if (!group->is_united)
    return true;
  text_buffer_add_string(&sql, "SELECT * FROM read_parquet(");
  print_group_files(reading, group, &sql);
  text_buffer_add_string(&sql, ", union_by_name = true, hive_partitioning = false)");
  TRY(database_describe(arena, database, sql.data, &names, &types, &count, err));
  struct parquet_column *columns = arena_array(arena, count + 1, sizeof(*columns));
  size_t *places = arena_array(arena, count + 1, sizeof(*places));
  for (size_t i = 0; i < count; i++) {
    size_t k = i < group->n_columns && strcmp(group->columns[i].engine_name, names[i]) == 0 ? i : 0;
    while (k < group->n_columns && !text_equal_nocase(text_from(group->columns[k].engine_name), text_from(names[i])))
      k++;
    if (k == group->n_columns)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "the columns of %zu files do not go together", group->n_files);
    columns[i] = group->columns[k];
    places[i] = group->places[k];
  }
  group->columns = columns;
  group->places = places;
  group->n_columns = count;
  return true;
}

/* all */

static struct drift_columns columns_of(struct arena *arena, const struct layout *layout)
{
  const char **names = arena_array(arena, layout->columns.count + 1, sizeof(*names));
  const char **types = arena_array(arena, layout->columns.count + 1, sizeof(*types));
  for (size_t i = 0; i < layout->columns.count; i++) {
    names[i] = layout->columns.items[i].name;
    types[i] = type_ddl(arena, layout->columns.items[i].type);
  }
  return (struct drift_columns){ names, types, layout->columns.count };
}

static void add_drift(const struct plan_source *source, const struct layouts *layouts, struct drift *drift)
{
  size_t first_change = drift->count;
  for (size_t i = 1; i < layouts->count; i++) {
    SCOPED(arena_done) struct arena scratch = { 0 };
    struct drift_columns first = columns_of(&scratch, &layouts->items[0]);
    struct drift_columns other = columns_of(&scratch, &layouts->items[i]);
    drift_compare(drift, DRIFT_FILES, &first, &other, layouts->items[i].file.shown, layouts->items[i].n_files);
  }
  drift_log(drift, first_change, source);
}

static bool read_layouts(struct arena *arena, struct database *database, const struct plan_source *source,
                         struct layouts *layouts, int *ret_needs_copy, struct error *err)
{
  for (size_t i = 0; i < layouts->count; i++) {
    struct layout *layout = &layouts->items[i];
    TRY(parquet_columns_read(arena, database, &layout->file, source->config->place, &layout->columns, err));
    if (layout->columns.needs_plain_copy) {
      *ret_needs_copy = (int)layout->files[0];
      return true;
    }
  }
  return true;
}

bool parquet_source_open(struct arena *arena, struct database *database, struct plan_source *source,
                         const char *const *copies, struct drift *drift, int *ret_needs_copy, struct error *err)
{
  struct layouts layouts = { 0 };
  *ret_needs_copy = NO_COLUMN;
  TRY(find_layouts(arena, database, source, copies, &layouts, err));
  TRY(read_layouts(arena, database, source, &layouts, ret_needs_copy, err));
  if (*ret_needs_copy != NO_COLUMN)
    return true;
  size_t most = source->n_partition_names + 1;
  for (size_t i = 0; i < layouts.count; i++)
    most = size_add(most, layouts.items[i].columns.count);
  source->columns = arena_array(arena, most, sizeof(*source->columns));
  source->n_columns = 0;
  struct origin *origins = arena_array(arena, most, sizeof(*origins));
  size_t **places = arena_array(arena, layouts.count + 1, sizeof(*places));
  for (size_t i = 0; i < layouts.count; i++) {
    places[i] = arena_array(arena, layouts.items[i].columns.count + 1, sizeof(**places));
    TRY(add_columns(arena, source, &layouts, i, origins, places[i], err));
  }
  for (size_t i = 0; i < source->n_columns; i++)
    source->columns[i].type = settle(arena, source->columns[i].type);
  struct parquet_reading *reading = arena_alloc(arena, sizeof(*reading));
  struct opened_files files = opened_files_of(source);
  reading->paths = arena_array(arena, files.count + 1, sizeof(*reading->paths));
  for (size_t i = 0; i < files.count; i++)
    reading->paths[i] = copies[i] != NULL ? copies[i] : files.items[i].path;
  group_layouts(arena, source, &layouts, places, reading);
  for (size_t g = 0; g < reading->n_groups; g++)
    TRY(order_columns(arena, database, reading, &reading->groups[g], err));
  source->parquet = reading;
  if (drift != NULL)
    add_drift(source, &layouts, drift);
  return true;
}

/* the scan */

/* The kind (enum reader_kind) that a Parquet value has beside JSON's. */
static int kind_of_type(const struct type *type)
{
  if (type_is_numeric(type))
    return KIND_NUMBER;
  switch (type->id) {
  case TYPE_BOOLEAN:
    return KIND_BOOLEAN;
  case TYPE_STRUCT:
  case TYPE_MAP:
    return KIND_OBJECT;
  case TYPE_ARRAY:
    return KIND_ARRAY;
  default:
    return KIND_STRING;
  }
}

static const struct source_column *column_of_group(const struct plan_source *source, const struct parquet_group *group,
                                                   size_t index)
{
  return &source->columns[group->places[index]];
}

/* The column of the group that column `place` of the source is; n_columns where its files lack it. */
static size_t find_in_group(const struct parquet_group *group, size_t place)
{
  size_t i = place < group->n_columns && group->places[place] == place ? place : 0;
  while (i < group->n_columns && group->places[i] != place)
    i++;
  return i;
}

/* The value in the type that the source has for the column: files may have it in several. */
static void print_read_value(const struct plan_source *source, const struct parquet_group *group, size_t index,
                             struct text_buffer *out)
{
  char name[32];
  snprintf(name, sizeof(name), "c%zu", index);
  const struct parquet_column *column = &group->columns[index];
  const struct source_column *read = column_of_group(source, group, index);
  bool is_cast = group->is_united || !type_equal(column->type, read->type);
  SCOPED(text_buffer_done) struct text_buffer ignored = { 0 };
  bool is_checked = parquet_print_fault(column, name, &ignored);
  text_buffer_add_string(out, is_cast ? "CAST(" : "");
  if (is_checked)
    text_buffer_printf(out, "CASE WHEN b%zu = 0 THEN ", index);
  parquet_print_value(column, name, out);
  text_buffer_add_string(out, is_checked ? " END" : "");
  if (is_cast) {
    text_buffer_add_string(out, " AS ");
    type_print_duckdb(read->type, out);
    text_buffer_add_char(out, ')');
  }
}

/* Adds "<value> AS r2" and, where it is needed, ", <kind> AS k2". */
static void print_column(const struct plan *plan, const struct plan_source *source, const struct parquet_group *group,
                         size_t place, size_t index, struct text_buffer *out)
{
  const struct plan_column *column = &plan->columns[index];
  const struct source_column *read = &source->columns[place];
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  size_t in_group = find_in_group(group, place);
  if (read->partition > 0)
    text_buffer_printf(&value, "crisol_partition_%zu", read->partition);
  else if (in_group < group->n_columns)
    print_read_value(source, group, in_group, &value);
  else {
    text_buffer_add_string(&value, "CAST(NULL AS ");
    type_print_duckdb(read->type, &value);
    text_buffer_add_char(&value, ')');
  }
  if (column->is_text || !type_equal(read->type, column->raw_type)) /* as text beside text */
    spark_text_print(read->type, value.data, plan->dataset->timezone, out);
  else
    text_buffer_add_text(out, text_buffer_text(&value));
  text_buffer_printf(out, " AS r%zu", index);
  if (stage_needs_kind(column))
    text_buffer_printf(out, ", CAST(CASE WHEN r%zu IS NULL THEN %d ELSE %d END AS UTINYINT) AS k%zu", index,
                       KIND_PARQUET_NULL, column->is_text ? kind_of_type(read->type) : KIND_PARQUET_VALUE, index);
}

/* A text that may hold a NUL, which no literal can. */
static void add_value(struct text value, struct text_buffer *out)
{
  for (;;) {
    const char *nul = value.length == 0 ? NULL : memchr(value.data, '\0', value.length);
    size_t length = nul == NULL ? value.length : (size_t)(nul - value.data);
    sql_add_string(out, (struct text){ value.data, length });
    if (nul == NULL)
      return;
    text_buffer_add_string(out, " || chr(0) || ");
    value = (struct text){ nul + 1, value.length - length - 1 };
  }
}

/* The values of the files' folders, picked by the file. */
static void print_partition(const struct plan_source *source, const struct parquet_group *group, size_t number,
                            struct text_buffer *out)
{
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < group->n_files; i++) {
    struct text value = source->files[group->files[i]].partition_values[number];
    text_buffer_add_string(out, i == 0 ? "" : ", ");
    if (value.data == NULL)
      text_buffer_add_string(out, "CAST(NULL AS VARCHAR)");
    else
      add_value(value, out);
  }
  text_buffer_printf(out, "][CAST(file_index AS BIGINT) + 1] AS crisol_partition_%zu", number + 1);
}

/* The index of a row's file among those of all sources. */
static void print_file(const struct plan_source *source, const struct parquet_group *group, struct text_buffer *out)
{
  if (group->n_files == source->n_files) {
    text_buffer_printf(out, "file_index + %u", (unsigned)source->first_file);
    return;
  }
  text_buffer_add_char(out, '[');
  for (size_t i = 0; i < group->n_files; i++)
    text_buffer_printf(out, "%s%zu", i == 0 ? "" : ", ", source->first_file + group->files[i]);
  text_buffer_add_string(out, "][CAST(file_index AS BIGINT) + 1]");
}

/* Why a row's values are none, and what they are. */
static void print_faults(const struct plan_source *source, const struct parquet_group *group, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer reasons = { 0 }, texts = { 0 }, fault = { 0 };
  for (size_t i = 0; i < group->n_columns; i++) {
    char name[32];
    snprintf(name, sizeof(name), "c%zu", i);
    text_buffer_clear(&fault);
    if (column_of_group(source, group, i)->partition > 0 || !parquet_print_fault(&group->columns[i], name, &fault))
      continue;
    text_buffer_printf(out, ", coalesce(%s, 0) AS b%zu", fault.data, i);
    text_buffer_printf(&reasons, ", b%zu", i);
    text_buffer_printf(&texts, ", CASE WHEN b%zu <> 0 THEN ", i);
    SCOPED(text_buffer_done) struct text_buffer label = { 0 };
    text_buffer_printf(&label, "\"%s\": ", group->columns[i].name);
    sql_add_string(&texts, text_buffer_text(&label));
    text_buffer_add_string(&texts, " || ");
    parquet_print_raw(&group->columns[i], name, &texts);
    text_buffer_add_string(&texts, " END");
  }
  if (reasons.length == 0)
    text_buffer_add_string(out, ", 0 AS reason, CAST(NULL AS VARCHAR) AS raw");
  else
    text_buffer_printf(out,
                       ", greatest(0%s) AS reason, CASE WHEN greatest(0%s) <> 0 THEN '{' || concat_ws(', '%s) || '}' "
                       "END AS raw",
                       reasons.data, reasons.data, texts.data);
}

static void print_scan(const struct plan_source *source, const struct parquet_group *group, struct text_buffer *out)
{
  text_buffer_add_string(out, "  FROM (SELECT ");
  for (size_t i = 0; i < group->n_columns; i++)
    if (column_of_group(source, group, i)->partition == 0)
      text_buffer_printf(out, "c%zu, ", i);
  text_buffer_add_string(out, "file_index, file_row_number");
  for (size_t i = 0; i < source->n_partition_names; i++) {
    text_buffer_add_string(out, ", ");
    print_partition(source, group, i, out);
  }
  print_faults(source, group, out);
  text_buffer_add_string(out, "\n    FROM read_parquet(");
  print_group_files(source->parquet, group, out);
  text_buffer_printf(out, "%s, hive_partitioning = false) AS t(", group->is_united ? ", union_by_name = true" : "");
  for (size_t i = 0; i < group->n_columns; i++)
    text_buffer_printf(out, "%sc%zu", i == 0 ? "" : ", ", i);
  text_buffer_add_string(out, "))\n");
}

static void print_group(const struct plan *plan, const struct plan_source *source, const struct parquet_group *group,
                        const size_t *places, struct text_buffer *out)
{
  text_buffer_add_string(out, "  SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (plan->columns[i].made != NULL || plan->columns[i].is_element)
      continue;
    if (places[i] < source->n_columns) {
      print_column(plan, source, group, places[i], i, out);
    } else {
      text_buffer_add_string(out, "CAST(NULL AS ");
      type_print_duckdb(plan->columns[i].raw_type, out);
      text_buffer_printf(out, ") AS r%zu", i);
      if (stage_needs_kind(&plan->columns[i]))
        text_buffer_printf(out, ", CAST(0 AS UTINYINT) AS k%zu", i);
    }
    text_buffer_add_string(out, ",\n    ");
  }
  text_buffer_add_string(out, "CAST(");
  print_file(source, group, out);
  text_buffer_add_string(
      out, " AS UINTEGER) AS file, CAST(file_row_number AS UBIGINT) AS position,\n    CAST(NULL AS UBIGINT) AS line, "
           "CAST(reason AS UTINYINT) AS reason, left(raw, 1048576) AS raw, CAST(strlen(raw) AS UBIGINT) AS "
           "raw_length\n");
  print_scan(source, group, out);
}

void parquet_source_print(const struct plan *plan, const struct plan_source *source, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t *places = arena_array(&scratch, plan->n_columns + 1, sizeof(*places)); /* of each column of the plan */
  for (size_t i = 0; i < plan->n_columns; i++)
    places[i] = source->n_columns;
  for (size_t i = 0; i < source->n_columns; i++)
    if (!source->columns[i].is_left_out)
      places[source->column_of[i]] = i;
  for (size_t g = 0; g < source->parquet->n_groups; g++) {
    text_buffer_add_string(out, g == 0 ? "" : "  UNION ALL\n");
    print_group(plan, source, &source->parquet->groups[g], places, out);
  }
}
