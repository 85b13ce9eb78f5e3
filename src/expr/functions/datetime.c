/* Dates and times. */
#include "expr/functions/functions.h"

#include "value/cast.h"
#include "value/datetime_pattern.h"

#include <string.h>

#define RUN_INSTANT "coalesce(getvariable('crisol_instant'), current_timestamp)"
#define USUAL_PATTERN "'yyyy-MM-dd HH:mm:ss'"

/* A constant pattern is compiled now, so that a wrong letter is an error of the expression. */
static bool check_pattern(struct call *call, size_t index, enum pattern_use use)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct datetime_pattern *pattern = NULL;
  struct text text;
  struct error err;
  if (index >= call->n_args || !call_literal_text(call, index, &text))
    return true;
  if (datetime_pattern_compile(&scratch, text, use, NOWHERE, false, &pattern, &err))
    return true;
  return call_fail(call, "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION", "%s", err.message);
}

static bool is_text(const struct call *call, size_t index)
{
  enum type_id id = call->args[index]->type->id;
  return id == TYPE_STRING || id == TYPE_VOID;
}

/* to_timestamp(x), to_date(x) and the like: without a pattern, or of what is no text, they are casts. */
static bool resolve_to_temporal(struct call *call)
{
  bool is_instant = strncmp(call->function->name, "to_timestamp_ntz", 16) != 0 && call->type->id == TYPE_TIMESTAMP;
  if (call->n_args == 2 && is_instant && type_is_numeric(call->args[0]->type))
    return call_fail(call, "INTERNAL_ERROR", "\"%s\" cannot read a %s by a pattern", call->function->name,
                     type_name(call->resolver->arena, call->args[0]->type));
  TRY(call_expect(call, 0,
                  is_instant ? "string|date|timestamp|timestamp_ntz|numeric" : "string|date|timestamp|timestamp_ntz"));
  if (call->n_args == 1)
    return true;
  TRY(call_expect(call, 1, "string"));
  return call->args[0]->type->id != TYPE_STRING || check_pattern(call, 1, PATTERN_PARSE);
}

/* Adds argument 1 as an instant: a text by the pattern. Beside a pattern, which it has no use for, a wall clock counts
 * as one of UTC. */
static void print_instant(const struct expr *call, struct text_buffer *out)
{
  bool has_pattern = call->n_args == 2;
  enum type_id id = call->args[0]->type->id;
  if (has_pattern && id == TYPE_STRING)
    print_template(call, "spark_to_timestamp($1, $2)", out);
  else if (has_pattern && id == TYPE_TIMESTAMP_NTZ)
    print_template(call, "spark_instant(epoch_us($1))", out);
  else if (id == TYPE_TIMESTAMP)
    print_template(call, "$1", out);
  else
    print_template(call, "spark_cast__$T1__timestamp($1)", out);
}

static void print_to_timestamp_ntz(const struct expr *call, struct text_buffer *out)
{
  bool has_pattern = call->n_args == 2;
  enum type_id id = call->args[0]->type->id;
  if (id == TYPE_TIMESTAMP_NTZ) {
    print_template(call, "$1", out);
  } else if (has_pattern && id == TYPE_STRING) {
    print_template(call, "spark_to_timestamp_ntz($1, $2)", out);
  } else if (has_pattern) {
    text_buffer_add_string(out, "spark_wall_clock(spark_unix_micros(");
    print_instant(call, out);
    text_buffer_add_string(out, "))");
  } else {
    print_template(call, "spark_cast__$T1__ntz($1)", out);
  }
}

static void print_to_date(const struct expr *call, struct text_buffer *out)
{
  if (call->args[0]->type->id == TYPE_DATE) {
    print_template(call, "$1", out);
  } else if (call->n_args == 2) {
    text_buffer_add_string(out, "spark_cast__timestamp__date(");
    print_instant(call, out);
    text_buffer_add_char(out, ')');
  } else {
    print_template(call, "spark_cast__$T1__date($1)", out);
  }
}

