/* What a run replaces in a gold table of PostgreSQL. Rows are found by hash joins with what this run brings: equality,
 * with nulls apart, because nothing but a nested loop can follow IS NOT DISTINCT FROM. Deleting locks no reader out,
 * and they see the old rows until the commit: that is why nothing is truncated. */
#include "warehouse/gold_postgresql.h"
#include "warehouse/postgresql.h"

#include "value/timezone.h"

#include <inttypes.h>
#include <stdlib.h>

/* Nested loops are good where few rows are looked up by an index, and cost rows times rows where the planner believes a
 * table to be empty that was filled a moment ago. */
enum { MOST_LOOKED_UP = 10000 };

/* Memory for a hash table, in which some hundred thousand keys fit. */
const char postgresql_hash_settings[] =
    "SELECT set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), "
    "67108864) / 1024 || 'kB', true), set_config('enable_nestloop', 'off', true)";

/* Deletes what stands "<gold> AS old USING ..." for. */
static bool delete_by_hash(struct warehouse *warehouse, const struct plan *plan,
                           const struct postgresql_columns *columns, const char *rest, bool may_loop, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "DELETE FROM ");
  postgresql_add_old(plan, columns, &sql);
  text_buffer_printf(&sql, " USING %s", rest);
  TRY(may_loop || warehouse_execute(warehouse, postgresql_hash_settings, err));
  TRY(warehouse_execute(warehouse, sql.data, err));
  TRY(postgresql_check_deleted(warehouse, plan, columns, rest, err));
  return warehouse_execute(warehouse, "SET LOCAL enable_nestloop TO DEFAULT", err);
}

/* keys */

/* The type in which a key is compared: the table's own, without a length, which would cut. */
void postgresql_add_compared_type(const char *type, struct text_buffer *sql)
{
  if (strncmp(type, "character(", strlen("character(")) == 0) {
    text_buffer_add_string(sql, "bpchar"); /* "character" alone is one character long */
    return;
  }
  const char *open = strchr(type, '(');
  const char *close = open == NULL ? NULL : strchr(open, ')');
  if (close == NULL)
    text_buffer_add_string(sql, type);
  else
    text_buffer_printf(sql, "%.*s%s", (int)(open - type), type, close + 1);
}

void postgresql_add_old_value(const char *name, const char *type, bool is_array, struct text_buffer *sql)
{
  text_buffer_add_string(sql, is_array ? "ARRAY[CAST(old." : "old.");
  sql_add_name(sql, name);
  if (!is_array)
    return;
  text_buffer_add_string(sql, " AS ");
  postgresql_add_compared_type(type, sql);
  text_buffer_add_string(sql, ")]");
}

/* old."k" = CAST(new."k" AS text) AND ..., over the whole key; `is_null_equal`: as elements of arrays, of which nulls
 * are equal too, and which can be hashed as well. */
static void add_equal_keys(const struct plan *plan, const struct postgresql_columns *columns, bool is_null_equal,
                           struct text_buffer *sql)
{
  const struct config_list *key = &plan->dataset->gold.key;
  for (size_t i = 0; i < key->count; i++) {
    const char *name = gold_key_name(plan, i);
    const char *type = postgresql_type_in_table(plan, columns, name);
    text_buffer_add_string(sql, i == 0 ? "" : " AND ");
    postgresql_add_old_value(name, type, is_null_equal, sql);
    text_buffer_printf(sql, " = %sCAST(new.", is_null_equal ? "ARRAY[" : "");
    sql_add_name(sql, name);
    text_buffer_add_string(sql, " AS ");
    postgresql_add_compared_type(type, sql);
    text_buffer_add_string(sql, is_null_equal ? ")]" : ")");
  }
}

/* new."a" IS NULL OR new."b" IS NULL */
static void add_any_null(const struct plan *plan, const char *table, struct text_buffer *sql)
{
  const struct config_list *key = &plan->dataset->gold.key;
  for (size_t i = 0; i < key->count; i++) {
    text_buffer_printf(sql, "%s%s.", i == 0 ? "" : " OR ", table);
    sql_add_name(sql, gold_key_name(plan, i));
    text_buffer_add_string(sql, " IS NULL");
  }
}

