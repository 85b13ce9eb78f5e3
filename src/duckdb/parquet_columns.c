#include "duckdb/parquet_columns_internal.h"

#include "duckdb/database_internal.h"
#include "expr/expr.h"

#include <stdlib.h>

/* A schema is a tree in prefix order, as parquet_schema() gives it. */
struct element {
  const char *name, *physical, *converted, *logical; /* never NULL */
  bool is_repeated;
  size_t n_children;
  int scale, precision;
};

struct builder {
  struct arena *arena;
  const struct parquet_file *file;
  struct place place;
  const struct element *elements; /* without the root */
  size_t n_elements;
  size_t next; /* the element whose value comes next */
  const char *column;
  struct parquet_columns *columns;
  struct error *err;
};

/* values */

static bool starts_with(const char *text, const char *prefix)
{
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_instant(const struct element *element)
{
  return strstr(element->logical, "isAdjustedToUTC=1") != NULL;
}

static bool has_nanos(const struct element *element)
{
  return strstr(element->logical, "NANOS=NanoSeconds") != NULL;
}

static bool has_millis(const struct element *element)
{
  return strstr(element->logical, "MILLIS=MilliSeconds") != NULL || strcmp(element->converted, "TIMESTAMP_MILLIS") == 0;
}

static bool is_timestamp(const struct element *element)
{
  return strcmp(element->physical, "INT96") == 0 || starts_with(element->logical, "Timestamp") ||
         starts_with(element->converted, "TIMESTAMP");
}

static bool refuse(struct builder *builder, const char *type, const char *hint)
{
  fail(builder->err, ERROR_CONFIG, builder->place, "column \"%s\" of \"%s\" is %s, which is no type of Spark's",
       builder->column, builder->file->shown, type);
  return add_hint(builder->err, "%s", hint);
}

static const char other_type[] = "Write the files anew with another type, or without the column.";

static bool refuse_nanos(struct builder *builder, const char *type)
{
  return refuse(builder, type,
                "Write the files anew with microseconds, or set options: { nanosAsLong: true } to read the nanoseconds "
                "since 1970 as bigint, as Spark has it.");
}

static bool is_decimal(const struct element *element)
{
  return starts_with(element->logical, "Decimal") || strcmp(element->converted, "DECIMAL") == 0;
}

/* What DuckDB would read in silence, in a type that does not hold it. */
static bool refuse_inexact(struct builder *builder, const struct element *element)
{
  if (is_decimal(element) && element->precision > 38)
    return refuse(builder, arena_printf(builder->arena, "DECIMAL(%d,%d)", element->precision, element->scale),
                  "Write the files anew with at most 38 digits, or as text.");
  if (starts_with(element->logical, "TimeType") && has_nanos(element))
    return refuse(builder, "TIME(NANOS)", "Write the files anew with microseconds, or as text.");
  if (strcmp(element->converted, "INTERVAL") == 0)
    return refuse(builder, "INTERVAL", other_type);
  if (starts_with(element->logical, "Geometry") || starts_with(element->logical, "Geography"))
    return refuse(builder, starts_with(element->logical, "Geometry") ? "GEOMETRY" : "GEOGRAPHY",
                  "Write the files anew with WKB as plain binary, or without the column.");
  return true;
}

static void convert(struct parquet_part *part, const struct type *type, const char *conversion)
{
  part->type = type;
  part->conversion = conversion;
  part->converts = true;
}

static void cast_to(struct builder *builder, struct parquet_part *part, const struct type *type)
{
  SCOPED(text_buffer_done) struct text_buffer name = { 0 };
  type_print_duckdb(type, &name);
  convert(part, type, arena_printf(builder->arena, "CAST(@ AS %s)", name.data));
}

static const char *quoted(struct builder *builder, const char *text)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  sql_add_string(&out, text_from(text));
  return arena_copy(builder->arena, out.data, out.length);
}