/* unix_timestamp(), of a time, of a text and a pattern */
static bool resolve_unix_timestamp(struct call *call)
{
  if (call->n_args == 0)
    return true;
  if (is_text(call, 0)) {
    TRY(call_expect(call, 0, "string"));
    TRY(call->n_args == 1 || call_expect(call, 1, "=string"));
    return check_pattern(call, 1, PATTERN_PARSE);
  }
  TRY(call->n_args == 1 || call_expect(call, 1, "=string"));
  return call->args[0]->type->id == TYPE_TIMESTAMP_NTZ || call_expect(call, 0, "timestamp");
}

/* Arguments that Spark casts from nothing else: of a type of `ids`, or null, which becomes the first of them. */
static bool expect_strictly(struct call *call, size_t index, const enum type_id *ids, size_t n_ids,
                            const char *expected)
{
  enum type_id id = call->args[index]->type->id;
  for (size_t i = 0; i < n_ids; i++)
    if (id == ids[i])
      return true;
  if (id != TYPE_VOID)
    return call_fail_type(call, index, expected);
  call_cast(call, index, type_simple(ids[0]));
  return true;
}

static bool resolve_of_instant(struct call *call)
{
  static const enum type_id ids[] = { TYPE_TIMESTAMP, TYPE_TIMESTAMP_NTZ };
  return expect_strictly(call, 0, ids, ARRAY_LENGTH(ids), "timestamp");
}

static bool resolve_unix_date(struct call *call)
{
  static const enum type_id ids[] = { TYPE_DATE };
  return expect_strictly(call, 0, ids, ARRAY_LENGTH(ids), "date");
}

static bool resolve_of_integer(struct call *call)
{
  static const enum type_id ids[] = { TYPE_BIGINT, TYPE_INT, TYPE_SMALLINT, TYPE_TINYINT };
  return expect_strictly(call, 0, ids, ARRAY_LENGTH(ids), "integral");
}

static bool resolve_of_number(struct call *call)
{
  const struct type *type = call->args[0]->type;
  if (type->id == TYPE_DECIMAL && type->scale > 6)
    return call_fail(call, NULL, "parts of microseconds are not supported yet by crisol");
  return type_is_numeric(type) || resolve_of_integer(call);
}

/* Days to add: a constant text that is a whole number is cast, other numbers are not. */
static bool resolve_date_add(struct call *call)
{
  static const enum type_id ids[] = { TYPE_INT, TYPE_SMALLINT, TYPE_TINYINT };
  TRY(call_expect(call, 0, "date"));
  struct text text;
  int64_t days;
  if (call->args[1]->type->id == TYPE_STRING && call_literal_text(call, 1, &text)) {
    if (!text_to_integer_exact(text, &days))
      return call_fail(call, "SECOND_FUNCTION_ARGUMENT_NOT_INTEGER", "the days must be a whole number, found \"%.*s\"",
                       TEXT_ARGS(text));
    return call_expect(call, 1, "int");
  }
  return expect_strictly(call, 1, ids, ARRAY_LENGTH(ids), "int");
}

/* A wall clock counts as one of UTC. */
static void print_of_instant(const struct expr *call, const char *function, struct text_buffer *out)
{
  text_buffer_printf(out, "%s(", function);
  print_template(call, call->args[0]->type->id == TYPE_TIMESTAMP_NTZ ? "spark_instant(epoch_us($1)))" : "$1)", out);
}

static void print_unix_seconds(const struct expr *call, struct text_buffer *out)
{
  print_of_instant(call, "spark_unix_seconds", out);
}

static void print_unix_millis(const struct expr *call, struct text_buffer *out)
{
  print_of_instant(call, "spark_unix_millis", out);
}

static void print_unix_micros(const struct expr *call, struct text_buffer *out)
{
  print_of_instant(call, "spark_unix_micros", out);
}

static void print_timestamp_seconds(const struct expr *call, struct text_buffer *out)
{
  bool is_integral = type_is_integral(call->args[0]->type);
  print_template(call, is_integral ? "spark_timestamp_of($1, 1000000)" : "spark_cast__$T1__timestamp($1)", out);
}

/* Cut towards 1970, where unix_seconds() rounds down. */
static void print_unix_timestamp(const struct expr *call, struct text_buffer *out)
{
  text_buffer_add_char(out, '(');
  if (call->n_args == 0)
    text_buffer_add_string(out, "spark_unix_micros(" RUN_INSTANT ")");
  else if (call->args[0]->type->id == TYPE_STRING)
    print_template(call, "spark_unix_micros(spark_to_timestamp($1, ${2:" USUAL_PATTERN "}))", out);
  else
    print_unix_micros(call, out);
  text_buffer_add_string(out, " // 1000000)");
}

