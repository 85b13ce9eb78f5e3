/* Compiles patterns, with the letters that Spark takes and the meaning that java.time.format.DateTimeFormatterBuilder's
 * appendPattern gives them; what Spark changes (DateTimeFormatterHelper) is changed here, too. */
#include "value/datetime_pattern_internal.h"

#include <stdlib.h>

struct compiler {
  struct arena *arena;
  struct text pattern;
  enum pattern_use use;
  struct place place;
  bool is_verbatim;
  bool has_era; /* then y is the year of the era */
  struct datetime_pattern *result;
  ptrdiff_t value_index; /* the number to which fixed ones may be adjacent; -1: none */
  size_t open[16];       /* optional sections */
  size_t n_open;
  struct error *err;
};

static struct place place_at(const struct compiler *compiler, size_t offset, size_t length)
{
  struct place place = compiler->place;
  if (!compiler->is_verbatim)
    return place;
  place.start += offset;
  place.length = length;
  return place;
}

static struct datetime_item *add_item(struct compiler *compiler, enum item_kind kind)
{
  struct datetime_pattern *pattern = compiler->result;
  pattern->items =
      arena_grow(compiler->arena, pattern->items, pattern->n_items, &pattern->capacity, sizeof(*pattern->items));
  pattern->items[pattern->n_items] = (struct datetime_item){ .kind = kind };
  compiler->value_index = -1;
  return &pattern->items[pattern->n_items++];
}

/* A number; one of fixed width right behind another number leaves that one as many digits less. */
static void add_number(struct compiler *compiler, enum datetime_field field, int min_width, int max_width,
                       enum sign_style sign)
{
  ptrdiff_t active = compiler->value_index;
  struct datetime_item *item = add_item(compiler, ITEM_NUMBER);
  item->field = field;
  item->min_width = min_width;
  item->max_width = max_width;
  item->sign = sign;
  bool is_fixed = min_width == max_width && sign == SIGN_NOT_NEGATIVE;
  if (active >= 0 && is_fixed) {
    struct datetime_item *base = &compiler->result->items[active];
    item->subsequent_width = -1;
    base->subsequent_width += max_width;
    compiler->value_index = active;
    return;
  }
  if (active >= 0)
    compiler->result->items[active].subsequent_width = -1;
  compiler->value_index = (ptrdiff_t)compiler->result->n_items - 1;
}

static void add_text(struct compiler *compiler, enum datetime_field field, bool is_full)
{
  struct datetime_item *item = add_item(compiler, ITEM_TEXT);
  item->field = field;
  item->is_full = is_full;
}

static void add_literal(struct compiler *compiler, struct text literal)
{
  if (literal.length > 0)
    add_item(compiler, ITEM_LITERAL)->literal = literal;
}

/* A run of one letter. */
struct run {
  char letter;
  int count;
  size_t at;
};

static bool fail_run(struct compiler *compiler, struct run run, const char *what)
{
  return fail(compiler->err, ERROR_CONFIG, place_at(compiler, run.at, (size_t)run.count),
              "date pattern \"%.*s\": %d letter%s \"%c\" %s", TEXT_ARGS(compiler->pattern), run.count,
              run.count == 1 ? "" : "s", run.letter, what);
}

static bool add_year(struct compiler *compiler, struct run run)
{
  enum datetime_field field = compiler->has_era ? FIELD_YEAR_OF_ERA : FIELD_YEAR;
  if (run.count > 6)
    return fail_run(compiler, run, "are too many, a year has up to 6");
  if (run.count == 2) {
    add_number(compiler, field, 2, 2, SIGN_NOT_NEGATIVE);
    compiler->result->items[compiler->result->n_items - 1].kind = ITEM_REDUCED_YEAR;
    return true;
  }
  add_number(compiler, field, run.count, 19, run.count < 4 ? SIGN_NORMAL : SIGN_EXCEEDS_PAD);
  return true;
}

/* One letter: any width; two: exactly two digits. */
static bool add_plain_number(struct compiler *compiler, struct run run, enum datetime_field field)
{
  if (run.count > 2)
    return fail_run(compiler, run, "are too many, it takes one or two");
  if (run.count == 1)
    add_number(compiler, field, 1, 19, SIGN_NORMAL);
  else
    add_number(compiler, field, 2, 2, SIGN_NOT_NEGATIVE);
  return true;
}

