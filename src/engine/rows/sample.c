#include "engine/rows/sample.h"

#include "engine/rows/layout.h"

#include <inttypes.h>
#include <stdlib.h>

/* What is shown of a row, which rows, and the columns behind those that all have. */
struct sample_query {
  struct text_buffer value, where, values;
};

static void sample_query_done(struct sample_query *query)
{
  text_buffer_done(&query->value);
  text_buffer_done(&query->where);
  text_buffer_done(&query->values);
}

static void ask_malformed(const struct plan_source *source, struct sample_query *query)
{
  text_buffer_add_string(&query->value, "raw");
  text_buffer_printf(&query->where, "reason <> 0 AND file >= %" PRIu32 " AND file < %zu", source->first_file,
                     source->first_file + source->n_files);
}

static void ask_cast(struct arena *arena, const struct plan *plan, size_t column, struct sample_query *query)
{
  struct stage_layout layout;
  stage_layout_init(arena, plan, &layout);
  size_t n = stage_find_cast(&layout, column);
  text_buffer_printf(&query->value, "q%zu", column);
  text_buffer_printf(&query->where, "reason = 0 AND (c%zu >> %zu) & 1 = 1", n / CASTS_PER_WORD,
                     2 * (n % CASTS_PER_WORD));
}

/* The value that the rule has seen; where a cast made a null of it, what was read, as long as the row has it. */
static void print_value(struct arena *arena, const struct plan *plan, size_t index,
                        const struct sample_dialect *dialect, struct text_buffer *out)
{
  const struct plan_column *column = &plan->columns[index];
  const char *timezone = plan->dataset->timezone;
  text_buffer_add_string(out, ", coalesce(");
  dialect->print_text(column->type, arena_printf(arena, "v%zu", index), timezone, out);
  if (column->changes) {
    text_buffer_add_string(out, ", ");
    dialect->print_text(column->raw_type, arena_printf(arena, "q%zu", index), timezone, out);
  }
  text_buffer_add_char(out, ')');
}

static void ask_rule(struct arena *arena, const struct plan *plan, size_t rule, const struct sample_dialect *dialect,
                     struct sample_query *query)
{
  int column = plan_rule_column(plan, rule);
  size_t count = 0;
  const size_t *columns = plan_rule_columns(arena, plan, rule, &count);
  for (size_t i = 0; i < count; i++)
    print_value(arena, plan, columns[i], dialect, &query->values);
  text_buffer_printf(&query->value, column == NO_COLUMN ? "NULL" : "v%d", column);
  stage_print_rule_bit(rule, &query->where);
  if (plan->rules[rule].config->on_fail == ON_FAIL_FAIL)
    text_buffer_printf(&query->where, " AND fate = %d", FATE_RULE_REFUSED);
  else
    text_buffer_printf(&query->where, " AND fate NOT IN (%d, %d)", FATE_MALFORMED,
                       FATE_CAST_QUARANTINED); /* as counted */
}

void sample_print_query(struct arena *arena, const struct plan *plan, enum sample_kind kind, size_t index, size_t most,
                        const struct sample_dialect *dialect, struct text_buffer *sql)
{
  SCOPED(sample_query_done) struct sample_query query = { .value = { 0 } };
  if (kind == SAMPLE_MALFORMED)
    ask_malformed(&plan->sources[index], &query);
  else if (kind == SAMPLE_CAST)
    ask_cast(arena, plan, index, &query);
  else
    ask_rule(arena, plan, index, dialect, &query);
  text_buffer_printf(sql, "SELECT CAST(%s AS %s), file, line, ", query.value.data, dialect->text_type);
  stage_print_origin(plan, dialect->division, sql);
  text_buffer_printf(sql, "%s FROM rows WHERE %s ORDER BY file, rows.position LIMIT %zu",
                     text_buffer_text(&query.values).data, query.where.data, most);
}

void sample_take_rows(const struct table *table, enum sample_kind kind, struct sample_row *ret_rows, size_t *ret_count)
{
  enum { VALUE, FILE_NUMBER, LINE, POSITION, VALUES };
  for (size_t row = 0; row < table->n_rows; row++) {
    char **cells = &table->cells[row * table->n_columns];
    ret_rows[row] = (struct sample_row){ .value = cells[VALUE],
                                         .values = kind == SAMPLE_RULE ? (const char *const *)&cells[VALUES] : NULL,
                                         .file = (size_t)strtoull(cells[FILE_NUMBER], NULL, 10),
                                         .line = cells[LINE],
                                         .position = cells[POSITION] };
  }
  *ret_count = table->n_rows;
}