/* The unit of timestampadd() and timestampdiff(), a word of theirs. */
static bool resolve_unit(struct call *call)
{
  static const char *const units[] = { "MICROSECOND", "MILLISECOND", "SECOND",  "MINUTE", "HOUR",     "DAY",
                                       "WEEK",        "MONTH",       "QUARTER", "YEAR",   "DAYOFYEAR" };
  struct text unit;
  if (!call_literal_text(call, 0, &unit))
    return true;
  size_t n_units = ARRAY_LENGTH(units) - (strcmp(call->function->name, "timestampdiff") == 0);
  for (size_t i = 0; i < n_units; i++)
    if (text_equal_nocase(unit, text_from(units[i])))
      return true;
  return call_fail(call, "INVALID_PARAMETER_VALUE.DATETIME_UNIT", "\"%s\" knows no unit \"%.*s\"", call->function->name,
                   TEXT_ARGS(unit));
}

static void print_timestamp_add(const struct expr *call, struct text_buffer *out)
{
  print_template(call,
                 call->type->id == TYPE_TIMESTAMP_NTZ ? "spark_ntz_add($1, $2, $3)" : "spark_timestamp_add($1, $2, $3)",
                 out);
}

static bool resolve_date_format(struct call *call)
{
  return check_pattern(call, 1, PATTERN_FORMAT);
}

static bool resolve_make_timestamp(struct call *call)
{
  for (size_t i = 0; i < 5; i++)
    TRY(call_expect(call, i, "int"));
  TRY(call_expect(call, 5, "numeric|string"));
  call_cast(call, 5, type_decimal(call->resolver->arena, 16, 6));
  return call->n_args < 7 || call_expect(call, 6, "string");
}

static void print_make_timestamp(const struct expr *call, struct text_buffer *out)
{
  print_template(call, call->n_args == 7 ? "spark_make_timestamp_in($*)" : "spark_make_timestamp($*)", out);
}

/* Fields of date_part() and extract(), each with the SQL of a date ($2 as date) or of a timestamp. */
static const struct part {
  const char *names;
  bool is_of_date;
  const char *returns;
  const char *print; /* $2 is the source */
} parts[] = {
  { "YEAR Y YEARS YR YRS", true, "int", "CAST(year($2) AS INTEGER)" },
  { "YEAROFWEEK", true, "int", "spark_iso_year($2)" },
  { "QUARTER QTR", true, "int", "CAST(quarter($2) AS INTEGER)" },
  { "MONTH MON MONS MONTHS", true, "int", "CAST(month($2) AS INTEGER)" },
  { "WEEK W WEEKS", true, "int", "CAST(weekofyear($2) AS INTEGER)" },
  { "DAY D DAYS", true, "int", "CAST(day($2) AS INTEGER)" },
  { "DAYOFWEEK DOW", true, "int", "CAST(dayofweek($2) + 1 AS INTEGER)" },
  { "DAYOFWEEK_ISO DOW_ISO", true, "int", "CAST(isodow($2) AS INTEGER)" },
  { "DOY", true, "int", "CAST(dayofyear($2) AS INTEGER)" },
  { "HOUR H HOURS HR HRS", false, "int", "spark_hour($2)" },
  { "MINUTE M MIN MINS MINUTES", false, "int", "spark_minute($2)" },
  { "SECOND S SEC SECONDS SECS", false, "decimal(8,6)", "spark_second_with_fraction($2)" },
};

static bool is_word_of(struct text word, const char *words)
{
  while (*words != '\0') {
    size_t length = strcspn(words, " ");
    if (text_equal_nocase(word, (struct text){ words, length }))
      return true;
    words += length + (words[length] == ' ');
  }
  return false;
}

static const struct part *find_part(struct text name)
{
  for (size_t i = 0; i < ARRAY_LENGTH(parts); i++)
    if (is_word_of(name, parts[i].names))
      return &parts[i];
  return NULL;
}

