/* Prints the statement of the stage: a tower of SELECTs, each of which adds columns to the one below, so that nothing
 * is computed twice and the whole is one scan. */
#include "engine/duckdb/stage.h"

#include "duckdb/functions/schema.h"
#include "engine/duckdb/parquet_source.h"
#include "engine/duckdb/sources.h"
#include "engine/rows/gold_fit.h"
#include "reader/reader.h"

#include <inttypes.h>
#include <stdio.h>

static bool checks_typed(const struct plan_column *column)
{
  return column->property != NULL && !column->checks_raw;
}

static bool numbers_rows(const struct plan *plan)
{
  return plan->places != NULL && plan->places->row_number_reading.is_read;
}

/* sources */

/* Adds an expression over `value`, which is `sql`; false where the type is nested, or has no such expression. */
static bool print_over_value(const char *expression, const struct type *type, const char *sql, const char *timezone,
                             struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct expr_column column = { .name = "value", .type = type, .sql = sql };
  struct expr_scope scope = { .columns = &column, .n_columns = 1, .timezone = timezone };
  struct expr_text text = { .text = text_from(expression) };
  struct error err;
  struct expr *compiled = NULL;
  if (type_is_nested(type) || !expr_compile(&scratch, text, &scope, &compiled, NULL, &err))
    return false;
  expr_print_duckdb(compiled, out);
  return true;
}

void spark_text_print(const struct type *type, const char *sql, const char *timezone, struct text_buffer *out)
{
  if (!print_over_value("CAST(value AS STRING)", type, sql, timezone, out))
    text_buffer_printf(out, "CAST(to_json(%s) AS VARCHAR)", sql);
}

void spark_text_print_is_faithful(const struct type *type, const char *sql, const char *timezone,
                                  struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *expression =
      arena_printf(&scratch, "value <=> CAST(CAST(value AS STRING) AS %s)", type_name(&scratch, type));
  if (type->id == TYPE_STRING || type->id == TYPE_BINARY || type->id == TYPE_VOID ||
      !print_over_value(expression, type, sql, timezone, out))
    text_buffer_add_string(out, "true");
}

/* Adds "<value> AS r2" and, where it is needed, ", <kind> AS k2". Kinds: those of the reader, 8 added for text of CSV
 * (duckdb/functions/schema.h). */
static void print_source_column(const struct plan *plan, const struct plan_source *source, size_t index,
                                struct text_buffer *out)
{
  const struct plan_column *column = &plan->columns[index];
  int c = plan_find_source_column(source, index);
  if (c == NO_COLUMN) {
    text_buffer_add_string(out, "CAST(NULL AS ");
    type_print_duckdb(column->raw_type, out);
    text_buffer_printf(out, ") AS r%zu", index);
    if (stage_needs_kind(column))
      text_buffer_printf(out, ", CAST(0 AS UTINYINT) AS k%zu", index);
    return;
  }
  text_buffer_printf(out, "c%d AS r%zu", c, index);
  if (stage_needs_kind(column))
    text_buffer_printf(out, ", CAST(k%d | %d AS UTINYINT) AS k%zu", c,
                       source->config->format == SOURCE_CSV ? KIND_CSV : 0, index);
}

static void print_source(const struct plan *plan, size_t index, struct text_buffer *out)
{
  const struct plan_source *source = &plan->sources[index];
  if (source->config->format == SOURCE_PARQUET) {
    parquet_source_print(plan, source, out);
    return;
  }
  text_buffer_add_string(out, "  SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (plan->columns[i].made != NULL || plan->columns[i].is_element)
      continue;
    print_source_column(plan, source, i, out);
    text_buffer_add_string(out, ",\n    ");
  }
  text_buffer_printf(out,
                     "CAST(_file + %" PRIu32 " AS UINTEGER) AS file, _offset AS position, _line AS line,\n"
                     "    _reason AS reason, _raw AS raw, _raw_length AS raw_length\n"
                     "  FROM crisol_source_%zu()\n",
                     source->first_file, index);
}

/* columns */

/* JSON of which no part is lost; else null. The same with its sound parts comes one level above. */
static void print_parsed_whole(const struct plan_column *column, struct text_buffer *out)
{
  static const char from[] = "spark_from_json__";
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  expr_print_duckdb(column->converted, &sql);
  const char *name = strstr(sql.data, from);
  if (name == NULL)
    BUG("from_json is printed otherwise");
  text_buffer_printf(out, "%.*sspark_from_whole_json__%s", (int)(name - sql.data), sql.data, name + sizeof(from) - 1);
}