static void convert_instant(struct builder *builder, struct parquet_part *part, duckdb_type id, bool is_old)
{
  const char *instant = id == DUCKDB_TYPE_TIMESTAMP_TZ ? "@" : "spark_as_instant(@)";
  if (is_old)
    instant = arena_printf(builder->arena, "spark_julian_timestamp(%s, %s)", instant,
                           quoted(builder, builder->file->timezone));
  convert(part, type_simple(TYPE_TIMESTAMP), instant);
}

static bool read_nanos(struct builder *builder, duckdb_type id, struct parquet_part *part)
{
  if (!builder->file->takes_nanos_as_long)
    return refuse_nanos(builder, "TIMESTAMP(NANOS)");
  if (id == DUCKDB_TYPE_TIMESTAMP_NS)
    convert(part, type_simple(TYPE_BIGINT), "epoch_ns(@)");
  else if (id != DUCKDB_TYPE_BIGINT)
    builder->columns->needs_plain_copy = true; /* DuckDB cuts an instant's nanoseconds */
  return true;
}

/* DuckDB stops at a time that is past its own range: in a copy without annotations it is a value like others. */
static void read_plain_millis(const struct element *element, struct parquet_part *part)
{
  bool is_local = element->logical[0] != '\0' && !is_instant(element);
  convert(part, type_simple(is_local ? TYPE_TIMESTAMP_NTZ : TYPE_TIMESTAMP),
          is_local ? "CASE WHEN @ BETWEEN -9223372036854775 AND 9223372036854775 THEN make_timestamp(@ * 1000) END"
                   : "CASE WHEN @ BETWEEN -9223372036854775 AND 9223372036854775 THEN make_timestamptz(@ * 1000) END");
  part->shows_us = false;
  part->fault = "@ NOT BETWEEN -9223372036854775 AND 9223372036854775";
  part->reason = READER_OUT_OF_RANGE;
}

/* What no zone's offset takes past the range of a timestamp, or of DuckDB's. */
static void check_range(struct parquet_part *part)
{
  part->fault =
      "coalesce(epoch_us(@) NOT BETWEEN -9223371800000000000 AND 9223371800000000000, @ IS NOT NULL)"; /* infinity */
  part->reason = READER_OUT_OF_RANGE;
  part->shows_us = true;
}

/* DuckDB shows INT96, and what has the old annotation alone, as local. What is local has no old calendar: it is newer.
 */
static bool read_timestamp(struct builder *builder, const struct element *element, duckdb_type id,
                           struct parquet_part *part)
{
  bool is_old = builder->file->has_old_dates;
  if (has_nanos(element))
    return read_nanos(builder, id, part);
  check_range(part);
  if (id == DUCKDB_TYPE_BIGINT && has_millis(element))
    read_plain_millis(element, part);
  else if (strcmp(element->physical, "INT96") == 0)
    convert_instant(builder, part, id, builder->file->has_old_int96);
  else if (is_instant(element) || element->logical[0] == '\0') {
    if (is_old || id != DUCKDB_TYPE_TIMESTAMP_TZ)
      convert_instant(builder, part, id, is_old);
  }
  return true;
}

/* In a copy without annotations (reader/parquet_plain.h) the bytes of a text come as they are. */
static bool is_text(const struct element *element)
{
  return starts_with(element->logical, "String") || starts_with(element->logical, "Enum") ||
         starts_with(element->logical, "Json") || strcmp(element->converted, "UTF8") == 0 ||
         strcmp(element->converted, "ENUM") == 0 || strcmp(element->converted, "JSON") == 0;
}

static void read_bytes(const struct element *element, struct parquet_part *part)
{
  part->type = type_simple(TYPE_BINARY);
  if (!is_text(element))
    return;
  convert(part, type_simple(TYPE_STRING), "TRY(decode(@))");
  part->fault = "(@ IS NOT NULL AND TRY(decode(@)) IS NULL)";
  part->reason = READER_INVALID_TEXT;
}

