/* What a summary has seen, as facts. */
#include "summary/summary_internal.h"

#include "value/cast.h"

#include <stdlib.h>

enum { TOLD = 12 }; /* top values and shapes; all values where they are no more */

static int compare_counted(const void *a, const void *b)
{
  const struct counted_text *x = a, *y = b;
  if (x->count != y->count)
    return x->count > y->count ? -1 : 1;
  return text_compare(x->text, y->text);
}

/* The most frequent ones of those that are not free. */
static const struct counted_text *tell_counters(struct arena *arena, const struct counters *counters, uint64_t least,
                                                size_t *ret_count)
{
  struct counted_text *told = arena_array(arena, counters->count + 1, sizeof(*told));
  size_t count = 0;
  for (size_t i = 0; i < counters->n_slots; i++)
    if (counters->slots[i].text.data != NULL && counters->slots[i].count >= least)
      told[count++] = (struct counted_text){ counters->slots[i].text, counters->slots[i].count };
  qsort(told, count, sizeof(*told), compare_counted);
  *ret_count = count < TOLD ? count : TOLD;
  for (size_t i = 0; i < *ret_count; i++)
    told[i].text = (struct text){ arena_copy(arena, told[i].text.data, told[i].text.length), told[i].text.length };
  return told;
}

static void tell_shapes(struct arena *arena, const struct summary *summary, struct summary_facts *facts)
{
  struct counted_text *told = arena_array(arena, summary->n_shapes + 1, sizeof(*told));
  size_t count = 0;
  for (size_t i = 0; i < summary->n_slots; i++)
    if (summary->shapes[i] != NULL && summary->shapes[i]->count > 0)
      told[count++] = (struct counted_text){ summary->shapes[i]->text, summary->shapes[i]->count };
  qsort(told, count, sizeof(*told), compare_counted);
  facts->n_shapes = count < TOLD ? count : TOLD;
  for (size_t i = 0; i < facts->n_shapes; i++) {
    struct text text = text_cut(told[i].text, told[i].text.length);
    while (text.length > 0 && !text_is_utf8(text)) /* a character that the limit has torn */
      text.length--;
    told[i].text = (struct text){ arena_copy(arena, text.data, text.length), text.length };
  }
  facts->shapes = told;
  facts->has_all_shapes = summary->has_all_shapes;
}

static void add_digits(struct number_facts *facts, int whole, int scale, bool is_decimal)
{
  int digits = whole + (is_decimal ? 0 : scale);
  facts->most_whole = whole > facts->most_whole ? whole : facts->most_whole;
  facts->most_scale = scale > facts->most_scale ? scale : facts->most_scale;
  facts->most_digits = digits > facts->most_digits ? digits : facts->most_digits;
  facts->least_digits = facts->least_digits == 0 || digits < facts->least_digits ? digits : facts->least_digits;
}

static void tell_number_shape(struct arena *arena, const struct shape *shape, struct number_facts *facts)
{
  const struct number_form *form = &shape->number;
  struct text example = text_trim(text_from(shape->example));
  unsigned marks = form->marks;
  if (shape->n_zero > 0 && (marks & MARK_DOUBTFUL_POINT) != 0) /* 0.125 is no number in groups */
    marks = MARK_DECIMAL_POINT;
  if (shape->n_zero > 0 && (marks & MARK_DOUBTFUL_COMMA) != 0)
    marks = MARK_DECIMAL_COMMA;
  size_t sign = form->sign == SIGN_LONG_MINUS ? 3 : form->sign == SIGN_MINUS || form->sign == SIGN_PARENTHESES ? 1 : 0;
  sign += form->has_plus;
  struct text before = { example.data + sign, form->before };
  struct text after = { example.data + form->end, form->after };
  if (facts->count == 0) {
    facts->before = (struct text){ arena_copy(arena, before.data, before.length), before.length };
    facts->after = (struct text){ arena_copy(arena, after.data, after.length), after.length };
  }
  if (form->has_exponent)
    after.length = 0;
  facts->is_mixed = facts->is_mixed || !text_equal(facts->before, before) || !text_equal(facts->after, after);
  facts->count += shape->count - shape->n_refused;
  facts->marks |= marks;
  facts->signs |= 1U << form->sign;
  facts->has_plus = facts->has_plus || form->has_plus;
  facts->is_padded = facts->is_padded || shape->n_padded > 0;
  facts->has_pointed_exponent = facts->has_pointed_exponent || (form->has_exponent && form->is_pointed);
  add_digits(facts, form->whole, form->scale, (marks & (MARK_DECIMAL_POINT | MARK_DECIMAL_COMMA)) != 0);
}

