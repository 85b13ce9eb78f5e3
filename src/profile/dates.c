/* Whether texts are dates, in which order of day, month and year, and by which pattern a cast reads them. */
#include "profile/profile_internal.h"

#include "value/datetime_pattern.h"
#include "value/locale.h"

#include <inttypes.h>

/* Whether the pattern reads one value of each shape: the cast is the judge. */
static bool reads_examples(struct arena *arena, const struct date_facts *facts, enum date_order order,
                           const char *locale)
{
  struct datetime_pattern *pattern = NULL;
  struct error ignored;
  struct text text = text_from(facts->pattern[order]);
  if (!datetime_pattern_compile(arena, text, PATTERN_PARSE, NOWHERE, false, &pattern, &ignored))
    return false;
  for (size_t i = 0; i < facts->n_examples; i++) {
    char english[512];
    struct text example = text_from(facts->examples[i]);
    if (locale != NULL) {
      size_t length = 0;
      if (!locale_read_months(locale_find(text_from(locale)), text, example, english, sizeof(english), &length))
        return false;
      example = (struct text){ english, length };
    }
    int64_t ignored_instant = 0;
    if (!datetime_pattern_parse(pattern, example, timezone_find(TEXT("UTC")), &ignored_instant))
      return false;
  }
  return true;
}

/* Years of two digits come first where nothing else is possible only. */
static size_t count_good(const struct date_facts *facts, enum date_order *ret_order)
{
  size_t count = 0;
  for (int order = ORDER_MONTH_FIRST; order >= 0; order--)
    if (facts->bad[order] == 0 && facts->pattern[order][0] != '\0') {
      *ret_order = (enum date_order)order;
      count++;
    }
  if (count == 0 && facts->bad[ORDER_YEAR_FIRST] == 0 && facts->pattern[ORDER_YEAR_FIRST][0] != '\0') {
    *ret_order = ORDER_YEAR_FIRST;
    count++;
  }
  return count;
}

/* What other columns tell; false: nothing. */
static bool ask_evidence(struct arena *arena, const struct evidence *evidence, const struct date_facts *facts,
                         struct column_profile *column, enum date_order *ret_order)
{
  enum date_order order = ORDER_DAY_FIRST;
  const char *why = NULL;
  size_t day = evidence->orders[ORDER_DAY_FIRST], month = evidence->orders[ORDER_MONTH_FIRST];
  if (day > 0 && month == 0) {
    why = "as other columns have it";
  } else if (month > 0 && day == 0) {
    order = ORDER_MONTH_FIRST;
    why = "as other columns have it";
  } else if (day == 0 && (evidence->marks & MARK_DECIMAL_COMMA) != 0) {
    why = "as in countries that write decimal commas";
  }
  if (why == NULL || facts->bad[order] > 0 || facts->pattern[order][0] == '\0')
    return false;
  *ret_order = order;
  column_doubt(arena, column, "none of %" PRIu64 " values tells %s from another order: it is taken, %s", facts->count,
               facts->pattern[order], why);
  return true;
}

/* Why it is left as text. */
static void doubt_dates(struct arena *arena, const struct date_facts *facts, struct column_profile *column)
{
  const char *type = facts->has_time ? "timestamp" : "date";
  size_t best = 0;
  for (size_t order = 1; order < N_DATE_ORDERS; order++)
    if (facts->pattern[best][0] == '\0' || (facts->pattern[order][0] != '\0' && facts->bad[order] < facts->bad[best]))
      best = order;
  uint64_t lost = facts->bad[best] + column->facts.count - facts->count;
  if (facts->pattern[best][0] == '\0' || lost * 2 > column->facts.count)
    return;
  const char *odd = odd_value(arena, column);
  column_doubt(arena, column, "looks like a %s by %s, which %" PRIu64 " of %" PRIu64 " values are not%s: left as text",
               type, facts->pattern[best], lost, column->facts.count, odd);
}

bool dates_decide(struct arena *arena, const struct evidence *evidence, struct column_profile *column)
{
  const struct date_facts *facts = &column->facts.dates;
  enum date_order order = ORDER_DAY_FIRST;
  if (facts->count == 0)
    return false;
  size_t n_good = facts->count == column->facts.count ? count_good(facts, &order) : 0;
  if (n_good == 0) {
    doubt_dates(arena, facts, column);
    return false;
  }
  if (n_good > 1 && !ask_evidence(arena, evidence, facts, column, &order)) {
    column_doubt(
        arena, column, "a %s by %s and by %s alike: no value of %" PRIu64 " tells them apart, and it is left as text",
        facts->has_time ? "timestamp" : "date", facts->pattern[order], facts->pattern[ORDER_MONTH_FIRST], facts->count);
    return false;
  }
  bool is_short = false;
  const char *language = facts->is_named ? locale_of_months(facts->month_languages, &is_short) : NULL;
  bool is_foreign = facts->is_named && language != NULL && (strcmp(language, "en") != 0 || facts->has_dot);
  if ((facts->is_named && language == NULL) || !reads_examples(arena, facts, order, is_foreign ? language : NULL)) {
    column_doubt(arena, column, "looks like a %s, which no pattern reads: left as text",
                 facts->has_time ? "timestamp" : "date");
    return false;
  }
  column->locale = is_foreign ? language : NULL;
  column->type = type_simple(facts->has_time ? TYPE_TIMESTAMP : TYPE_DATE);
  column->hint = facts->pattern[order];
  column->least = facts->least[order];
  column->greatest = facts->greatest[order];
  if (facts->has_zone)
    column_doubt(arena, column, "instants with an offset of their own");
  return true;
}

void dates_testify(const struct column_profile *column, struct evidence *evidence)
{
  const struct date_facts *facts = &column->facts.dates;
  enum date_order order = ORDER_DAY_FIRST;
  bool is_short = false;
  if (column->is_typed || facts->count == 0 || facts->count < column->facts.count || count_good(facts, &order) != 1)
    return;
  if (!facts->is_named)
    evidence->orders[order]++;
  else if (evidence->language == NULL)
    evidence->language = locale_of_months(facts->month_languages, &is_short);
}
