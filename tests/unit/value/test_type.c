#include "support.h"

#include "value/type.h"

static struct arena arena;

static int teardown(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

static const struct {
  const char *ddl;
  const char *spark;
  const char *duckdb;
} spellings[] = {
  { "int", "int", "INTEGER" },
  { " INTEGER ", "int", "INTEGER" },
  { "long", "bigint", "BIGINT" },
  { "byte", "tinyint", "TINYINT" },
  { "short", "smallint", "SMALLINT" },
  { "real", "float", "FLOAT" },
  { "double", "double", "DOUBLE" },
  { "boolean", "boolean", "BOOLEAN" },
  { "void", "void", "INTEGER" },
  { "decimal", "decimal(10,0)", "DECIMAL(10,0)" },
  { "DECIMAL(18, 2)", "decimal(18,2)", "DECIMAL(18,2)" },
  { "dec(5)", "decimal(5,0)", "DECIMAL(5,0)" },
  { "numeric(38,38)", "decimal(38,38)", "DECIMAL(38,38)" },
  { "varchar(10)", "string", "VARCHAR" },
  { "binary", "binary", "BLOB" },
  { "date", "date", "DATE" },
  { "timestamp", "timestamp", "TIMESTAMP WITH TIME ZONE" },
  { "timestamp_ltz", "timestamp", "TIMESTAMP WITH TIME ZONE" },
  { "timestamp_ntz", "timestamp_ntz", "TIMESTAMP" },
  { "interval", "interval", "INTERVAL" },
  { "interval day", "interval day", "INTERVAL" },
  { "INTERVAL YEAR TO MONTH", "interval year to month", "INTERVAL" },
  { "interval hour to second", "interval hour to second", "INTERVAL" },
  { "array<int>", "array<int>", "INTEGER[]" },
  { "map<string,array<decimal(3,1)>>", "map<string,array<decimal(3,1)>>", "MAP(VARCHAR, DECIMAL(3,1)[])" },
  { "struct<a:int, b: date>", "struct<a:int,b:date>", "STRUCT(\"a\" INTEGER, \"b\" DATE)" },
  { "struct<a int not null comment 'it\\'s', `b c`:string>", "struct<a:int,b c:string>",
    "STRUCT(\"a\" INTEGER, \"b c\" VARCHAR)" },
  { "struct<`a``b`:int>", "struct<a`b:int>", "STRUCT(\"a`b\" INTEGER)" },
  { "struct<a\"b:int>", NULL, NULL },
};

static void type_parse__reads_every_spelling(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(spellings); i++) {
    const struct type *type;
    struct error err;
    bool is_valid = type_parse(&arena, text_from(spellings[i].ddl), NOWHERE, &type, &err);
    assert_int_equal(is_valid, spellings[i].spark != NULL);
    if (!is_valid)
      continue;
    assert_string_equal(type_name(&arena, type), spellings[i].spark);
    SCOPED(text_buffer_done) struct text_buffer duckdb = { 0 };
    type_print_duckdb(type, &duckdb);
    assert_string_equal(duckdb.data, spellings[i].duckdb);
  }
}

static void type_parse__reads_what_type_print_writes(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(spellings); i++) {
    if (spellings[i].spark == NULL || strchr(spellings[i].spark, '`') != NULL || strstr(spellings[i].spark, "b c"))
      continue;
    const struct type *a;
    const struct type *b;
    struct error err;
    assert_true(type_parse(&arena, text_from(spellings[i].ddl), NOWHERE, &a, &err));
    assert_true(type_parse(&arena, text_from(spellings[i].spark), NOWHERE, &b, &err));
    assert_true(type_equal(a, b));
  }
}

static const struct {
  const char *ddl;
  const char *message;
  const char *hint;
} refusals[] = {
  { "", "type \"\" ends where a type was expected", "" },
  { "integr", "unknown type \"integr\"", "The nearest type is \"integer\"." },
  { "qqqqqqqqqq", "unknown type \"qqqqqqqqqq\"", NULL },
  { "decimal(39,2)", "precision 39 of \"decimal(39,2)\" is not within 1 to 38", "" },
  { "decimal(5,6)", "scale 6 of \"decimal(5,6)\" is greater than its precision 5", "" },
  { "decimal(5", "type \"decimal(5\" ends where \")\" was expected", "" },
  { "decimal(x)", "type \"decimal(x)\" has \"x)\" where a number was expected", "" },
  { "decimal(99999999999)", "type \"decimal(99999999999)\" has \"99999999999)\" where a number was expected", "" },
  { "int int", "type \"int int\" has \"int\" where the end was expected", "" },
  { "array<int", "type \"array<int\" ends where \">\" was expected", "" },
  { "map<int>", "type \"map<int>\" has \">\" where \",\" was expected", "" },
  { "struct<:int>", "type \"struct<:int>\" has \":int>\" where a field's name was expected", "" },
  { "struct<`a:int>", "type \"struct<`a:int>\" ends where a closing ` was expected", "" },
  { "struct<a:int not>", "type \"struct<a:int not>\" has \">\" where NULL was expected", "" },
  { "struct<a:int comment 5>", "type \"struct<a:int comment 5>\" has \"5>\" where a comment in quotes was expected",
    "" },
  { "interval year to second", "type \"interval year to second\" is no interval: year cannot reach second", "" },
  { "interval day to", "type \"interval day to\" ends where a unit was expected", "" },
};

