/* Which types columns have: what every value of a column is without loss. */
#include "profile/profile_internal.h"

#include <inttypes.h>
#include <stdlib.h>

/* Words for yes and no. Of those that a cast knows the column is a boolean; of the others an expression is offered. */
static const struct {
  const char *yes, *no;
  bool is_cast, is_short;
} words[] = {
  { "true", "false", true, false },   { "yes", "no", true, false },           { "y", "n", true, true },
  { "t", "f", true, true },           { "sí", "no", false, false },           { "si", "no", false, false },
  { "s", "n", false, true },          { "verdadero", "falso", false, false }, { "sim", "não", false, false },
  { "oui", "non", false, false },     { "ja", "nein", false, false },         { "vrai", "faux", false, false },
  { "wahr", "falsch", false, false }, { "vero", "falso", false, false },
};

static bool is_word(struct text text, const char *word)
{
  /* "SÍ": of two bytes that are no ASCII the case is in the second one */
  if (text.length != strlen(word))
    return false;
  for (size_t i = 0; i < text.length; i++) {
    char a = text.data[i], b = word[i];
    bool is_same = a == b || (char_is_letter(a) && (a | 0x20) == b) || ((unsigned char)a >= 128 && (a | 0x20) == b);
    if (!is_same)
      return false;
  }
  return true;
}

static bool decide_boolean(struct arena *arena, struct column_profile *column)
{
  const struct summary_facts *facts = &column->facts;
  if (!facts->is_top_exact || facts->n_top != facts->distinct || facts->n_top == 0)
    return false;
  for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
    size_t n_yes = 0, n_no = 0;
    for (size_t v = 0; v < facts->n_top; v++) {
      n_yes += is_word(text_trim(facts->top[v].text), words[i].yes);
      n_no += is_word(text_trim(facts->top[v].text), words[i].no);
    }
    bool is_certain = i == 0 || (n_yes > 0 && n_no > 0); /* "no" or "F" alone may be anything */
    if (n_yes + n_no != facts->n_top || !is_certain)
      continue;
    if (words[i].is_cast) {
      column->type = type_simple(TYPE_BOOLEAN);
      return true;
    }
    column_doubt(arena, column,
                 "only %s and %s: it is left as text, and standardization.columns may make a boolean of "
                 "it",
                 words[i].yes, words[i].no);
    column->offer =
        arena_printf(arena,
                     "  # columns:\n  #   - { name: \"%s\", expr: \"CASE lower(trim(`%s`)) WHEN '%s' THEN true "
                     "WHEN '%s' THEN false END\", type: boolean }\n",
                     column->column, column->column, words[i].yes, words[i].no);
    return false;
  }
  return false;
}

/* Words that programs write for what is not there. */
static bool is_null_word(struct text text)
{
  static const char *const nulls[] = { "null", "na", "n/a", "#n/a", "-", "--", "none", "nan", "nil", "\\N", "?" };
  for (size_t i = 0; i < ARRAY_LENGTH(nulls); i++)
    if (text_equal_nocase(text, text_from(nulls[i])))
      return true;
  return false;
}

const char *odd_value(struct arena *arena, const struct column_profile *column)
{
  const char *odd = column->facts.odd;
  if (odd == NULL)
    return "";
  const char *advice = is_null_word(text_from(odd)) ? " (options.nullValue makes it null)" : "";
  return arena_printf(arena, ", such as \"%s\"%s", odd, advice);
}

static bool decide_iso(struct arena *arena, struct column_profile *column)
{
  const struct iso_facts *facts = &column->facts.iso;
  uint64_t good = facts->count - facts->bad;
  if (good == 0)
    return false;
  if (good < column->facts.count) {
    if (good * 2 >= column->facts.count)
      column_doubt(arena, column, "looks like a %s, which %" PRIu64 " of %" PRIu64 " values are not%s: left as text",
                   facts->has_time ? "timestamp" : "date", column->facts.count - good, column->facts.count,
                   odd_value(arena, column));
    return false;
  }
  if (facts->has_zone)
    column_doubt(arena, column, "instants with an offset of their own");
  column->type = type_simple(facts->has_time ? TYPE_TIMESTAMP : TYPE_DATE);
  column->least = facts->least;
  column->greatest = facts->greatest;
  return true;
}

