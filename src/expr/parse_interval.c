/* Interval literals: INTERVAL '1' DAY, INTERVAL '1 2:3:4' DAY TO SECOND, INTERVAL 1 YEAR 2 MONTHS, INTERVAL '1 day'. */
#include "expr/parse_internal.h"

static const char format_error[] = "INVALID_INTERVAL_FORMAT.INTERVAL_PARSING";

/* A unit as it is written (also with a final s) and how much of the interval's own unit it is. */
static const struct unit_name {
  const char *name;
  enum interval_unit unit;
  int64_t amount; /* months, or microseconds */
} unit_names[] = {
  { "year", UNIT_YEAR, 12 },
  { "month", UNIT_MONTH, 1 },
  { "week", UNIT_DAY, INT64_C(7) * 86400 * 1000000 },
  { "day", UNIT_DAY, INT64_C(86400) * 1000000 },
  { "hour", UNIT_HOUR, INT64_C(3600) * 1000000 },
  { "minute", UNIT_MINUTE, 60 * 1000000 },
  { "second", UNIT_SECOND, 1000000 },
  { "millisecond", UNIT_SECOND, 1000 },
  { "microsecond", UNIT_SECOND, 1 },
};

static const struct unit_name *find_unit(struct text word)
{
  for (size_t i = 0; i < ARRAY_LENGTH(unit_names); i++) {
    struct text name = text_from(unit_names[i].name);
    struct text singular = word;
    if (word.length == name.length + 1 && (word.data[word.length - 1] | 0x20) == 's')
      singular.length--;
    if (text_equal_nocase(singular, name))
      return &unit_names[i];
  }
  return NULL;
}

/* What has been read of an interval; `first` and `last` are the units named. */
struct interval {
  int64_t months;
  int64_t micros;
  bool has_months, has_micros;
  enum interval_unit first, last;
};

/* Adds a number such as "1", "-2" or "1.5" (seconds only) of a unit; false where it is none or too large. */
static bool add_amount(struct interval *interval, struct text number, bool is_negative, const struct unit_name *unit)
{
  int128 unscaled;
  number = text_trim(number);
  bool has_point = number.length > 0 && memchr(number.data, '.', number.length) != NULL;
  bool has_exponent =
      number.length > 0 && (memchr(number.data, 'e', number.length) || memchr(number.data, 'E', number.length));
  if (has_exponent || (has_point && unit->amount != 1000000) || !text_to_decimal(number, 38, 9, &unscaled))
    return false;
  int128 amount;
  if (__builtin_mul_overflow(unscaled, (int128)unit->amount, &amount))
    return false;
  amount /= 1000000000;
  amount = is_negative ? -amount : amount;
  bool is_month = unit->unit <= UNIT_MONTH;
  int128 total = (is_month ? interval->months : interval->micros) + amount;
  if (total != (int64_t)total || (is_month && total != (int32_t)total))
    return false;
  bool is_first = !interval->has_months && !interval->has_micros;
  *(is_month ? &interval->months : &interval->micros) = (int64_t)total;
  *(is_month ? &interval->has_months : &interval->has_micros) = true;
  interval->first = is_first || unit->unit < interval->first ? unit->unit : interval->first;
  interval->last = is_first || unit->unit > interval->last ? unit->unit : interval->last;
  return true;
}

static bool add_interval(struct parser *p, const struct interval *interval, size_t first, const struct node **ret_node)
{
  if (interval->has_months && interval->has_micros)
    return parser_fail(p, parser_place_from(p, first), "_LEGACY_ERROR_TEMP_0029",
                       "an interval cannot mix years or months with days or smaller units");
  struct literal literal = { .type = type_interval(p->arena, interval->first, interval->last) };
  literal.integer = interval->has_months ? interval->months : interval->micros;
  return parser_add_node(p, (struct node){ .kind = NODE_LITERAL, .literal = literal }, first, ret_node);
}

static bool is_number(const struct token *token)
{
  return token->kind == TOKEN_STRING ||
         ((token->kind == TOKEN_INTEGER || token->kind == TOKEN_DECIMAL) && token->suffix[0] == 0);
}

static size_t count_signs(const struct parser *p, size_t ahead)
{
  return parser_is_symbol(p, ahead, "-") || parser_is_symbol(p, ahead, "+");
}

bool parser_at_interval(const struct parser *p)
{
  if (!parser_is_word(p, 0, "INTERVAL"))
    return false;
  size_t ahead = 1 + count_signs(p, 1);
  return is_number(parser_peek(p, ahead)) &&
         (parser_peek(p, ahead)->kind == TOKEN_STRING || parser_peek(p, ahead + 1)->kind == TOKEN_WORD);
}

static bool fail_format(struct parser *p, size_t first, struct text value)
{
  return parser_fail(p, parser_place_from(p, first), format_error, "\"%.*s\" does not fit the interval's units",
                     TEXT_ARGS(value));
}

