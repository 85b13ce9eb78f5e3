/* Numbers and names of months of a locale, a vector at a time. */
#include "duckdb/functions/locale.h"

#include "duckdb/functions/internal.h"

#include <stdio.h>
#include <stdlib.h>

static void run_localized(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
  const struct localized *localized = duckdb_scalar_function_get_extra_info(info);
  struct vector value = { .handle = duckdb_data_chunk_get_vector(input, 0) };
  value.data = duckdb_vector_get_data(value.handle);
  value.validity = duckdb_vector_get_validity(value.handle);
  size_t count = duckdb_data_chunk_get_size(input), length = 0;
  char buffer[NUMBER_TEXT_MOST];
  duckdb_vector_ensure_validity_writable(output);
  uint64_t *validity = duckdb_vector_get_validity(output);
  for (size_t row = 0; row < count; row++)
    if (!vector_is_null(&value, row) && localized_read(localized, vector_text(&value, row), buffer, &length))
      duckdb_vector_assign_string_element_len(output, row, buffer, length);
    else
      duckdb_validity_set_row_invalid(validity, row);
}

bool locale_function_register(duckdb_connection connection, size_t column, const struct locale *locale,
                              const struct number_format *number, const char *pattern, struct error *err)
{
  struct localized *localized = checked_malloc(sizeof(*localized));
  *localized = (struct localized){ locale, number, text_from(pattern == NULL ? "" : pattern) };
  char name[64];
  snprintf(name, sizeof(name), "crisol_localized__%zu", column);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_scalar_function_set_name(function, name);
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, text);
  duckdb_scalar_function_set_extra_info(function, localized, free);
  duckdb_scalar_function_set_function(function, run_localized);
  bool is_registered = duckdb_register_scalar_function(connection, function) == DuckDBSuccess;
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_scalar_function(&function);
  return is_registered || fail(err, ERROR_DEFECT, NOWHERE, "could not register function \"%s\"", name);
}
