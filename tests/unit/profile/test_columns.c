/* Which types columns are given: a table of columns as exports have them, and the cast's own answer for every value. */
#include "profile/profile_internal.h"

#include "value/datetime_pattern.h"
#include "value/locale.h"

#include "support.h"

#include <stdio.h>

enum { VALUES_MOST = 40 };

/* Values stand between bars; the other column is what the file has beside, which may tell what one column does not. */
static const struct {
  const char *values, *beside, *type, *hint, *locale, *least;
} cases[] = {
  /* plain numbers */
  { "1|-2|+3", NULL, "int", NULL, NULL, "-2" },
  { "1|3000000000", NULL, "bigint", NULL, NULL, "1" },
  { "1.5|-2.25|.5", NULL, "decimal(18,2)", NULL, NULL, "-2.25" },
  { "12345678901234567890.5|1", NULL, "decimal(21,1)", NULL, NULL, "1" },
  { "1.5e3|2E-4|7", NULL, "double", NULL, NULL, "2E-4" },
  { " 5 |12 ", NULL, "int", NULL, NULL, "5" },
  { "1.250|12.500", NULL, "decimal(18,3)", NULL, NULL, "1.250" },
  /* numbers of countries */
  { "236.705,67|1,5|-3", NULL, "decimal(18,2)", NULL, "es", "-3" },
  { "1 234,56|7,5", NULL, "decimal(18,2)", NULL, "fr", "7.5" },
  { "1\xC2\xA0"
    "234,56|7,5",
    NULL, "decimal(18,2)", NULL, "fr", "7.5" },
  { "1'234.50|12.25", NULL, "decimal(18,2)", NULL, "de_CH", "12.25" },
  { "1'234|12", NULL, "int", NULL, "de_CH", "12" },
  { "1,234.50|12.25", NULL, "decimal(18,2)", NULL, "en", "12.25" },
  { "1.234.567|12.345", NULL, "int", NULL, "es", "12345" },
  { "0,125|3,250", NULL, "decimal(18,3)", NULL, "es", "0.125" },
  { "1,234|2,345", NULL, "string", NULL, NULL, "1,234" },
  { "1,234|2,345", "7,5", "decimal(18,3)", NULL, "es", "1.234" },
  { "1,234|2,345", "7.5", "int", NULL, "en", "1234" },
  { "1.234|2.345", "7,5", "int", NULL, "es", "1234" },
  { "1.234,5|1,234.5", NULL, "string", NULL, NULL, "1,234.5" },
  { "1,23,456|12", NULL, "string", NULL, NULL, "1,23,456" },
  /* signs and what stands around */
  { "1.234,56-|7,00", NULL, "decimal(18,2)", "#.##0,00;#.##0,00-", "es", "-1234.56" },
  { "12.50-|7.00", NULL, "decimal(18,2)", "0.00;0.00-", NULL, "-12.50" },
  { "(12.50)|7.00", NULL, "decimal(18,2)", "0.00;(0.00)", NULL, "-12.50" },
  { "(1,012.50)|7.00", NULL, "decimal(18,2)", "#,##0.00;(#,##0.00)", "en", "-1012.50" },
  { "\xE2\x88\x92"
    "5,5|7,0",
    NULL, "decimal(18,1)",
    "0,00;\xE2\x88\x92"
    "0,00",
    "es", "-5.5" },
  { "-5|5-", NULL, "string", NULL, NULL, "-5" },
  { "$5.50|$1.00", NULL, "decimal(18,2)", "$0.00", NULL, "1.00" },
  { "$-5.50|$1.00", NULL, "decimal(18,2)", "$0.00;$-0.00", NULL, "-5.50" },
  { "-$5.50|$1.00", NULL, "decimal(18,2)", "$0.00", NULL, "-5.50" },
  { "5,50 \xE2\x82\xAC|1,00 \xE2\x82\xAC", NULL, "decimal(18,2)", "0,00 \xE2\x82\xAC", "es", "1.00" },
  { "1.000,50 EUR|7 EUR", NULL, "decimal(18,2)", "#.##0,00 EUR", "es", "7" },
  { "$5.50|7.00", NULL, "string", NULL, NULL, "$5.50" },
  { "12.5%|7%", NULL, "decimal(18,1)", "0.00'%'", NULL, "7" },
  { "12,5 %|7,5 %", NULL, "decimal(18,1)", "0,00' %'", "es", "7.5" },
  { "12 kg|7 kg", NULL, "string", NULL, NULL, "12 kg" },
  /* what only looks like numbers */
  { "007|123", NULL, "string", NULL, NULL, "007" },
  { "08001|28013", NULL, "string", NULL, NULL, "08001" },
  { "+573001234567|+573001234568", NULL, "string", NULL, NULL, "+573001234567" },
  { "+57 300 123 456|+57 300 123 457", NULL, "string", NULL, NULL, "+57 300 123 456" },
  { "612 345 678|612 345 679", NULL, "string", NULL, NULL, "612 345 678" },
  { "ES91 2100 0418|ES91 2100 0419", NULL, "string", NULL, NULL, "ES91 2100 0418" },
  { "192.168.1.10|10.0.0.1", NULL, "string", NULL, NULL, "10.0.0.1" },
  { "1.1.0|1.2.0", NULL, "string", NULL, NULL, "1.1.0" },
  { "1e5|2e7", NULL, "string", NULL, NULL, "1e5" },
  { "1-2|3-4", NULL, "string", NULL, NULL, "1-2" },
  { "10:30|11:45", NULL, "string", NULL, NULL, "10:30" },
  { "NaN|1.5", NULL, "string", NULL, NULL, "1.5" },
  { "999999999999999999999999999999999999999", NULL, "string", NULL, NULL, "999999999999999999999999999999999999999" },
  /* yes and no */
  { "true|FALSE", NULL, "boolean", NULL, NULL, "FALSE" },
  { "yes|no", NULL, "boolean", NULL, NULL, "no" },
  { "Y|N", NULL, "boolean", NULL, NULL, "N" },
  { "F|F", NULL, "string", NULL, NULL, "F" },
  { "s\xC3\xAD|no", NULL, "string", NULL, NULL, "no" },
  { "0|1", NULL, "int", NULL, NULL, "0" },
  /* dates */
  { "2024-01-15|2023-12-31", NULL, "date", NULL, NULL, "2023-12-31" },
  { "2024-01-15T10:00:00Z|2024-01-15T10:00:00.5+02:00", NULL, "timestamp", NULL, NULL, "2024-01-15 08:00:00.5" },
  { "2024-02-30|2024-01-01", NULL, "string", NULL, NULL, "2024-01-01" },
  { "15/01/2024|01/02/2024", NULL, "date", "dd/MM/yyyy", NULL, "2024-01-15" },
  { "01/15/2024|01/02/2024", NULL, "date", "MM/dd/yyyy", NULL, "2024-01-02" },
  { "5/1/2024|15/11/2024", NULL, "date", "d/M/yyyy", NULL, "2024-01-05" },
  { "01/02/2024|03/04/2024", NULL, "string", NULL, NULL, "01/02/2024" },
  { "01/02/2024|03/04/2024", "15/01/2024", "date", "dd/MM/yyyy", NULL, "2024-02-01" },
  { "01/02/2024|03/04/2024", "01/15/2024", "date", "MM/dd/yyyy", NULL, "2024-01-02" },
  { "01/02/2024|03/04/2024", "12,5", "date", "dd/MM/yyyy", NULL, "2024-02-01" },
  { "30/02/2024|15/01/2024", NULL, "string", NULL, NULL, "15/01/2024" },
  { "15.01.2024 10:30|01.02.2024 9:05", NULL, "timestamp", "dd.MM.yyyy H:mm", NULL, "2024-01-15 10:30:00" },
  { "15/01/2024 10:30:15|01/02/2024 09:05:00", NULL, "timestamp", "dd/MM/yyyy HH:mm:ss", NULL, "2024-01-15 10:30:15" },
  { "15/01/2024 10:30:15.125|01/02/2024 09:05:00.000", NULL, "timestamp", "dd/MM/yyyy HH:mm:ss.SSS", NULL,
    "2024-01-15 10:30:15.125" },
  { "01/15/2024 02:30 PM|01/02/2024 12:05 AM", NULL, "timestamp", "MM/dd/yyyy hh:mm a", NULL, "2024-01-02 00:05:00" },
  { "15/01/2024|15/01/2024 10:30", NULL, "timestamp", "dd/MM/yyyy[ HH:mm]", NULL, "2024-01-15 00:00:00" },
  { "5/1/2024|15/01/2024 9:30|16/01/2024 10:30", NULL, "timestamp", "d/M/yyyy[ H:mm]", NULL, "2024-01-05 00:00:00" },
  { "15-01-24|01-02-24", NULL, "date", "dd-MM-yy", NULL, "2024-01-15" },
  { "2024/01/15|2024/02/01", NULL, "date", "yyyy/MM/dd", NULL, "2024-01-15" },
  { "15/01/2024 10:00:00 +01:00|01/02/2024 10:00:00 +02:00", NULL, "timestamp", "dd/MM/yyyy HH:mm:ss XXX", NULL,
    "2024-01-15 10:00:00" },
  { "5 de enero de 2024|15 de mayo de 2024", NULL, "date", "d 'de' MMMM 'de' yyyy", "es", "2024-01-05" },
  { "05-ene-2024|15-DIC-2023", NULL, "date", "dd-MMM-yyyy", "es", "2023-12-15" },
  { "05 ene. 2024|15 may. 2024", NULL, "date", "dd MMM yyyy", "es", "2024-01-05" },
  { "5 janvier 2024|1 ao\xC3\xBBt 2024", NULL, "date", "d MMMM yyyy", "fr", "2024-01-05" },
  { "5. Januar 2024|1. M\xC3\xA4rz 2024", NULL, "date", "d. MMMM yyyy", "de", "2024-01-05" },
  { "05/fev/2024|01/set/2024", NULL, "date", "dd/MMM/yyyy", "pt", "2024-02-05" },
  { "5 gennaio 2024|1 luglio 2024", NULL, "date", "d MMMM yyyy", "it", "2024-01-05" },
  { "Jan 5, 2024|Dec 15, 2023", NULL, "date", "MMM d, yyyy", NULL, "2023-12-15" },
  { "05-JAN-24|15-DEC-23", NULL, "date", "dd-MMM-yy", NULL, "2023-12-15" },
  { "31-feb-2024|01-ene-2024", NULL, "string", NULL, NULL, "01-ene-2024" },
  /* whole numbers that may be instants stay numbers */
  { "1700000000|1700000001", NULL, "bigint", NULL, NULL, "1700000000" },
  { "1700000000000|1700000001000", NULL, "bigint", NULL, NULL, "1700000000000" },
  { "20240115|20240116", NULL, "int", NULL, NULL, "20240115" },
  /* JSON in JSON */
  { "[{\"sku\":\"a\",\"qty\":1}]|[]", NULL, "array<struct<sku:string,qty:bigint>>", NULL, NULL, NULL },
  { "{\"a\":1.5,\"b\":null}|{\"a\":2,\"c\":true}", NULL, "struct<a:double,b:string,c:boolean>", NULL, NULL, NULL },
  { "{\"a\":1}|[1]", NULL, "string", NULL, NULL, "[1]" },
  { "[1,\"x\"]|[2]", NULL, "array<string>", NULL, NULL, NULL },
  { "{\"n\":1.12345678901234567890}|{}", NULL, "string", NULL, NULL, "{\"n\":1.12345678901234567890}" },
  { "|x", NULL, "string", NULL, NULL, "" },
};

