/* from_json into DuckDB's vectors. */
#include "duckdb/functions/json.h"

static void set_null(void *vector, const struct type *type, size_t row)
{
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
  if (type->id == TYPE_STRUCT) /* DuckDB looks at the fields by themselves, too */
    for (size_t i = 0; i < type->n_fields; i++)
      set_null(duckdb_struct_vector_get_child(vector, i), type->fields[i].type, row);
  else if (type->id == TYPE_ARRAY || type->id == TYPE_MAP)
    ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row] = (duckdb_list_entry){ 0, 0 };
}

static void set_valid(void *vector, size_t row)
{
  uint64_t *validity = duckdb_vector_get_validity(vector);
  if (validity != NULL)
    duckdb_validity_set_row_valid(validity, row);
}

static void *slots(void *vector)
{
  return duckdb_vector_get_data(vector);
}

static void set_text(void *vector, size_t row, struct text text)
{
  duckdb_vector_assign_string_element_len(vector, row, text.data, text.length);
}

static void set_decimal(void *vector, const struct type *type, size_t row, int128 unscaled)
{
  struct vector target = { .type = type, .handle = vector, .data = duckdb_vector_get_data(vector), .is_result = true };
  vector_set_decimal(&target, row, unscaled);
}

static void *child(void *vector, const struct type *type, size_t index)
{
  if (type->id == TYPE_STRUCT)
    return duckdb_struct_vector_get_child(vector, index);
  duckdb_vector elements = duckdb_list_vector_get_child(vector);
  return type->id == TYPE_MAP ? duckdb_struct_vector_get_child(elements, index) : elements;
}

static size_t count_elements(void *vector)
{
  return duckdb_list_vector_get_size(vector);
}

static size_t add_element(void *vector, const struct type *type)
{
  (void)type;
  size_t size = duckdb_list_vector_get_size(vector);
  duckdb_list_vector_reserve(vector, size + 1);
  duckdb_list_vector_set_size(vector, size + 1);
  return size;
}

static void set_list(void *vector, size_t row, size_t start, size_t count)
{
  ((duckdb_list_entry *)duckdb_vector_get_data(vector))[row] = (duckdb_list_entry){ .offset = start, .length = count };
}

static bool read_text(struct udf_call *call, size_t row, enum json_care care)
{
  static const struct json_columns columns = {
    .set_null = set_null,
    .set_valid = set_valid,
    .slots = slots,
    .set_text = set_text,
    .set_decimal = set_decimal,
    .child = child,
    .count_elements = count_elements,
    .add_element = add_element,
    .set_list = set_list,
  };
  return json_read_value(&columns, call->result.handle, call->result.type, row, arg_text(call, 0, row), call->zone,
                         care, &call->buffer);
}

bool json_from_text(struct udf_call *call, size_t row)
{
  return read_text(call, row, JSON_PARTS);
}

bool json_from_whole_text(struct udf_call *call, size_t row)
{
  return read_text(call, row, JSON_WHOLE);
}