static void type_print_ddl__writes_names_of_any_characters(void **state)
{
  (void)state;
  static const char *const texts[] = {
    "struct<`b c`:string>",
    "struct<`a``b`:int>",
    "struct<``:int>",
    "array<struct<`first-name`:struct<`x:y`:int>>>",
    "map<string,struct<`<`:int>>",
    "struct<é_1:int,1a:int>",
  };
  for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
    struct error err;
    const struct type *type = NULL;
    assert_true(type_parse(&arena, text_from(texts[i]), NOWHERE, &type, &err));
    assert_string_equal(type_ddl(&arena, type), texts[i]);
  }
}

static void type_parse__says_what_is_wrong(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(refusals); i++) {
    const struct type *type;
    struct error err;
    assert_false(type_parse(&arena, text_from(refusals[i].ddl), NOWHERE, &type, &err));
    assert_string_equal(err.message, refusals[i].message);
    assert_int_equal(err.kind, ERROR_CONFIG);
    if (refusals[i].hint != NULL)
      assert_string_equal(err.hint, refusals[i].hint);
  }
}

static void type_parse__limits_depth(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer ddl = { 0 };
  for (size_t i = 0; i < 100000; i++)
    text_buffer_add_string(&ddl, "array<");
  const struct type *type;
  struct error err;
  assert_false(type_parse(&arena, text_buffer_text(&ddl), NOWHERE, &type, &err));
  assert_string_equal(err.message, "type is nested deeper than 64 levels");
}