/* The parts of '1 02:03:04.5' or '1-2' for the units from `from` to `to`. */
static bool read_parts(struct text value, const struct unit_name *from, const struct unit_name *to,
                       struct interval *interval)
{
  static const int64_t limits[] = { [UNIT_MONTH] = 11, [UNIT_HOUR] = 23, [UNIT_MINUTE] = 59, [UNIT_SECOND] = 59 };
  value = text_trim(value);
  bool is_negative = value.length > 0 && value.data[0] == '-';
  if (value.length > 0 && (value.data[0] == '-' || value.data[0] == '+'))
    value = (struct text){ value.data + 1, value.length - 1 };
  for (enum interval_unit unit = from->unit; unit <= to->unit; unit++) {
    char separator = unit == to->unit ? 0 : unit == UNIT_YEAR ? '-' : unit == UNIT_DAY ? ' ' : ':';
    const char *end = separator == 0 ? NULL : memchr(value.data, separator, value.length);
    size_t length = end == NULL ? value.length : (size_t)(end - value.data);
    struct text part = { value.data, length };
    int128 number;
    if ((separator != 0 && end == NULL) || length == 0 || value.data[0] < '0' || value.data[0] > '9' ||
        !text_to_decimal(part, 38, 9, &number) || (unit != from->unit && number / 1000000000 > limits[unit]))
      return false;
    const struct unit_name *row = unit_names;
    while (row->unit != unit || (unit == UNIT_DAY && row->name[0] == 'w'))
      row++;
    if (!add_amount(interval, part, is_negative, row))
      return false;
    value = (struct text){ value.data + length + (end != NULL), value.length - length - (end != NULL) };
  }
  return true;
}

/* range: [ sign ] string unit "TO" unit */
static bool parse_range(struct parser *p, bool is_negative, size_t first, const struct node **ret_node)
{
  struct interval interval = { 0 };
  struct text value = parser_peek(p, 0)->text;
  const struct unit_name *from = find_unit(parser_peek(p, 1)->text);
  const struct unit_name *to = find_unit(parser_peek(p, 3)->text);
  p->at += 3;
  bool is_range =
      from != NULL && to != NULL && from->unit < to->unit && (from->unit <= UNIT_MONTH) == (to->unit <= UNIT_MONTH);
  if (!is_range)
    return parser_fail_syntax(p, "a smaller unit");
  p->at++;
  if (!read_parts(value, from, to, &interval))
    return fail_format(p, first, value);
  if (is_negative) {
    interval.months = -interval.months;
    interval.micros = -interval.micros;
  }
  return add_interval(p, &interval, first, ret_node);
}

/* units: [ sign ] number unit { [ sign ] number unit } */
static bool parse_units(struct parser *p, size_t first, const struct node **ret_node)
{
  struct interval interval = { 0 };
  do {
    bool is_negative = parser_is_symbol(p, 0, "-");
    p->at += count_signs(p, 0);
    const struct token *number = parser_peek(p, 0);
    const struct unit_name *unit = find_unit(parser_peek(p, 1)->text);
    p->at++;
    if (unit == NULL)
      return parser_fail_syntax(p, "a unit such as DAY");
    p->at++;
    if (!add_amount(&interval, number->text, is_negative, unit))
      return parser_fail(p, parser_place(p, number), "INVALID_INTERVAL_FORMAT.INVALID_FRACTION",
                         "\"%.*s\" is no number of %ss", TEXT_ARGS(number->text), unit->name);
  } while (is_number(parser_peek(p, count_signs(p, 0))) && find_unit(parser_peek(p, count_signs(p, 0) + 1)->text));
  return add_interval(p, &interval, first, ret_node);
}

static bool next_word(struct text *rest, struct text *ret_word)
{
  *rest = text_trim(*rest);
  size_t length = 0;
  while (length < rest->length && rest->data[length] != ' ' && rest->data[length] != '\t')
    length++;
  *ret_word = (struct text){ rest->data, length };
  *rest = (struct text){ rest->data + length, rest->length - length };
  return length > 0;
}

/* text: string that holds number unit { number unit }, perhaps after the word interval */
static bool parse_text(struct parser *p, bool is_negative, size_t first, const struct node **ret_node)
{
  struct interval interval = { 0 };
  struct text rest = parser_peek(p, 0)->text;
  struct text number;
  struct text unit;
  p->at++;
  struct place place = parser_place_from(p, first);
  bool is_valid = next_word(&rest, &number);
  if (is_valid && text_equal_nocase(number, TEXT("interval")))
    is_valid = next_word(&rest, &number);
  while (is_valid && number.length > 0) {
    const struct unit_name *row = next_word(&rest, &unit) ? find_unit(unit) : NULL;
    is_valid = row != NULL && add_amount(&interval, number, is_negative, row);
    next_word(&rest, &number);
  }
  if (!is_valid)
    return parser_fail(p, place, "INVALID_TYPED_LITERAL", "the text is no interval such as '1 day 2 hours'");
  return add_interval(p, &interval, first, ret_node);
}

/* interval: "INTERVAL" ( range | units | text ) */
bool parse_interval(struct parser *p, const struct node **ret_node)
{
  size_t first = p->at++;
  size_t sign = count_signs(p, 0);
  bool is_negative = parser_is_symbol(p, 0, "-");
  bool is_string = parser_peek(p, sign)->kind == TOKEN_STRING;
  bool has_unit = find_unit(parser_peek(p, sign + 1)->text) != NULL;
  if (is_string && has_unit && parser_is_word(p, sign + 2, "TO")) {
    p->at += sign;
    return parse_range(p, is_negative, first, ret_node);
  }
  if (is_string && !has_unit) {
    p->at += sign;
    return parse_text(p, is_negative, first, ret_node);
  }
  return parse_units(p, first, ret_node);
}
