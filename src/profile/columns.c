/* What a column holds: the shapes of its texts decide which types are tried, a cast of every value which one it is. */
#include "expr/expr.h"
#include "profile/profile_internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

enum { SHAPES_MOST = 2000, SHAPE_LENGTH = 48, EXACT_MOST = 10000, VALUES_MOST = 12, TOP = 5 };

/* Digits are 9, letters A and a. */
static const char shape_sql[] =
    "translate(left(%s, %d), '012345678BCDEFGHIJKLMNOPQRSTUVWXYZbcdefghijklmnopqrstuvwxyz', "
    "'999999999AAAAAAAAAAAAAAAAAAAAAAAAAaaaaaaaaaaaaaaaaaaaaaaaaa')";

/* What all shapes so far have in common. */
struct kinds {
  bool is_whole, is_decimal, is_double, is_boolean, is_iso, has_zone, has_time, has_comma;
  size_t digits, scale;
  const char *only; /* the one shape; NULL: several */
};

static void look_at_number(const char *shape, const char *least, struct kinds *kinds)
{
  size_t sign = shape[0] == '-', whole = strspn(shape + sign, "9"), scale = 0;
  const char *p = shape + sign + whole;
  bool is_padded = whole > 1 && least[sign] == '0';
  if (*p == '.')
    p += 1 + (scale = strspn(p + 1, "9"));
  bool is_number = whole > 0 && !is_padded && (shape[sign + whole] != '.' || scale > 0);
  kinds->is_decimal = kinds->is_decimal && is_number && *p == '\0';
  kinds->is_whole = kinds->is_whole && kinds->is_decimal && scale == 0;
  if (*p == 'a' || *p == 'A') {
    p += 1 + (p[1] == '-' || p[1] == '+');
    size_t exponent = strspn(p, "9");
    is_number = is_number && exponent > 0 && exponent < 4 && strchr(least, 'e') != strchr(least, 'E');
    p += exponent;
  }
  kinds->is_double = kinds->is_double && is_number && *p == '\0';
  kinds->digits = whole > kinds->digits ? whole : kinds->digits;
  kinds->scale = scale > kinds->scale ? scale : kinds->scale;
  p = shape + sign + strspn(shape + sign, "9.");
  kinds->has_comma =
      kinds->has_comma && p != shape + sign && (*p == '\0' || (*p == ',' && p[1 + strspn(p + 1, "9")] == '\0'));
}

static bool is_boolean(const char *text)
{
  return text_equal_nocase(text_from(text), TEXT("true")) || text_equal_nocase(text_from(text), TEXT("false"));
}

static void look_at_shape(const char *shape, const char *least, const char *greatest, struct kinds *kinds)
{
  look_at_number(shape, least, kinds);
  kinds->is_boolean = kinds->is_boolean && is_boolean(least) && is_boolean(greatest);
  kinds->is_iso = kinds->is_iso && strncmp(shape, "9999-99-99", 10) == 0;
  size_t length = strlen(shape);
  kinds->has_time = kinds->has_time || length > 10;
  kinds->has_zone = kinds->has_zone || (length > 16 && (shape[length - 1] == 'A' || strpbrk(shape + 16, "+-") != NULL));
}

static const struct {
  const char *shape, *pattern, *other;
  enum type_id type;
} dates[] = {
  { "99/99/9999", "dd/MM/yyyy", "MM/dd/yyyy", TYPE_DATE },
  { "99-99-9999", "dd-MM-yyyy", "MM-dd-yyyy", TYPE_DATE },
  { "99.99.9999", "dd.MM.yyyy", "MM.dd.yyyy", TYPE_DATE },
  { "9999/99/99", "yyyy/MM/dd", NULL, TYPE_DATE },
  { "99/99/9999 99:99", "dd/MM/yyyy HH:mm", "MM/dd/yyyy HH:mm", TYPE_TIMESTAMP },
  { "99/99/9999 99:99:99", "dd/MM/yyyy HH:mm:ss", "MM/dd/yyyy HH:mm:ss", TYPE_TIMESTAMP },
  { "99-99-9999 99:99:99", "dd-MM-yyyy HH:mm:ss", "MM-dd-yyyy HH:mm:ss", TYPE_TIMESTAMP },
  { "99.99.9999 99:99:99", "dd.MM.yyyy HH:mm:ss", "MM.dd.yyyy HH:mm:ss", TYPE_TIMESTAMP },
  { "9999/99/99 99:99:99", "yyyy/MM/dd HH:mm:ss", NULL, TYPE_TIMESTAMP },
};

struct looking {
  struct arena *arena;
  struct database *database;
  const char *table, *sql;
  struct column_profile *column;
};