static bool add_month(struct compiler *compiler, struct run run)
{
  if (run.count > 4)
    return fail_run(compiler, run, "are too many, a month has up to 4");
  if (run.count < 3)
    return add_plain_number(compiler, run, FIELD_MONTH);
  add_text(compiler, FIELD_MONTH, run.count == 4);
  return true;
}

static bool add_day_of_year(struct compiler *compiler, struct run run)
{
  if (run.count > 3)
    return fail_run(compiler, run, "are too many, it takes up to 3");
  if (run.count == 1)
    add_number(compiler, FIELD_DAY_OF_YEAR, 1, 19, SIGN_NORMAL);
  else
    add_number(compiler, FIELD_DAY_OF_YEAR, run.count, 3, SIGN_NOT_NEGATIVE);
  return true;
}

static bool add_quarter(struct compiler *compiler, struct run run)
{
  if (run.count > 4)
    return fail_run(compiler, run, "are too many, a quarter has up to 4");
  if (run.count < 3)
    return add_plain_number(compiler, run, FIELD_QUARTER);
  add_text(compiler, FIELD_QUARTER, run.count == 4);
  return true;
}

static bool add_words(struct compiler *compiler, struct run run, enum datetime_field field)
{
  if (run.count > 4 || (field == FIELD_AMPM && run.count > 1))
    return fail_run(compiler, run, "are too many");
  add_text(compiler, field, run.count == 4);
  return true;
}

/* While reading, S takes from one digit to as many as there are letters. */
static bool add_fraction(struct compiler *compiler, struct run run)
{
  if (run.count > 9)
    return fail_run(compiler, run, "are too many, a fraction has up to 9");
  struct datetime_item *item = add_item(compiler, ITEM_FRACTION);
  item->field = FIELD_NANOSECOND;
  item->min_width = compiler->use == PATTERN_PARSE ? 1 : run.count;
  item->max_width = run.count;
  return true;
}

static const struct {
  char letter;
  int count;
  bool has_colon;
  int n_parts, n_optional;
  const char *zero;
} offsets[] = {
  { 'X', 1, false, 2, 1, "Z" },     { 'X', 2, false, 2, 0, "Z" },     { 'X', 3, true, 2, 0, "Z" },
  { 'X', 4, false, 3, 1, "Z" },     { 'X', 5, true, 3, 1, "Z" },      { 'x', 1, false, 2, 1, "+00" },
  { 'x', 2, false, 2, 0, "+0000" }, { 'x', 3, true, 2, 0, "+00:00" }, { 'x', 4, false, 3, 1, "+0000" },
  { 'x', 5, true, 3, 1, "+00:00" }, { 'Z', 1, false, 2, 0, "+0000" }, { 'Z', 2, false, 2, 0, "+0000" },
  { 'Z', 3, false, 2, 0, "+0000" }, { 'Z', 5, true, 3, 1, "Z" },
};

static bool add_offset(struct compiler *compiler, struct run run)
{
  compiler->result->has_zone = true;
  if (run.letter == 'Z' && run.count == 4) {
    add_item(compiler, ITEM_LOCALIZED_OFFSET)->is_full = true;
    return true;
  }
  for (size_t i = 0; i < ARRAY_LENGTH(offsets); i++) {
    if (offsets[i].letter != run.letter || offsets[i].count != run.count)
      continue;
    struct datetime_item *item = add_item(compiler, ITEM_OFFSET);
    item->has_colon = offsets[i].has_colon;
    item->n_parts = offsets[i].n_parts;
    item->n_optional = offsets[i].n_optional;
    item->zero = offsets[i].zero;
    return true;
  }
  return fail_run(compiler, run, "are too many, an offset has up to 5");
}