bool postgresql_delete_null_keys(struct warehouse *warehouse, const struct plan *plan,
                                 const struct postgresql_columns *columns, const char *staged, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  text_buffer_printf(&sql, "SELECT count(*) FROM %s AS new WHERE ", staged);
  add_any_null(plan, "new", &sql);
  TRY(warehouse_query_count(warehouse, sql.data, &count, err));
  if (count == 0)
    return true;
  text_buffer_clear(&sql);
  text_buffer_printf(&sql, "(SELECT * FROM %s AS new WHERE ", staged);
  add_any_null(plan, "new", &sql);
  text_buffer_add_string(&sql, ") AS new WHERE (");
  add_any_null(plan, "old", &sql);
  text_buffer_add_string(&sql, ") AND ");
  add_equal_keys(plan, columns, true, &sql);
  return delete_by_hash(warehouse, plan, columns, sql.data, false, err);
}

bool postgresql_delete_keys(struct warehouse *warehouse, const struct plan *plan,
                            const struct postgresql_columns *columns, const char *staged, uint64_t n_rows,
                            struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_printf(&sql, "%s AS new WHERE ", staged);
  add_equal_keys(plan, columns, false, &sql);
  TRY(delete_by_hash(warehouse, plan, columns, sql.data, n_rows <= MOST_LOOKED_UP, err));
  return postgresql_delete_null_keys(warehouse, plan, columns, staged, err);
}

/* partitions */

/* A time zone as PostgreSQL's AT TIME ZONE takes it. Offsets are intervals: as names it reads them the POSIX way round.
 */
static void add_zone(const char *name, struct text_buffer *sql)
{
  if (strpbrk(name, "+-") != NULL && strchr(name, '/') == NULL) {
    text_buffer_printf(sql, "INTERVAL '%" PRId32 " seconds'", timezone_offset_at(timezone_find(text_from(name)), 0));
    return;
  }
  sql_add_string(sql, text_from(name));
}

/* A partition whose values gold keeps itself. */
static bool is_kept(const struct plan *plan, size_t i)
{
  return plan->partitions[i].column != NO_COLUMN || gold_has_column(plan, plan->partitions[i].name);
}

/* The derived partitions, which are found by the column that they are derived from: together they are one span of time,
 * as long as the finest of them. */
enum { SPAN_NONE, SPAN_YEAR, SPAN_MONTH, SPAN_DAY, SPAN_HOUR, N_SPANS };
static const char *const span_names[N_SPANS] = { NULL, "year", "month", "day", "hour" };

struct span {
  int unit;              /* of the finest partition; SPAN_NONE: no partition is derived */
  size_t place[N_SPANS]; /* the partition that tells each unit */
  bool is_told[N_SPANS];
  size_t date; /* the partition called date, which tells year, month and day */
  bool has_date;
};

static struct span find_span(const struct plan *plan)
{
  struct span span = { .unit = SPAN_NONE };
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (is_kept(plan, i))
      continue;
    const char *name = plan->partitions[i].name;
    if (strcmp(name, "date") == 0) {
      span.has_date = true;
      span.date = i;
      span.unit = span.unit < SPAN_DAY ? SPAN_DAY : span.unit;
    }
    for (int unit = SPAN_YEAR; unit < N_SPANS; unit++)
      if (strcmp(name, span_names[unit]) == 0) {
        span.is_told[unit] = true;
        span.place[unit] = i;
        span.unit = span.unit < unit ? unit : span.unit;
      }
  }
  return span;
}

/* Whether every unit down to the finest is told, so that the values are one span of time each. */
static bool is_whole(const struct span *span)
{
  for (int unit = SPAN_YEAR; unit <= span->unit; unit++)
    if (!span->is_told[unit] && !(span->has_date && unit <= SPAN_DAY))
      return false;
  return span->unit != SPAN_NONE;
}