/* DuckDB goes by the old annotation of whole numbers, dates and decimals alone. */

static void read_date(struct parquet_part *part)
{
  convert(part, type_simple(TYPE_DATE), "TRY(DATE '1970-01-01' + @)");
  part->fault = "(@ IS NOT NULL AND TRY(DATE '1970-01-01' + @) IS NULL)";
  part->reason = READER_OUT_OF_RANGE;
}

static bool read_decimal(struct builder *builder, const struct element *element, bool is_number,
                         struct parquet_part *part)
{
  struct arena *arena = builder->arena;
  int precision = element->precision, scale = element->scale;
  const char *name = arena_printf(arena, "DECIMAL(%d,%d)", precision, scale);
  if (!is_number || precision < 1 || scale < 0 || scale > precision || scale > 18)
    return refuse(builder, name, "It is annotated in a way that is not supported: write the files anew.");
  const char *shifted = "CAST(@ AS DECIMAL(19,0))";
  if (scale > 0)
    shifted =
        arena_printf(arena, "CAST(@ AS DECIMAL(19,0)) * CAST('0.%0*d' AS DECIMAL(%d,%d))", scale, 1, scale, scale);
  convert(part, type_decimal(arena, precision, scale), arena_printf(arena, "TRY_CAST(%s AS %s)", shifted, name));
  part->fault = arena_printf(arena, "(@ IS NOT NULL AND TRY_CAST(%s AS %s) IS NULL)", shifted, name);
  part->reason = READER_OUT_OF_RANGE;
  return true;
}

/* IntType(bitWidth=<a byte>, isSigned=0) */
static void read_integer(struct builder *builder, const struct element *element, struct parquet_part *part)
{
  static const char width[] = "bitWidth=";
  const char *found = strstr(element->logical, width);
  int bits = found == NULL ? 0 : (unsigned char)found[strlen(width)];
  bool is_signed = strstr(element->logical, "isSigned=1") != NULL;
  if (is_signed && bits != 8 && bits != 16)
    return;
  if (is_signed) {
    cast_to(builder, part, type_simple(bits == 8 ? TYPE_TINYINT : TYPE_SMALLINT));
    part->conversion = arena_printf(builder->arena, "TRY_%s", part->conversion);
    part->fault = bits == 8 ? "@ NOT BETWEEN -128 AND 127" : "@ NOT BETWEEN -32768 AND 32767";
    part->reason = READER_OUT_OF_RANGE;
  } else if (bits == 64) {
    convert(part, type_decimal(builder->arena, 20, 0),
            "CAST(CASE WHEN @ < 0 THEN CAST(@ AS HUGEINT) + 18446744073709551616 ELSE @ END AS DECIMAL(20,0))");
    part->is_unsigned_long = true;
  } else if (bits == 32) {
    convert(part, type_simple(TYPE_BIGINT), "(CAST(@ AS BIGINT) & 4294967295)");
  } else {
    convert(part, type_simple(bits == 16 ? TYPE_INT : TYPE_SMALLINT),
            bits == 16 ? "(@ & 65535)" : "CAST(@ & 255 AS SMALLINT)");
  }
}

static bool read_number(struct builder *builder, const struct element *element, struct parquet_part *part)
{
  if (starts_with(element->logical, "DateType"))
    read_date(part);
  else if (starts_with(element->logical, "IntType"))
    read_integer(builder, element, part);
  else if (is_decimal(element))
    return read_decimal(builder, element, true, part);
  return true;
}