static bool add_zone(struct compiler *compiler, struct run run)
{
  compiler->result->has_zone = true;
  if (run.letter == 'O') {
    if (run.count != 1 && run.count != 4)
      return fail_run(compiler, run, "are not 1 or 4");
    add_item(compiler, ITEM_LOCALIZED_OFFSET)->is_full = run.count == 4;
    return true;
  }
  if (run.letter == 'V') {
    if (run.count != 2)
      return fail_run(compiler, run, "are not 2");
    add_item(compiler, ITEM_ZONE_ID);
    return true;
  }
  if (compiler->use == PATTERN_FORMAT)
    return fail_run(compiler, run, "(the name of a zone) cannot be written yet; VV writes its id");
  if (run.count > 4)
    return fail_run(compiler, run, "are too many, a zone's name has up to 4");
  add_item(compiler, ITEM_ZONE_NAME);
  return true;
}

/* Letters with a meaning that Spark refuses, and what a person may want instead. */
static const struct {
  char letter;
  bool is_only_for_parsing; /* refused there, fine for formatting */
  const char *reason;
} refused[] = {
  { 'Y', false, "is the year of a week, which Spark does not take; the year is y" },
  { 'W', false, "is the week of a month, which Spark does not take" },
  { 'w', false, "is the week of a year, which Spark does not take" },
  { 'u', false, "is the number of a weekday, which Spark does not take; the year is y" },
  { 'e', false, "is the weekday of a locale, which Spark does not take" },
  { 'c', false, "is the weekday of a locale, which Spark does not take" },
  { 'A', false, "is the millisecond of a day, which Spark does not take" },
  { 'B', false, "is a period of the day, which Spark does not take" },
  { 'n', false, "is the nanosecond, which Spark does not take; the fraction is S" },
  { 'N', false, "is the nanosecond of a day, which Spark does not take" },
  { 'p', false, "is padding, which Spark does not take" },
  { 'E', true, "is the weekday's name, which Spark writes but does not read" },
  { 'F', true, "is the week of a month, which Spark writes but does not read" },
  { 'Q', true, "is the quarter, which Spark writes but does not read" },
  { 'q', true, "is the quarter, which Spark writes but does not read" },
};

static bool refuse_letter(struct compiler *compiler, struct run run)
{
  for (size_t i = 0; i < ARRAY_LENGTH(refused); i++) {
    if (refused[i].letter != run.letter || (refused[i].is_only_for_parsing && compiler->use == PATTERN_FORMAT))
      continue;
    return fail(compiler->err, ERROR_CONFIG, place_at(compiler, run.at, (size_t)run.count),
                "date pattern \"%.*s\": the letter \"%c\" %s", TEXT_ARGS(compiler->pattern), run.letter,
                refused[i].reason);
  }
  fail(compiler->err, ERROR_CONFIG, place_at(compiler, run.at, (size_t)run.count),
       "date pattern \"%.*s\": the letter \"%c\" means nothing", TEXT_ARGS(compiler->pattern), run.letter);
  return add_hint(compiler->err, "Letters are %s; other text stands in quotes: 'T'.",
                  compiler->use == PATTERN_PARSE ? "G y M L d D a h H k K m s S X x Z V z O"
                                                 : "G y M L d D E Q a h H k K m s S X x Z V O");
}

static bool add_run(struct compiler *compiler, struct run run)
{
  switch (run.letter) {
  case 'G':
    return add_words(compiler, run, FIELD_ERA);
  case 'y':
    return add_year(compiler, run);
  case 'M':
  case 'L':
    return add_month(compiler, run);
  case 'd':
    return add_plain_number(compiler, run, FIELD_DAY);
  case 'D':
    return add_day_of_year(compiler, run);
  case 'a':
    return add_words(compiler, run, FIELD_AMPM);
  case 'H':
    return add_plain_number(compiler, run, FIELD_HOUR);
  case 'k':
    return add_plain_number(compiler, run, FIELD_CLOCK_HOUR);
  case 'K':
    return add_plain_number(compiler, run, FIELD_HOUR_OF_AMPM);
  case 'h':
    return add_plain_number(compiler, run, FIELD_CLOCK_OF_AMPM);
  case 'm':
    return add_plain_number(compiler, run, FIELD_MINUTE);
  case 's':
    return add_plain_number(compiler, run, FIELD_SECOND);
  case 'S':
    return add_fraction(compiler, run);
  case 'X':
  case 'x':
  case 'Z':
    return add_offset(compiler, run);
  case 'V':
  case 'z':
  case 'O':
    return add_zone(compiler, run);
  case 'E':
    return compiler->use == PATTERN_FORMAT ? add_words(compiler, run, FIELD_WEEKDAY) : refuse_letter(compiler, run);
  case 'Q':
  case 'q':
    return compiler->use == PATTERN_FORMAT ? add_quarter(compiler, run) : refuse_letter(compiler, run);
  default:
    return refuse_letter(compiler, run);
  }
}

