/* The statements that a cluster runs, in Spark SQL, printed from the plan as those of the embedded engine are: same
 * columns, same bits. A text value has its cast, default and checks already, from crisol's own worker. */
#include "engine/spark/engine_internal.h"

#include "engine/rows/file_ranks.h"

#include <inttypes.h>

/* NULL where nothing reads it: of many files it is long. */
static const struct expr_column *new_metadata(struct arena *arena, const struct plan *plan)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  if (plan->places == NULL || !plan->places->metadata_reading.is_read)
    return NULL;
  struct expr_column *column = arena_alloc(arena, sizeof(*column));
  plan_print_files(plan, true, &sql);
  text_buffer_add_string(&sql, "[file]");
  *column = plan->places->metadata;
  column->sql = text_copy(arena, text_buffer_text(&sql));
  return column;
}

struct expr_scope spark_scope(struct arena *arena, const struct plan *plan)
{
  size_t count = 0;
  struct expr_column *columns = arena_array(arena, plan->n_columns + plan->n_partitions + 2, sizeof(*columns));
  for (size_t i = 0; i < plan->n_named; i++)
    columns[count++] = (struct expr_column){ .name = plan->columns[i].name, .sql = arena_printf(arena, "v%zu", i) };
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (plan->partitions[i].column == NO_COLUMN)
      columns[count++] =
          (struct expr_column){ .name = plan->partitions[i].name, .sql = arena_printf(arena, "p%zu", i) };
  columns[count++] = (struct expr_column){ .name = "_run_id", .sql = "run_id" };
  columns[count++] = (struct expr_column){ .name = "_ingestion_ts", .sql = "ingestion_ts" };
  return (struct expr_scope){
    .columns = columns, .n_columns = count, .timezone = plan->dataset->timezone, .metadata = new_metadata(arena, plan)
  };
}

void spark_print(const struct spark_engine *engine, const struct expr_scope *scope, const struct expr *expr,
                 struct text_buffer *sql)
{
  const struct spark_query query = { .scope = scope, .instant_us = engine->base.instant_us };
  expr_print_spark_query(expr, &query, sql);
}

/* the stage */

void spark_print_source_columns(const struct stage_layout *layout, struct text_buffer *sql)
{
  const struct plan *plan = layout->plan;
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (!stage_is_read(column))
      continue;
    text_buffer_printf(sql, "v%zu, ", i);
    if (column->changes || column->keeps_json)
      text_buffer_printf(sql, "r%zu, ", i);
    if (column->property != NULL)
      text_buffer_printf(sql, "s%zu, ", i);
    if (stage_counts_keys(column))
      text_buffer_printf(sql, "u%zu, ", i);
  }
  for (size_t i = 0; i < layout->n_read_cast_words; i++)
    text_buffer_printf(sql, "c%zu, ", i);
  text_buffer_add_string(sql, "file, position, line, reason, raw, raw_length, form");
}

static void print_source(const struct spark_engine *engine, const struct stage_layout *layout, size_t index,
                         struct text_buffer *sql)
{
  if (layout->plan->sources[index].config->format == SOURCE_PARQUET) {
    spark_print_parquet_source(engine, layout, index, sql);
    return;
  }
  spark_print_source_columns(layout, sql);
  text_buffer_printf(sql, " FROM source_%zu", index);
}

/* A row an element, each with a position of its own. A record that is malformed, or whose list has no element, keeps
 * its row. */