/* Converted columns are x<i>; a format hint's own answer is h<i>, its fallback comes one level above, where h<i> is
 * known. */
static void print_converted(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->made != NULL || column->converted == NULL)
      continue;
    text_buffer_add_string(out, ",\n    ");
    if (column->is_parsed)
      print_parsed_whole(column, out);
    else
      expr_print_duckdb(column->converted, out);
    text_buffer_printf(out, " AS %c%zu", column->has_iso_fallback || column->is_parsed ? 'h' : 'x', i);
  }
}

static void print_fallbacks(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (plan->columns[i].is_parsed) {
      text_buffer_printf(out, ",\n    CASE WHEN h%zu IS NULL THEN ", i);
      expr_print_duckdb(plan->columns[i].converted, out);
      text_buffer_printf(out, " ELSE h%zu END AS x%zu", i, i);
    }
    if (plan->columns[i].has_iso_fallback)
      text_buffer_printf(out, ",\n    coalesce(h%zu, crisol_iso_%s(r%zu)) AS x%zu", i,
                         plan->columns[i].type->id == TYPE_DATE ? "date" : "timestamp", i, i);
  }
}

static void print_default(const struct plan_column *column, struct text_buffer *out)
{
  expr_print_duckdb(column->default_value, out);
}

/* The argument of crisol_check__<i>, in the type that duckdb/functions/schema.c registers for the column's own. */
static void print_checked_value(const struct plan_column *column, const char *value, struct text_buffer *out)
{
  switch (column->type->id) {
  case TYPE_BOOLEAN:
  case TYPE_STRING:
  case TYPE_DATE:
    text_buffer_add_string(out, value);
    return;
  case TYPE_TINYINT:
  case TYPE_SMALLINT:
  case TYPE_INT:
  case TYPE_BIGINT:
    text_buffer_printf(out, "CAST(%s AS BIGINT)", value);
    return;
  case TYPE_DECIMAL:
    text_buffer_printf(out, "CAST(%s AS DECIMAL(38,%d))", value, column->type->scale);
    return;
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    text_buffer_printf(out, "CAST(%s AS DOUBLE)", value);
    return;
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    text_buffer_printf(out, "CAST(%s AS TIMESTAMP WITH TIME ZONE)", value);
    return;
  case TYPE_ARRAY:
  case TYPE_MAP:
  case TYPE_STRUCT:
    text_buffer_printf(out, "CAST(to_json(%s) AS VARCHAR)", value);
    return;
  default:
    text_buffer_printf(out, "CAST(%s AS VARCHAR)", value);
  }
}

/* Raw values are judged before the conversion is taken for good: what violates `type` is null in silver. A value that
 * was not there is judged after its default. */
static void print_raw_checks(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (!column->checks_raw)
      continue;
    if (column->default_value == NULL) {
      text_buffer_printf(out, ",\n    crisol_check_raw__%zu(r%zu, k%zu) AS s%zu", i, i, i, i);
    } else {
      SCOPED(text_buffer_done) struct text_buffer value = { 0 };
      print_default(column, &value);
      text_buffer_printf(out, ",\n    CASE WHEN r%zu IS NULL THEN crisol_check__%zu(", i, i);
      print_checked_value(column, value.data, out);
      text_buffer_printf(out, ", k%zu) ELSE crisol_check_raw__%zu(r%zu, k%zu) END AS s%zu", i, i, i, i, i);
    }
    if (stage_counts_keys(column))
      text_buffer_printf(out, ",\n    crisol_unknown_keys__%zu(r%zu) AS u%zu", i, i, i);
  }
}

static uint64_t type_bit(void)
{
  for (size_t i = 0; i < n_schema_keywords; i++)
    if (strcmp(schema_keywords[i].name, "type") == 0)
      return UINT64_C(1) << i;
  BUG("the keyword \"type\" is missing");
}

/* A schema's own struct, array or map is not nulled whole for a part that is wrong. */
static bool is_nulled_by_type(const struct plan_column *column)
{
  return column->checks_raw && column->converted != NULL && column->type->id != TYPE_STRUCT &&
         column->type->id != TYPE_ARRAY && column->type->id != TYPE_MAP;
}

