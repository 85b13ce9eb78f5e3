/* Casts of text, against what Spark answered in the zone America/Bogota, and numbers as text, against Java. */
#include "support.h"

#include "value/cast.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct timezone *bogota(void)
{
  return timezone_find(TEXT("America/Bogota"));
}

static bool cast_boolean(struct text text, int precision, int scale, struct text_buffer *out)
{
  bool value;
  (void)precision, (void)scale;
  if (!text_to_boolean(text, &value))
    return false;
  text_buffer_add_string(out, value ? "true" : "false");
  return true;
}

#define CAST_INTEGER(name, c_type)                                                                                     \
  static bool cast_##name(struct text text, int precision, int scale, struct text_buffer *out)                         \
  {                                                                                                                    \
    c_type value;                                                                                                      \
    (void)precision, (void)scale;                                                                                      \
    if (!text_to_##name(text, &value))                                                                                 \
      return false;                                                                                                    \
    text_buffer_printf(out, "%" PRId64, (int64_t)value);                                                               \
    return true;                                                                                                       \
  }

CAST_INTEGER(tinyint, int8_t)
CAST_INTEGER(smallint, int16_t)
CAST_INTEGER(int, int32_t)
CAST_INTEGER(bigint, int64_t)

static bool cast_float(struct text text, int precision, int scale, struct text_buffer *out)
{
  float value;
  (void)precision, (void)scale;
  if (!text_to_float(text, &value))
    return false;
  float_add_text(value, out);
  return true;
}

static bool cast_double(struct text text, int precision, int scale, struct text_buffer *out)
{
  double value;
  (void)precision, (void)scale;
  if (!text_to_double(text, &value))
    return false;
  double_add_text(value, out);
  return true;
}

static bool cast_decimal(struct text text, int precision, int scale, struct text_buffer *out)
{
  int128 value;
  if (!text_to_decimal(text, precision, scale, &value))
    return false;
  decimal_add_text(value, scale, out);
  return true;
}

static bool cast_date(struct text text, int precision, int scale, struct text_buffer *out)
{
  int32_t value;
  (void)precision, (void)scale;
  if (!text_to_date(text, &value))
    return false;
  date_add_text(value, out);
  return true;
}

static bool cast_timestamp(struct text text, int precision, int scale, struct text_buffer *out)
{
  int64_t value;
  (void)precision, (void)scale;
  if (!text_to_timestamp(text, bogota(), &value))
    return false;
  timestamp_add_text(value, bogota(), out);
  return true;
}

static bool cast_timestamp_ntz(struct text text, int precision, int scale, struct text_buffer *out)
{
  int64_t value;
  (void)precision, (void)scale;
  if (!text_to_timestamp_ntz(text, &value))
    return false;
  timestamp_add_text(value, timezone_find(TEXT("UTC")), out);
  return true;
}

/* Numbers by their bits. */
static bool show_double(struct text text, int precision, int scale, struct text_buffer *out)
{
  uint64_t bits = strtoull(text.data, NULL, 16);
  double value;
  (void)precision, (void)scale;
  memcpy(&value, &bits, sizeof(value));
  double_add_text(value, out);
  return true;
}

static bool show_float(struct text text, int precision, int scale, struct text_buffer *out)
{
  uint32_t bits = (uint32_t)strtoul(text.data, NULL, 16);
  float value;
  (void)precision, (void)scale;
  memcpy(&value, &bits, sizeof(value));
  float_add_text(value, out);
  return true;
}

static const struct {
  const char *type;
  bool (*cast)(struct text text, int precision, int scale, struct text_buffer *out);
} casts[] = {
  { "boolean", cast_boolean },
  { "tinyint", cast_tinyint },
  { "smallint", cast_smallint },
  { "int", cast_int },
  { "bigint", cast_bigint },
  { "float", cast_float },
  { "double", cast_double },
  { "decimal", cast_decimal },
  { "date", cast_date },
  { "timestamp", cast_timestamp },
  { "timestamp_ntz", cast_timestamp_ntz },
  { "bits of a double", show_double },
  { "bits of a float", show_float },
};

/* \n, \t, \\ and \uXXXX */
static void add_unescaped(struct text_buffer *out, const char *text)
{
  for (; *text != '\0'; text++) {
    if (*text != '\\') {
      text_buffer_add_char(out, *text);
      continue;
    }
    text++;
    if (*text != 'u') {
      text_buffer_add_char(out, *text == 'n' ? '\n' : *text == 't' ? '\t' : *text);
      continue;
    }
    char digits[5] = { 0 };
    memcpy(digits, text + 1, 4);
    text_buffer_add_utf8(out, (uint32_t)strtoul(digits, NULL, 16));
    text += 4;
  }
}

static bool check_line(const char *type, const char *text, const char *expected)
{
  char name[32] = { 0 };
  int precision = 0;
  int scale = 0;
  SCOPED(text_buffer_done) struct text_buffer input = { 0 };
  SCOPED(text_buffer_done) struct text_buffer found = { 0 };
  sscanf(type, "%31[^(](%d,%d", name, &precision, &scale);
  add_unescaped(&input, text);
  for (size_t i = 0; i < ARRAY_LENGTH(casts); i++)
    if (strcmp(casts[i].type, name) == 0) {
      if (!casts[i].cast(text_buffer_text(&input), precision, scale, &found))
        text_buffer_add_string(&found, "NULL");
      if (text_equal(text_buffer_text(&found), text_from(expected)))
        return true;
    }
  print_error("%s of \"%s\": expected %s, found %.*s\n", type, text, expected, TEXT_ARGS(text_buffer_text(&found)));
  return false;
}

static void casts__are_spark_s(void **state)
{
  (void)state;
  char line[512];
  size_t n_wrong = 0;
  size_t n_cases = 0;
  FILE *file = fopen("tests/cases/value/cast.tsv", "r");
  assert_non_null(file);
  while (fgets(line, sizeof(line), file) != NULL) {
    char *rest = line;
    line[strcspn(line, "\n")] = 0;
    if (line[0] == '#')
      continue;
    const char *type = strsep(&rest, "\t");
    const char *text = strsep(&rest, "\t");
    assert_non_null(rest);
    n_wrong += !check_line(type, text, rest);
    n_cases++;
  }
  fclose(file);
  assert_int_equal(n_wrong, 0);
  assert_true(n_cases >= 1900);
}

/* unscaled, scale, to precision and scale: "12.35" or "NULL" */
static void decimal_rescale__rounds_half_up(void **state)
{
  (void)state;
  static const struct {
    int64_t unscaled;
    int from_scale, precision, scale;
    const char *expected;
  } cases[] = {
    { 12345, 3, 10, 2, "12.35" },
    { -12345, 3, 10, 2, "-12.35" },
    { 12344, 3, 10, 2, "12.34" },
    { 12345, 3, 10, 5, "12.34500" },
    { 99995, 3, 4, 2, "NULL" },
    { 9995, 3, 4, 2, "10.00" },
    { 5, 1, 1, 0, "1" },
    { -5, 1, 1, 0, "-1" },
    { 4, 1, 1, 0, "0" },
    { 1, 0, 38, 37, "1.0000000000000000000000000000000000000" },
    { 10, 0, 38, 37, "NULL" },
    { 0, 0, 38, 38, "0.00000000000000000000000000000000000000" },
    { INT64_MAX, 0, 38, 30, "NULL" },
    { INT64_MAX, 38, 10, 0, "0" },
    { INT64_MIN, 18, 10, 0, "-9" },
    { 5, 38, 38, 0, "0" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    int128 value;
    SCOPED(text_buffer_done) struct text_buffer found = { 0 };
    if (decimal_rescale(cases[i].unscaled, cases[i].from_scale, cases[i].precision, cases[i].scale, &value))
      decimal_add_plain(value, cases[i].scale, &found);
    else
      text_buffer_add_string(&found, "NULL");
    assert_string_equal(found.data, cases[i].expected);
  }
}

static void double_to_decimal__goes_by_the_shortest_text(void **state)
{
  (void)state;
  static const struct {
    double value;
    int precision, scale;
    const char *expected;
  } cases[] = {
    { 1.005, 10, 2, "1.01" },
    { -1.005, 10, 2, "-1.01" },
    { 0.1, 38, 20, "0.10000000000000000000" },
    { 1e30, 38, 0, "1000000000000000000000000000000" },
    { 1e38, 38, 0, "NULL" },
    { 99.995, 4, 2, "NULL" },
    { 1e-40, 10, 2, "0.00" },
    { (double)INFINITY, 10, 2, "NULL" },
    { (double)NAN, 10, 2, "NULL" },
    { -0.0, 10, 2, "0.00" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    int128 value;
    SCOPED(text_buffer_done) struct text_buffer found = { 0 };
    if (double_to_decimal(cases[i].value, cases[i].precision, cases[i].scale, &value))
      decimal_add_plain(value, cases[i].scale, &found);
    else
      text_buffer_add_string(&found, "NULL");
    assert_string_equal(found.data, cases[i].expected);
  }
}

static void text_to_integer_exact__refuses_fractions(void **state)
{
  (void)state;
  int64_t value;
  assert_true(text_to_integer_exact(TEXT(" -12 "), &value));
  assert_int_equal(value, -12);
  assert_false(text_to_integer_exact(TEXT("12."), &value));
  assert_false(text_to_integer_exact(TEXT("12.0"), &value));
  assert_false(text_to_integer_exact(TEXT(""), &value));
}

/* A time without a date is of today in the zone; where a wall clock is asked for there is none. */
static void text_to_timestamp__takes_times_of_today(void **state)
{
  (void)state;
  int64_t instant_us = 0;
  static const char *const texts[] = { "12:34:56.7", "T12:34:56.7" };
  for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
    assert_true(text_to_timestamp(text_from(texts[i]), bogota(), &instant_us));
    assert_int_equal(timezone_to_local(bogota(), instant_us) % 86400000000, 45296700000);
    assert_false(text_to_timestamp_ntz(text_from(texts[i]), &instant_us));
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(casts__are_spark_s),
    cmocka_unit_test(decimal_rescale__rounds_half_up),
    cmocka_unit_test(double_to_decimal__goes_by_the_shortest_text),
    cmocka_unit_test(text_to_integer_exact__refuses_fractions),
    cmocka_unit_test(text_to_timestamp__takes_times_of_today),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