static void print_exploded(const struct spark_engine *engine, const struct stage_layout *layout,
                           struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = layout->plan;
  size_t list = plan->explode.column, as = plan->explode.as;
  const struct plan_column *column = &plan->columns[list], *element = &plan->columns[as];
  if (!plan->explode.is_set)
    return;
  text_buffer_printf(sql, "\n), counted AS (\n  SELECT *, reason = 0 AND coalesce(size(v%zu), 0) > 0 AS has_elements",
                     list);
  text_buffer_printf(sql,
                     " FROM source\n), exploded AS (\n  SELECT * FROM counted LATERAL VIEW posexplode(CASE WHEN "
                     "has_elements THEN v%zu ELSE CAST(array(NULL) AS ARRAY<%s>) END) AS place, r%zu",
                     list, type_ddl(&scratch, element->raw_type), as);
  text_buffer_add_string(sql, "\n), placed AS (\n  SELECT * EXCEPT (position, place), ");
  stage_print_placed(plan, "position", "place", sql);
  text_buffer_add_string(sql, " AS position, CASE WHEN has_elements THEN CAST(place AS BIGINT) END AS element, "
                              "reason = 0 AND NOT has_elements");
  if (column->cast == NULL && column->changes) /* what the schema does not take for a list is no empty one */
    text_buffer_printf(sql, " AND (r%zu IS NULL OR v%zu IS NOT NULL)", list, list);
  text_buffer_printf(sql,
                     element->default_value == NULL ? " AS is_nothing, r%zu AS v%zu FROM exploded"
                                                    : " AS is_nothing, coalesce(r%zu, ",
                     as, as);
  if (element->default_value == NULL)
    return;
  const struct expr_scope scope = spark_scope(&scratch, plan);
  spark_print(engine, &scope, element->default_value, sql);
  text_buffer_printf(sql, ") AS v%zu FROM exploded", as);
}

/* The level that made columns are made of. */
static const char *level_of_values(const struct plan *plan)
{
  return plan->explode.is_set ? "placed" : "source";
}

/* Made columns, each of which may name those before it: a level of its own, and one for its cast. Spark's planner makes
 * one of them all. */
static void print_made(const struct spark_engine *engine, const struct stage_layout *layout, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct plan *plan = layout->plan;
  struct expr_column *columns = arena_array(&scratch, plan->n_columns + 1, sizeof(*columns));
  for (size_t i = 0; i < plan->n_columns; i++)
    columns[i].sql = arena_printf(&scratch, "v%zu", i);
  plan_begin_made(plan, columns);
  const struct expr_scope scope = { .columns = columns,
                                    .n_columns = plan->n_columns,
                                    .metadata = new_metadata(&scratch, plan) };
  for (size_t m = 0; m < plan->n_made; m++) {
    const struct plan_column *column = &plan->columns[plan->made[m]];
    bool is_cast = column->converted != NULL;
    text_buffer_printf(sql, "\n), made_%zu AS (\n  SELECT *, ", m);
    spark_print(engine, &scope, column->value, sql);
    text_buffer_printf(sql, " AS %c%zu FROM ", is_cast ? 'r' : 'v', plan->made[m]);
    if (m == 0)
      text_buffer_add_string(sql, level_of_values(plan));
    else
      text_buffer_printf(sql, "%s_%zu", plan->columns[plan->made[m - 1]].converted != NULL ? "cast" : "made", m - 1);
    if (is_cast) {
      text_buffer_printf(sql, "\n), cast_%zu AS (\n  SELECT *, CAST(r%zu AS ", m, plan->made[m]);
      type_print_ddl(column->type, sql);
      text_buffer_printf(sql, ") AS v%zu FROM made_%zu", plan->made[m], m);
    }
    plan_add_made(plan, m, columns);
  }
}

/* The words of casts with the bits of made ones, and the level that has all. */
static void print_booked(const struct stage_layout *layout, struct text_buffer *sql)
{
  const struct plan *plan = layout->plan;
  if (plan->n_made == 0)
    return;
  text_buffer_add_string(sql, "\n), booked AS (\n  SELECT *");
  for (size_t word = 0; word < layout->n_read_cast_words; word++)
    if (stage_adds_made_bits(layout, word)) /* at most one: the last */
      text_buffer_printf(sql, " EXCEPT (c%zu)", word);
  for (size_t word = 0; word < layout->n_cast_words; word++) {
    if (!stage_adds_made_bits(layout, word))
      continue;
    text_buffer_add_string(sql, ",\n    ");
    stage_print_made_word(layout, word, sql);
  }
  text_buffer_printf(sql, " FROM %s_%zu",
                     plan->columns[plan->made[plan->n_made - 1]].converted != NULL ? "cast" : "made", plan->n_made - 1);
}