static void print_value(const struct plan *plan, size_t i, struct text_buffer *out)
{
  const struct plan_column *column = &plan->columns[i];
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  text_buffer_printf(&value, "%c%zu", column->converted != NULL ? 'x' : 'r', i);
  if (is_nulled_by_type(column)) {
    text_buffer_clear(&value);
    text_buffer_printf(&value, "CASE WHEN (s%zu & %" PRIu64 ") = 0 THEN x%zu END", i, type_bit(), i);
  }
  if (column->default_value == NULL) {
    text_buffer_add_text(out, text_buffer_text(&value));
  } else if (column->cast == NULL) { /* what the schema makes null was there: no default */
    text_buffer_printf(out, "CASE WHEN r%zu IS NULL THEN ", i);
    print_default(column, out);
    text_buffer_printf(out, " ELSE %s END", value.data);
  } else {
    text_buffer_printf(out, "coalesce(%s, ", value.data);
    print_default(column, out);
    text_buffer_add_char(out, ')');
  }
  text_buffer_printf(out, " AS v%zu", i);
}

static void print_cast_word(const struct stage_layout *layout, size_t word, struct text_buffer *out)
{
  size_t first = word * CASTS_PER_WORD;
  text_buffer_add_string(out, ",\n    CAST(");
  for (size_t n = first; n < layout->n_read_casts && n < first + CASTS_PER_WORD; n++) {
    size_t i = layout->casts[n];
    uint64_t nulled = UINT64_C(1) << (2 * (n - first));
    text_buffer_printf(out, "%sCASE WHEN %c%zu IS NULL AND r%zu IS NOT NULL THEN %" PRIu64, n == first ? "" : " | ",
                       layout->plan->columns[i].is_parsed ? 'h' : 'x', i, i, nulled);
    if (layout->plan->columns[i].has_iso_fallback)
      text_buffer_printf(out, " WHEN h%zu IS NULL AND x%zu IS NOT NULL THEN %" PRIu64, i, i, nulled << 1);
    text_buffer_add_string(out, " ELSE 0 END");
  }
  text_buffer_printf(out, " AS BIGINT) AS c%zu", word);
}

static void print_values(const struct stage_layout *layout, struct text_buffer *out)
{
  for (size_t i = 0; i < layout->plan->n_columns; i++) {
    if (layout->plan->columns[i].made != NULL)
      continue;
    text_buffer_add_string(out, ",\n    ");
    print_value(layout->plan, i, out);
  }
  for (size_t word = 0; word < layout->n_read_cast_words; word++)
    print_cast_word(layout, word, out);
}

/* Made columns of a level: r<i> where a cast follows on the next level, else v<i>. */
static void print_made(const struct plan *plan, size_t level, struct text_buffer *out)
{
  for (size_t m = 0; m < plan->n_made; m++) {
    size_t i = plan->made[m];
    const struct plan_column *column = &plan->columns[i];
    bool is_cast = column->converted != NULL && column->level + 1 == level;
    if (!is_cast && column->level != level)
      continue;
    text_buffer_add_string(out, ",\n    ");
    expr_print_duckdb(is_cast ? column->converted : column->value, out);
    text_buffer_printf(out, " AS %c%zu", column->converted == NULL || is_cast ? 'v' : 'r', i);
  }
}

/* The words that made casts have bits in: those of casts that are read, too, are there already. */
static void print_made_words(const struct stage_layout *layout, struct text_buffer *carried, struct text_buffer *out)
{
  text_buffer_add_string(carried, "*");
  for (size_t word = 0; word < layout->n_cast_words; word++) {
    if (!stage_adds_made_bits(layout, word))
      continue;
    bool is_there = word < layout->n_read_cast_words; /* at most one is */
    text_buffer_add_string(is_there ? carried : out, is_there ? " REPLACE (" : ",\n    ");
    stage_print_made_word(layout, word, is_there ? carried : out);
    if (is_there)
      text_buffer_add_char(carried, ')');
  }
}

/* judgements */

static void print_typed_checks(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (!checks_typed(column))
      continue;
    char value[32];
    snprintf(value, sizeof(value), "v%zu", i);
    text_buffer_printf(out, ",\n    crisol_check__%zu(", i);
    print_checked_value(column, value, out);
    if (column->made != NULL)
      text_buffer_printf(out, ", CAST(%d AS UTINYINT)) AS s%zu", KIND_CSV | KIND_NULL, i); /* a null is as of CSV */
    else
      text_buffer_printf(out, ", k%zu) AS s%zu", i, i);
  }
}

