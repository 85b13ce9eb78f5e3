#include "engine/rows/layout.h"

#include "engine/rows/gold_fit.h"

#include <inttypes.h>

void stage_layout_init(struct arena *arena, const struct plan *plan, struct stage_layout *ret_layout)
{
  struct stage_layout layout = { .plan = plan };
  layout.casts = arena_array(arena, plan->n_columns + 1, sizeof(size_t));
  layout.checked = arena_array(arena, plan->n_columns + 1, sizeof(size_t));
  for (size_t i = 0; i < plan->n_columns; i++) {
    const struct plan_column *column = &plan->columns[i];
    if (column->made == NULL && column->cast != NULL && column->converted != NULL)
      layout.casts[layout.n_casts++] = i;
    if (column->property != NULL)
      layout.checked[layout.n_checked++] = i;
  }
  layout.n_read_casts = layout.n_casts;
  for (size_t i = 0; i < plan->n_made; i++)
    if (plan->columns[plan->made[i]].converted != NULL)
      layout.casts[layout.n_casts++] = plan->made[i];
  layout.n_read_cast_words = (layout.n_read_casts + CASTS_PER_WORD - 1) / CASTS_PER_WORD;
  layout.n_cast_words = (layout.n_casts + CASTS_PER_WORD - 1) / CASTS_PER_WORD;
  layout.n_rule_words = (plan->n_rules + RULES_PER_WORD - 1) / RULES_PER_WORD;
  *ret_layout = layout;
}

bool stage_is_read(const struct plan_column *column)
{
  return column->made == NULL && !column->is_element;
}

bool stage_counts_keys(const struct plan_column *column)
{
  return column->checks_raw && column->type->id == TYPE_STRUCT;
}

size_t stage_find_cast(const struct stage_layout *layout, size_t column)
{
  size_t n = 0;
  while (n < layout->n_casts && layout->casts[n] != column)
    n++;
  return n;
}

bool stage_adds_made_bits(const struct stage_layout *layout, size_t word)
{
  return layout->n_casts > layout->n_read_casts && layout->n_casts > word * CASTS_PER_WORD &&
         layout->n_read_casts < (word + 1) * CASTS_PER_WORD;
}

void stage_print_made_word(const struct stage_layout *layout, size_t word, struct text_buffer *out)
{
  size_t first = word * CASTS_PER_WORD;
  text_buffer_add_string(out, "CAST(");
  if (word < layout->n_read_cast_words)
    text_buffer_printf(out, "c%zu", word);
  else
    text_buffer_add_char(out, '0');
  for (size_t n = first > layout->n_read_casts ? first : layout->n_read_casts;
       n < layout->n_casts && n < first + CASTS_PER_WORD; n++)
    text_buffer_printf(out,
                       " | CASE WHEN reason = 0 AND v%zu IS NULL AND r%zu IS NOT NULL THEN CAST(%" PRIu64
                       " AS BIGINT) ELSE 0 END",
                       layout->casts[n], layout->casts[n], UINT64_C(1) << (2 * (n - first)));
  text_buffer_printf(out, " AS BIGINT) AS c%zu", word);
}

bool stage_needs_kind(const struct plan_column *column)
{
  return column->property != NULL && column->made == NULL;
}

bool stage_leaves_later(const struct plan *plan)
{
  return plan->n_gold_keys > 0 || plan->gold_bounds_sizes;
}

bool stage_has_unfit(const struct plan *plan)
{
  if (stage_leaves_later(plan))
    return true;
  for (size_t i = 0; i < plan->n_gold_columns; i++)
    if (gold_has_limits(&plan->gold_columns[i]))
      return true;
  return false;
}

void stage_print_as_read(const struct plan *plan, size_t column, struct text_buffer *out)
{
  size_t origin = plan->columns[column].origin;
  bool is_read = plan->columns[origin].made == NULL;
  if (!is_read)
    origin = column;
  text_buffer_printf(out, is_read ? "%c%zu" : "CASE WHEN reason = 0 THEN %c%zu END",
                     plan->columns[origin].changes ? 'q' : 'v', origin);
}