/* What DuckDB reads as its other types. */
static bool read_engine_type(struct builder *builder, const struct element *element, duckdb_logical_type logical,
                             struct parquet_part *part)
{
  duckdb_type id = duckdb_get_type_id(logical);
  switch (id) {
  case DUCKDB_TYPE_INTEGER:
  case DUCKDB_TYPE_BIGINT:
    return element->converted[0] != '\0' || read_number(builder, element, part);
  case DUCKDB_TYPE_BOOLEAN:
  case DUCKDB_TYPE_TINYINT:
  case DUCKDB_TYPE_SMALLINT:
  case DUCKDB_TYPE_FLOAT:
  case DUCKDB_TYPE_DOUBLE:
  case DUCKDB_TYPE_DECIMAL:
    return true;
  case DUCKDB_TYPE_BLOB:
    if (is_decimal(element))
      return read_decimal(builder, element, false, part);
    read_bytes(element, part);
    return true;
  case DUCKDB_TYPE_DATE:
    part->fault = "NOT isfinite(@)";
    part->reason = READER_OUT_OF_RANGE;
    if (builder->file->has_old_dates)
      convert(part, part->type, "spark_julian_date(@)");
    return true;
  case DUCKDB_TYPE_VARCHAR:
    if (strcmp(element->converted, "JSON") == 0 || starts_with(element->logical, "Json")) /* a type of DuckDB's own */
      cast_to(builder, part, type_simple(TYPE_STRING));
    return true;
  case DUCKDB_TYPE_UTINYINT:
  case DUCKDB_TYPE_USMALLINT:
  case DUCKDB_TYPE_UINTEGER:
  case DUCKDB_TYPE_UBIGINT:
    part->is_unsigned_long = id == DUCKDB_TYPE_UBIGINT;
    cast_to(builder, part, part->type);
    return true;
  case DUCKDB_TYPE_UUID:
  case DUCKDB_TYPE_ENUM:
  case DUCKDB_TYPE_TIME:
    cast_to(builder, part, part->type);
    return true;
  case DUCKDB_TYPE_TIME_TZ: /* the offset is always that of UTC */
    convert(part, type_simple(TYPE_STRING), "CAST(CAST(@ AS TIME) AS VARCHAR)");
    return true;
  default:
    if (element->logical[0] == '\0' && element->converted[0] == '\0') /* known by its parts, metadata and value */
      return refuse(builder, "VARIANT", "Write the files anew with JSON text in its place, or without the column.");
    return refuse(builder, element->logical[0] != '\0' ? element->logical : element->converted, other_type);
  }
}

static bool read_value(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  while (builder->next < builder->n_elements && builder->elements[builder->next].n_children > 0)
    builder->next++;
  if (builder->next == builder->n_elements)
    return fail(builder->err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" has a schema that is not understood",
                builder->file->shown);
  const struct element *element = &builder->elements[builder->next++];
  part->type = type_from_duckdb(builder->arena, logical);
  if (starts_with(element->logical, "NullType")) {
    convert(part, type_simple(TYPE_VOID), "NULL");
    return true;
  }
  return is_timestamp(element) ? read_timestamp(builder, element, duckdb_get_type_id(logical), part)
                               : read_engine_type(builder, element, logical, part);
}

/* nested ones */

static bool read_part(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part);

/* Owns `logical`. */
static bool read_child(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  bool is_read = read_part(builder, logical, part);
  duckdb_destroy_logical_type(&logical);
  return is_read;
}

static struct parquet_part *add_parts(struct builder *builder, struct parquet_part *part, enum part_kind kind,
                                      size_t count)
{
  struct parquet_part *parts = arena_array(builder->arena, count + 1, sizeof(*parts));
  part->kind = kind;
  part->parts = parts;
  part->n_parts = count;
  return parts;
}

static bool read_struct(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  size_t count = duckdb_struct_type_child_count(logical);
  struct parquet_part *parts = add_parts(builder, part, PART_STRUCT, count);
  struct type_field *fields = arena_array(builder->arena, count + 1, sizeof(*fields));
  builder->next++;
  for (size_t i = 0; i < count; i++) {
    char *name = duckdb_struct_type_child_name(logical, i);
    parts[i].name = fields[i].name = arena_copy(builder->arena, name, strlen(name));
    duckdb_free(name);
    TRY(read_child(builder, duckdb_struct_type_child_type(logical, i), &parts[i]));
    fields[i].type = parts[i].type;
  }
  part->type = type_struct(builder->arena, fields, count);
  return true;
}