static bool print_cast(struct looking *looking, const struct type *type, const char *hint, struct text_buffer *out,
                       struct error *err)
{
  const struct expr_column column = { .name = "c", .type = type_simple(TYPE_STRING), .sql = looking->sql };
  const struct expr_scope scope = { .columns = &column, .n_columns = 1, .timezone = "UTC" };
  struct expr *expr = NULL;
  const char *name = type_name(looking->arena, type);
  const char *text = hint == NULL ? arena_printf(looking->arena, "CAST(c AS %s)", name)
                                  : arena_printf(looking->arena, "to_%s(c, '%s')", name, hint);
  TRY(expr_compile(looking->arena, (struct expr_text){ .text = text_from(text), .place = NOWHERE }, &scope, &expr, NULL,
                   err));
  expr_print_duckdb(expr, out);
  return true;
}

/* How many values the cast loses. */
static bool count_lost(struct looking *looking, const struct type *type, const char *hint, uint64_t *ret_lost,
                       struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "SELECT CAST(count(*) AS UBIGINT) FROM %s WHERE %s IS NOT NULL AND (", looking->table,
                     looking->sql);
  TRY(print_cast(looking, type, hint, &sql, err));
  text_buffer_add_string(&sql, ") IS NULL");
  return database_query_count(looking->database, sql.data, ret_lost, err);
}

static bool take_type(struct looking *looking, const struct type *type, const char *hint, bool *ret_taken,
                      struct error *err)
{
  uint64_t lost = 0;
  TRY(count_lost(looking, type, hint, &lost, err));
  *ret_taken = lost == 0;
  if (lost == 0) {
    looking->column->type = type;
    looking->column->hint = hint;
  }
  return true;
}

static bool try_date(struct looking *looking, const char *shape, bool *ret_taken, struct error *err)
{
  struct column_profile *column = looking->column;
  uint64_t lost = 0, other = 0;
  for (size_t i = 0; i < ARRAY_LENGTH(dates); i++) {
    if (strcmp(dates[i].shape, shape) != 0)
      continue;
    const struct type *type = type_simple(dates[i].type);
    TRY(count_lost(looking, type, dates[i].pattern, &lost, err));
    if (dates[i].other != NULL)
      TRY(count_lost(looking, type, dates[i].other, &other, err));
    *ret_taken = lost == 0 || (dates[i].other != NULL && other == 0);
    if (*ret_taken && dates[i].other != NULL && lost == other) {
      column->doubt = arena_printf(looking->arena, "a %s by %s and by %s alike: no value tells them apart",
                                   type_name(looking->arena, type), dates[i].pattern, dates[i].other);
    } else if (*ret_taken) {
      column->type = type;
      column->hint = lost == 0 ? dates[i].pattern : dates[i].other;
    } else {
      column->doubt = arena_printf(looking->arena, "looks like a %s by %s, which %" PRIu64 " values are not",
                                   type_name(looking->arena, type), dates[i].pattern, lost);
    }
  }
  return true;
}

/* NULL: they are no numbers. */
static const struct type *number_type(struct arena *arena, const struct kinds *kinds)
{
  size_t precision = kinds->digits + kinds->scale;
  if (kinds->is_whole && kinds->digits < 19)
    return type_simple(kinds->digits < 10 ? TYPE_INT : TYPE_BIGINT);
  if (kinds->is_decimal && precision <= 38)
    return type_decimal(arena, precision < 18 ? 18 : (int)precision, (int)kinds->scale);
  return kinds->is_double ? type_simple(TYPE_DOUBLE) : NULL;
}

static bool decide(struct looking *looking, const struct kinds *kinds, struct error *err)
{
  bool is_taken = false;
  const struct type *number = number_type(looking->arena, kinds);
  if (number != NULL)
    return take_type(looking, number, NULL, &is_taken, err);
  if (kinds->is_boolean)
    return take_type(looking, type_simple(TYPE_BOOLEAN), NULL, &is_taken, err);
  if (kinds->is_iso) {
    if (kinds->has_zone)
      looking->column->doubt = "instants with an offset of their own";
    return take_type(looking, type_simple(kinds->has_time ? TYPE_TIMESTAMP : TYPE_DATE), NULL, &is_taken, err);
  }
  if (kinds->only != NULL)
    TRY(try_date(looking, kinds->only, &is_taken, err));
  if (!is_taken && kinds->has_comma)
    looking->column->doubt = "looks like numbers with a decimal comma, and is left as text";
  return true;
}