static void sum_up(struct arena *arena, const char *values, struct column_profile *column)
{
  struct summary *summary = summary_new();
  for (const char *at = values;; at++) {
    size_t length = strcspn(at, "|");
    summary_add(summary, (struct text){ at, length });
    at += length;
    if (*at == '\0')
      break;
  }
  *column = (struct column_profile){ .name = "c", .column = "c", .type = type_simple(TYPE_STRING) };
  summary_tell(arena, summary, &column->facts);
  summary_free(&summary);
}

/* Whether the cast that the column is given takes the value. */
static bool cast_takes(struct arena *arena, const struct column_profile *column, const char *locale_name,
                       struct text value)
{
  struct error err;
  const struct locale *locale = locale_name == NULL ? NULL : locale_find(text_from(locale_name));
  char buffer[NUMBER_TEXT_MOST];
  size_t length = 0;
  if (type_is_numeric(column->type) && (locale != NULL || column->hint != NULL)) {
    const struct number_format *format = NULL;
    struct text pattern = column->hint == NULL ? (struct text){ 0 } : text_from(column->hint);
    assert_done(number_format_compile(arena, locale, pattern, NOWHERE, &format, &err));
    return number_format_read(format, value, buffer, &length);
  }
  if (column->hint == NULL || type_is_numeric(column->type))
    return true;
  if (locale != NULL && !locale_read_months(locale, text_from(column->hint), value, buffer, sizeof(buffer), &length))
    return false;
  struct datetime_pattern *pattern = NULL;
  int64_t instant = 0;
  assert_done(datetime_pattern_compile(arena, text_from(column->hint), PATTERN_PARSE, NOWHERE, false, &pattern, &err));
  return datetime_pattern_parse(pattern, locale == NULL ? value : (struct text){ buffer, length },
                                timezone_find(TEXT("UTC")), &instant);
}

