#include "duckdb/parquet_vectors.h"

static const struct {
  duckdb_type duckdb;
  enum parquet_kind kind;
} simple_kinds[] = {
  { DUCKDB_TYPE_BOOLEAN, PARQUET_BOOLEAN },
  { DUCKDB_TYPE_TINYINT, PARQUET_INT8 },
  { DUCKDB_TYPE_SMALLINT, PARQUET_INT16 },
  { DUCKDB_TYPE_INTEGER, PARQUET_INT32 },
  { DUCKDB_TYPE_BIGINT, PARQUET_INT64 },
  { DUCKDB_TYPE_FLOAT, PARQUET_FLOAT },
  { DUCKDB_TYPE_DOUBLE, PARQUET_DOUBLE },
  { DUCKDB_TYPE_VARCHAR, PARQUET_STRING },
  { DUCKDB_TYPE_BLOB, PARQUET_BINARY },
  { DUCKDB_TYPE_DATE, PARQUET_DATE },
  { DUCKDB_TYPE_TIMESTAMP, PARQUET_TIMESTAMP_LOCAL },
  { DUCKDB_TYPE_TIMESTAMP_TZ, PARQUET_TIMESTAMP },
};

/* types */

/* Takes the child over. */
static bool type_of_child(struct arena *arena, duckdb_logical_type child, const char *name,
                          struct parquet_type *ret_type)
{
  bool knows = parquet_type_of(arena, child, name, ret_type);
  duckdb_destroy_logical_type(&child);
  return knows;
}

static bool type_of_struct(struct arena *arena, duckdb_logical_type logical, struct parquet_type *type)
{
  size_t count = duckdb_struct_type_child_count(logical);
  struct parquet_type *fields = arena_array(arena, count + 1, sizeof(*fields));
  for (size_t i = 0; i < count; i++) {
    char *name = duckdb_struct_type_child_name(logical, i);
    const char *kept = text_copy(arena, text_from(name));
    duckdb_free(name);
    TRY(type_of_child(arena, duckdb_struct_type_child_type(logical, i), kept, &fields[i]));
  }
  type->kind = PARQUET_STRUCT;
  type->children = fields;
  type->n_children = count;
  return count > 0;
}

static bool type_of_list(struct arena *arena, duckdb_logical_type logical, struct parquet_type *type)
{
  struct parquet_type *element = arena_alloc(arena, sizeof(*element));
  type->kind = PARQUET_LIST;
  type->children = element;
  type->n_children = 1;
  return type_of_child(arena, duckdb_list_type_child_type(logical), NULL, element);
}

static bool type_of_map(struct arena *arena, duckdb_logical_type logical, struct parquet_type *type)
{
  struct parquet_type *children = arena_array(arena, 2, sizeof(*children));
  type->kind = PARQUET_MAP;
  type->children = children;
  type->n_children = 2;
  return type_of_child(arena, duckdb_map_type_key_type(logical), NULL, &children[0]) &&
         type_of_child(arena, duckdb_map_type_value_type(logical), NULL, &children[1]);
}

static void type_of_decimal(duckdb_logical_type logical, struct parquet_type *type)
{
  duckdb_type internal = duckdb_decimal_internal_type(logical);
  type->kind = PARQUET_DECIMAL;
  type->precision = duckdb_decimal_width(logical);
  type->scale = duckdb_decimal_scale(logical);
  type->width = internal == DUCKDB_TYPE_SMALLINT  ? 2
                : internal == DUCKDB_TYPE_INTEGER ? 4
                : internal == DUCKDB_TYPE_BIGINT  ? 8
                                                  : 16;
}

/* A type with a name of its own, such as JSON, is written in a way of its own. */
static bool has_alias(duckdb_logical_type logical)
{
  char *alias = duckdb_logical_type_get_alias(logical);
  bool is_named = alias != NULL && alias[0] != '\0';
  duckdb_free(alias);
  return is_named;
}

bool parquet_type_of(struct arena *arena, duckdb_logical_type logical, const char *name, struct parquet_type *ret_type)
{
  duckdb_type id = duckdb_get_type_id(logical);
  *ret_type = (struct parquet_type){ .name = name };
  if (has_alias(logical))
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(simple_kinds); i++)
    if (simple_kinds[i].duckdb == id) {
      ret_type->kind = simple_kinds[i].kind;
      return true;
    }
  switch (id) {
  case DUCKDB_TYPE_DECIMAL:
    type_of_decimal(logical, ret_type);
    return true;
  case DUCKDB_TYPE_LIST:
    return type_of_list(arena, logical, ret_type);
  case DUCKDB_TYPE_MAP:
    return type_of_map(arena, logical, ret_type);
  case DUCKDB_TYPE_STRUCT:
    return type_of_struct(arena, logical, ret_type);
  default:
    return false;
  }
}

/* values */

_Static_assert(sizeof(struct parquet_span) == sizeof(duckdb_list_entry) &&
                   offsetof(struct parquet_span, offset) == offsetof(duckdb_list_entry, offset) &&
                   offsetof(struct parquet_span, length) == offsetof(duckdb_list_entry, length),
               "the entries of a list are read where they lie");

/* Where no value is there a text may be anything: it is not looked at, only pointed to. */
static const struct text *view_texts(struct arena *arena, duckdb_vector vector, size_t n_rows)
{
  duckdb_string_t *strings = duckdb_vector_get_data(vector);
  struct text *texts = arena_array(arena, n_rows + 1, sizeof(*texts));
  for (size_t i = 0; i < n_rows; i++) {
    uint32_t length = strings[i].value.inlined.length;
    const char *data = length <= sizeof(strings[i].value.inlined.inlined) ? strings[i].value.inlined.inlined
                                                                          : strings[i].value.pointer.ptr;
    texts[i] = (struct text){ data, length };
  }
  return texts;
}

static const struct parquet_values *open_children(struct arena *arena, const struct parquet_type *type,
                                                  duckdb_vector vector, size_t n_rows)
{
  struct parquet_values *children = arena_array(arena, type->n_children, sizeof(*children));
  duckdb_vector parent = vector;
  if (type->kind != PARQUET_STRUCT) {
    n_rows = duckdb_list_vector_get_size(vector);
    parent = duckdb_list_vector_get_child(vector);
  }
  for (size_t i = 0; i < type->n_children; i++) { /* a map is a list of structs of a key and a value */
    duckdb_vector child = type->kind == PARQUET_LIST ? parent : duckdb_struct_vector_get_child(parent, i);
    parquet_values_open(arena, &type->children[i], child, n_rows, &children[i]);
  }
  return children;
}

void parquet_values_open(struct arena *arena, const struct parquet_type *type, duckdb_vector vector, size_t n_rows,
                         struct parquet_values *ret_values)
{
  *ret_values = (struct parquet_values){ .validity = duckdb_vector_get_validity(vector) };
  if (type->n_children > 0)
    ret_values->children = open_children(arena, type, vector, n_rows);
  if (type->kind == PARQUET_STRING || type->kind == PARQUET_BINARY)
    ret_values->data = view_texts(arena, vector, n_rows);
  else if (type->kind != PARQUET_STRUCT)
    ret_values->data = duckdb_vector_get_data(vector);
}