static void print_rule_word(const struct spark_engine *engine, const struct stage_layout *layout,
                            const struct expr_scope *scope, size_t word, struct text_buffer *sql)
{
  size_t first = word * RULES_PER_WORD;
  text_buffer_add_string(sql, ",\n    CAST(");
  for (size_t i = first; i < layout->plan->n_rules && i < first + RULES_PER_WORD; i++) {
    const struct plan_rule *rule = &layout->plan->rules[i];
    text_buffer_printf(sql, "%sCASE WHEN (", i == first ? "" : "\n      | ");
    spark_print(engine, scope, rule->expr, sql);
    text_buffer_printf(sql, ") %s THEN 0L ELSE %" PRIu64 "L END",
                       rule->config->null_passes ? "IS NOT FALSE" : "IS TRUE", UINT64_C(1) << (i - first));
  }
  text_buffer_printf(sql, " AS BIGINT) AS w%zu", word);
}

static void print_schema_list(const struct stage_layout *layout, struct text_buffer *sql)
{
  if (layout->n_checked == 0) {
    text_buffer_add_string(sql, ",\n    CAST(NULL AS ARRAY<BIGINT>) AS schema");
    return;
  }
  text_buffer_add_string(sql, ",\n    CASE WHEN ");
  stage_print_any_check(layout, 0, layout->n_checked, sql);
  text_buffer_add_string(sql, " <> 0 THEN array(");
  for (size_t n = 0; n < layout->n_checked; n++)
    text_buffer_printf(sql, "%ss%zu", n == 0 ? "" : ", ", layout->checked[n]);
  text_buffer_add_string(sql, ") END AS schema");
}

/* Gold's own look at the rows comes later: whoever may leave then is kept as it was read. */
static void print_kept(const struct spark_engine *engine, const struct stage_layout *layout,
                       const struct expr_scope *scope, struct text_buffer *sql)
{
  const struct plan *plan = layout->plan;
  bool leaves_later = stage_has_unfit(plan);
  text_buffer_add_string(sql, "SELECT ");
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    text_buffer_printf(sql, "v%zu, ", i);
    if (column->changes && leaves_later)
      text_buffer_printf(sql, "r%zu AS q%zu, ", i, i);
    else if (column->changes)
      text_buffer_printf(sql, "CASE WHEN fate <> %d THEN r%zu END AS q%zu, ", FATE_PASSED, i, i);
    if (column->keeps_json)
      text_buffer_printf(sql, "CASE WHEN fate = %d THEN r%zu END AS j%zu, ", FATE_PASSED, i, i);
    if (stage_counts_keys(column))
      text_buffer_printf(sql, "u%zu, ", i);
  }
  text_buffer_add_string(sql, "\n  ");
  for (size_t i = 0; i < layout->n_cast_words; i++)
    text_buffer_printf(sql, "c%zu, ", i);
  for (size_t i = 0; i < layout->n_rule_words; i++)
    text_buffer_printf(sql, "w%zu, ", i);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    bool may_be_empty = partition_may_be_empty(&plan->partitions[i]);
    text_buffer_printf(sql, "CASE WHEN fate = %d THEN %s", FATE_PASSED, may_be_empty ? "nullif(" : "");
    spark_print(engine, scope, plan->partitions[i].expr, sql);
    text_buffer_printf(sql, "%s END AS p%zu, ", may_be_empty ? ", '')" : "", i);
  }
  if (plan->explode.is_set)
    text_buffer_add_string(sql, "element, ");
  text_buffer_add_string(sql, "schema, fate, file, position, reason");
  static const char *const of_rejected[] = { "line", "raw", "raw_length", "form" };
  for (size_t i = 0; i < ARRAY_LENGTH(of_rejected); i++)
    if (leaves_later)
      text_buffer_printf(sql, ", %s", of_rejected[i]);
    else
      text_buffer_printf(sql, ", CASE WHEN fate <> %d THEN %s END AS %s", FATE_PASSED, of_rejected[i], of_rejected[i]);
  text_buffer_add_char(sql, '\n');
}