/* When a partition begins: a timestamp in the dataset's zone; null where it has no value, and outside of the years that
 * every type of time holds. */
static void add_start(const struct span *span, struct text_buffer *sql)
{
  if (span->has_date) {
    text_buffer_printf(sql, "CASE WHEN extract(year FROM p%zu) BETWEEN 1 AND 9999 THEN CAST(p%zu AS timestamp)",
                       span->date, span->date);
    if (span->unit == SPAN_HOUR)
      text_buffer_printf(sql, " + make_interval(hours => p%zu)", span->place[SPAN_HOUR]);
    text_buffer_add_string(sql, " END");
    return;
  }
  text_buffer_printf(sql, "CASE WHEN p%zu BETWEEN 1 AND 9999 THEN make_timestamp(", span->place[SPAN_YEAR]);
  for (int unit = SPAN_YEAR; unit <= SPAN_HOUR; unit++)
    if (unit <= span->unit)
      text_buffer_printf(sql, "%sp%zu", unit == SPAN_YEAR ? "" : ", ", span->place[unit]);
    else
      text_buffer_add_string(sql, unit == SPAN_HOUR ? ", 0" : ", 1");
  text_buffer_add_string(sql, ", 0, 0) END");
}

/* The column that partitions are derived from, of a row called old, in the dataset's zone. */
static void add_local(const struct plan *plan, struct text_buffer *sql)
{
  const char *from = plan->dataset->silver.partition_from.value;
  const struct plan_gold_column *column = gold_find_column(plan, from);
  bool is_instant = column != NULL && column->type->id == TYPE_TIMESTAMP;
  text_buffer_add_string(sql, is_instant ? "(old." : "old.");
  sql_add_name(sql, from);
  if (!is_instant)
    return;
  text_buffer_add_string(sql, " AT TIME ZONE ");
  add_zone(plan->dataset->timezone, sql);
  text_buffer_add_char(sql, ')');
}

/* Partition i of a row of gold, called old. */
static void add_old_partition(const struct plan *plan, size_t i, struct text_buffer *sql)
{
  const struct plan_partition *partition = &plan->partitions[i];
  if (is_kept(plan, i)) {
    text_buffer_add_string(sql, "old.");
    sql_add_name(sql, partition->name);
    return;
  }
  bool is_date = strcmp(partition->name, "date") == 0;
  text_buffer_printf(sql, is_date ? "CAST(" : "CAST(extract(%s FROM ", partition->name);
  add_local(plan, sql);
  if (strcmp(partition->name, "year") == 0) { /* Spark has a year 0 before year 1, PostgreSQL goes on with -1 */
    text_buffer_add_string(sql, ") + CASE WHEN ");
    add_local(plan, sql);
    text_buffer_add_string(sql, " < '0001-01-01' THEN 1 ELSE 0 END AS integer)");
    return;
  }
  text_buffer_add_string(sql, is_date ? " AS date)" : ") AS integer)");
}