void stage_print_rule_bit(size_t rule, struct text_buffer *out)
{
  text_buffer_printf(out, "(w%zu & %" PRIu64 ") <> 0", rule / RULES_PER_WORD, UINT64_C(1) << (rule % RULES_PER_WORD));
}

/* masks */

/* Adds "(w0 & 5) <> 0 OR (w1 & 1) <> 0" from one mask a word. */
static void print_masks(char word, const uint64_t *masks, size_t n_words, struct text_buffer *out)
{
  bool is_first = true;
  for (size_t i = 0; i < n_words; i++) {
    if (masks[i] == 0)
      continue;
    text_buffer_printf(out, "%s(%c%zu & %" PRIu64 ") <> 0", is_first ? "" : " OR ", word, i, masks[i]);
    is_first = false;
  }
  if (is_first)
    text_buffer_add_string(out, "FALSE");
}

void stage_print_cast_mask(const struct stage_layout *layout, enum on_error on_error, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  uint64_t *masks = arena_array(&scratch, layout->n_cast_words + 1, sizeof(*masks));
  for (size_t n = 0; n < layout->n_casts; n++)
    if (layout->plan->columns[layout->casts[n]].cast->on_error == on_error)
      masks[n / CASTS_PER_WORD] |= UINT64_C(1) << (2 * (n % CASTS_PER_WORD));
  print_masks('c', masks, layout->n_cast_words, out);
}

static void rule_masks(const struct stage_layout *layout, const enum on_fail *treatments, size_t n_treatments,
                       uint64_t *ret_masks)
{
  for (size_t i = 0; i < layout->plan->n_rules; i++)
    for (size_t t = 0; t < n_treatments; t++)
      if (layout->plan->rules[i].config->on_fail == treatments[t])
        ret_masks[i / RULES_PER_WORD] |= UINT64_C(1) << (i % RULES_PER_WORD);
}

void stage_print_rule_mask(const struct stage_layout *layout, const enum on_fail *treatments, size_t n_treatments,
                           struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  uint64_t *masks = arena_array(&scratch, layout->n_rule_words + 1, sizeof(*masks));
  rule_masks(layout, treatments, n_treatments, masks);
  print_masks('w', masks, layout->n_rule_words, out);
}

/* s0 | s1 | ... in halves: DuckDB refuses an expression that is over 1,000 deep, and a schema may have more columns. */
void stage_print_any_check(const struct stage_layout *layout, size_t first, size_t count, struct text_buffer *out)
{
  if (count == 1) {
    text_buffer_printf(out, "s%zu", layout->checked[first]);
    return;
  }
  text_buffer_add_char(out, '(');
  stage_print_any_check(layout, first, count / 2, out);
  text_buffer_add_string(out, " | ");
  stage_print_any_check(layout, first + count / 2, count - count / 2, out);
  text_buffer_add_char(out, ')');
}

enum { ELEMENT_BITS = 31 }; /* a list of DuckDB has fewer elements */

/* Adds "file >= 1 AND file < 3 OR ..." over the files of Parquet; false where there is none. */
static bool print_is_parquet(const struct plan *plan, struct text_buffer *out)
{
  bool is_any = false;
  for (size_t i = 0; i < plan->n_sources; i++) {
    const struct plan_source *source = &plan->sources[i];
    if (source->config->format != SOURCE_PARQUET || source->n_files == 0)
      continue;
    text_buffer_printf(out, "%s(file >= %" PRIu32 " AND file < %zu)", is_any ? " OR " : "", source->first_file,
                       source->first_file + source->n_files);
    is_any = true;
  }
  return is_any;
}

