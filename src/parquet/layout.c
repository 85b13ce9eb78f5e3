/* Columns to leaves, and the schema as the footer says it: the one that DuckDB's COPY writes, so that a lake may hold
 * files of both. */
#include "parquet/parquet_internal.h"

#include "base/thrift.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the writer of Parquet copies values as they lie in memory, which must be the format's order"
#endif

enum repetition { REQUIRED, OPTIONAL, REPEATED };
enum converted {
  CONVERTED_NONE = -1,
  CONVERTED_UTF8 = 0,
  CONVERTED_MAP = 1,
  CONVERTED_LIST = 3,
  CONVERTED_DECIMAL = 5,
  CONVERTED_DATE = 6,
  CONVERTED_TIMESTAMP_MICROS = 10,
  CONVERTED_INT_8 = 15,
  CONVERTED_INT_16,
  CONVERTED_INT_32,
  CONVERTED_INT_64
};
/* The members of the union LogicalType, and the fields of theirs. */
enum logical {
  LOGICAL_NONE = 0,
  LOGICAL_STRING = 1,
  LOGICAL_MAP = 2,
  LOGICAL_LIST = 3,
  LOGICAL_DECIMAL = 5,
  LOGICAL_DATE = 6,
  LOGICAL_TIMESTAMP = 8,
  LOGICAL_INTEGER = 10
};
enum {
  DECIMAL_SCALE = 1,
  DECIMAL_PRECISION = 2,
  TIMESTAMP_IS_UTC = 1,
  TIMESTAMP_UNIT = 2,
  UNIT_MICROS = 2,
  INTEGER_BITS = 1,
  INTEGER_IS_SIGNED = 2
};
/* The fields of SchemaElement. */
enum {
  ELEMENT_TYPE = 1,
  ELEMENT_LENGTH = 2,
  ELEMENT_REPETITION = 3,
  ELEMENT_NAME = 4,
  ELEMENT_CHILDREN = 5,
  ELEMENT_CONVERTED = 6,
  ELEMENT_SCALE = 7,
  ELEMENT_PRECISION = 8,
  ELEMENT_LOGICAL = 10
};

enum { LEVELS_MOST = 250 };

static const struct kind {
  enum physical_type physical;
  size_t width; /* of a value as it is written */
  enum converted converted;
  enum logical logical;
  int8_t bits; /* of an integer */
} kinds[] = {
  [PARQUET_BOOLEAN] = { PHYSICAL_BOOLEAN, 1, CONVERTED_NONE, LOGICAL_NONE, 0 },
  [PARQUET_INT8] = { PHYSICAL_INT32, 4, CONVERTED_INT_8, LOGICAL_INTEGER, 8 },
  [PARQUET_INT16] = { PHYSICAL_INT32, 4, CONVERTED_INT_16, LOGICAL_INTEGER, 16 },
  [PARQUET_INT32] = { PHYSICAL_INT32, 4, CONVERTED_INT_32, LOGICAL_INTEGER, 32 },
  [PARQUET_INT64] = { PHYSICAL_INT64, 8, CONVERTED_INT_64, LOGICAL_INTEGER, 64 },
  [PARQUET_FLOAT] = { PHYSICAL_FLOAT, 4, CONVERTED_NONE, LOGICAL_NONE, 0 },
  [PARQUET_DOUBLE] = { PHYSICAL_DOUBLE, 8, CONVERTED_NONE, LOGICAL_NONE, 0 },
  [PARQUET_DECIMAL] = { PHYSICAL_FIXED, 16, CONVERTED_DECIMAL, LOGICAL_DECIMAL, 0 },
  [PARQUET_STRING] = { PHYSICAL_BYTES, 0, CONVERTED_UTF8, LOGICAL_STRING, 0 },
  [PARQUET_BINARY] = { PHYSICAL_BYTES, 0, CONVERTED_NONE, LOGICAL_NONE, 0 },
  [PARQUET_DATE] = { PHYSICAL_INT32, 4, CONVERTED_DATE, LOGICAL_DATE, 0 },
  [PARQUET_TIMESTAMP] = { PHYSICAL_INT64, 8, CONVERTED_TIMESTAMP_MICROS, LOGICAL_TIMESTAMP, 0 },
  [PARQUET_TIMESTAMP_LOCAL] = { PHYSICAL_INT64, 8, CONVERTED_TIMESTAMP_MICROS, LOGICAL_TIMESTAMP, 0 },
  [PARQUET_LIST] = { 0, 0, CONVERTED_LIST, LOGICAL_LIST, 0 },
  [PARQUET_MAP] = { 0, 0, CONVERTED_MAP, LOGICAL_MAP, 0 },
  [PARQUET_STRUCT] = { 0, 0, CONVERTED_NONE, LOGICAL_NONE, 0 },
};