static void print_rule_word(const struct stage_layout *layout, size_t word, struct text_buffer *out)
{
  size_t first = word * RULES_PER_WORD;
  text_buffer_add_string(out, ",\n    CAST(");
  for (size_t i = first; i < layout->plan->n_rules && i < first + RULES_PER_WORD; i++) {
    const struct plan_rule *rule = &layout->plan->rules[i];
    text_buffer_printf(out, "%sCASE WHEN (", i == first ? "" : "\n      | ");
    expr_print_duckdb(rule->expr, out);
    text_buffer_printf(out, ") %s THEN 0 ELSE %" PRIu64 " END", rule->config->null_passes ? "IS NOT FALSE" : "IS TRUE",
                       UINT64_C(1) << (i - first));
  }
  text_buffer_printf(out, " AS BIGINT) AS w%zu", word);
}

static void print_schema_list(const struct stage_layout *layout, struct text_buffer *out)
{
  if (layout->n_checked == 0) {
    text_buffer_add_string(out, ",\n    CAST(NULL AS UBIGINT[]) AS schema");
    return;
  }
  text_buffer_add_string(out, ",\n    CASE WHEN ");
  stage_print_any_check(layout, 0, layout->n_checked, out);
  text_buffer_add_string(out, " <> 0 THEN [");
  for (size_t n = 0; n < layout->n_checked; n++)
    text_buffer_printf(out, "%ss%zu", n == 0 ? "" : ", ", layout->checked[n]);
  text_buffer_add_string(out, "] END AS schema");
}

/* An added column may be made from partitions and from what is the same in all rows. */
static void print_derived(const struct plan *plan, struct text_buffer *out)
{
  bool is_needed = false;
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    is_needed = is_needed || (plan->gold_columns[i].column == NO_COLUMN && gold_has_limits(&plan->gold_columns[i]));
  if (!is_needed)
    return;
  for (size_t i = 0; i < plan->n_partitions; i++) {
    text_buffer_add_string(out, ",\n    ");
    expr_print_duckdb(plan->partitions[i].expr, out);
    text_buffer_printf(out, " AS p%zu", i);
  }
  text_buffer_add_string(out, ",\n    '' AS run_id, make_timestamptz(0) AS ingestion_ts");
}

/* The value, as it is sent: JSON as its text. */
static void print_gold_value(const struct plan_gold_column *column, size_t index, struct text_buffer *out)
{
  bool is_typed_json = column->limits.is_json && column->json_column == NO_COLUMN;
  (void)index;
  if (column->json_column != NO_COLUMN) {
    text_buffer_printf(out, "r%d", column->json_column);
    return;
  }
  text_buffer_add_string(out, is_typed_json ? "CAST(to_json(" : "");
  expr_print_duckdb(column->expr, out);
  text_buffer_add_string(out, is_typed_json ? ") AS VARCHAR)" : "");
}

static void print_unfit(const struct plan *plan, struct text_buffer *out)
{
  text_buffer_add_string(out, ",\n    ");
  gold_print_unfit(plan, print_gold_value, out);
  text_buffer_add_string(out, " AS unfit");
}

static void print_fate(const struct stage_layout *layout, struct text_buffer *out)
{
  text_buffer_add_string(out, ",\n    CAST(");
  stage_print_fate(layout, out);
  text_buffer_add_string(out, " AS UTINYINT) AS fate");
}

/* the table */