void spark_print_stage(const struct spark_engine *engine, const struct plan *plan, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stage_layout layout;
  stage_layout_init(&scratch, plan, &layout);
  const struct expr_scope scope = spark_scope(&scratch, plan);
  bool is_first = true;
  text_buffer_add_string(sql, "WITH source AS (\n  ");
  for (size_t i = 0; i < plan->n_sources; i++) {
    if (plan->sources[i].n_files == 0) /* it gives only its columns */
      continue;
    text_buffer_add_string(sql, is_first ? "" : "\n  UNION ALL\n  ");
    print_source(engine, &layout, i, sql);
    is_first = false;
  }
  print_exploded(engine, &layout, sql);
  print_made(engine, &layout, sql);
  print_booked(&layout, sql);
  text_buffer_add_string(sql, "\n), judged AS (\n  SELECT *, CAST(NULL AS ARRAY<STRING>) AS unfit");
  for (size_t word = 0; word < layout.n_rule_words; word++)
    print_rule_word(engine, &layout, &scope, word, sql);
  print_schema_list(&layout, sql);
  text_buffer_printf(sql, "\n  FROM %s\n), decided AS (\n  SELECT *,\n    ",
                     plan->n_made == 0 ? level_of_values(plan) : "booked");
  stage_print_fate(&layout, sql);
  text_buffer_add_string(sql, " AS fate\n  FROM judged\n)\n");
  print_kept(engine, &layout, &scope, sql);
  text_buffer_add_string(sql, "FROM decided");
}

/* deduplication */

static void print_keys(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    text_buffer_printf(sql, "%sv%zu", i == 0 ? "" : ", ", plan->dedupe_key[i]);
}

static void print_order(const struct plan *plan, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer ranks = { 0 };
  for (size_t i = 0; i < plan->n_dedupe_order; i++)
    text_buffer_printf(sql, "v%zu %s NULLS %s, ", plan->dedupe_order[i].column,
                       plan->dedupe_order[i].descending ? "DESC" : "ASC",
                       plan->dedupe_order[i].nulls_first ? "FIRST" : "LAST");
  file_ranks_print(plan, &ranks);
  if (ranks.length == 0)
    text_buffer_add_string(sql, "file");
  else
    text_buffer_printf(sql, "array(%s)[file]", ranks.data);
  text_buffer_add_string(sql, ", position");
}

static void print_candidates(const struct plan *plan, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "WITH candidates AS (\n  SELECT *, xxhash64(");
  print_keys(plan, sql);
  text_buffer_printf(sql, ") AS key_hash FROM rows WHERE fate NOT IN (%d, %d)\n)", FATE_MALFORMED,
                     FATE_CAST_QUARANTINED);
}

void spark_print_repeated(const struct plan *plan, struct text_buffer *sql)
{
  print_candidates(plan, sql);
  text_buffer_add_string(sql, "\nSELECT count(*) FROM (SELECT key_hash FROM candidates GROUP BY key_hash HAVING "
                              "count(*) > 1)");
}

/* The few keys that are repeated are found first, by a hash: a window over all keys takes twice as long, and sends the
 * rows without a key to one task. */