/* Fields of intervals: which units of a type have them, and how they are taken. */
static const struct {
  const char *names;
  enum interval_unit unit;
  const char *returns;
} interval_parts[] = {
  { "YEAR Y YEARS YR YRS", UNIT_YEAR, "int" },
  { "MONTH MON MONS MONTHS", UNIT_MONTH, "tinyint" },
  { "DAY D DAYS", UNIT_DAY, "int" },
  { "HOUR H HOURS HR HRS", UNIT_HOUR, "tinyint" },
  { "MINUTE M MIN MINS MINUTES", UNIT_MINUTE, "tinyint" },
  { "SECOND S SEC SECONDS SECS", UNIT_SECOND, "decimal(8,6)" },
};

static bool is_interval(enum type_id id)
{
  return id == TYPE_INTERVAL_YEAR_MONTH || id == TYPE_INTERVAL_DAY_TIME || id == TYPE_INTERVAL;
}

static bool resolve_interval_part(struct call *call, struct text name)
{
  struct error err;
  const struct type *type = call->args[1]->type;
  for (size_t i = 0; i < ARRAY_LENGTH(interval_parts); i++)
    if (is_word_of(name, interval_parts[i].names) &&
        (type->id == TYPE_INTERVAL ||
         (interval_parts[i].unit >= type->first_unit && interval_parts[i].unit <= type->last_unit)))
      return type_parse(call->resolver->arena, text_from(interval_parts[i].returns), NOWHERE, &call->type, &err);
  return call_fail(call, "INVALID_EXTRACT_FIELD", "an interval of type %s has no field \"%.*s\"",
                   type_name(call->resolver->arena, type), TEXT_ARGS(name));
}

static void print_interval_part(const struct expr *call, struct text name, struct text_buffer *out)
{
  static const char *const prints[] = {
    [UNIT_YEAR] = "CAST(spark_interval_part($2, 0) AS INTEGER)",
    [UNIT_MONTH] = "CAST(spark_interval_part($2, 1) AS TINYINT)",
    [UNIT_DAY] = "CAST(spark_interval_part($2, 2) AS INTEGER)",
    [UNIT_HOUR] = "CAST(spark_interval_part($2, 3) AS TINYINT)",
    [UNIT_MINUTE] = "CAST(spark_interval_part($2, 4) AS TINYINT)",
    [UNIT_SECOND] = "CAST(CAST(spark_interval_part($2, 5) AS DECIMAL(18,0)) / 1000000 AS DECIMAL(8,6))",
  };
  for (size_t i = 0; i < ARRAY_LENGTH(interval_parts); i++)
    if (is_word_of(name, interval_parts[i].names)) {
      print_template(call, prints[interval_parts[i].unit], out);
      return;
    }
  BUG("date_part: the field of an interval was known");
}

static bool resolve_date_part(struct call *call)
{
  struct text name;
  struct error err;
  if (!call_literal_text(call, 0, &name))
    return call_fail(call, "NON_FOLDABLE_ARGUMENT", "the field must be a constant");
  enum type_id id = call->args[1]->type->id;
  if (is_interval(id))
    return resolve_interval_part(call, name);
  const struct part *part = find_part(name);
  if (part == NULL)
    return call_fail(call, "INVALID_EXTRACT_FIELD", "unknown field \"%.*s\"", TEXT_ARGS(name));
  TRY(call_expect(call, 1, part->is_of_date ? "date" : "timestamp"));
  return type_parse(call->resolver->arena, text_from(part->returns), NOWHERE, &call->type, &err);
}

static bool resolve_convert_timezone(struct call *call)
{
  size_t last = call->n_args - 1;
  for (size_t i = 0; i < last; i++)
    TRY(call_expect(call, i, "string"));
  return call_expect(call, last, "timestamp_ntz");
}

static void print_convert_timezone(const struct expr *call, struct text_buffer *out)
{
  print_template(call,
                 call->n_args == 3 ? "spark_convert_timezone($1, $2, $3)"
                                   : "spark_convert_timezone(spark_session_timezone(), $1, $2)",
                 out);
}

static bool literal_of(const struct expr *call, size_t index, struct text *ret_text)
{
  struct call reader = { .args = call->args, .n_args = call->n_args };
  return call_literal_text(&reader, index, ret_text);
}