static void print_kept(const struct stage_layout *layout, struct text_buffer *out)
{
  const struct plan *plan = layout->plan;
  bool leaves_later = stage_leaves_later(plan);
  text_buffer_add_string(out, "SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    text_buffer_printf(out, "v%zu, ", i);
    if (column->changes && leaves_later)
      text_buffer_printf(out, "r%zu AS q%zu, ", i, i);
    else if (column->changes)
      text_buffer_printf(out, "CASE WHEN fate <> %d THEN r%zu END AS q%zu, ", FATE_PASSED, i, i);
    if (column->keeps_json)
      text_buffer_printf(out, "CASE WHEN fate = %d THEN r%zu END AS j%zu, ", FATE_PASSED, i, i);
    if (stage_counts_keys(column))
      text_buffer_printf(out, "u%zu, ", i);
  }
  text_buffer_add_string(out, "\n  ");
  for (size_t i = 0; i < layout->n_cast_words; i++)
    text_buffer_printf(out, "c%zu, ", i);
  for (size_t i = 0; i < layout->n_rule_words; i++)
    text_buffer_printf(out, "w%zu, ", i);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    bool may_be_empty = partition_may_be_empty(&plan->partitions[i]);
    text_buffer_printf(out, "CASE WHEN fate = %d THEN %s", FATE_PASSED, may_be_empty ? "nullif(" : "");
    expr_print_duckdb(plan->partitions[i].expr, out);
    text_buffer_printf(out, "%s END AS p%zu, ", may_be_empty ? ", '')" : "", i);
  }
  if (plan->explode.is_set)
    text_buffer_add_string(out, "CAST(element AS BIGINT) AS element, ");
  text_buffer_add_string(out, numbers_rows(plan) ? "row_number, " : "");
  text_buffer_printf(out,
                     "schema, %sfate, file, position,\n"
                     "  CASE WHEN %s THEN line END AS line, reason, raw, raw_length\n",
                     stage_has_unfit(plan) ? "unfit, " : "", leaves_later ? "TRUE" : "fate <> 0");
}

/* A level of the tower: "name AS (SELECT <carried>, <columns> FROM below)". One that adds no column is left out: DuckDB
 * plans every level, and looks at each of its columns. */
struct tower {
  struct text_buffer *out;
  const char *top;
  struct arena *arena; /* for names that are made */
};

static void add_level(struct tower *tower, const char *name, const char *carried, struct text_buffer *columns)
{
  if (columns->length > 0) {
    text_buffer_printf(tower->out, "), %s AS (\n  SELECT %s%s\n  FROM %s\n", name, carried, columns->data, tower->top);
    tower->top = name;
  }
  text_buffer_clear(columns);
}

/* Every column of the level below that is needed above: what DuckDB would have to drop, one by one, costs it the square
 * of the columns. */
static const char place_columns[] = "file, position, line, reason, raw, raw_length";

static void print_carried_source(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (plan->columns[i].made != NULL || plan->columns[i].is_element)
      continue;
    text_buffer_printf(out, "r%zu, ", i);
    if (checks_typed(&plan->columns[i]))
      text_buffer_printf(out, "k%zu, ", i);
  }
  text_buffer_add_string(out, place_columns);
}

static void print_carried_values(const struct plan *plan, struct text_buffer *out)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->made != NULL)
      continue;
    if (column->changes || column->keeps_json)
      text_buffer_printf(out, "r%zu, ", i);
    if (checks_typed(column))
      text_buffer_printf(out, "k%zu, ", i);
    if (column->checks_raw)
      text_buffer_printf(out, "s%zu, ", i);
    if (stage_counts_keys(column))
      text_buffer_printf(out, "u%zu, ", i);
  }
  text_buffer_add_string(out, place_columns);
  if (plan->explode.is_set)
    text_buffer_add_string(out, ", element, is_nothing");
  if (numbers_rows(plan))
    text_buffer_add_string(out, ", row_number");
}

/* A level each for the list, for its elements, and for what tells them apart. A record that is malformed, or whose list
 * has no element, keeps its row. Two unnests of one SELECT go hand in hand. */
static void add_explode_levels(const struct plan *plan, struct tower *tower, struct text_buffer *columns)
{
  const struct plan_explode *explode = &plan->explode;
  if (!explode->is_set)
    return;
  const struct plan_column *list = &plan->columns[explode->column], *element = &plan->columns[explode->as];
  char value = list->converted != NULL ? 'x' : 'r';
  size_t i = explode->column;
  text_buffer_printf(columns, ",\n    reason = 0 AND coalesce(len(%c%zu), 0) > 0 AS has_elements", value, i);
  add_level(tower, "counted", "*", columns);
  text_buffer_printf(columns, ",\n    unnest(CASE WHEN has_elements THEN %c%zu ELSE [NULL] END) AS r%zu", value, i,
                     explode->as);
  text_buffer_printf(columns, ",\n    unnest(range(CASE WHEN has_elements THEN len(%c%zu) ELSE 1 END)) AS place", value,
                     i);
  add_level(tower, "exploded", "*", columns);
  text_buffer_add_string(columns, ",\n    CAST(");
  stage_print_placed(plan, "position", "place", columns);
  text_buffer_add_string(columns, " AS UBIGINT) AS position,\n    CASE WHEN has_elements THEN place END AS element");
  text_buffer_add_string(columns, ",\n    reason = 0 AND NOT has_elements");
  if (list->cast == NULL) /* what the schema does not take for a list is no empty one */
    text_buffer_printf(columns, " AND (r%zu IS NULL OR %c%zu IS NOT NULL)", i, value, i);
  text_buffer_add_string(columns, " AS is_nothing");
  if (checks_typed(element))
    text_buffer_printf(columns, ",\n    CAST(%d AS UTINYINT) AS k%zu", KIND_CSV | KIND_NULL, explode->as);
  add_level(tower, "placed", "* EXCLUDE (position, place)", columns);
}