/* 'text', with '' for one quote inside and outside; moves past it. */
static bool add_quoted(struct compiler *compiler, size_t *at)
{
  struct text pattern = compiler->pattern;
  size_t start = *at;
  size_t i = start + 1;
  SCOPED(text_buffer_done) struct text_buffer literal = { 0 };
  for (;; i++) {
    if (i >= pattern.length)
      return fail(compiler->err, ERROR_CONFIG, place_at(compiler, start, 1),
                  "date pattern \"%.*s\": a quote that is not closed", TEXT_ARGS(pattern));
    if (pattern.data[i] == '\'') {
      if (i + 1 >= pattern.length || pattern.data[i + 1] != '\'')
        break;
      i++;
    }
    text_buffer_add_char(&literal, pattern.data[i]);
  }
  if (i == start + 1)
    text_buffer_add_char(&literal, '\'');
  add_literal(compiler, (struct text){ arena_copy(compiler->arena, literal.data, literal.length), literal.length });
  *at = i + 1;
  return true;
}

static bool add_mark(struct compiler *compiler, size_t at)
{
  char c = compiler->pattern.data[at];
  if (c == '[') {
    if (compiler->n_open == ARRAY_LENGTH(compiler->open))
      return fail(compiler->err, ERROR_CONFIG, place_at(compiler, at, 1),
                  "date pattern \"%.*s\": optional sections nested too deeply", TEXT_ARGS(compiler->pattern));
    add_item(compiler, ITEM_OPTIONAL_START);
    compiler->open[compiler->n_open++] = compiler->result->n_items - 1;
    return true;
  }
  if (c == ']') {
    if (compiler->n_open == 0)
      return fail(compiler->err, ERROR_CONFIG, place_at(compiler, at, 1), "date pattern \"%.*s\": \"]\" without \"[\"",
                  TEXT_ARGS(compiler->pattern));
    size_t start = compiler->open[--compiler->n_open];
    add_item(compiler, ITEM_OPTIONAL_END);
    compiler->result->items[start].end = compiler->result->n_items - 1;
    return true;
  }
  if (c == '{' || c == '}' || c == '#')
    return fail(compiler->err, ERROR_CONFIG, place_at(compiler, at, 1),
                "date pattern \"%.*s\": \"%c\" is reserved; write it in quotes", TEXT_ARGS(compiler->pattern), c);
  size_t length = 1;
  while (at + length < compiler->pattern.length && ((unsigned char)compiler->pattern.data[at + length] & 0xC0) == 0x80)
    length++;
  add_literal(compiler, (struct text){ arena_copy(compiler->arena, compiler->pattern.data + at, length), length });
  return true;
}

static bool has_letter(struct text pattern, const char *letters)
{
  bool is_quoted = false;
  for (size_t i = 0; i < pattern.length; i++) {
    if (pattern.data[i] == '\'')
      is_quoted = !is_quoted;
    else if (!is_quoted && strchr(letters, pattern.data[i]) != NULL && pattern.data[i] != '\0')
      return true;
  }
  return false;
}