/* Where one is laid out: its name and levels, and the names above it. */
struct place_in_schema {
  const char *name;
  enum repetition repetition;
  unsigned definition, max_repetition; /* of what is above it */
  const char *const *path;
  size_t path_length;
};

struct laying {
  struct arena *arena;
  struct parquet_layout *layout;
  struct text_buffer *schema;
  size_t n_elements;
  bool is_too_deep;
};

static bool is_group(const struct parquet_type *type)
{
  return type->kind == PARQUET_LIST || type->kind == PARQUET_MAP || type->kind == PARQUET_STRUCT;
}

static enum physical_type physical_of(const struct parquet_type *type)
{
  if (type->kind != PARQUET_DECIMAL || type->width == 16)
    return kinds[type->kind].physical;
  return type->width == 8 ? PHYSICAL_INT64 : PHYSICAL_INT32;
}

static size_t width_of(const struct parquet_type *type)
{
  if (type->kind != PARQUET_DECIMAL)
    return kinds[type->kind].width;
  return type->width < 4 ? 4 : type->width;
}

/* the schema */

static void add_logical(struct thrift_writer *element, const struct parquet_type *type)
{
  const struct kind *kind = &kinds[type->kind];
  if (kind->logical == LOGICAL_NONE)
    return;
  struct thrift_writer logical = thrift_begin(element, ELEMENT_LOGICAL);
  struct thrift_writer member = thrift_begin(&logical, (int)kind->logical);
  if (kind->logical == LOGICAL_DECIMAL) {
    thrift_write_number_32(&member, DECIMAL_SCALE, type->scale);
    thrift_write_number_32(&member, DECIMAL_PRECISION, type->precision);
  } else if (kind->logical == LOGICAL_TIMESTAMP) {
    thrift_write_bool(&member, TIMESTAMP_IS_UTC, type->kind == PARQUET_TIMESTAMP);
    struct thrift_writer unit = thrift_begin(&member, TIMESTAMP_UNIT);
    struct thrift_writer micros = thrift_begin(&unit, UNIT_MICROS);
    thrift_end(&micros);
    thrift_end(&unit);
  } else if (kind->logical == LOGICAL_INTEGER) {
    thrift_write_byte(&member, INTEGER_BITS, kind->bits);
    thrift_write_bool(&member, INTEGER_IS_SIGNED, true);
  }
  thrift_end(&member);
  thrift_end(&logical);
}

/* `type`: NULL for a group that only repeats; `n_children`: 0 for a leaf. */
static void add_element(struct laying *laying, const char *name, enum repetition repetition,
                        const struct parquet_type *type, size_t n_children)
{
  struct thrift_writer element = { .out = laying->schema };
  if (type != NULL && n_children == 0) {
    thrift_write_number_32(&element, ELEMENT_TYPE, physical_of(type));
    if (physical_of(type) == PHYSICAL_FIXED)
      thrift_write_number_32(&element, ELEMENT_LENGTH, (int64_t)width_of(type));
  }
  thrift_write_number_32(&element, ELEMENT_REPETITION, repetition);
  thrift_write_bytes(&element, ELEMENT_NAME, name, strlen(name));
  if (n_children > 0)
    thrift_write_number_32(&element, ELEMENT_CHILDREN, (int64_t)n_children);
  if (type != NULL && kinds[type->kind].converted != CONVERTED_NONE)
    thrift_write_number_32(&element, ELEMENT_CONVERTED, kinds[type->kind].converted);
  if (type != NULL && type->kind == PARQUET_DECIMAL) {
    thrift_write_number_32(&element, ELEMENT_SCALE, type->scale);
    thrift_write_number_32(&element, ELEMENT_PRECISION, type->precision);
  }
  if (type != NULL)
    add_logical(&element, type);
  thrift_end(&element);
  laying->n_elements++;
}

/* the nodes */

static void lay_node(struct laying *laying, const struct parquet_type *type, struct place_in_schema place,
                     struct node *node);

static const char *const *path_below(struct arena *arena, const struct place_in_schema *place, const char *name)
{
  const char **path = arena_array(arena, place->path_length + 1, sizeof(*path));
  if (place->path_length > 0)
    memcpy(path, place->path, place->path_length * sizeof(*path));
  path[place->path_length] = name;
  return path;
}