void stage_print_placed(const struct plan *plan, const char *position, const char *element, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer is_parquet = { 0 };
  if (print_is_parquet(plan, &is_parquet))
    text_buffer_printf(out, "CASE WHEN %s THEN %s * %" PRIu64 " ELSE %s END + %s", is_parquet.data, position,
                       UINT64_C(1) << ELEMENT_BITS, position, element);
  else
    text_buffer_printf(out, "%s + %s", position, element);
}

void stage_print_origin(const struct plan *plan, const char *division, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer is_parquet = { 0 };
  static const char of_text[] = "position - coalesce(element, 0)";
  if (!plan->explode.is_set)
    text_buffer_add_string(out, "position");
  else if (print_is_parquet(plan, &is_parquet))
    text_buffer_printf(out, "CASE WHEN %s THEN position %s %" PRIu64 " ELSE %s END", is_parquet.data, division,
                       UINT64_C(1) << ELEMENT_BITS, of_text);
  else
    text_buffer_printf(out, "(%s)", of_text);
}

/* A word's first failing rule that is not a warning decides: dropped or quarantined. */
static void print_deciding_word(const struct stage_layout *layout, size_t word, struct text_buffer *out)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  uint64_t *deciding = arena_array(&scratch, layout->n_rule_words + 1, sizeof(*deciding));
  uint64_t *dropping = arena_array(&scratch, layout->n_rule_words + 1, sizeof(*dropping));
  rule_masks(layout, (const enum on_fail[]){ ON_FAIL_QUARANTINE, ON_FAIL_DROP }, 2, deciding);
  rule_masks(layout, (const enum on_fail[]){ ON_FAIL_DROP }, 1, dropping);
  if (deciding[word] == 0)
    return;
  text_buffer_printf(out, "\n      WHEN (w%zu & %" PRIu64 ") <> 0 THEN ", word, deciding[word]);
  if (dropping[word] == 0)
    text_buffer_printf(out, "%d", FATE_QUARANTINED);
  else if (dropping[word] == deciding[word])
    text_buffer_printf(out, "%d", FATE_DROPPED);
  else
    text_buffer_printf(
        out, "CASE WHEN ((w%zu & %" PRIu64 ") & -(w%zu & %" PRIu64 ") & %" PRIu64 ") <> 0 THEN %d ELSE %d END", word,
        deciding[word], word, deciding[word], dropping[word], FATE_DROPPED, FATE_QUARANTINED);
}

void stage_print_fate(const struct stage_layout *layout, struct text_buffer *out)
{
  text_buffer_printf(out, "CASE WHEN reason <> 0 THEN %d\n      WHEN ", FATE_MALFORMED);
  stage_print_cast_mask(layout, ON_ERROR_FAIL, out);
  text_buffer_printf(out, " THEN %d\n      WHEN ", FATE_CAST_REFUSED);
  stage_print_cast_mask(layout, ON_ERROR_QUARANTINE, out);
  text_buffer_printf(out, " THEN %d\n      WHEN ", FATE_CAST_QUARANTINED);
  if (layout->plan->explode.is_set && !layout->plan->dataset->explode.keep_empty)
    text_buffer_printf(out, "is_nothing THEN %d\n      WHEN ", FATE_NOTHING_EXPLODED);
  stage_print_rule_mask(layout, (const enum on_fail[]){ ON_FAIL_FAIL }, 1, out);
  text_buffer_printf(out, " THEN %d", FATE_RULE_REFUSED);
  for (size_t word = 0; word < layout->n_rule_words; word++)
    print_deciding_word(layout, word, out);
  if (layout->plan->dataset->schema_mode == SCHEMA_STRICT)
    text_buffer_printf(out, "\n      WHEN schema IS NOT NULL THEN %d", FATE_SCHEMA_QUARANTINED);
  if (stage_has_unfit(layout->plan))
    text_buffer_printf(out, "\n      WHEN unfit IS NOT NULL THEN %d", FATE_GOLD_QUARANTINED);
  text_buffer_printf(out, "\n      ELSE %d END", FATE_PASSED);
}
