/* A summary: as long as the values are few, only how often each came; after that their parts. */
#include "summary/summary_internal.h"

#include "value/cast.h"

#include <stdlib.h>

enum { TOP_KEPT = 512, TOP_SHARE = 8, SHAPE_SHARE = 16, SHAPE_LENGTH = 48, ODD_MOST = 200 };

struct summary *summary_new(void)
{
  struct summary *summary = checked_malloc(sizeof(*summary));
  *summary = (struct summary){ .is_exact = true, .has_all_shapes = true, .followed.uniqueness = VALUES_UNIQUE };
  return summary;
}

void summary_free(struct summary **summary)
{
  struct summary *s = *summary;
  if (s == NULL)
    return;
  counters_done(&s->values);
  counters_done(&s->top);
  free(s->estimate.registers);
  free(s->followed.slots);
  free(s->least);
  free(s->greatest);
  free(s->shapes);
  free(s->numbers.values);
  free(s->least_number);
  free(s->greatest_number);
  free(s->odd);
  arena_done(&s->arena);
  free(s);
  *summary = NULL;
}

/* the least and the greatest */

static void keep(char **to, size_t *length, struct text text)
{
  *to = checked_realloc(*to, text.length + 1);
  if (text.length > 0)
    memcpy(*to, text.data, text.length);
  (*to)[text.length] = '\0';
  *length = text.length;
}

static void note_bounds(struct summary *summary, struct text value)
{
  if (summary->least == NULL || text_compare(value, (struct text){ summary->least, summary->least_length }) < 0)
    keep(&summary->least, &summary->least_length, value);
  if (summary->greatest == NULL ||
      text_compare(value, (struct text){ summary->greatest, summary->greatest_length }) > 0)
    keep(&summary->greatest, &summary->greatest_length, value);
}

/* shapes */

static struct text shape_of(struct text value, char buffer[SHAPE_LENGTH])
{
  size_t length = value.length < SHAPE_LENGTH ? value.length : SHAPE_LENGTH;
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)value.data[i];
    unsigned is_digit = (unsigned)c - '0' < 10, is_capital = (unsigned)c - 'A' < 26, is_small = (unsigned)c - 'a' < 26;
    buffer[i] = (char)(is_digit ? '9' : is_capital ? 'A' : is_small ? 'a' : c);
  }
  return (struct text){ buffer, length };
}

static void classify(struct summary *summary, struct shape *shape, struct text value)
{
  char form[FORM_LENGTH];
  if (value.length > SHAPE_LENGTH || value.length == 0)
    return;
  if (value.length >= 10 && memcmp(shape->text.data, "9999-99-99", 10) == 0) {
    shape->kind = SHAPE_ISO;
  } else if (number_form_find(text_trim(value), &shape->number)) {
    shape->kind = SHAPE_NUMBER;
  } else if (date_form_find(value, shape->parts, &shape->n_parts, form)) {
    size_t at = 0;
    while (at < summary->n_forms && strcmp(summary->forms[at].text, form) != 0)
      at++;
    if (at == DATE_FORMS)
      return;
    if (at == summary->n_forms) {
      summary->forms[summary->n_forms++] = (struct date_form){ .languages = ~0U };
      memcpy(summary->forms[at].text, form, FORM_LENGTH);
    }
    shape->kind = SHAPE_DATE;
    shape->form = at;
  }
}

static struct shape *new_shape(struct summary *summary, uint64_t hash, struct text text, struct text value)
{
  struct shape *shape = arena_alloc(&summary->arena, sizeof(*shape));
  shape->hash = hash;
  shape->text = (struct text){ arena_copy(&summary->arena, text.data, text.length), text.length };
  shape->example = text_copy(&summary->arena, text_cut(value, 200));
  classify(summary, shape, value);
  return shape;
}

static size_t find_slot(struct shape *const *shapes, size_t n_slots, uint64_t hash)
{
  size_t at = (size_t)hash & (n_slots - 1);
  while (shapes[at] != NULL && shapes[at]->hash != hash)
    at = (at + 1) & (n_slots - 1);
  return at;
}