static void tell_numbers(struct arena *arena, struct summary *summary, struct number_facts *facts)
{
  for (size_t i = 0; i < summary->n_slots; i++)
    if (summary->shapes[i] != NULL && summary->shapes[i]->kind == SHAPE_NUMBER)
      tell_number_shape(arena, summary->shapes[i], facts);
  reservoir_tell(&summary->numbers, facts->quantiles);
  if (summary->least_number != NULL) {
    facts->least = text_copy(arena, text_from(summary->least_number));
    facts->greatest = text_copy(arena, text_from(summary->greatest_number));
  }
}

static const char *tell_instant(struct arena *arena, int64_t instant_us, bool has_time)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  timestamp_add_text(instant_us, timezone_find(TEXT("UTC")), &out);
  struct text text = text_buffer_text(&out);
  if (!has_time && text_ends_with(text, TEXT(" 00:00:00")))
    text.length -= strlen(" 00:00:00");
  return text_copy(arena, text);
}

static void tell_iso(struct arena *arena, const struct summary *summary, struct iso_facts *facts)
{
  facts->count = summary->n_iso;
  facts->bad = summary->n_bad_iso;
  for (size_t i = 0; i < summary->n_slots; i++) {
    const struct shape *shape = summary->shapes[i];
    if (shape == NULL || shape->kind != SHAPE_ISO)
      continue;
    struct text text = shape->text;
    facts->has_time = facts->has_time || text.length > 10;
    facts->has_zone = facts->has_zone || (text.length > 16 && (text.data[text.length - 1] == 'A' ||
                                                               memchr(text.data + 16, '+', text.length - 16) != NULL ||
                                                               memchr(text.data + 16, '-', text.length - 16) != NULL));
  }
  if (facts->count == facts->bad)
    return;
  facts->least = tell_instant(arena, summary->least_instant, facts->has_time);
  facts->greatest = tell_instant(arena, summary->greatest_instant, facts->has_time);
}

void summary_tell(struct arena *arena, struct summary *summary, struct summary_facts *ret_facts)
{
  struct summary_facts facts = { .count = summary->count, .is_exact = summary->is_exact };
  if (summary->is_exact) {
    summary_look_at_values(summary);
    facts.distinct = summary->values.count;
    facts.uniqueness = summary->values.count == summary->count ? VALUES_UNIQUE : VALUES_REPEAT;
    facts.top = tell_counters(arena, &summary->values, 0, &facts.n_top);
    facts.is_top_exact = true;
  } else {
    facts.uniqueness = summary->followed.uniqueness;
    facts.distinct = facts.uniqueness == VALUES_UNIQUE ? summary->count : estimate_count(&summary->estimate);
    facts.distinct = facts.distinct > summary->count ? summary->count : facts.distinct;
    facts.is_exact = facts.uniqueness == VALUES_UNIQUE;
    facts.top = tell_counters(arena, &summary->top, summary->count / 200 + 8, &facts.n_top);
  }
  if (summary->least != NULL) {
    facts.least = (struct text){ arena_copy(arena, summary->least, summary->least_length), summary->least_length };
    facts.greatest =
        (struct text){ arena_copy(arena, summary->greatest, summary->greatest_length), summary->greatest_length };
  }
  tell_shapes(arena, summary, &facts);
  tell_numbers(arena, summary, &facts.numbers);
  date_form_tell(arena, summary, &facts.dates);
  tell_iso(arena, summary, &facts.iso);
  facts.odd = summary->odd == NULL ? NULL : text_copy(arena, text_from(summary->odd));
  facts.n_json = summary->n_json;
  if (summary->json != NULL && summary->n_json == summary->count)
    facts.nested = json_shape_type(arena, summary->json);
  *ret_facts = facts;
}