static void type_parse_schema__takes_a_type_or_columns(void **state)
{
  (void)state;
  static const char *const cases[][2] = {
    { "a INT, b DOUBLE", "struct<a:int,b:double>" },
    { "a: INT", "struct<a:int>" },
    { "map<string,int>", "map<string,int>" },
    { "time Timestamp", "struct<time:timestamp>" },
    { "", "struct<>" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    const struct type *type;
    struct error err;
    assert_true(type_parse_schema(&arena, text_from(cases[i][0]), NOWHERE, &type, &err));
    assert_string_equal(type_name(&arena, type), cases[i][1]);
  }
  const struct type *type;
  struct error err;
  assert_false(type_parse_schema(&arena, TEXT("a INT, b"), NOWHERE, &type, &err));
  assert_string_equal(err.message, "type \"a INT, b\" ends where a type was expected");
}

static void type_equal__looks_at_parameters(void **state)
{
  (void)state;
  assert_true(type_equal(type_decimal(&arena, 5, 2), type_decimal(&arena, 5, 2)));
  assert_false(type_equal(type_decimal(&arena, 5, 2), type_decimal(&arena, 6, 2)));
  assert_false(type_equal(type_simple(TYPE_INT), type_simple(TYPE_BIGINT)));
  const struct type_field a[] = { { "a", type_simple(TYPE_INT) } };
  const struct type_field b[] = { { "b", type_simple(TYPE_INT) } };
  assert_false(type_equal(type_struct(&arena, a, 1), type_struct(&arena, b, 1)));
  assert_false(type_equal(type_struct(&arena, a, 1), type_struct(&arena, a, 0)));
  assert_true(type_equal(type_map(&arena, type_simple(TYPE_STRING), type_struct(&arena, a, 1)),
                         type_map(&arena, type_simple(TYPE_STRING), type_struct(&arena, a, 1))));
  assert_false(type_equal(type_interval(&arena, UNIT_DAY, UNIT_DAY), type_simple(TYPE_INTERVAL_DAY_TIME)));
}

static void type_is_numeric__is_tinyint_to_decimal(void **state)
{
  (void)state;
  assert_true(type_is_numeric(type_simple(TYPE_DOUBLE)));
  assert_true(type_is_numeric(type_decimal(&arena, 5, 2)));
  assert_false(type_is_numeric(type_simple(TYPE_BOOLEAN)));
  assert_false(type_is_numeric(type_simple(TYPE_STRING)));
  assert_true(type_is_integral(type_simple(TYPE_BIGINT)));
  assert_false(type_is_integral(type_simple(TYPE_FLOAT)));
}

/* What stands in a lake, what a run has, what it is stored in; NULL: they do not go together. */
static const struct {
  const char *standing, *written, *stored;
} stores[] = {
  { "decimal(18,2)", "int", "decimal(18,2)" },
  { "decimal(18,2)", "smallint", "decimal(18,2)" },
  { "decimal(18,2)", "bigint", NULL },
  { "decimal(21,2)", "bigint", "decimal(21,2)" },
  { "decimal(18,2)", "decimal(10,2)", "decimal(18,2)" },
  { "decimal(18,2)", "decimal(17,1)", "decimal(18,2)" },
  { "decimal(18,2)", "decimal(18,1)", NULL },
  { "decimal(18,2)", "decimal(18,3)", NULL },
  { "decimal(10,2)", "decimal(18,2)", "decimal(18,2)" },
  { "decimal(10,2)", "decimal(12,4)", NULL }, /* 1.2345 would be read as 1.23 */
  { "decimal(18,2)", "double", NULL },
  { "decimal(18,2)", "string", NULL },
  { "int", "decimal(18,2)", NULL }, /* 12.34 would be read as 12 */
  { "int", "decimal(12,0)", NULL },
  { "int", "double", NULL },
  { "int", "float", NULL },
  { "float", "int", NULL },
  { "double", "int", "double" },
  { "double", "bigint", NULL },
  { "double", "float", "double" },
  { "float", "double", "double" },
  { "date", "timestamp", NULL },
  { "timestamp", "date", NULL },
  { "timestamp", "timestamp_ntz", NULL },
  { "string", "int", NULL },
  { "int", "string", NULL },
  { "int", "boolean", NULL },
  { "string", "binary", NULL },
  { "array<bigint>", "array<int>", "array<bigint>" },
  { "array<int>", "array<bigint>", "array<bigint>" },
  { "array<int>", "array<string>", NULL },
  { "array<int>", "int", NULL },
  { "map<string,bigint>", "map<string,int>", "map<string,bigint>" },
  { "map<int,int>", "map<bigint,smallint>", "map<bigint,int>" },
  { "map<string,int>", "map<int,int>", NULL },
  { "struct<a:bigint,b:int>", "struct<a:int,b:bigint>", "struct<a:bigint,b:bigint>" },
  { "struct<a:int,b:int>", "struct<b:int,a:int>", "struct<a:int,b:int>" },
  { "struct<a:int,b:int>", "struct<a:int>", "struct<a:int,b:int>" },
  { "struct<a:int>", "struct<a:int,b:int>", NULL },
  { "struct<a:int>", "struct<b:int>", NULL },
  { "struct<A:int>", "struct<a:int>", "struct<A:int>" },
  { "struct<a:struct<x:decimal(18,2)>>", "struct<a:struct<x:int>>", "struct<a:struct<x:decimal(18,2)>>" },
  { "array<struct<x:int>>", "array<struct<x:decimal(18,2)>>", NULL },
};

static const struct type *parsed(const char *text)
{
  const struct type *type = NULL;
  struct error err;
  assert_true(type_parse(&arena, text_from(text), NOWHERE, &type, &err));
  return type;
}

static void type_store__never_lets_a_reader_see_another_value(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(stores); i++) {
    const struct type *stored = type_store(&arena, parsed(stores[i].standing), parsed(stores[i].written));
    const char *found = stored == NULL ? "none" : type_name(&arena, stored);
    const char *expected = stores[i].stored == NULL ? "none" : stores[i].stored;
    if (strcmp(found, expected) != 0)
      fail_msg("%s beside %s is stored as %s, not %s", stores[i].written, stores[i].standing, found, expected);
  }
}

/* Every pair of simple types: the answer is one of the two, in which every value of the run's fits. */
static void type_store__answers_one_of_the_two(void **state)
{
  static const char *const simple[] = { "boolean",       "tinyint",       "smallint",       "int",
                                        "bigint",        "float",         "double",         "decimal(10,0)",
                                        "decimal(10,2)", "decimal(18,2)", "decimal(38,10)", "string",
                                        "binary",        "date",          "timestamp",      "timestamp_ntz" };
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(simple); i++)
    for (size_t k = 0; k < ARRAY_LENGTH(simple); k++) {
      const struct type *standing = parsed(simple[i]), *written = parsed(simple[k]);
      const struct type *stored = type_store(&arena, standing, written);
      if (stored == NULL)
        assert_int_not_equal(i, k);
      else
        assert_true(type_equal(stored, standing) || type_equal(stored, written));
      if (stored != NULL && !type_equal(stored, written))
        assert_true(type_is_widening(written, stored));
      if (stored != NULL && !type_equal(stored, standing))
        assert_true(type_is_widening(standing, stored));
    }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(type_parse__reads_every_spelling),
    cmocka_unit_test(type_parse__reads_what_type_print_writes),
    cmocka_unit_test(type_print_ddl__writes_names_of_any_characters),
    cmocka_unit_test(type_parse__says_what_is_wrong),
    cmocka_unit_test(type_parse__limits_depth),
    cmocka_unit_test(type_parse_schema__takes_a_type_or_columns),
    cmocka_unit_test(type_equal__looks_at_parameters),
    cmocka_unit_test(type_is_numeric__is_tinyint_to_decimal),
    cmocka_unit_test(type_store__never_lets_a_reader_see_another_value),
    cmocka_unit_test(type_store__answers_one_of_the_two),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