static void print_date_part(const struct expr *call, struct text_buffer *out)
{
  struct text name;
  enum type_id id = call->args[1]->type->id;
  if (is_interval(id) && literal_of(call, 0, &name)) {
    print_interval_part(call, name, out);
    return;
  }
  const struct part *part = literal_of(call, 0, &name) ? find_part(name) : NULL;
  if (part == NULL)
    BUG("date_part: the field was a known constant");
  print_template(call, part->print, out);
}

#define OF_DATE(function_name, function_aliases, sql, function_doc)                                                    \
  {                                                                                                                    \
    .name = (function_name), .aliases = (function_aliases), .min_args = 1, .max_args = 1, .args = "date",              \
    .returns = "int", .duckdb = (sql), .doc = (function_doc)                                                           \
  }
#define OF_TIMESTAMP(function_name, function_returns, sql, function_doc)                                               \
  {                                                                                                                    \
    .name = (function_name), .min_args = 1, .max_args = 1, .args = "timestamp", .returns = (function_returns),         \
    .duckdb = (sql), .doc = (function_doc)                                                                             \
  }

static const struct function rows[] = {
  { .name = "current_timestamp",
    .aliases = "now",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES | FUNCTION_NO_PARENTHESES,
    .returns = "timestamp",
    .duckdb = RUN_INSTANT,
    .doc = "When the run began." },
  { .name = "current_date",
    .aliases = "curdate",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES | FUNCTION_NO_PARENTHESES,
    .returns = "date",
    .duckdb = "spark_cast__timestamp__date(" RUN_INSTANT ")",
    .doc = "The day on which the run began." },
  { .name = "localtimestamp",
    .min_args = 0,
    .max_args = 0,
    .flags = FUNCTION_VARIES | FUNCTION_NO_PARENTHESES,
    .returns = "timestamp_ntz",
    .duckdb = "spark_cast__timestamp__ntz(" RUN_INSTANT ")",
    .doc = "The wall clock when the run began." },
  OF_DATE("year", NULL, "CAST(year($1) AS INTEGER)", "The year."),
  OF_DATE("quarter", NULL, "CAST(quarter($1) AS INTEGER)", "The quarter, 1 to 4."),
  OF_DATE("month", NULL, "CAST(month($1) AS INTEGER)", "The month, 1 to 12."),
  OF_DATE("dayofmonth", "day", "CAST(day($1) AS INTEGER)", "The day of the month."),
  OF_DATE("dayofyear", NULL, "CAST(dayofyear($1) AS INTEGER)", "The day of the year."),
  OF_DATE("dayofweek", NULL, "CAST(dayofweek($1) + 1 AS INTEGER)", "The day of the week; Sunday is 1."),
  OF_DATE("weekday", NULL, "CAST(isodow($1) - 1 AS INTEGER)", "The day of the week; Monday is 0."),
  OF_DATE("weekofyear", NULL, "CAST(weekofyear($1) AS INTEGER)", "The week of the year, as ISO-8601 counts."),
  { .name = "unix_date",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_unix_date,
    .returns = "int",
    .duckdb = "CAST($1 - DATE '1970-01-01' AS INTEGER)",
    .doc = "Days since 1970-01-01." },
  OF_TIMESTAMP("hour", "int", "spark_hour($1)", "The hour, 0 to 23."),
  OF_TIMESTAMP("minute", "int", "spark_minute($1)", "The minute."),
  OF_TIMESTAMP("second", "int", "spark_second($1)", "The second."),
  { .name = "unix_seconds",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_of_instant,
    .returns = "bigint",
    .print = print_unix_seconds,
    .doc = "Seconds since 1970, rounded down." },
  { .name = "unix_millis",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_of_instant,
    .returns = "bigint",
    .print = print_unix_millis,
    .doc = "Milliseconds since 1970, rounded down." },
  { .name = "unix_micros",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_of_instant,
    .returns = "bigint",
    .print = print_unix_micros,
    .doc = "Microseconds since 1970." },
  OF_TIMESTAMP("dayname", "string", "spark_date_format($1, 'EEE')", "The name of the day, of three letters."),
  OF_TIMESTAMP("monthname", "string", "spark_date_format($1, 'MMM')", "The name of the month, of three letters."),
  { .name = "date_part",
    .aliases = "datepart",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_date_part,
    .print = print_date_part,
    .doc = "A field of a date or timestamp, as extract()." },
  { .name = "to_timestamp",
    .aliases = "to_timestamp_ltz try_to_timestamp",
    .min_args = 1,
    .max_args = 2,
    .returns = "timestamp",
    .resolve = resolve_to_temporal,
    .print = print_instant,
    .doc = "A text read by a pattern, or cast; null where it does not fit." },
  { .name = "to_timestamp_ntz",
    .min_args = 1,
    .max_args = 2,
    .returns = "timestamp_ntz",
    .resolve = resolve_to_temporal,
    .print = print_to_timestamp_ntz,
    .doc = "A wall clock read by a pattern, or cast; null where it does not fit." },
  { .name = "to_date",
    .aliases = "try_to_date",
    .min_args = 1,
    .max_args = 2,
    .returns = "date",
    .resolve = resolve_to_temporal,
    .print = print_to_date,
    .doc = "A text read by a pattern, or cast; null where it does not fit." },
  { .name = "unix_timestamp",
    .aliases = "to_unix_timestamp",
    .min_args = 0,
    .max_args = 2,
    .returns = "bigint",
    .resolve = resolve_unix_timestamp,
    .print = print_unix_timestamp,
    .doc = "Seconds since 1970 of a time, or of a text read by a pattern." },
  { .name = "from_unixtime",
    .min_args = 1,
    .max_args = 2,
    .args = "bigint string",
    .returns = "string",
    .resolve = resolve_date_format,
    .duckdb = "spark_date_format(spark_instant_of_unixtime($1), ${2:" USUAL_PATTERN "})",
    .doc = "Seconds since 1970 written by a pattern." },
  { .name = "date_format",
    .min_args = 2,
    .max_args = 2,
    .args = "timestamp string",
    .returns = "string",
    .resolve = resolve_date_format,
    .duckdb = "spark_date_format($1, $2)",
    .doc = "A time written by a pattern." },
  { .name = "date_add",
    .aliases = "dateadd",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_date_add,
    .returns = "date",
    .duckdb = "spark_date_add($1, $2)",
    .doc = "The day so many days later." },
  { .name = "date_sub",
    .min_args = 2,
    .max_args = 2,
    .resolve = resolve_date_add,
    .returns = "date",
    .duckdb = "spark_date_sub($1, $2)",
    .doc = "The day so many days earlier." },
  { .name = "datediff",
    .aliases = "date_diff",
    .min_args = 2,
    .max_args = 2,
    .args = "date date",
    .returns = "int",
    .duckdb = "CAST($1 - $2 AS INTEGER)",
    .doc = "Days from the second date to the first." },
  { .name = "timestampadd",
    .min_args = 3,
    .max_args = 3,
    .args = "string bigint timestamp|timestamp_ntz",
    .returns = "$3",
    .resolve = resolve_unit,
    .print = print_timestamp_add,
    .doc = "The time so many units later." },
  { .name = "timestampdiff",
    .min_args = 3,
    .max_args = 3,
    .args = "string timestamp timestamp",
    .returns = "bigint",
    .resolve = resolve_unit,
    .duckdb = "spark_timestamp_diff($1, $2, $3)",
    .doc = "Whole units from one time to another." },
  { .name = "add_months",
    .min_args = 2,
    .max_args = 2,
    .args = "date int",
    .returns = "date",
    .duckdb = "spark_add_months($1, $2)",
    .doc = "The day so many months later." },
  { .name = "months_between",
    .min_args = 2,
    .max_args = 3,
    .args = "timestamp timestamp boolean",
    .returns = "double",
    .duckdb = "spark_months_between($1, $2, ${3:TRUE})",
    .doc = "Months from the second time to the first." },
  { .name = "last_day",
    .min_args = 1,
    .max_args = 1,
    .args = "date",
    .returns = "date",
    .duckdb = "spark_last_day($1)",
    .doc = "The last day of the month." },
  { .name = "next_day",
    .min_args = 2,
    .max_args = 2,
    .args = "date string",
    .returns = "date",
    .duckdb = "spark_next_day($1, $2)",
    .doc = "The next such day of the week after a date." },
  { .name = "trunc",
    .min_args = 2,
    .max_args = 2,
    .args = "date string",
    .returns = "date",
    .duckdb = "spark_trunc_date($1, $2)",
    .doc = "The first day of the year, quarter, month or week." },
  { .name = "date_trunc",
    .min_args = 2,
    .max_args = 2,
    .args = "string timestamp",
    .returns = "timestamp",
    .duckdb = "spark_date_trunc($1, $2)",
    .doc = "The start of the unit in which a time lies." },
  { .name = "make_date",
    .min_args = 3,
    .max_args = 3,
    .args = "int int int",
    .returns = "date",
    .duckdb = "spark_make_date($1, $2, $3)",
    .doc = "A date from year, month and day; null where there is none." },
  { .name = "make_timestamp",
    .aliases = "make_timestamp_ltz try_make_timestamp try_make_timestamp_ltz",
    .min_args = 6,
    .max_args = 7,
    .returns = "timestamp",
    .resolve = resolve_make_timestamp,
    .print = print_make_timestamp,
    .doc = "A time from its parts, in a zone; null where there is none." },
  { .name = "convert_timezone",
    .min_args = 2,
    .max_args = 3,
    .returns = "timestamp_ntz",
    .resolve = resolve_convert_timezone,
    .print = print_convert_timezone,
    .doc = "A wall clock of one zone (the session's where only one is named) as that of another." },
  { .name = "make_ym_interval",
    .min_args = 0,
    .max_args = 2,
    .args = "int",
    .returns = "interval year to month",
    .duckdb = "spark_make_ym_interval(${1:0}, ${2:0})",
    .doc = "An interval of years and months." },
  { .name = "make_dt_interval",
    .min_args = 0,
    .max_args = 4,
    .args = "int int int decimal(18,6)",
    .returns = "interval day to second",
    .duckdb = "spark_make_dt_interval(${1:0}, ${2:0}, ${3:0}, ${4:CAST(0 AS DECIMAL(18,6))})",
    .doc = "An interval of days, hours, minutes and seconds." },
  { .name = "make_interval",
    .aliases = "try_make_interval",
    .min_args = 0,
    .max_args = 7,
    .args = "int int int int int int decimal(18,6)",
    .returns = "interval",
    .duckdb = "spark_make_interval(${1:0}, ${2:0}, ${3:0}, ${4:0}, ${5:0}, ${6:0}, ${7:CAST(0 AS DECIMAL(18,6))})",
    .doc = "An interval of years, months, weeks, days, hours, minutes and seconds; null where it is out of range." },
  { .name = "make_timestamp_ntz",
    .aliases = "try_make_timestamp_ntz",
    .min_args = 6,
    .max_args = 6,
    .returns = "timestamp_ntz",
    .resolve = resolve_make_timestamp,
    .duckdb = "spark_make_timestamp_ntz($*)",
    .doc = "A wall clock from its parts; null where there is none." },
  { .name = "timestamp_seconds",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_of_number,
    .returns = "timestamp",
    .print = print_timestamp_seconds,
    .doc = "The time so many seconds after 1970." },
  { .name = "timestamp_millis",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_of_integer,
    .returns = "timestamp",
    .duckdb = "spark_timestamp_of($1, 1000)",
    .doc = "The time so many milliseconds after 1970." },
  { .name = "timestamp_micros",
    .min_args = 1,
    .max_args = 1,
    .resolve = resolve_of_integer,
    .returns = "timestamp",
    .duckdb = "spark_instant($1)",
    .doc = "The time so many microseconds after 1970." },
  { .name = "date_from_unix_date",
    .min_args = 1,
    .max_args = 1,
    .args = "int",
    .returns = "date",
    .duckdb = "spark_date_add(DATE '1970-01-01', $1)",
    .doc = "The day so many days after 1970-01-01." },
  { .name = "from_utc_timestamp",
    .min_args = 2,
    .max_args = 2,
    .args = "timestamp string",
    .returns = "timestamp",
    .duckdb = "spark_from_utc_timestamp($1, $2)",
    .doc = "A time of UTC as the wall clock of a zone." },
  { .name = "to_utc_timestamp",
    .min_args = 2,
    .max_args = 2,
    .args = "timestamp string",
    .returns = "timestamp",
    .duckdb = "spark_to_utc_timestamp($1, $2)",
    .doc = "A wall clock of a zone as the time of UTC." },
};

FUNCTION_FAMILY(datetime_family, "dates and times", rows);