void spark_print_losers(const struct plan *plan, struct text_buffer *sql)
{
  print_candidates(plan, sql);
  text_buffer_add_string(sql, ", ");
  text_buffer_add_string(sql, "repeated AS (\n  SELECT key_hash FROM candidates GROUP BY key_hash HAVING count(*) > 1\n"
                              "), ranked AS (\n  SELECT file, position, (");
  for (size_t i = 0; i < plan->n_dedupe_key; i++)
    text_buffer_printf(sql, "%sv%zu IS NULL", i == 0 ? "" : " OR ", plan->dedupe_key[i]);
  text_buffer_add_string(sql, ") AS has_null, row_number() OVER (PARTITION BY ");
  print_keys(plan, sql);
  text_buffer_add_string(sql, " ORDER BY ");
  print_order(plan, sql);
  text_buffer_add_string(sql, ") AS place\n  FROM candidates LEFT SEMI JOIN repeated USING (key_hash)\n)\n"
                              "SELECT file, position, has_null FROM ranked WHERE place > 1");
}

/* what is left of the stage's rows */

/* Malformed records that are counted, and then of no more interest. */
static void print_malformed_left_out(const struct plan *plan, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_sources; i++) {
    const struct plan_source *source = &plan->sources[i];
    if (source->config->options.mode == READ_DROPMALFORMED)
      text_buffer_printf(sql, " AND NOT (reason <> 0 AND file >= %" PRIu32 " AND file < %zu)", source->first_file,
                         source->first_file + source->n_files);
  }
}

void spark_print_rows(const struct spark_engine *engine, struct text_buffer *sql)
{
  bool has_unfit = engine->n_unfit > 0;
  if (!has_unfit)
    text_buffer_add_string(sql, "SELECT *, CAST(NULL AS ARRAY<STRING>) AS unfit FROM staged");
  else
    text_buffer_printf(sql,
                       "SELECT staged.* EXCEPT (fate), CASE WHEN fate = %d AND unfit IS NOT NULL THEN %d ELSE fate END "
                       "AS fate, unfit\nFROM staged LEFT JOIN unfit_rows USING (file, position)",
                       FATE_PASSED, FATE_GOLD_QUARANTINED);
  if (engine->has_losers)
    text_buffer_add_string(sql, "\nLEFT ANTI JOIN losers USING (file, position)");
  text_buffer_add_string(sql, "\nWHERE TRUE");
  if (engine->plan->explode.is_set) /* records of an empty list are counted, too */
    text_buffer_printf(sql, " AND fate <> %d", FATE_NOTHING_EXPLODED);
  print_malformed_left_out(engine->plan, sql);
}

/* partitions and silver */

/* What partitions_name asks for of partition value i, as text<i>, faithful<i> and utc<i>. */
static void print_partition_text(const struct plan *plan, size_t i, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct type *type = expr_type(plan->partitions[i].expr);
  bool is_text = type->id == TYPE_STRING || type->id == TYPE_BINARY || type->id == TYPE_VOID;
  text_buffer_printf(sql, type->id == TYPE_BINARY ? ", hex(p%zu)" : ", hex(CAST(p%zu AS STRING))", i);
  text_buffer_printf(sql, " AS text%zu, ", i);
  if (is_text)
    text_buffer_add_string(sql, "TRUE");
  else
    text_buffer_printf(sql, "p%zu <=> CAST(CAST(p%zu AS STRING) AS %s)", i, i, type_ddl(&scratch, type));
  text_buffer_printf(sql, " AS faithful%zu, ", i);
  if (type->id == TYPE_TIMESTAMP) {
    text_buffer_printf(sql, "CAST(to_utc_timestamp(p%zu, ", i);
    spark_add_string(sql, text_from(plan->dataset->timezone));
    text_buffer_add_string(sql, ") AS STRING)");
  } else {
    text_buffer_add_string(sql, "CAST(NULL AS STRING)");
  }
  text_buffer_printf(sql, " AS utc%zu", i);
}