static const char *shown(const char *text)
{
  return text == NULL ? "none" : text;
}

static void columns__have_the_type_that_every_value_is_one_of(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    struct column_profile columns[2];
    sum_up(&arena, cases[i].values, &columns[0]);
    sum_up(&arena, cases[i].beside == NULL ? "x" : cases[i].beside, &columns[1]);
    struct profile profile = { .columns = columns, .n_columns = 2 };
    columns_decide(&arena, &profile);
    const struct column_profile *column = &columns[0];
    const char *found =
        arena_printf(&arena, "%s: %s by %s in %s from %s", cases[i].values, type_name(&arena, column->type),
                     shown(column->hint), shown(column->locale), shown(column->least));
    const char *wanted = arena_printf(&arena, "%s: %s by %s in %s from %s", cases[i].values, cases[i].type,
                                      shown(cases[i].hint), shown(cases[i].locale), shown(cases[i].least));
    assert_string_equal(found, wanted);
    for (const char *at = cases[i].values; *at != '\0'; at += *at == '|') {
      size_t length = strcspn(at, "|");
      if (!cast_takes(&arena, column, column->locale, (struct text){ at, length }))
        fail_msg("the cast of %s refuses \"%.*s\"", found, (int)length, at);
      at += length;
    }
  }
}