static bool look_at_shapes(struct looking *looking, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, shown = { 0 };
  struct kinds kinds = {
    .is_whole = true, .is_decimal = true, .is_double = true, .is_boolean = true, .is_iso = true, .has_comma = true
  };
  struct table table;
  text_buffer_add_string(&sql, "SELECT ");
  text_buffer_printf(&sql, shape_sql, looking->sql, SHAPE_LENGTH);
  text_buffer_printf(&sql,
                     ", CAST(count(*) AS VARCHAR), min(%s), max(%s) FROM %s WHERE %s IS NOT NULL GROUP BY 1 ORDER BY "
                     "count(*) DESC, 1 LIMIT %d",
                     looking->sql, looking->sql, looking->table, looking->sql, SHAPES_MOST);
  TRY(database_query(looking->arena, looking->database, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    char **cells = &table.cells[row * table.n_columns];
    look_at_shape(cells[0], cells[2], cells[3], &kinds);
    if (row < TOP)
      text_buffer_printf(&shown, "%s%s (%s)", row == 0 ? "" : ", ", cells[0], cells[1]);
  }
  looking->column->patterns = text_copy(looking->arena, text_buffer_text(&shown));
  if (table.n_rows == 0 || table.n_rows == SHAPES_MOST)
    return true;
  kinds.only = table.n_rows == 1 ? table.cells[0] : NULL;
  return decide(looking, &kinds, err);
}

static bool look_at_values(struct looking *looking, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 }, shown = { 0 };
  struct column_profile *column = looking->column;
  struct table table;
  text_buffer_printf(&sql,
                     "SELECT CAST(%s AS VARCHAR), CAST(count(*) AS VARCHAR) FROM %s WHERE %s IS NOT NULL GROUP BY 1 "
                     "ORDER BY count(*) DESC, 1",
                     looking->sql, looking->table, looking->sql);
  TRY(database_query(looking->arena, looking->database, sql.data, &table, err));
  column->distinct = table.n_rows;
  column->is_exact = true;
  for (size_t row = 0; row < table.n_rows && row < TOP; row++)
    text_buffer_printf(&shown, "%s%s (%s)", row == 0 ? "" : ", ", table.cells[row * 2], table.cells[row * 2 + 1]);
  column->top = text_copy(looking->arena, text_buffer_text(&shown));
  if (table.n_rows > VALUES_MOST)
    return true;
  column->values = arena_array(looking->arena, table.n_rows + 1, sizeof(*column->values));
  column->n_values = table.n_rows;
  for (size_t row = 0; row < table.n_rows; row++)
    column->values[row] = table.cells[row * 2];
  return true;
}

static bool look_at_range(struct looking *looking, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  struct column_profile *column = looking->column;
  struct table table;
  if (type_is_nested(column->type))
    return true;
  if (column->is_typed || column->type->id == TYPE_STRING)
    text_buffer_add_string(&value, looking->sql);
  else
    TRY(print_cast(looking, column->type, column->hint, &value, err));
  const char *quantiles = type_is_numeric(column->type)
                              ? "CAST(approx_quantile(CAST(v AS DOUBLE), [0.25, 0.5, 0.75, 0.99]) AS VARCHAR)"
                              : "NULL::VARCHAR";
  const char *sql = arena_printf(
      looking->arena, "SELECT CAST(min(v) AS VARCHAR), CAST(max(v) AS VARCHAR), %s FROM (SELECT %s AS v FROM %s)",
      quantiles, value.data, looking->table);
  TRY(database_query(looking->arena, looking->database, sql, &table, err));
  column->least = table.cells[0];
  column->greatest = table.cells[1];
  column->quantiles = table.cells[2];
  return true;
}

static bool count_keys(struct looking *looking, uint64_t n_rows, struct error *err)
{
  struct column_profile *column = looking->column;
  struct table table;
  const char *sql = arena_printf(
      looking->arena, "SELECT CAST(count(%s) AS VARCHAR), CAST(approx_count_distinct(%s) AS VARCHAR) FROM %s",
      looking->sql, looking->sql, looking->table);
  TRY(database_query(looking->arena, looking->database, sql, &table, err));
  uint64_t count = strtoull(table.cells[0], NULL, 10), distinct = strtoull(table.cells[1], NULL, 10);
  column->nulls = n_rows - count;
  column->is_exact = count == 0;
  column->distinct = distinct < count ? distinct : count;
  return true;
}

bool column_look(struct arena *arena, struct database *database, const char *table, const char *sql, uint64_t n_rows,
                 struct column_profile *column, struct error *err)
{
  struct looking looking = { .arena = arena, .database = database, .table = table, .sql = sql, .column = column };
  TRY(count_keys(&looking, n_rows, err));
  if (!column->is_typed)
    TRY(look_at_shapes(&looking, err));
  if (column->distinct <= EXACT_MOST && !type_is_nested(column->type))
    TRY(look_at_values(&looking, err));
  return look_at_range(&looking, err);
}