/* One statement: each costs a cluster a third of a second, however few the partitions are. */
void spark_print_partitions(const struct spark_engine *engine, const struct plan *plan, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer keys = { 0 };
  const struct expr_scope scope = spark_scope(&scratch, plan);
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(&keys, "%sp%zu", i == 0 ? "" : ", ", i);
  text_buffer_printf(sql, "SELECT row_number() OVER (ORDER BY %s) - 1 AS id, *", keys.data);
  for (size_t i = 0; i < plan->n_partitions; i++)
    print_partition_text(plan, i, sql);
  text_buffer_printf(sql, " FROM (SELECT %s, count(*) AS n_rows", keys.data);
  for (size_t i = 0; i < plan->n_partitions; i++) {
    if (!partition_may_be_empty(&plan->partitions[i]))
      continue;
    text_buffer_add_string(sql, ", count_if(");
    spark_print(engine, &scope, plan->partitions[i].expr, sql);
    text_buffer_printf(sql, " = '') AS empty%zu", i);
  }
  text_buffer_printf(sql, " FROM rows WHERE fate = %d GROUP BY %s)", FATE_PASSED, keys.data);
}

static void print_technical(const struct run *run, const char *id_name, const char *instant_name,
                            struct text_buffer *sql)
{
  spark_add_string(sql, text_from(run->id));
  text_buffer_printf(sql, " AS %s, timestamp_micros(%" PRId64 "L) AS %s", id_name, run->instant_us, instant_name);
}

static void print_silver_columns(const struct plan *plan, const struct run *run, struct text_buffer *sql)
{
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (!plan_is_stored(plan, i))
      continue;
    const struct type *type = run->silver_types == NULL ? NULL : run->silver_types[i];
    text_buffer_printf(sql, type == NULL ? "v%zu" : "CAST(v%zu AS ", i);
    if (type != NULL)
      type_print_ddl(type, sql);
    text_buffer_add_string(sql, type == NULL ? " AS " : ") AS ");
    bool has_name = run->silver_names != NULL && run->silver_names[i] != NULL;
    spark_add_name(sql, has_name ? run->silver_names[i] : plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  print_technical(run, "_run_id", "_ingestion_ts", sql);
}

/* All rows of a partition go through one task, so that it is one file. */
void spark_print_silver(const struct plan *plan, const struct run *run, bool is_large, struct text_buffer *sql)
{
  text_buffer_add_string(sql, plan->n_partitions == 0 && !is_large ? "SELECT /*+ COALESCE(1) */ " : "SELECT ");
  print_silver_columns(plan, run, sql);
  if (plan->n_partitions == 0) {
    text_buffer_printf(sql, "\nFROM rows WHERE fate = %d", FATE_PASSED);
    return;
  }
  text_buffer_add_string(sql, ", id AS crisol_partition\nFROM rows JOIN partitions ON ");
  for (size_t i = 0; i < plan->n_partitions; i++)
    text_buffer_printf(sql, "%srows.p%zu <=> partitions.p%zu", i == 0 ? "" : " AND ", i, i);
  text_buffer_printf(sql, "\nWHERE fate = %d\nDISTRIBUTE BY crisol_partition", FATE_PASSED);
}

/* quarantine */

static void print_malformed_reason(struct text_buffer *sql)
{
  text_buffer_add_string(sql, "array(concat('malformed:', CASE reason");
  for (int reason = READER_OK + 1; reason < N_READER_REASONS; reason++)
    text_buffer_printf(sql, " WHEN %d THEN '%s'", reason, reader_reason_name((enum reader_reason)reason));
  text_buffer_add_string(sql, " END))");
}

static const char list_begin[] = "array_compact(array(CAST(NULL AS STRING)", list_end[] = "))";

static void add_reason(struct text_buffer *sql, const char *reason)
{
  text_buffer_add_string(sql, " THEN ");
  spark_add_string(sql, text_from(reason));
  text_buffer_add_string(sql, " END");
}

static void print_cast_reasons(const struct stage_layout *layout, enum on_error on_error, struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  text_buffer_add_string(sql, list_begin);
  for (size_t n = 0; n < layout->n_casts; n++) {
    const struct plan_column *column = &layout->plan->columns[layout->casts[n]];
    if (column->cast->on_error != on_error)
      continue;
    text_buffer_printf(sql, ",\n    CASE WHEN (c%zu & %" PRIu64 ") <> 0", n / CASTS_PER_WORD,
                       UINT64_C(1) << (2 * (n % CASTS_PER_WORD))); /* >> is no operator within array() */
    add_reason(sql, arena_printf(&scratch, "cast:%s:%s", column->name, type_name(&scratch, column->type)));
  }
  text_buffer_add_string(sql, list_end);
}

/* Every failing rule, in file order. */
static void print_rule_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  text_buffer_add_string(sql, list_begin);
  for (size_t i = 0; i < layout->plan->n_rules; i++) {
    text_buffer_add_string(sql, ",\n    CASE WHEN ");
    stage_print_rule_bit(i, sql);
    add_reason(sql, layout->plan->rules[i].config->name.value);
  }
  text_buffer_add_string(sql, list_end);
}