bool datetime_pattern_compile(struct arena *arena, struct text pattern, enum pattern_use use, struct place place,
                              bool is_verbatim, struct datetime_pattern **ret_pattern, struct error *err)
{
  struct compiler compiler = { .arena = arena,
                               .pattern = pattern,
                               .use = use,
                               .place = place,
                               .is_verbatim = is_verbatim,
                               .has_era = has_letter(pattern, "G"),
                               .result = arena_alloc(arena, sizeof(struct datetime_pattern)),
                               .value_index = -1,
                               .err = err };
  for (size_t i = 0; i < pattern.length;) {
    char c = pattern.data[i];
    if (char_is_letter(c)) {
      struct run run = { .letter = c, .at = i };
      while (i < pattern.length && pattern.data[i] == c) {
        i++;
        run.count++;
      }
      TRY(add_run(&compiler, run));
    } else if (c == '\'') {
      TRY(add_quoted(&compiler, &i));
    } else {
      TRY(add_mark(&compiler, i));
      for (i++; i < pattern.length && ((unsigned char)pattern.data[i] & 0xC0) == 0x80;)
        i++;
    }
  }
  while (compiler.n_open > 0) { /* an open section ends with the pattern */
    size_t start = compiler.open[--compiler.n_open];
    add_item(&compiler, ITEM_OPTIONAL_END);
    compiler.result->items[start].end = compiler.result->n_items - 1;
  }
  *ret_pattern = compiler.result;
  return true;
}

/* Lint */

static size_t find_run(struct text pattern, char letter, size_t from, size_t *ret_length)
{
  bool is_quoted = false;
  for (size_t i = 0; i < pattern.length; i++) {
    if (pattern.data[i] == '\'')
      is_quoted = !is_quoted;
    if (is_quoted || pattern.data[i] != letter || i < from)
      continue;
    size_t length = 1;
    while (i + length < pattern.length && pattern.data[i + length] == letter)
      length++;
    *ret_length = length;
    return i;
  }
  return SIZE_MAX;
}

static void add_problem(struct problem_list *problems, struct text pattern, struct place place, bool is_verbatim,
                        size_t at, size_t length, const char *means, const char *meant)
{
  if (is_verbatim) {
    place.start += at;
    place.length = length;
  }
  struct problem *problem = problem_at(problems, place, "date pattern \"%.*s\": \"%.*s\" is %s", TEXT_ARGS(pattern),
                                       (int)length, pattern.data + at, means);
  add_hint(&problem->error, "%s", meant);
}

/* Whether the letters before `at`, past the marks between, are hours. */
static bool follows_hour(struct text pattern, size_t at)
{
  while (at > 0 && !char_is_letter(pattern.data[at - 1]))
    at--;
  return at > 0 && strchr("HhKk", pattern.data[at - 1]) != NULL;
}

void datetime_pattern_lint(struct text pattern, struct place place, bool is_verbatim, struct problem_list *problems)
{
  size_t length = 0;
  size_t at = find_run(pattern, 'Y', 0, &length);
  if (at != SIZE_MAX && !has_letter(pattern, "w"))
    add_problem(problems, pattern, place, is_verbatim, at, length, "the year of a week",
                "The year is y: in the last days of December the two differ.");
  at = find_run(pattern, 'D', 0, &length);
  if (at != SIZE_MAX && has_letter(pattern, "ML"))
    add_problem(problems, pattern, place, is_verbatim, at, length, "the day of the year",
                "The day of the month is dd.");
  at = find_run(pattern, 'h', 0, &length);
  if (at != SIZE_MAX && !has_letter(pattern, "a"))
    add_problem(problems, pattern, place, is_verbatim, at, length,
                "an hour from 1 to 12, and there is no a for AM or PM", "The hour of the day is HH.");
  at = find_run(pattern, 'm', 0, &length);
  if (at != SIZE_MAX && has_letter(pattern, "yu") && has_letter(pattern, "d") && !has_letter(pattern, "MLDQqw") &&
      !follows_hour(pattern, at)) {
    add_problem(problems, pattern, place, is_verbatim, at, length, "the minute, and there is no month",
                "The month is MM.");
    return;
  }
  if (at != SIZE_MAX && !has_letter(pattern, "HhKk") && !has_letter(pattern, "ML"))
    add_problem(problems, pattern, place, is_verbatim, at, length, "the minute, and there is no hour",
                "The month is MM.");
  for (at = find_run(pattern, 'M', 0, &length); at != SIZE_MAX; at = find_run(pattern, 'M', at + length, &length))
    if (follows_hour(pattern, at))
      add_problem(problems, pattern, place, is_verbatim, at, length, "the month, and stands behind the hour",
                  "The minute is mm.");
}
