/* The books: what became of the rows, by fate, rule and keyword. */
#include "engine/duckdb/engine_internal.h"

#include <inttypes.h>
#include <stdio.h>

static bool has_floating(const struct type *type)
{
  bool has_any = type->id == TYPE_FLOAT || type->id == TYPE_DOUBLE;
  if (type->id == TYPE_ARRAY || type->id == TYPE_MAP)
    has_any = has_floating(type->element) || (type->id == TYPE_MAP && has_floating(type->key));
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++)
    has_any = has_any || has_floating(type->fields[i].type);
  return has_any;
}

static void print_has_negative_zero(const struct type *type, const char *value, size_t depth, struct text_buffer *sql);

static void print_any_element(const struct type *element, const char *list, size_t depth, struct text_buffer *sql)
{
  char name[32];
  snprintf(name, sizeof(name), "e%zu", depth);
  text_buffer_printf(sql, "list_bool_or(list_transform(%s, lambda %s: ", list, name);
  print_has_negative_zero(element, name, depth + 1, sql);
  text_buffer_add_string(sql, "))");
}

/* Whether the value is -0.0, or holds one; null or false where it does not. `type` has a floating one in it. */
static void print_has_negative_zero(const struct type *type, const char *value, size_t depth, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer part = { 0 };
  if (type->id == TYPE_FLOAT || type->id == TYPE_DOUBLE)
    text_buffer_printf(sql, "%s = 0 AND signbit(%s)", value, value);
  if (type->id == TYPE_ARRAY)
    print_any_element(type->element, value, depth, sql);
  bool is_any = false;
  for (int is_key = 0; type->id == TYPE_MAP && is_key < 2; is_key++) {
    const struct type *element = is_key == 1 ? type->key : type->element;
    if (!has_floating(element))
      continue;
    text_buffer_clear(&part);
    text_buffer_printf(&part, "%s(%s)", is_key == 1 ? "map_keys" : "map_values", value);
    text_buffer_add_string(sql, is_any ? " OR " : "(");
    print_any_element(element, part.data, depth, sql);
    is_any = true;
  }
  for (size_t i = 0; type->id == TYPE_STRUCT && i < type->n_fields; i++) {
    if (!has_floating(type->fields[i].type))
      continue;
    text_buffer_clear(&part);
    text_buffer_printf(&part, "struct_extract(%s, ", value);
    sql_add_string(&part, text_from(type->fields[i].name));
    text_buffer_add_char(&part, ')');
    text_buffer_add_string(sql, is_any ? " OR " : "(");
    print_has_negative_zero(type->fields[i].type, part.data, depth, sql);
    is_any = true;
  }
  if (is_any)
    text_buffer_add_char(sql, ')');
}

/* Whether any of the columns holds -0.0; NULL where there is none of such a type. */
static void print_negative_zero(const struct plan *plan, struct text_buffer *sql)
{
  bool is_any = false;
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!has_floating(plan->columns[i].type))
      continue;
    char name[32];
    snprintf(name, sizeof(name), "v%zu", i);
    text_buffer_add_string(sql, is_any ? ", " : ",\n  bool_or(greatest(FALSE, ");
    print_has_negative_zero(plan->columns[i].type, name, 0, sql);
    is_any = true;
  }
  text_buffer_add_string(sql, is_any ? "))" : ",\n  NULL");
}

/* Few sets of keywords occur, however many rows there are: they are counted as sets and taken apart here. */
static bool count_violations(struct duckdb_engine *engine, const struct stage_layout *layout, struct run *run,
                             struct error *err)
{
  if (layout->n_checked == 0)
    return true;
  SCOPED(arena_done) struct arena scratch = { 0 };
  char *sql = arena_printf(&scratch,
                           "SELECT place, keywords, count(*) FROM (SELECT unnest(schema) AS keywords, "
                           "generate_subscripts(schema, 1) AS place FROM rows WHERE schema IS NOT NULL AND fate IN "
                           "(%d, %d)) WHERE keywords <> 0 GROUP BY ALL ORDER BY ALL",
                           FATE_PASSED, FATE_SCHEMA_QUARANTINED);
  struct table table;
  TRY(database_query(&scratch, engine->base.database, sql, &table, err));
  counts_take_violations(layout, &table, run);
  return true;
}

static bool count_rows(struct duckdb_engine *engine, const struct stage_layout *layout, struct run *run,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  counts_print_fates(layout, &sql);
  print_negative_zero(layout->plan, &sql);
  text_buffer_add_string(&sql, "\nFROM rows");
  struct table table;
  TRY(database_query(&scratch, engine->base.database, sql.data, &table, err));
  TRY(count_violations(engine, layout, run, err));
  const char *negative_zero = table.cells[counts_take_fates(layout, &table, run)];
  run->has_negative_zero = negative_zero != NULL && strcmp(negative_zero, "true") == 0;
  return true;
}

bool duckdb_engine_account(struct engine *base, const struct plan *plan, struct run *run, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  struct stage_layout layout;
  stage_layout_init(engine->arena, plan, &layout);
  return count_rows(engine, &layout, run, err);
}

bool duckdb_engine_count_passing(struct engine *base, const struct expr *expr, uint64_t *ret_passed,
                                 uint64_t *ret_total, struct error *err)
{
  struct duckdb_engine *engine = duckdb_engine_of(base);
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "SELECT count(*), count(*) FILTER (WHERE (");
  expr_print_duckdb(expr, &sql);
  text_buffer_printf(&sql, ") IS %s) FROM rows WHERE fate NOT IN (%d, %d)",
                     expr_type(expr)->id == TYPE_BOOLEAN ? "TRUE" : "NOT NULL", FATE_MALFORMED, FATE_CAST_QUARANTINED);
  struct table table;
  TRY(database_query(&scratch, engine->base.database, sql.data, &table, err));
  *ret_total = cell_number(&table, 0, 0);
  *ret_passed = cell_number(&table, 0, 1);
  return true;
}