/* "schema:<column>:<keyword>" of each bit, by column and then by keyword. */
static void print_schema_reasons(const struct stage_layout *layout, struct text_buffer *sql)
{
  text_buffer_printf(sql,
                     "flatten(transform(schema, (bits, place) -> transform(filter(sequence(0, %zu), k -> "
                     "(shiftright(bits, k) & 1) = 1), k -> concat('schema:', array(",
                     n_schema_keywords - 1);
  for (size_t n = 0; n < layout->n_checked; n++) {
    text_buffer_add_string(sql, n == 0 ? "" : ", ");
    spark_add_string(sql, text_from(layout->plan->columns[layout->checked[n]].name));
  }
  text_buffer_add_string(sql, ")[place], ':', array(");
  for (size_t bit = 0; bit < n_schema_keywords; bit++)
    text_buffer_printf(sql, "%s'%s'", bit == 0 ? "" : ", ", schema_keywords[bit].name);
  text_buffer_add_string(sql, ")[k]))))");
}

static void print_reasons(const struct stage_layout *layout, enum row_fate left_out, struct text_buffer *sql)
{
  text_buffer_printf(sql, "CASE fate WHEN %d THEN ", FATE_MALFORMED);
  print_malformed_reason(sql);
  text_buffer_printf(sql, "\n  WHEN %d THEN ", FATE_CAST_QUARANTINED);
  print_cast_reasons(layout, ON_ERROR_QUARANTINE, sql);
  if (left_out != FATE_DROPPED) { /* of a refused run */
    text_buffer_printf(sql, "\n  WHEN %d THEN ", FATE_CAST_REFUSED);
    print_cast_reasons(layout, ON_ERROR_FAIL, sql);
  }
  if (layout->n_checked > 0) {
    text_buffer_printf(sql, "\n  WHEN %d THEN concat(", FATE_SCHEMA_QUARANTINED);
    print_rule_reasons(layout, sql);
    text_buffer_add_string(sql, ", ");
    print_schema_reasons(layout, sql);
    text_buffer_add_char(sql, ')');
  }
  text_buffer_printf(sql, "\n  WHEN %d THEN concat(", FATE_GOLD_QUARANTINED);
  print_rule_reasons(layout, sql);
  text_buffer_add_string(sql, ", unfit)\n  ELSE ");
  print_rule_reasons(layout, sql);
  text_buffer_add_string(sql, " END AS _failed_rules");
}

/* By file of the plan: the header of CSV. */
static void print_headers(const struct spark_engine *engine, struct text_buffer *sql)
{
  const struct plan *plan = engine->plan;
  text_buffer_add_string(sql, ",\n  array(");
  for (size_t i = 0; i < plan->n_sources; i++)
    for (size_t file = 0; file < plan->sources[i].n_files; file++) {
      bool is_csv = plan->sources[i].config->format == SOURCE_CSV && engine->readers != NULL;
      struct text header = is_csv ? reader_file_header(engine->readers[i], file) : (struct text){ 0 };
      text_buffer_add_string(sql, i == 0 && file == 0 ? "" : ", ");
      if (header.data == NULL)
        text_buffer_add_string(sql, "CAST(NULL AS STRING)");
      else
        spark_add_string(sql, header);
    }
  text_buffer_add_string(sql, ")[file] AS _source_header");
}

