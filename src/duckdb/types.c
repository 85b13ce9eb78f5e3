/* DuckDB's types as Spark sees them, for Parquet files and tables. */
#include "duckdb/database_internal.h"

static const struct {
  duckdb_type duckdb;
  enum type_id spark;
} simple_types[] = {
  { DUCKDB_TYPE_BOOLEAN, TYPE_BOOLEAN },
  { DUCKDB_TYPE_TINYINT, TYPE_TINYINT },
  { DUCKDB_TYPE_SMALLINT, TYPE_SMALLINT },
  { DUCKDB_TYPE_INTEGER, TYPE_INT },
  { DUCKDB_TYPE_BIGINT, TYPE_BIGINT },
  { DUCKDB_TYPE_UTINYINT, TYPE_SMALLINT },
  { DUCKDB_TYPE_USMALLINT, TYPE_INT },
  { DUCKDB_TYPE_UINTEGER, TYPE_BIGINT },
  { DUCKDB_TYPE_FLOAT, TYPE_FLOAT },
  { DUCKDB_TYPE_DOUBLE, TYPE_DOUBLE },
  { DUCKDB_TYPE_DATE, TYPE_DATE },
  { DUCKDB_TYPE_BLOB, TYPE_BINARY },
  { DUCKDB_TYPE_TIMESTAMP, TYPE_TIMESTAMP_NTZ },
  { DUCKDB_TYPE_TIMESTAMP_S, TYPE_TIMESTAMP_NTZ },
  { DUCKDB_TYPE_TIMESTAMP_MS, TYPE_TIMESTAMP_NTZ },
  { DUCKDB_TYPE_TIMESTAMP_NS, TYPE_TIMESTAMP_NTZ },
  { DUCKDB_TYPE_TIMESTAMP_TZ, TYPE_TIMESTAMP },
  { DUCKDB_TYPE_INTERVAL, TYPE_INTERVAL },
};

static const struct type *child_type(struct arena *arena, duckdb_logical_type child)
{
  const struct type *type = type_from_duckdb(arena, child);
  duckdb_destroy_logical_type(&child);
  return type;
}

static const struct type *struct_type(struct arena *arena, duckdb_logical_type logical)
{
  size_t count = duckdb_struct_type_child_count(logical);
  struct type_field *fields = arena_array(arena, count + 1, sizeof(*fields));
  for (size_t i = 0; i < count; i++) {
    char *name = duckdb_struct_type_child_name(logical, i);
    fields[i].name = arena_copy(arena, name, strlen(name));
    duckdb_free(name);
    fields[i].type = child_type(arena, duckdb_struct_type_child_type(logical, i));
  }
  return type_struct(arena, fields, count);
}

const struct type *type_from_duckdb(struct arena *arena, duckdb_logical_type logical)
{
  duckdb_type id = duckdb_get_type_id(logical);
  for (size_t i = 0; i < ARRAY_LENGTH(simple_types); i++)
    if (simple_types[i].duckdb == id)
      return type_simple(simple_types[i].spark);
  switch (id) {
  case DUCKDB_TYPE_UBIGINT:
    return type_decimal(arena, 20, 0);
  case DUCKDB_TYPE_HUGEINT:
    return type_decimal(arena, 38, 0);
  case DUCKDB_TYPE_DECIMAL:
    return type_decimal(arena, duckdb_decimal_width(logical), duckdb_decimal_scale(logical));
  case DUCKDB_TYPE_LIST:
    return type_array(arena, child_type(arena, duckdb_list_type_child_type(logical)));
  case DUCKDB_TYPE_MAP: {
    const struct type *key = child_type(arena, duckdb_map_type_key_type(logical));
    return type_map(arena, key, child_type(arena, duckdb_map_type_value_type(logical)));
  }
  case DUCKDB_TYPE_STRUCT:
    return struct_type(arena, logical);
  default: /* TIME, UUID, ENUM, ...: Spark has no such type */
    return type_simple(TYPE_STRING);
  }
}