static void grow_shapes(struct summary *summary)
{
  enum { FIRST = 16 };
  size_t n_slots = summary->n_slots == 0 ? FIRST : summary->n_slots * 2;
  struct shape **shapes = checked_malloc(n_slots * sizeof(*shapes));
  for (size_t i = 0; i < n_slots; i++)
    shapes[i] = NULL;
  for (size_t i = 0; i < summary->n_slots; i++)
    if (summary->shapes[i] != NULL)
      shapes[find_slot(shapes, n_slots, summary->shapes[i]->hash)] = summary->shapes[i];
  free(summary->shapes);
  summary->shapes = shapes;
  summary->n_slots = n_slots;
}

/* NULL: there are too many. */
static struct shape *find_shape(struct summary *summary, struct text value)
{
  char buffer[SHAPE_LENGTH];
  struct text text = shape_of(value, buffer);
  if (summary->last != NULL && text_equal(summary->last->text, text))
    return summary->last;
  uint64_t hash = hash_text(text);
  if (summary->n_shapes * 2 >= summary->n_slots)
    grow_shapes(summary);
  size_t at = find_slot(summary->shapes, summary->n_slots, hash);
  if (summary->shapes[at] == NULL) {
    if (summary->n_shapes == SUMMARY_SHAPES) {
      summary->has_all_shapes = false;
      return NULL;
    }
    summary->shapes[at] = new_shape(summary, hash, text, value);
    summary->n_shapes++;
  }
  return summary->last = summary->shapes[at];
}

/* kinds */

static void note_number(struct summary *summary, struct shape *shape, struct text value, uint64_t n)
{
  double number = 0;
  size_t ignored = 0;
  const struct number_form *form = &shape->number;
  if (!number_form_read(form, value, &number)) {
    shape->n_refused += n;
    return;
  }
  if (value.data[form->start] == '0') {
    shape->n_zero += form->whole == 1 ? n : 0;
    shape->n_padded += form->whole > 1 ? n : 0;
  }
  if (summary->least_number == NULL || number < summary->least_value) {
    keep(&summary->least_number, &ignored, value);
    summary->least_value = number;
  }
  if (summary->greatest_number == NULL || number > summary->greatest_value) {
    keep(&summary->greatest_number, &ignored, value);
    summary->greatest_value = number;
  }
  for (uint64_t i = 0; i < n; i++)
    reservoir_add(&summary->numbers, number);
}

/* False: it only begins like a date. */
static bool note_iso(struct summary *summary, struct text value, uint64_t n)
{
  int64_t instant = 0;
  if (!text_to_timestamp(value, timezone_find(TEXT("UTC")), &instant)) {
    summary->n_bad_iso += n;
    summary->n_iso += n;
    return false;
  }
  bool is_first = summary->n_iso == summary->n_bad_iso;
  summary->n_iso += n;
  if (is_first || instant < summary->least_instant)
    summary->least_instant = instant;
  if (is_first || instant > summary->greatest_instant)
    summary->greatest_instant = instant;
  return true;
}

static void note_json(struct summary *summary, struct text value, uint64_t n)
{
  if (summary->json == NULL)
    summary->json = json_shape_new(&summary->arena);
  json_shape_note(&summary->arena, summary->json, value);
  summary->n_json += n;
}

/* Notes n values that are alike in everything but how often they came. */
static void absorb(struct summary *summary, struct text value, uint64_t n)
{
  note_bounds(summary, value);
  if (value.length > 0 && (value.data[0] == '{' || value.data[0] == '[')) {
    note_json(summary, value, n);
    return;
  }
  struct shape *shape = find_shape(summary, value);
  if (shape == NULL)
    return;
  shape->count += n;
  bool is_known = false;
  switch (shape->kind) {
  case SHAPE_NUMBER:
    note_number(summary, shape, text_trim(value), n);
    is_known = true;
    break;
  case SHAPE_ISO:
    is_known = note_iso(summary, value, n);
    break;
  case SHAPE_DATE:
    is_known = date_form_note(&summary->forms[shape->form], shape, value, n);
    break;
  case SHAPE_OTHER:
    break;
  }
  size_t ignored = 0;
  if (!is_known && summary->odd == NULL)
    keep(&summary->odd, &ignored, text_cut(value, ODD_MOST));
}