static void what_is_not_sure__is_told_with_its_figures(void **state)
{
  (void)state;
  static const struct {
    const char *values, *doubt;
  } doubts[] = {
    { "1,234|2,345", "no value tells" },
    { "01/02/2024|03/04/2024", "dd/MM/yyyy and by MM/dd/yyyy alike: no value of 2" },
    { "30/02/2024|15/01/2024|16/01/2024", "dd/MM/yyyy, which 1 of 3 values are not" },
    { "1.5|2|3|4|5|6|7|8|9|10|N/A", "1 of 11 values, such as \"N/A\"" },
    { "1700000000|1700000001", "all of 2 values may be seconds since 1970" },
    { "20240115|20240116", "yyyyMMdd" },
    { "612 345 678|612 345 679", "telephone" },
    { "$5.50|$1.00", "\"$\"" },
    { "12.5%|7%", "12.5 % stays 12.5" },
    { "2024-01-15|2024-01-16|soon", "1 of 3 values are not, such as \"soon\"" },
    { "s\xC3\xAD|no", "boolean" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(doubts); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    struct column_profile column;
    sum_up(&arena, doubts[i].values, &column);
    struct profile profile = { .columns = &column, .n_columns = 1 };
    columns_decide(&arena, &profile);
    assert_contains(shown(column.doubt), doubts[i].doubt);
  }
}

/* A locale of the dataset is one of all its casts: where one of them reads "1.5", each has its own. */
static void a_locale__is_the_dataset_s_where_it_is_right_for_all(void **state)
{
  (void)state;
  static const struct {
    const char *first, *second, *locale;
  } files[] = {
    { "1.234,5|2", "7|8", "es" },
    { "1.234,5|2", "7.5|8", "none" },
    { "1.234,5|2", "1 234,5|2", "none" },
    { "1.234,5|2", "5,5 %|6 %", "es" },
    { "1,234.5|2", "7|8", "en" },
    { "1|2", "7.5|8", "none" },
    { "1.234,5|2", "1.5e3|2", "none" },
    { "1.234,5|2", "5 de enero de 2024|6 de mayo de 2024", "es" },
    { "1.234,5|2", "5 gennaio 2024|6 maggio 2024", "it" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    struct column_profile columns[2];
    sum_up(&arena, files[i].first, &columns[0]);
    sum_up(&arena, files[i].second, &columns[1]);
    struct profile profile = { .columns = columns, .n_columns = 2 };
    columns_decide(&arena, &profile);
    assert_string_equal(shown(profile.locale), files[i].locale);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(columns__have_the_type_that_every_value_is_one_of),
    cmocka_unit_test(what_is_not_sure__is_told_with_its_figures),
    cmocka_unit_test(a_locale__is_the_dataset_s_where_it_is_right_for_all),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
