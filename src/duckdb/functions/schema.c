#include "duckdb/functions/schema.h"

#include "duckdb/functions/internal.h"
#include "reader/reader.h"
#include "value/datetime_pattern.h"

#include <stdio.h>
#include <stdlib.h>

/* What a registered check carries. */
struct check {
  const struct schema_property *property;
  const struct type *type; /* of the argument; NULL: raw text */
  const struct timezone *zone;
  const struct schema_property **stopped;
  uint64_t required_bit;
};

static uint64_t keyword_bit(const char *name)
{
  for (size_t i = 0; i < n_schema_keywords; i++)
    if (strcmp(schema_keywords[i].name, name) == 0)
      return UINT64_C(1) << i;
  BUG("a keyword of the schema is missing");
}

/* A null cell of CSV or Parquet is not told from an absent one: where the type does not allow null, a required column
 * misses it. */
static uint64_t check_null(const struct check *check, unsigned kind)
{
  const struct schema_property *property = check->property;
  bool is_absent = (kind & ~(unsigned)KIND_CSV) == KIND_MISSING;
  if (is_absent || (kind & KIND_CSV) != 0) {
    bool is_fine = !property->is_required || (!is_absent && property->is_nullable);
    return is_fine ? 0 : check->required_bit;
  }
  bool stopped = false;
  return schema_check(property->node, &(struct schema_value){ .kind = SCHEMA_NULL }, &stopped);
}

static void raw_value(struct text text, unsigned kind, struct schema_value *ret_value)
{
  ret_value->text = text;
  if ((kind & KIND_CSV) != 0) {
    ret_value->kind = SCHEMA_CSV_TEXT;
    return;
  }
  switch (kind) {
  case KIND_STRING:
    ret_value->kind = SCHEMA_STRING;
    return;
  case KIND_BOOLEAN:
    ret_value->kind = SCHEMA_BOOLEAN;
    ret_value->boolean = text.length > 0 && text.data[0] == 't';
    return;
  default:
    ret_value->kind = SCHEMA_JSON;
    ret_value->is_well_formed = kind == KIND_OBJECT || kind == KIND_ARRAY;
  }
}

static void typed_value(const struct vector *vector, size_t row, struct schema_value *ret_value)
{
  switch (vector->type->id) {
  case TYPE_BOOLEAN:
    ret_value->kind = SCHEMA_BOOLEAN;
    ret_value->boolean = ((const bool *)vector->data)[row];
    return;
  case TYPE_BIGINT:
    ret_value->kind = SCHEMA_INTEGER;
    ret_value->integer = ((const int64_t *)vector->data)[row];
    return;
  case TYPE_DECIMAL:
    ret_value->kind = SCHEMA_DECIMAL;
    ret_value->unscaled = vector_decimal(vector, row);
    ret_value->scale = vector->type->scale;
    return;
  case TYPE_DOUBLE:
    ret_value->kind = SCHEMA_DOUBLE;
    ret_value->real = ((const double *)vector->data)[row];
    return;
  case TYPE_DATE:
    ret_value->kind = SCHEMA_DATE;
    return;
  case TYPE_TIMESTAMP:
    ret_value->kind = SCHEMA_TIMESTAMP;
    return;
  case TYPE_ARRAY: /* given as JSON text */
    ret_value->kind = SCHEMA_JSON;
    ret_value->text = vector_text(vector, row);
    return;
  default:
    ret_value->kind = SCHEMA_STRING;
    ret_value->text = vector_text(vector, row);
  }
}

/* Ends the statement: every further value may take as long. */
static void stop(duckdb_function_info info, const struct check *check, struct text value)
{
  enum { SHOWN = 40 };
  char message[256];
  struct text shown = text_cut(value, SHOWN);
  snprintf(message, sizeof(message), "checking \"%.*s%s\" against the schema takes too long", TEXT_ARGS(shown),
           shown.length < value.length ? "..." : "");
  __atomic_store_n(check->stopped, check->property, __ATOMIC_RELAXED);
  duckdb_scalar_function_set_error(info, message);
}