static bool read_map(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  struct parquet_part *parts = add_parts(builder, part, PART_MAP, 2);
  builder->next += 2; /* the map, and its repeated pairs */
  TRY(read_child(builder, duckdb_map_type_key_type(logical), &parts[0]));
  TRY(read_child(builder, duckdb_map_type_value_type(logical), &parts[1]));
  part->type = type_map(builder->arena, parts[0].type, parts[1].type);
  part->fault = ""; /* keys that are there twice, or null */
  return true;
}

/* By the format's rules of old, the repeated group of one field is the element itself where it has such a name. DuckDB
 * takes the field for it. */
static bool is_old_element(const struct element *list, const struct element *repeated)
{
  size_t length = strlen(list->name);
  return strcmp(repeated->name, "array") == 0 ||
         (strncmp(repeated->name, list->name, length) == 0 && strcmp(repeated->name + length, "_tuple") == 0);
}

/* Owns `logical`. */
static bool read_wrapped(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  struct parquet_part *parts = add_parts(builder, part, PART_STRUCT, 1);
  struct type_field *field = arena_alloc(builder->arena, sizeof(*field));
  parts[0].name = field->name = builder->elements[builder->next].name;
  TRY(read_child(builder, logical, &parts[0]));
  field->type = parts[0].type;
  part->type = type_struct(builder->arena, field, 1);
  part->is_unwrapped = part->converts = true;
  part->is_checked = parts[0].is_checked;
  part->is_unsigned_long = parts[0].is_unsigned_long;
  return true;
}

/* list: <optional group> { <repeated group> { element } }, <optional group> { <repeated element> }, <repeated element>
 */
static bool read_list(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  struct parquet_part *parts = add_parts(builder, part, PART_LIST, 1);
  const struct element *list = &builder->elements[builder->next];
  bool is_old = false;
  if (builder->next + 2 < builder->n_elements + 1 && !list->is_repeated && list->n_children == 1) {
    builder->next++;
    is_old = list[1].n_children == 1 && is_old_element(list, &list[1]);
    builder->next += list[1].n_children == 1;
  }
  if (builder->next >= builder->n_elements)
    return fail(builder->err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" has a schema that is not understood",
                builder->file->shown);
  duckdb_logical_type child = duckdb_list_type_child_type(logical);
  TRY(is_old ? read_wrapped(builder, child, &parts[0]) : read_child(builder, child, &parts[0]));
  part->type = type_array(builder->arena, parts[0].type);
  return true;
}

static bool read_part(struct builder *builder, duckdb_logical_type logical, struct parquet_part *part)
{
  if (builder->next >= builder->n_elements)
    return fail(builder->err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" has a schema that is not understood",
                builder->file->shown);
  switch (duckdb_get_type_id(logical)) {
  case DUCKDB_TYPE_LIST:
    TRY(read_list(builder, logical, part));
    break;
  case DUCKDB_TYPE_MAP:
    TRY(read_map(builder, logical, part));
    break;
  case DUCKDB_TYPE_STRUCT:
    TRY(read_struct(builder, logical, part));
    break;
  default:
    TRY(read_value(builder, logical, part));
  }
  part->is_checked = part->fault != NULL;
  for (size_t i = 0; i < part->n_parts; i++) {
    part->converts = part->converts || part->parts[i].converts;
    part->is_checked = part->is_checked || part->parts[i].is_checked;
    part->is_unsigned_long = part->is_unsigned_long || part->parts[i].is_unsigned_long;
  }
  return true;
}

/* the schema */

static int cell_int(const char *cell)
{
  return cell == NULL ? 0 : (int)strtol(cell, NULL, 10);
}