/* The partitions that this run has rows for, as a temporary table: p0, p1, ..., and `start` of the derived ones. */
static bool send_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                            const struct span *span, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer into = { 0 }, create_sql = { 0 }, start_sql = { 0 };
  enum copy_type *copy_types = arena_array(&scratch, plan->n_partitions + 1, sizeof(*copy_types));
  text_buffer_add_string(&create_sql, "CREATE TEMPORARY TABLE crisol_partitions (");
  text_buffer_add_string(&into, "pg_temp.crisol_partitions (");
  for (size_t i = 0; i < plan->n_partitions; i++) {
    struct plan_gold_column column = { .type = expr_type(plan->partitions[i].expr), .json_column = NO_COLUMN };
    const char *type = postgresql_type_name(&scratch, &column);
    if (type == NULL)
      return fail(err, ERROR_CONFIG, plan->dataset->gold.place, "PostgreSQL has no type for partition \"%s\"",
                  plan->partitions[i].name);
    copy_types[i] = postgresql_copy_type(type);
    text_buffer_printf(&into, "%sp%zu", i == 0 ? "" : ", ", i);
    text_buffer_printf(&create_sql, "%sp%zu %s", i == 0 ? "" : ", ", i, type);
  }
  text_buffer_add_char(&into, ')');
  text_buffer_printf(&create_sql, "%s) ON COMMIT DROP", is_whole(span) ? ", start timestamp" : "");
  TRY(warehouse_execute(warehouse, create_sql.data, err));
  TRY(postgresql_copy_partitions(warehouse, engine, plan, into.data, copy_types, err));
  if (is_whole(span)) {
    text_buffer_add_string(&start_sql, "UPDATE pg_temp.crisol_partitions SET start = ");
    add_start(span, &start_sql);
    TRY(warehouse_execute(warehouse, start_sql.data, err));
  }
  return warehouse_execute(warehouse, "ANALYZE pg_temp.crisol_partitions", err);
}

/* Adds "old.p = touched.p"; nulls are equal where `is_null_equal`. */
static void add_equal_partition(const struct plan *plan, const struct postgresql_columns *columns, size_t i,
                                bool is_null_equal, struct text_buffer *sql)
{
  bool may_be_empty = partition_may_be_empty(&plan->partitions[i]); /* "" is null in a directory's name */
  const char *type = is_kept(plan, i) ? postgresql_type_in_table(plan, columns, plan->partitions[i].name) : NULL;
  text_buffer_add_string(sql, is_null_equal ? "ARRAY[" : "");
  text_buffer_add_string(sql, is_null_equal && type != NULL ? "CAST(" : "");
  text_buffer_add_string(sql, may_be_empty ? "nullif(" : "");
  add_old_partition(plan, i, sql);
  text_buffer_add_string(sql, may_be_empty ? ", '')" : "");
  if (is_null_equal && type != NULL) { /* arrays are equal only where their types are */
    text_buffer_add_string(sql, " AS ");
    postgresql_add_compared_type(type, sql);
    text_buffer_add_char(sql, ')');
  }
  text_buffer_printf(sql, "%s = %s", is_null_equal ? "]" : "", is_null_equal ? "ARRAY[" : "");
  if (type != NULL) {
    text_buffer_printf(sql, "CAST(touched.p%zu AS ", i);
    postgresql_add_compared_type(type, sql);
    text_buffer_add_char(sql, ')');
  } else {
    text_buffer_printf(sql, "touched.p%zu", i);
  }
  text_buffer_add_string(sql, is_null_equal ? "]" : "");
}

/* A range of instants around all touched partitions: an index on the column then leaves the rest of the table alone. A
 * day more on each side is more than any zone is away from UTC. */
static bool add_bounds(struct warehouse *warehouse, const struct plan *plan, struct text_buffer *sql, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct table bounds;
  TRY(warehouse_query(&scratch, warehouse,
                      "SELECT min(start) - INTERVAL '1 day', max(start) + INTERVAL '367 days' FROM "
                      "pg_temp.crisol_partitions",
                      &bounds, err));
  const char *from = plan->dataset->silver.partition_from.value;
  for (int side = 0; side < 2; side++) {
    text_buffer_add_string(sql, " AND old.");
    sql_add_name(sql, from);
    text_buffer_add_string(sql, side == 0 ? " >= " : " < ");
    sql_add_string(sql, text_from(bounds.cells[side]));
  }
  return true;
}

/* Whether one of its values is null, or has no place among the spans: what is compared value by value then. */
static void add_is_odd(const struct plan *plan, const struct span *span, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "(");
  if (is_whole(span))
    text_buffer_add_string(sql, "touched.start IS NULL");
  bool is_first = !is_whole(span);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (is_whole(span) && !is_kept(plan, i))
      continue;
    text_buffer_printf(sql, "%stouched.p%zu IS NULL", is_first ? "" : " OR ", i);
    is_first = false;
  }
  text_buffer_add_char(sql, ')');
}

