#include "fuzz.h"

#include "expr/expr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct error err;
  struct expr *expr = NULL;
  const struct expr_column columns[] = {
    { .name = "s", .type = type_simple(TYPE_STRING), .sql = "v0" },
    { .name = "n", .type = type_simple(TYPE_INT), .sql = "v1" },
    { .name = "d", .type = type_decimal(&arena, 18, 2), .sql = "v2" },
    { .name = "t", .type = type_simple(TYPE_TIMESTAMP), .sql = "v3" },
    { .name = "l", .type = type_array(&arena, type_simple(TYPE_STRING)), .sql = "v4" },
  };
  struct expr_scope scope = { .columns = columns, .n_columns = ARRAY_LENGTH(columns), .timezone = "UTC" };
  struct expr_text text = { .text = text_of(data, size) };
  if (expr_compile(&arena, text, &scope, &expr, NULL, &err)) {
    const char *column = NULL;
    expr_print_duckdb(expr, &sql);
    enum expr_always always = expr_find_always(expr, &column);
    CLAIM((always == ALWAYS_NOTHING) == (column == NULL));
  }
  return 0;
}