/* "DecimalType(scale=2, precision=50)" may stand alone. */
static void read_logical_decimal(struct element *element)
{
  static const char scale[] = "DecimalType(scale=", precision[] = "precision=";
  const char *found = strstr(element->logical, precision);
  if (!starts_with(element->logical, scale) || found == NULL)
    return;
  element->scale = (int)strtol(element->logical + strlen(scale), NULL, 10);
  element->precision = (int)strtol(found + strlen(precision), NULL, 10);
}

static bool read_elements(struct arena *arena, struct database *database, const struct parquet_file *file,
                          struct element **ret_elements, size_t *ret_count, struct error *err)
{
  enum { NAME, TYPE, REPETITION, CHILDREN, CONVERTED, SCALE, PRECISION, LOGICAL, N_CELLS };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table table;
  text_buffer_add_string(&sql, "SELECT name, coalesce(type, ''), coalesce(repetition_type, ''), num_children, "
                               "coalesce(converted_type, ''), scale, precision, coalesce(logical_type, '') FROM "
                               "parquet_schema([");
  sql_add_file(&sql, file->schema_path);
  text_buffer_add_string(&sql, "]) ORDER BY column_id");
  TRY(database_query(arena, database, sql.data, &table, err));
  struct element *elements = arena_array(arena, table.n_rows + 1, sizeof(*elements));
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * N_CELLS];
    elements[row] = (struct element){
      .name = cells[NAME] == NULL ? "" : cells[NAME],
      .physical = cells[TYPE],
      .converted = cells[CONVERTED],
      .logical = cells[LOGICAL],
      .is_repeated = strcmp(cells[REPETITION], "REPEATED") == 0,
      .n_children = (size_t)cell_int(cells[CHILDREN]),
      .scale = cell_int(cells[SCALE]),
      .precision = cell_int(cells[PRECISION]),
    };
    read_logical_decimal(&elements[row]);
  }
  *ret_elements = elements;
  *ret_count = table.n_rows;
  return true;
}

/* The element behind one and all that is below it. */
static size_t element_end(const struct element *elements, size_t count, size_t index)
{
  size_t n_open = 1;
  while (n_open > 0 && index < count)
    n_open += elements[index++].n_children - 1;
  return index;
}

/* Spark compares the fields of a struct without case, and none is nameless. DuckDB would rename them. */
static bool check_fields(struct builder *builder, size_t group)
{
  const struct element *elements = builder->elements;
  size_t end = element_end(elements, builder->n_elements, group);
  for (size_t field = group + 1; field < end; field = element_end(elements, builder->n_elements, field)) {
    bool is_column = elements[group].n_children > 1; /* else a list's or a map's own levels */
    if (is_column && elements[field].name[0] == '\0')
      return fail(builder->err, ERROR_CONFIG, builder->place, "a field of column \"%s\" of \"%s\" has no name",
                  builder->column, builder->file->shown);
    for (size_t other = group + 1; other < field; other = element_end(elements, builder->n_elements, other))
      if (text_equal_nocase(text_from(elements[field].name), text_from(elements[other].name)))
        return fail(builder->err, ERROR_CONFIG, builder->place,
                    "column \"%s\" of \"%s\" has two fields of one name, \"%s\" and \"%s\"", builder->column,
                    builder->file->shown, elements[other].name, elements[field].name);
  }
  return true;
}

/* DuckDB counts levels in a byte, and stops for good where that is not enough. */
static bool check_depth(struct builder *builder, size_t first, size_t end)
{
  enum { DEPTH_MAX = 200 };
  SCOPED(arena_done) struct arena scratch = { 0 };
  size_t *open = arena_array(&scratch, DEPTH_MAX + 1, sizeof(*open)); /* children that are still to come, by level */
  size_t depth = 0;
  for (size_t i = first; i < end; i++) {
    while (depth > 0 && open[depth - 1] == 0)
      depth--;
    if (depth > 0)
      open[depth - 1]--;
    if (builder->elements[i].n_children == 0)
      continue;
    if (depth == DEPTH_MAX)
      return fail(builder->err, ERROR_CONFIG, builder->place, "column \"%s\" of \"%s\" is nested deeper than %d levels",
                  builder->column, builder->file->shown, DEPTH_MAX);
    open[depth++] = builder->elements[i].n_children;
  }
  return true;
}