void summary_look_at_values(struct summary *summary)
{
  for (size_t i = 0; i < summary->values.n_slots; i++)
    if (summary->values.slots[i].text.data != NULL)
      absorb(summary, summary->values.slots[i].text, summary->values.slots[i].count);
}

/* From now on the values are not kept. */
static void open_up(struct summary *summary)
{
  summary->is_exact = false;
  summary_look_at_values(summary);
  for (size_t i = 0; i < summary->values.n_slots; i++) {
    const struct counter *value = &summary->values.slots[i];
    if (value->text.data == NULL)
      continue;
    estimate_add(&summary->estimate, value->hash);
    if (value->count > 1)
      summary->followed = (struct followed){ .uniqueness = VALUES_REPEAT };
  }
  for (size_t i = 0; i < summary->values.n_slots && summary->followed.uniqueness == VALUES_UNIQUE; i++)
    if (summary->values.slots[i].text.data != NULL)
      followed_add(&summary->followed, summary->values.slots[i].hash);
  counters_done(&summary->top);
  summary->top = summary->values;
  summary->values = (struct counters){ 0 };
  while (summary->top.count > TOP_KEPT)
    counters_halve(&summary->top);
}

static void add_open(struct summary *summary, uint64_t hash, struct text value)
{
  estimate_add(&summary->estimate, hash);
  followed_add(&summary->followed, hash);
  summary->random = summary->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  if (summary->random >> 61 == 0) {
    counters_add(&summary->top, hash, value, TOP_SHARE);
    if (summary->top.count >= 2 * TOP_KEPT)
      counters_halve(&summary->top);
  }
  /* where the shapes are too many it is a text; how many there are of the first ones is told by a share of the values
   */
  if (summary->has_all_shapes || summary->random >> 60 == 0)
    absorb(summary, value, summary->has_all_shapes ? 1 : SHAPE_SHARE);
  else
    note_bounds(summary, value);
}

static void add(struct summary *summary, uint64_t hash, struct text value, uint64_t n)
{
  summary->count += n;
  if (summary->is_exact) {
    counters_add(&summary->values, hash, value, n);
    if (summary->values.count > SUMMARY_EXACT)
      open_up(summary);
    return;
  }
  if (n == 1) {
    add_open(summary, hash, value);
    return;
  }
  estimate_add(&summary->estimate, hash);
  followed_add(&summary->followed, hash);
  followed_add(&summary->followed, hash); /* it came twice */
  counters_add(&summary->top, hash, value, n);
  if (summary->top.count >= 2 * TOP_KEPT)
    counters_halve(&summary->top);
  absorb(summary, value, n);
}

void summary_add(struct summary *summary, struct text value)
{
  add(summary, hash_text(value), value, 1);
}

/* merging */

static void merge_counters(struct summary *into, const struct summary *from)
{
  for (size_t i = 0; i < from->top.n_slots; i++)
    if (from->top.slots[i].text.data != NULL)
      counters_add(&into->top, from->top.slots[i].hash, from->top.slots[i].text, from->top.slots[i].count);
  while (into->top.count > TOP_KEPT)
    counters_halve(&into->top);
}