static void add_made_levels(const struct stage_layout *layout, struct tower *tower, struct text_buffer *columns)
{
  const struct plan *plan = layout->plan;
  size_t top = 0;
  for (size_t m = 0; m < plan->n_made; m++) {
    const struct plan_column *column = &plan->columns[plan->made[m]];
    size_t last = column->level + (column->converted != NULL ? 1 : 0);
    top = last > top ? last : top;
  }
  for (size_t level = 1; level <= top; level++) {
    print_made(plan, level, columns);
    add_level(tower, arena_printf(tower->arena, "made_%zu", level), "*", columns);
  }
  SCOPED(text_buffer_done) struct text_buffer carried = { 0 };
  print_made_words(layout, &carried, columns);
  bool is_replaced_only = columns->length == 0 && carried.length > 1;
  if (is_replaced_only) /* a level is left out where it adds nothing */
    text_buffer_add_char(columns, ' ');
  add_level(tower, "booked", carried.data, columns);
}

static void print_tower(const struct stage_layout *layout, struct tower *tower)
{
  const struct plan *plan = layout->plan;
  SCOPED(text_buffer_done) struct text_buffer columns = { 0 }, carried = { 0 };
  print_converted(plan, &columns);
  print_raw_checks(plan, &columns);
  print_carried_source(plan, &carried);
  add_level(tower, "converted", carried.data, &columns);
  print_fallbacks(plan, &columns);
  add_level(tower, "repaired", "*", &columns);
  add_explode_levels(plan, tower, &columns);
  if (numbers_rows(plan))
    text_buffer_add_string(&columns, ",\n    row_number() OVER (ORDER BY file, position) - 1 AS row_number");
  add_level(tower, "numbered", "*", &columns);
  text_buffer_clear(&carried);
  print_carried_values(plan, &carried);
  print_values(layout, &columns);
  add_level(tower, "valued", carried.data, &columns);
  add_made_levels(layout, tower, &columns);
  print_typed_checks(plan, &columns);
  for (size_t word = 0; word < layout->n_rule_words; word++)
    print_rule_word(layout, word, &columns);
  add_level(tower, "judged", "*", &columns);
  print_schema_list(layout, &columns);
  print_derived(plan, &columns);
  add_level(tower, "listed", "*", &columns);
  if (stage_has_unfit(plan))
    print_unfit(plan, &columns);
  add_level(tower, "weighed", "*", &columns);
  print_fate(layout, &columns);
  add_level(tower, "decided", "*", &columns);
}

void stage_print_sources(const struct plan *plan, struct text_buffer *out)
{
  bool is_first = true;
  for (size_t i = 0; i < plan->n_sources; i++) {
    if (plan->sources[i].n_files == 0) /* it gives only its columns */
      continue;
    text_buffer_add_string(out, is_first ? "" : "  UNION ALL\n");
    print_source(plan, i, out);
    is_first = false;
  }
}

void stage_print_sql(const struct stage_layout *layout, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct tower tower = { .out = out, .top = "source", .arena = &scratch };
  const struct plan *plan = layout->plan;
  if (plan->places != NULL && plan->places->metadata_reading.is_read) {
    text_buffer_add_string(out, "CREATE OR REPLACE MACRO crisol_file(number) AS ");
    plan_print_files(plan, false, out);
    text_buffer_add_string(out, "[number + 1];\n");
  }
  text_buffer_add_string(out, "CREATE OR REPLACE TABLE rows AS\nWITH source AS (\n");
  stage_print_sources(layout->plan, out);
  print_tower(layout, &tower);
  text_buffer_add_string(out, ")\n");
  print_kept(layout, out);
  text_buffer_printf(out, "FROM %s", tower.top);
}