static void lay_leaf(struct laying *laying, const struct parquet_type *type, const struct place_in_schema *place,
                     const struct node *node)
{
  struct parquet_layout *layout = laying->layout;
  add_element(laying, place->name, place->repetition, type, 0);
  layout->leaves =
      arena_grow(laying->arena, layout->leaves, layout->n_leaves, &layout->capacity, sizeof(*layout->leaves));
  layout->leaves[layout->n_leaves++] = (struct leaf){ .type = type,
                                                      .physical = physical_of(type),
                                                      .width = width_of(type),
                                                      .max_definition = node->definition,
                                                      .max_repetition = place->max_repetition,
                                                      .path = path_below(laying->arena, place, place->name),
                                                      .path_length = place->path_length + 1 };
}

static void lay_children(struct laying *laying, const struct parquet_type *type, const struct place_in_schema *place,
                         struct node *node)
{
  static const char *const names_of_list[] = { "element" }, *const names_of_map[] = { "key", "value" };
  struct node *children = arena_array(laying->arena, type->n_children, sizeof(*children));
  struct place_in_schema below = { .definition = node->definition,
                                   .max_repetition = place->max_repetition,
                                   .path = path_below(laying->arena, place, place->name),
                                   .path_length = place->path_length + 1 };
  node->children = children;
  add_element(laying, place->name, place->repetition, type, type->kind == PARQUET_STRUCT ? type->n_children : 1);
  if (type->kind != PARQUET_STRUCT) {
    const char *repeated = type->kind == PARQUET_LIST ? "list" : "key_value";
    add_element(laying, repeated, REPEATED, NULL, type->n_children);
    below.path = path_below(laying->arena, &below, repeated);
    below.path_length++;
    below.definition++;
    node->repetition = ++below.max_repetition;
  }
  for (size_t i = 0; i < type->n_children; i++) {
    below.name = type->kind == PARQUET_STRUCT ? type->children[i].name
                 : type->kind == PARQUET_LIST ? names_of_list[i]
                                              : names_of_map[i];
    below.repetition = type->kind == PARQUET_MAP && i == 0 ? REQUIRED : OPTIONAL;
    lay_node(laying, &type->children[i], below, &children[i]);
  }
}

static void lay_node(struct laying *laying, const struct parquet_type *type, struct place_in_schema place,
                     struct node *node)
{
  *node = (struct node){ .type = type,
                         .definition = place.definition + (place.repetition == OPTIONAL ? 1 : 0),
                         .first_leaf = laying->layout->n_leaves };
  if (node->definition >= LEVELS_MOST) {
    laying->is_too_deep = true;
    return;
  }
  if (is_group(type))
    lay_children(laying, type, &place, node);
  else
    lay_leaf(laying, type, &place, node);
  node->n_leaves = laying->layout->n_leaves - node->first_leaf;
}

bool parquet_layout_new(struct arena *arena, const struct parquet_type *columns, size_t n_columns,
                        const struct parquet_layout **ret_layout)
{
  SCOPED(text_buffer_done) struct text_buffer schema = { 0 };
  struct parquet_layout *layout = arena_alloc(arena, sizeof(*layout));
  struct laying laying = { .arena = arena, .layout = layout, .schema = &schema, .n_elements = 1 };
  struct node *nodes = arena_array(arena, n_columns + 1, sizeof(*nodes));
  struct thrift_writer root = { .out = &schema };
  thrift_write_number_32(&root, ELEMENT_REPETITION, REQUIRED);
  thrift_write_bytes(&root, ELEMENT_NAME, "schema", strlen("schema"));
  thrift_write_number_32(&root, ELEMENT_CHILDREN, (int64_t)n_columns);
  thrift_end(&root);
  for (size_t i = 0; i < n_columns; i++)
    lay_node(&laying, &columns[i], (struct place_in_schema){ .name = columns[i].name, .repetition = OPTIONAL },
             &nodes[i]);
  layout->columns = nodes;
  layout->n_columns = n_columns;
  layout->n_elements = laying.n_elements;
  layout->schema = (struct text){ arena_copy(arena, schema.data, schema.length), schema.length };
  *ret_layout = layout;
  return !laying.is_too_deep;
}

size_t parquet_layout_leaves(const struct parquet_layout *layout)
{
  return layout->n_leaves;
}