/* Looks at every part of a column before its values are told apart. */
static bool check_column(struct builder *builder, size_t first, size_t end)
{
  TRY(check_depth(builder, first, end));
  for (size_t i = first; i < end; i++) {
    TRY(refuse_inexact(builder, &builder->elements[i]));
    if (builder->elements[i].n_children > 0)
      TRY(check_fields(builder, i));
  }
  return true;
}

static const char *shape_of(struct arena *arena, const struct parquet_column *column)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  if (column->part->converts) {
    parquet_print_value(column, "c", &out);
    type_print(column->type, &out);
  }
  parquet_print_fault(column, "c", &out);
  return out.length == 0 ? "" : arena_copy(arena, out.data, out.length);
}

static bool read_column(struct builder *builder, duckdb_prepared_statement statement, size_t index)
{
  struct parquet_column *column = &builder->columns->items[index];
  const char *name = duckdb_prepared_statement_column_name(statement, index);
  column->engine_name = arena_copy(builder->arena, name, strlen(name));
  duckdb_free((void *)(uintptr_t)name);
  column->name = builder->column = builder->elements[builder->next].name;
  size_t end = element_end(builder->elements, builder->n_elements, builder->next);
  builder->columns->has_renamed = builder->columns->has_renamed || strcmp(column->name, column->engine_name) != 0;
  TRY(check_column(builder, builder->next, end));
  struct parquet_part *part = arena_alloc(builder->arena, sizeof(*part));
  TRY(read_child(builder, duckdb_prepared_statement_column_logical_type(statement, index), part));
  builder->next = end;
  column->part = part;
  column->type = part->type;
  column->has_unsigned_long = part->is_unsigned_long;
  column->shape = shape_of(builder->arena, column);
  return true;
}

static bool read_columns(struct builder *builder, duckdb_prepared_statement statement)
{
  size_t count = duckdb_prepared_statement_column_count(statement);
  builder->columns->items = arena_array(builder->arena, count + 1, sizeof(*builder->columns->items));
  for (size_t i = 0; i < count; i++) {
    if (builder->next >= builder->n_elements)
      return fail(builder->err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" has a schema that is not understood",
                  builder->file->shown);
    TRY(read_column(builder, statement, i));
  }
  builder->columns->count = count;
  return true;
}

bool parquet_columns_read(struct arena *arena, struct database *database, const struct parquet_file *file,
                          struct place place, struct parquet_columns *ret_columns, struct error *err)
{
  struct element *elements = NULL;
  size_t n_elements = 0;
  TRY(read_elements(arena, database, file, &elements, &n_elements, err));
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT * FROM read_parquet([");
  sql_add_file(&sql, file->path);
  text_buffer_add_string(&sql, "], hive_partitioning = false)");
  struct parquet_columns columns = { 0 };
  struct builder builder = { .arena = arena,
                             .file = file,
                             .place = place,
                             .elements = elements + 1,
                             .n_elements = n_elements == 0 ? 0 : n_elements - 1,
                             .columns = &columns,
                             .err = err };
  duckdb_prepared_statement statement = NULL;
  bool is_read = duckdb_prepare(database->connection, sql.data, &statement) == DuckDBSuccess
                     ? read_columns(&builder, statement)
                     : database_fail(err, duckdb_prepare_error(statement), sql.data);
  duckdb_destroy_prepare(&statement);
  if (is_read)
    *ret_columns = columns;
  return is_read;
}