static void add_usual_condition(const struct plan *plan, const struct postgresql_columns *columns,
                                const struct span *span, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "NOT ");
  add_is_odd(plan, span, sql);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (is_whole(span) && !is_kept(plan, i))
      continue;
    text_buffer_add_string(sql, " AND ");
    add_equal_partition(plan, columns, i, false, sql);
  }
  if (!is_whole(span))
    return;
  text_buffer_printf(sql, " AND date_trunc('%s', ", span_names[span->unit]);
  add_local(plan, sql);
  text_buffer_add_string(sql, ") = touched.start");
}

static void add_odd_condition(const struct plan *plan, const struct postgresql_columns *columns,
                              const struct span *span, struct text_buffer *sql)
{
  add_is_odd(plan, span, sql);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    text_buffer_add_string(sql, " AND ");
    add_equal_partition(plan, columns, i, true, sql);
  }
}

static bool delete_usual(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                         const struct span *span, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "pg_temp.crisol_partitions AS touched WHERE ");
  add_usual_condition(plan, columns, span, &sql);
  if (is_whole(span))
    TRY(add_bounds(warehouse, plan, &sql, err));
  return delete_by_hash(warehouse, plan, columns, sql.data, false, err);
}

static bool delete_odd(struct warehouse *warehouse, const struct plan *plan, const struct postgresql_columns *columns,
                       const struct span *span, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "pg_temp.crisol_partitions AS touched WHERE ");
  add_odd_condition(plan, columns, span, &sql);
  return delete_by_hash(warehouse, plan, columns, sql.data, false, err);
}

static bool count_odd(struct warehouse *warehouse, const struct plan *plan, const struct span *span,
                      uint64_t *ret_usual, uint64_t *ret_odd, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  struct table counts;
  text_buffer_add_string(&sql,
                         "SELECT count(*) FILTER (WHERE NOT is_odd), count(*) FILTER (WHERE is_odd) FROM (SELECT ");
  add_is_odd(plan, span, &sql);
  text_buffer_add_string(&sql, " AS is_odd FROM pg_temp.crisol_partitions AS touched) AS counted");
  TRY(warehouse_query(&scratch, warehouse, sql.data, &counts, err));
  *ret_usual = strtoull(counts.cells[0], NULL, 10);
  *ret_odd = strtoull(counts.cells[1], NULL, 10);
  return true;
}

bool postgresql_delete_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                  const struct postgresql_columns *columns, struct error *err)
{
  struct span span = find_span(plan);
  uint64_t n_usual = 0, n_odd = 0;
  TRY(send_partitions(warehouse, engine, plan, &span, err));
  TRY(count_odd(warehouse, plan, &span, &n_usual, &n_odd, err));
  if (n_usual > 0)
    TRY(delete_usual(warehouse, plan, columns, &span, err));
  return n_odd == 0 || delete_odd(warehouse, plan, columns, &span, err);
}

bool postgresql_send_partitions(struct warehouse *warehouse, struct engine *engine, const struct plan *plan,
                                struct error *err)
{
  struct span span = find_span(plan);
  TRY(warehouse_execute(warehouse, "DROP TABLE IF EXISTS pg_temp.crisol_partitions", err));
  return send_partitions(warehouse, engine, plan, &span, err);
}

void postgresql_add_untouched(const struct plan *plan, const struct postgresql_columns *columns,
                              struct text_buffer *sql)
{
  struct span span = find_span(plan);
  for (int is_odd = 0; is_odd < 2; is_odd++) {
    text_buffer_add_string(sql, is_odd == 0 ? "" : " AND ");
    text_buffer_add_string(sql, "NOT EXISTS (SELECT FROM pg_temp.crisol_partitions AS touched WHERE ");
    (is_odd == 0 ? add_usual_condition : add_odd_condition)(plan, columns, &span, sql);
    text_buffer_add_char(sql, ')');
  }
}