/* JSON of one type stays as it is where that holds every value; what has none is text. */
static bool decide_nested(struct arena *arena, struct column_profile *column)
{
  const struct type *type = column->facts.nested;
  if (column->facts.n_json == 0)
    return false;
  if (type == NULL || !type_is_nested(type)) {
    if (column->facts.n_json == column->facts.count)
      column_doubt(arena, column, "JSON of several types, left as text");
    return false;
  }
  column->type = type;
  return true;
}

/* Whole numbers may tell an instant: what they are is not changed. */
static void doubt_epoch(struct arena *arena, struct column_profile *column)
{
  enum { SECONDS_DIGITS = 10, MILLIS_DIGITS = 13, DAY_DIGITS = 8 };
  static const double from = 946684800, to = 2524608000.0; /* of 2000 and of 2050 */
  const struct number_facts *facts = &column->facts.numbers;
  if (!type_is_integral(column->type) || facts->most_digits != facts->least_digits || facts->least == NULL)
    return;
  double least = strtod(column->least, NULL), greatest = strtod(column->greatest, NULL);
  double unit = facts->most_digits == MILLIS_DIGITS ? 1000 : 1;
  if ((facts->most_digits == SECONDS_DIGITS || facts->most_digits == MILLIS_DIGITS) && least >= from * unit &&
      greatest < to * unit) {
    const char *function = unit > 1 ? "timestamp_millis" : "timestamp_seconds";
    column_doubt(arena, column, "all of %" PRIu64 " values may be %s since 1970; they are left as numbers",
                 column->facts.count, unit > 1 ? "milliseconds" : "seconds");
    column->offer = arena_printf(arena, "  # columns:\n  #   - { name: \"%s\", expr: \"%s(`%s`)\", type: timestamp }\n",
                                 column->column, function, column->column);
  } else if (facts->most_digits == DAY_DIGITS && least >= 19000101 && greatest < 21000101) {
    column_doubt(arena, column,
                 "all of %" PRIu64 " values may be days, such as %s: { to: date, format_hint: \"yyyyMMdd\" } reads "
                 "them; they are left as numbers",
                 column->facts.count, column->greatest);
  }
}

static void tell_bounds(struct column_profile *column)
{
  if (column->least != NULL || column->facts.least.data == NULL || type_is_nested(column->type))
    return;
  column->least = column->facts.least.data;
  column->greatest = column->facts.greatest.data;
}

/* Of a column whose source has a type, numbers are as SQL writes them. */
static void tell_typed(struct column_profile *column)
{
  const struct number_facts *facts = &column->facts.numbers;
  if (type_is_numeric(column->type) && facts->count > 0) {
    column->least = facts->least;
    column->greatest = facts->greatest;
    column->quantiles = facts->quantiles;
  }
}

static void decide(struct arena *arena, const struct evidence *evidence, struct column_profile *column)
{
  if (column->is_typed) {
    tell_typed(column);
    return;
  }
  column->type = type_simple(TYPE_STRING);
  if (column->facts.count == 0 || decide_nested(arena, column) || decide_boolean(arena, column))
    return;
  if (numbers_decide(arena, evidence, column)) {
    doubt_epoch(arena, column);
    return;
  }
  if (!decide_iso(arena, column))
    (void)dates_decide(arena, evidence, column);
}

void columns_decide(struct arena *arena, struct profile *profile)
{
  struct evidence evidence = { 0 };
  for (size_t i = 0; i < profile->n_columns; i++) {
    numbers_testify(&profile->columns[i], &evidence);
    dates_testify(&profile->columns[i], &evidence);
  }
  for (size_t i = 0; i < profile->n_columns; i++) {
    decide(arena, &evidence, &profile->columns[i]);
    tell_bounds(&profile->columns[i]);
  }
  locales_settle(profile);
}
