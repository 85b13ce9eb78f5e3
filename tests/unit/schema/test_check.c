#include "cases.h"

#include "schema/schema.h"

#include <math.h>

static struct arena arena;

static int teardown(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

/* Cases. */

static void read_decimal(const char *text, struct schema_value *value)
{
  value->kind = SCHEMA_DECIMAL;
  bool is_behind_point = false;
  for (const char *at = text + (*text == '-' ? 1 : 0); *at != '\0'; at++) {
    if (*at == '.') {
      is_behind_point = true;
      continue;
    }
    value->unscaled = value->unscaled * 10 + (*at - '0');
    value->scale += is_behind_point ? 1 : 0;
  }
  value->unscaled = *text == '-' ? -value->unscaled : value->unscaled;
}

static struct schema_value value_from(const char *kind, const char *text)
{
  static const struct {
    const char *name;
    enum schema_value_kind kind;
  } kinds[] = {
    { "null", SCHEMA_NULL },       { "boolean", SCHEMA_BOOLEAN }, { "integer", SCHEMA_INTEGER },
    { "decimal", SCHEMA_DECIMAL }, { "double", SCHEMA_DOUBLE },   { "string", SCHEMA_STRING },
    { "typed", SCHEMA_STRING },    { "date", SCHEMA_DATE },       { "timestamp", SCHEMA_TIMESTAMP },
    { "json", SCHEMA_JSON },       { "csv", SCHEMA_CSV_TEXT },
  };
  struct schema_value value = { .text = text_from(text), .is_typed = strcmp(kind, "typed") == 0 };
  size_t i = 0;
  while (i < ARRAY_LENGTH(kinds) && strcmp(kinds[i].name, kind) != 0)
    i++;
  if (i == ARRAY_LENGTH(kinds))
    fail_msg("unknown kind \"%s\"", kind);
  value.kind = kinds[i].kind;
  if (value.kind == SCHEMA_DECIMAL)
    read_decimal(text, &value);
  if (value.kind == SCHEMA_INTEGER)
    value.integer = strtoll(text, NULL, 10);
  value.real = strtod(text, NULL);
  value.boolean = strcmp(text, "true") == 0;
  return value;
}

static struct schema *compile(const char *place, const char *text)
{
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  if (schema_compile(&arena, "test.json", text_from(text), &problems, &schema))
    return schema;
  for (size_t i = 0; i < problems.count; i++)
    print_error("%s: %s: %s\n", place, text, problems.items[i]->error.message);
  _fail(__FILE__, __LINE__);
  return NULL;
}

static const struct schema_node *compile_column(const char *place, const char *schema)
{
  static const char definitions[] =
      "{\"$defs\":{\"money\":{\"type\":\"number\",\"minimum\":0},\"a/b%\":{\"type\":\"string\"},"
      "\"tree\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"integer\"},\"l\":{\"$ref\":\"#/$defs/tree\"}}}},"
      "\"properties\":{\"c\":";
  return schema_find(compile(place, arena_printf(&arena, "%s%s}}", definitions, schema)), "c")->node;
}

static void show_keywords(uint64_t violated, struct text_buffer *out)
{
  text_buffer_add_string(out, "");
  for (size_t i = 0; i < n_schema_keywords; i++)
    if ((violated >> i & 1) != 0)
      text_buffer_printf(out, "%s%s", out->length > 0 ? " " : "", schema_keywords[i].name);
  if (violated >> n_schema_keywords != 0)
    text_buffer_add_string(out, " and bits of no keyword");
}

/* Whether a text is JSON, as one that a reader has parsed. */
static bool is_json(const char *text)
{
  SCOPED(text_buffer_done) struct text_buffer compact = { 0 };
  return json_compact(text_from(text), JSON_STRICT, &compact);
}

static bool check_case(const char *place, char **fields)
{
  bool is_stopped = false;
  struct schema_value value = value_from(fields[1], fields[2]);
  const struct schema_node *node = compile_column(place, fields[0]);
  struct schema_value parsed = value; /* it makes no difference whether a reader has parsed it before */
  parsed.is_well_formed = value.kind == SCHEMA_JSON && is_json(fields[2]);
  assert_true(schema_check(node, &parsed, &is_stopped) == schema_check(node, &value, &is_stopped));
  SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
  show_keywords(schema_check(node, &value, &is_stopped), &shown);
  if (strcmp(shown.data, fields[3]) == 0 && !is_stopped)
    return true;
  print_error("%s: %s\n  %s %s\n  expected %s\n  found    %s\n", place, fields[0], fields[1], fields[2], fields[3],
              shown.data);
  return false;
}

static void schema_check__names_the_violated_keywords(void **state)
{
  (void)state;
  check_case_file("tests/cases/schema/check.tsv", 4, check_case);
}

/* Limits. */

static void schema_check__stops_a_pattern_that_backtracks_for_ever(void **state)
{
  (void)state;
  const struct schema_node *node = compile_column("pattern", "{\"pattern\":\"^(a|aa)+$\"}");
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  for (size_t i = 0; i < 5000; i++)
    text_buffer_add_char(&text, 'a');
  text_buffer_add_char(&text, 'b');
  bool is_stopped = false;
  struct schema_value value = { .kind = SCHEMA_STRING, .text = text_buffer_text(&text) };
  assert_true(schema_check(node, &value, &is_stopped) != 0);
  assert_true(is_stopped);
}

static void schema_check__is_bounded_where_a_schema_doubles_itself(void **state)
{
  (void)state;
  const struct schema_node *node = compile_column(
      "double", "{\"$defs\":{\"d\":{\"properties\":{\"a\":{\"allOf\":[{\"$ref\":\"#/properties/c/$defs/d\"},"
                "{\"$ref\":\"#/properties/c/$defs/d\"}]}}}},\"$ref\":\"#/properties/c/$defs/d\"}");
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  for (size_t i = 0; i < 900; i++)
    text_buffer_add_string(&text, "{\"a\":");
  text_buffer_add_char(&text, '1');
  for (size_t i = 0; i < 900; i++)
    text_buffer_add_char(&text, '}');
  bool is_stopped = false;
  struct schema_value value = { .kind = SCHEMA_JSON, .text = text_buffer_text(&text) };
  assert_true(schema_check(node, &value, &is_stopped) != 0);
  assert_true(is_stopped);
}

static void schema_check__reads_long_enumerations(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer schema = { 0 };
  text_buffer_add_string(&schema, "{\"enum\":[\"x\"");
  for (size_t i = 0; i < 300; i++)
    text_buffer_printf(&schema, ",\"c%zu\"", i);
  text_buffer_add_string(&schema, "]}");
  const struct schema_node *node = compile_column("enum", schema.data);
  for (size_t i = 0; i < 301; i++) {
    char name[16];
    bool is_stopped = false;
    snprintf(name, sizeof(name), "c%zu", i);
    struct schema_value value = { .kind = SCHEMA_STRING, .text = text_from(name) };
    assert_int_equal(schema_check(node, &value, &is_stopped) == 0, i < 300);
  }
}

/* Keys that a struct does not know. */

static const struct {
  const char *schema, *json;
  size_t count;
} unknown_keys[] = {
  { "{\"type\":\"object\",\"properties\":{\"a\":{}}}", "{\"a\":1}", 0 },
  { "{\"type\":\"object\",\"properties\":{\"a\":{}}}", "{\"a\":1,\"b\":{\"c\":1},\"A\":2}", 2 },
  { "{\"type\":\"object\",\"properties\":{\"a\":{}}}", "{\"\\u0061\":1}", 0 },
  { "{\"type\":\"object\"}", "{\"a\":1}", 0 },
  { "{\"type\":\"string\"}", "1", 0 },
  { "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\",\"properties\":{\"b\":{}}}}}",
    "{\"a\":{\"b\":1,\"c\":2},\"d\":[]}", 2 },
  { "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"b\":{}}}}", "[{\"b\":1},{\"c\":1},5,[]]", 1 },
  { "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"object\"}},\"required\":[\"r\"]}",
    "{\"a\":{\"b\":1},\"r\":1}", 1 },
  { "{\"$ref\":\"#/$defs/tree\"}", "{\"v\":1,\"x\":2}", 1 },
  { "{\"type\":\"object\",\"properties\":{\"a\":{}}}", "{\"b\":1,", 1 },
};

static void schema_count_unknown_keys__counts_at_any_depth(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(unknown_keys); i++) {
    const struct schema_node *node = compile_column("unknown", unknown_keys[i].schema);
    size_t count = schema_count_unknown_keys(node, text_from(unknown_keys[i].json));
    if (count != unknown_keys[i].count)
      fail_msg("%s: %s has %zu, found %zu", unknown_keys[i].schema, unknown_keys[i].json, unknown_keys[i].count, count);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(schema_check__names_the_violated_keywords),
    cmocka_unit_test(schema_check__stops_a_pattern_that_backtracks_for_ever),
    cmocka_unit_test(schema_check__is_bounded_where_a_schema_doubles_itself),
    cmocka_unit_test(schema_check__reads_long_enumerations),
    cmocka_unit_test(schema_count_unknown_keys__counts_at_any_depth),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