/* What tells the record itself beside its text; Parquet has no such thing. */
static void print_form(const struct spark_engine *engine, struct text_buffer *sql)
{
  bool has_text = false;
  for (size_t i = 0; i < engine->plan->n_sources; i++)
    has_text = has_text || engine->plan->sources[i].config->format != SOURCE_PARQUET;
  if (!has_text)
    return;
  text_buffer_printf(sql,
                     ",\n  CASE WHEN form & %d = 0 THEN 'text' WHEN form IS NOT NULL THEN 'escaped' END AS _raw_form, "
                     "form & %d <> 0 AS _raw_cut",
                     RAW_ESCAPED, RAW_CUT);
  print_headers(engine, sql);
}

void spark_print_quarantine(const struct spark_engine *engine, const struct run *run, enum row_fate left_out,
                            struct text_buffer *sql)
{
  const struct plan *plan = engine->plan;
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stage_layout layout;
  stage_layout_init(&scratch, plan, &layout);
  text_buffer_add_string(sql, "SELECT /*+ COALESCE(1) */ ");
  for (size_t i = 0; i < plan->n_named; i++) {
    if (plan->columns[i].is_missing)
      continue;
    stage_print_as_read(plan, i, sql);
    text_buffer_add_string(sql, " AS ");
    spark_add_name(sql, plan->columns[i].name);
    text_buffer_add_string(sql, ", ");
  }
  print_reasons(&layout, left_out, sql);
  text_buffer_add_string(sql, ",\n  ");
  print_technical(run, "_run_id", "_ingestion_ts", sql);
  text_buffer_add_string(sql, ",\n  array(");
  for (size_t i = 0; i < plan->n_files; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    spark_add_string(sql, text_from(plan->files[i].path));
  }
  text_buffer_add_string(sql, ")[file] AS _source_file, line AS _source_line, ");
  stage_print_origin(plan, "DIV", sql);
  text_buffer_printf(sql, " AS _source_offset,%s\n  raw AS _raw_record, raw_length AS _raw_length",
                     plan->explode.is_set ? " CAST(element AS INT) AS _element," : "");
  print_form(engine, sql);
  text_buffer_printf(sql, "\nFROM rows WHERE fate NOT IN (%d, %d)", FATE_PASSED, left_out);
}

/* gold */

static void print_gold_value(const struct spark_engine *engine, const struct expr_scope *scope,
                             const struct plan_gold_column *column, struct text_buffer *sql)
{
  if (column->json_column != NO_COLUMN)
    text_buffer_printf(sql, "j%d", column->json_column);
  else if (column->type->id == TYPE_VOID) /* which Parquet has not */
    text_buffer_add_string(sql, "CAST(NULL AS STRING)");
  else
    spark_print(engine, scope, column->expr, sql);
}

void spark_print_gold(const struct spark_engine *engine, const struct plan *plan, const struct run *run,
                      struct text_buffer *sql)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct expr_scope scope = spark_scope(&scratch, plan);
  text_buffer_add_string(sql, "SELECT file, position");
  for (size_t i = 0; i < plan->n_gold_columns; i++) {
    text_buffer_add_string(sql, ",\n  ");
    print_gold_value(engine, &scope, &plan->gold_columns[i], sql);
    text_buffer_printf(sql, " AS g%zu", i);
  }
  for (size_t i = 0; i < plan->n_conditions; i++) {
    text_buffer_add_string(sql, ",\n  (");
    spark_print(engine, &scope, plan->conditions[i].expr, sql);
    text_buffer_printf(sql, ") IS TRUE AS b%zu", i);
  }
  text_buffer_add_string(sql, "\nFROM (SELECT *, ");
  print_technical(run, "run_id", "ingestion_ts", sql);
  text_buffer_printf(sql, " FROM rows WHERE fate = %d)", FATE_PASSED);
}