static void merge_forms(struct summary *into, const struct summary *from, size_t ret_forms[DATE_FORMS])
{
  for (size_t i = 0; i < from->n_forms; i++) {
    const struct date_form *other = &from->forms[i];
    size_t at = 0;
    while (at < into->n_forms && strcmp(into->forms[at].text, other->text) != 0)
      at++;
    ret_forms[i] = at;
    if (at == DATE_FORMS)
      continue;
    struct date_form *form = &into->forms[at];
    if (at == into->n_forms) {
      into->n_forms++;
      *form = *other;
      continue;
    }
    for (int order = 0; order < N_DATE_ORDERS; order++) {
      bool has_own = form->count > form->bad[order], has_other = other->count > other->bad[order];
      if (has_other && (!has_own || other->least[order] < form->least[order]))
        form->least[order] = other->least[order];
      if (has_other && (!has_own || other->greatest[order] > form->greatest[order]))
        form->greatest[order] = other->greatest[order];
      form->bad[order] += other->bad[order];
    }
    form->count += other->count;
    form->languages &= other->languages;
    form->has_dot = form->has_dot || other->has_dot;
  }
}

static void merge_shapes(struct summary *into, const struct summary *from)
{
  size_t forms[DATE_FORMS] = { 0 };
  merge_forms(into, from, forms);
  into->has_all_shapes = into->has_all_shapes && from->has_all_shapes;
  for (size_t i = 0; i < from->n_slots; i++) {
    const struct shape *other = from->shapes[i];
    struct shape *shape = other == NULL ? NULL : find_shape(into, text_from(other->example));
    if (shape == NULL)
      continue;
    if (shape->kind == SHAPE_DATE && other->kind == SHAPE_DATE)
      shape->form = forms[other->form] == DATE_FORMS ? shape->form : forms[other->form];
    shape->count += other->count;
    shape->n_padded += other->n_padded;
    shape->n_zero += other->n_zero;
    shape->n_refused += other->n_refused;
  }
}

static void merge_numbers(struct summary *into, const struct summary *from)
{
  size_t ignored = 0;
  if (from->least_number == NULL)
    return;
  if (into->least_number == NULL || from->least_value < into->least_value) {
    keep(&into->least_number, &ignored, text_from(from->least_number));
    into->least_value = from->least_value;
  }
  if (into->greatest_number == NULL || from->greatest_value > into->greatest_value) {
    keep(&into->greatest_number, &ignored, text_from(from->greatest_number));
    into->greatest_value = from->greatest_value;
  }
  reservoir_merge(&into->numbers, &from->numbers);
}

static void merge_iso(struct summary *into, const struct summary *from)
{
  bool has_own = into->n_iso > into->n_bad_iso, has_other = from->n_iso > from->n_bad_iso;
  if (has_other && (!has_own || from->least_instant < into->least_instant))
    into->least_instant = from->least_instant;
  if (has_other && (!has_own || from->greatest_instant > into->greatest_instant))
    into->greatest_instant = from->greatest_instant;
  into->n_iso += from->n_iso;
  into->n_bad_iso += from->n_bad_iso;
}

void summary_merge(struct summary *into, const struct summary *from)
{
  if (from->is_exact) {
    for (size_t i = 0; i < from->values.n_slots; i++)
      if (from->values.slots[i].text.data != NULL)
        add(into, from->values.slots[i].hash, from->values.slots[i].text, from->values.slots[i].count);
    return;
  }
  if (into->is_exact)
    open_up(into);
  size_t ignored = 0;
  into->count += from->count;
  estimate_merge(&into->estimate, &from->estimate);
  followed_merge(&into->followed, &from->followed);
  merge_counters(into, from);
  if (from->least != NULL) {
    note_bounds(into, (struct text){ from->least, from->least_length });
    note_bounds(into, (struct text){ from->greatest, from->greatest_length });
  }
  merge_shapes(into, from);
  merge_numbers(into, from);
  merge_iso(into, from);
  if (into->odd == NULL && from->odd != NULL)
    keep(&into->odd, &ignored, text_from(from->odd));
  if (from->json != NULL) {
    if (into->json == NULL)
      into->json = json_shape_new(&into->arena);
    json_shape_merge(&into->arena, into->json, from->json);
    into->n_json += from->n_json;
  }
}