static void run_check(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
  const struct check *check = duckdb_scalar_function_get_extra_info(info);
  size_t count = duckdb_data_chunk_get_size(input);
  struct vector value = { .type = check->type };
  value.handle = duckdb_data_chunk_get_vector(input, 0);
  value.data = duckdb_vector_get_data(value.handle);
  value.validity = duckdb_vector_get_validity(value.handle);
  const uint8_t *kinds = duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1));
  uint64_t *result = duckdb_vector_get_data(output);
  bool stopped = false;
  for (size_t row = 0; row < count; row++) {
    struct schema_value checked = { 0 };
    if (vector_is_null(&value, row)) {
      result[row] = check_null(check, kinds[row]);
      continue;
    }
    if (check->type == NULL)
      raw_value(vector_text(&value, row), kinds[row], &checked);
    else
      typed_value(&value, row, &checked);
    result[row] = schema_check(check->property->node, &checked, &stopped);
    if (stopped) {
      stop(info, check, checked.text);
      return;
    }
  }
}

static void run_unknown_keys(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
  const struct check *check = duckdb_scalar_function_get_extra_info(info);
  struct vector value = { .handle = duckdb_data_chunk_get_vector(input, 0) };
  value.data = duckdb_vector_get_data(value.handle);
  value.validity = duckdb_vector_get_validity(value.handle);
  uint64_t *result = duckdb_vector_get_data(output);
  size_t count = duckdb_data_chunk_get_size(input);
  for (size_t row = 0; row < count; row++)
    result[row] =
        vector_is_null(&value, row) ? 0 : schema_count_unknown_keys(check->property->node, vector_text(&value, row));
}

/* the fallback of a format hint */

static void run_iso(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
  const struct check *check = duckdb_scalar_function_get_extra_info(info);
  struct vector value = { .handle = duckdb_data_chunk_get_vector(input, 0) };
  value.data = duckdb_vector_get_data(value.handle);
  value.validity = duckdb_vector_get_validity(value.handle);
  duckdb_vector_ensure_validity_writable(output);
  uint64_t *validity = duckdb_vector_get_validity(output);
  int64_t *instants = duckdb_vector_get_data(output);
  size_t count = duckdb_data_chunk_get_size(input);
  for (size_t row = 0; row < count; row++)
    if (vector_is_null(&value, row) || !datetime_parse_iso(vector_text(&value, row), check->zone, &instants[row]))
      duckdb_validity_set_row_invalid(validity, row);
}

/* The day on which the text says it is, wherever its offset puts the instant: Spark's to_date reads the wall clock. */
static void run_iso_date(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
  (void)info;
  struct vector value = { .handle = duckdb_data_chunk_get_vector(input, 0) };
  value.data = duckdb_vector_get_data(value.handle);
  value.validity = duckdb_vector_get_validity(value.handle);
  duckdb_vector_ensure_validity_writable(output);
  uint64_t *validity = duckdb_vector_get_validity(output);
  int32_t *days = duckdb_vector_get_data(output);
  size_t count = duckdb_data_chunk_get_size(input);
  enum { DATE_LENGTH = 10 };
  for (size_t row = 0; row < count; row++) {
    int64_t instant;
    struct text text = vector_is_null(&value, row) ? TEXT("") : vector_text(&value, row);
    const struct timezone *utc = timezone_find(TEXT("UTC"));
    struct text date = { text.data, text.length < DATE_LENGTH ? text.length : DATE_LENGTH };
    if (!datetime_parse_iso(text, utc, &instant) || !text_to_date(date, &days[row]))
      duckdb_validity_set_row_invalid(validity, row);
  }
}

/* registering */

static bool register_function(duckdb_connection connection, const char *name, const duckdb_logical_type *parameters,
                              size_t n_parameters, duckdb_type returns, duckdb_scalar_function_t run,
                              const struct check *check, struct error *err)
{
  struct check *copy = checked_malloc(sizeof(*copy));
  *copy = *check;
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name);
  for (size_t i = 0; i < n_parameters; i++)
    duckdb_scalar_function_add_parameter(function, parameters[i]);
  duckdb_logical_type result = duckdb_create_logical_type(returns);
  duckdb_scalar_function_set_return_type(function, result);
  duckdb_destroy_logical_type(&result);
  duckdb_scalar_function_set_special_handling(function); /* nulls are judged, too */
  duckdb_scalar_function_set_extra_info(function, copy, free);
  duckdb_scalar_function_set_function(function, run);
  bool is_registered = duckdb_register_scalar_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_scalar_function(&function);
  return is_registered || fail(err, ERROR_DEFECT, NOWHERE, "could not register function \"%s\"", name);
}

/* How a column's typed value is handed over; stage.c casts it so. */
static const struct type *argument_type(struct arena *arena, const struct type *type)
{
  switch (type->id) {
  case TYPE_BOOLEAN:
  case TYPE_DATE:
    return type;
  case TYPE_TINYINT:
  case TYPE_SMALLINT:
  case TYPE_INT:
  case TYPE_BIGINT:
    return type_simple(TYPE_BIGINT);
  case TYPE_DECIMAL:
    return type_decimal(arena, 38, type->scale);
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return type_simple(TYPE_DOUBLE);
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return type_simple(TYPE_TIMESTAMP);
  case TYPE_ARRAY:
  case TYPE_MAP:
  case TYPE_STRUCT:
    return type_array(arena, type_simple(TYPE_STRING));
  default:
    return type_simple(TYPE_STRING);
  }
}

static bool register_check(duckdb_connection connection, const char *name, const struct check *check, struct error *err)
{
  bool is_text = check->type == NULL || check->type->id == TYPE_ARRAY;
  duckdb_logical_type parameters[2] = {
    is_text ? duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR) : type_to_duckdb(check->type),
    duckdb_create_logical_type(DUCKDB_TYPE_UTINYINT),
  };
  bool is_registered = register_function(connection, name, parameters, 2, DUCKDB_TYPE_UBIGINT, run_check, check, err);
  duckdb_destroy_logical_type(&parameters[0]);
  duckdb_destroy_logical_type(&parameters[1]);
  return is_registered;
}

static bool register_of_text(duckdb_connection connection, const char *name, duckdb_type returns,
                             duckdb_scalar_function_t run, const struct check *check, struct error *err)
{
  duckdb_logical_type parameter = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  bool is_registered = register_function(connection, name, &parameter, 1, returns, run, check, err);
  duckdb_destroy_logical_type(&parameter);
  return is_registered;
}

static bool register_column(duckdb_connection connection, struct arena *arena, const struct schema_column *column,
                            struct check check, struct error *err)
{
  char name[64];
  check.property = column->property;
  check.type = argument_type(arena, column->type);
  snprintf(name, sizeof(name), "crisol_check__%zu", column->number);
  TRY(register_check(connection, name, &check, err));
  if (!column->is_raw)
    return true;
  check.type = NULL;
  snprintf(name, sizeof(name), "crisol_check_raw__%zu", column->number);
  TRY(register_check(connection, name, &check, err));
  snprintf(name, sizeof(name), "crisol_unknown_keys__%zu", column->number);
  return register_of_text(connection, name, DUCKDB_TYPE_UBIGINT, run_unknown_keys, &check, err);
}

bool schema_functions_register(struct arena *arena, duckdb_connection connection, const char *timezone,
                               const struct schema_column *columns, size_t n_columns,
                               const struct schema_property **ret_stopped, struct error *err)
{
  struct check check = {
    .stopped = ret_stopped,
    .zone = timezone_find(text_from(timezone)),
    .required_bit = keyword_bit("required"),
  };
  TRY(register_of_text(connection, "crisol_iso_timestamp", DUCKDB_TYPE_TIMESTAMP_TZ, run_iso, &check, err));
  TRY(register_of_text(connection, "crisol_iso_date", DUCKDB_TYPE_DATE, run_iso_date, &check, err));
  for (size_t i = 0; i < n_columns; i++)
    TRY(register_column(connection, arena, &columns[i], check, err));
  return true;
}
