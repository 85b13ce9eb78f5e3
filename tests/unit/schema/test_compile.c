#include "cases.h"

#include "base/file.h"
#include "schema/schema.h"

static struct arena arena;

static int teardown(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

static struct schema *compile(const char *place, struct text text)
{
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  if (schema_compile(&arena, "test.json", text, &problems, &schema))
    return schema;
  for (size_t i = 0; i < problems.count; i++)
    print_error("%s: %s\n", place, problems.items[i]->error.message);
  _fail(__FILE__, __LINE__);
  return NULL;
}

/* Problems. */

static void show_problems(const struct problem_list *problems, struct text_buffer *out)
{
  text_buffer_add_string(out, "");
  for (size_t i = 0; i < problems->count; i++) {
    const struct error *error = &problems->items[i]->error;
    text_buffer_printf(out, "%s%zu:%zu %s", i > 0 ? " | " : "", error->line, error->column, error->message);
    if (error->hint[0] != '\0')
      text_buffer_printf(out, " [%s]", error->hint);
  }
}

static bool check_problems(const char *place, char **fields)
{
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  bool is_valid = schema_compile(&arena, "test.json", text_from(fields[0]), &problems, &schema);
  SCOPED(text_buffer_done) struct text_buffer shown = { 0 };
  show_problems(&problems, &shown);
  if (!is_valid && strcmp(shown.data, fields[1]) == 0)
    return true;
  print_error("%s: %s\n  expected %s\n  found    %s\n", place, fields[0], fields[1], shown.data);
  return false;
}

static void schema_compile__says_what_is_wrong_and_where(void **state)
{
  (void)state;
  check_case_file("tests/cases/schema/problems.tsv", 2, check_problems);
}

static void schema_compile__refuses_a_pattern_at_its_place(void **state)
{
  (void)state;
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  assert_false(schema_compile(&arena, "test.json", TEXT("{\"properties\":{\"a\":{\n\"pattern\":\"a(b\"}}}"), &problems,
                              &schema));
  assert_int_equal(problems.count, 1);
  assert_int_equal(problems.items[0]->error.line, 2);
  assert_contains(problems.items[0]->error.message, "a(b");
}

static void schema_compile__refuses_what_is_not_utf8(void **state)
{
  (void)state;
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  assert_false(schema_compile(&arena, "test.json", TEXT("{\"title\":\"\xC3\xA9\xFF\"}"), &problems, &schema));
  assert_error(problems.items[0]->error, "the schema is not valid UTF-8", 1, 12);
}

static void assert_one_problem(struct text text, const char *message)
{
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  assert_false(schema_compile(&arena, "test.json", text, &problems, &schema));
  assert_true(problems.count >= 1);
  assert_contains(problems.items[0]->error.message, message);
}

static void schema_compile__bounds_hostile_schemas(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer deep = { 0 }, chain = { 0 }, doubled = { 0 }, required = { 0 };
  for (size_t i = 0; i < 5000; i++)
    text_buffer_add_string(&deep, "{\"properties\":{\"a\":");
  assert_one_problem(text_buffer_text(&deep), "no more than 1000 levels of nesting");
  text_buffer_add_string(&chain, "{\"$defs\":{");
  text_buffer_add_string(&doubled, "{\"$defs\":{");
  for (size_t i = 0; i < 3000; i++)
    text_buffer_printf(&chain, "\"d%zu\":{\"$ref\":\"#/$defs/d%zu\"},", i, i + 1);
  text_buffer_add_string(&chain, "\"d3000\":{}}}");
  assert_one_problem(text_buffer_text(&chain), "the schema refers too deep");
  for (size_t i = 0; i < 60; i++)
    text_buffer_printf(&doubled, "\"d%zu\":{\"allOf\":[{\"$ref\":\"#/$defs/d%zu\"},{\"$ref\":\"#/$defs/d%zu\"}]},", i,
                       i + 1, i + 1);
  text_buffer_add_string(&doubled, "\"d60\":{}},\"properties\":{\"a\":{\"$ref\":\"#/$defs/d0\"}}}");
  assert_one_problem(text_buffer_text(&doubled), "over 1000 schemas apply to one value");
  text_buffer_add_string(&required, "{\"properties\":{\"a\":{\"required\":[\"x\"");
  for (size_t i = 0; i < 300; i++)
    text_buffer_printf(&required, ",\"r%zu\"", i);
  text_buffer_add_string(&required, "]}}}");
  assert_one_problem(text_buffer_text(&required), "a list of at most 256 names");
}

/* Columns. */

static void show_flags(const struct schema_property *property, struct text_buffer *out)
{
  text_buffer_add_string(out, "");
  if (property->is_nullable)
    text_buffer_add_string(out, " nullable");
  if (property->is_integer)
    text_buffer_add_string(out, " integer");
  if (property->is_json)
    text_buffer_add_string(out, " json");
  if (property->has_minimum)
    text_buffer_printf(out, " min=%lld", (long long)property->minimum);
  if (property->has_maximum)
    text_buffer_printf(out, " max=%lld", (long long)property->maximum);
}

static bool check_column(const char *place, char **fields)
{
  static const char definitions[] =
      "{\"$defs\":{\"money\":{\"type\":\"number\",\"minimum\":0},"
      "\"point\":{\"type\":\"object\",\"properties\":{\"x\":{\"type\":\"number\"}}},"
      "\"tree\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"integer\"},\"l\":{\"$ref\":\"#/$defs/tree\"}}}},"
      "\"properties\":{\"c\":";
  struct schema *schema = compile(place, text_from(arena_printf(&arena, "%s%s}}", definitions, fields[0])));
  const struct schema_property *property = schema_find(schema, "c");
  SCOPED(text_buffer_done) struct text_buffer flags = { 0 };
  show_flags(property, &flags);
  const char *type = type_name(&arena, property->type);
  const char *shown = flags.length > 0 ? flags.data + 1 : "";
  if (strcmp(type, fields[1]) == 0 && strcmp(shown, fields[2]) == 0)
    return true;
  print_error("%s: %s\n  expected %s %s\n  found    %s %s\n", place, fields[0], fields[1], fields[2], type, shown);
  return false;
}

static void schema_compile__derives_columns(void **state)
{
  (void)state;
  check_case_file("tests/cases/schema/columns.tsv", 3, check_column);
}

/* Whole files. */

static struct schema *compile_file(const char *path)
{
  struct text text;
  struct error err;
  if (!file_read(&arena, path, 1 << 20, ERROR_CONFIG, &text, &err))
    fail_msg("%s", err.message);
  return compile(path, text);
}

static void schema_compile__reads_the_payments_schema(void **state)
{
  (void)state;
  const struct schema *schema = compile_file("tests/cases/schema/payments.json");
  assert_int_equal(schema->n_properties, 10);
  assert_false(schema->allows_additional);
  assert_string_equal(schema->properties[0].name, "payment_id"); /* in the file's order */
  assert_true(schema->properties[0].is_required);
  assert_string_equal(schema->properties[0].description, "Unique payment identifier");
  assert_false(schema_find(schema, "currency")->is_required);
  assert_int_equal(schema_find(schema, "merchant_id")->maximum, 999999);
  assert_int_equal(schema_find(schema, "payment_date")->type->id, TYPE_TIMESTAMP);
  assert_null(schema_find(schema, "Currency"));
  size_t line, column;
  place_position(schema->properties[1].place, &line, &column);
  assert_int_equal(line, 11);
  assert_int_equal(column, 5);
}

static void schema_compile__reads_the_events_schema(void **state)
{
  (void)state;
  const struct schema *schema = compile_file("tests/cases/schema/events.json");
  assert_true(schema->allows_additional);
  assert_string_equal(type_name(&arena, schema_find(schema, "event_metadata")->type), "map<string,string>");
  assert_true(schema_find(schema, "event_metadata")->is_json);
  assert_string_equal(type_name(&arena, schema_find(schema, "geo_location")->type),
                      "struct<country:string,city:string,latitude:double,longitude:double>");
}

static void schema_compile__gives_one_text_to_one_schema(void **state)
{
  (void)state;
  const struct schema *a = compile("a", TEXT("\xEF\xBB\xBF{\"title\":\"\\u00e9\",\"properties\":{\"b\":{},\"a\":{}}}"));
  const struct schema *b = compile("b", TEXT("{ \"properties\" : {\"a\":{}, \"b\":{}},\n\"title\":\"é\"}"));
  const struct schema *c = compile("c", TEXT("{\"properties\":{\"a\":{},\"b\":{}},\"title\":\"e\"}"));
  assert_string_equal(a->canonical, b->canonical);
  assert_string_not_equal(a->canonical, c->canonical);
  assert_string_equal(a->canonical, "{\"properties\":{\"a\":{},\"b\":{}},\"title\":\"é\"}");
}

static void schema_compile__keeps_a_column_that_is_required_alone(void **state)
{
  (void)state;
  const struct schema *schema = compile("required", TEXT("{\"required\":[\"id\"],\"properties\":{\"a\":{}}}"));
  assert_int_equal(schema->n_properties, 2);
  assert_true(schema_find(schema, "id")->is_required);
  assert_int_equal(schema_find(schema, "id")->type->id, TYPE_STRING);
}

static void schema_compile__reads_annotations(void **state)
{
  (void)state;
  compile("annotations",
          TEXT("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"x\",\"title\":\"t\","
               "\"properties\":{\"a\":{\"description\":5,\"default\":1,\"examples\":[1],\"$comment\":\"c\","
               "\"deprecated\":true,\"readOnly\":true,\"writeOnly\":false}}}"));
}

/* Schemas with bytes changed and parts repeated are read without harm, and what compiles can be applied. */
static void schema_compile__survives_damage(void **state)
{
  (void)state;
  static const char bytes[] = "{}[]\",:0-e\\$#/ntru";
  uint64_t random = 1;
  struct text text;
  struct error err;
  assert_true(file_read(&arena, "tests/cases/schema/events.json", 1 << 20, ERROR_CONFIG, &text, &err));
  for (size_t i = 0; i < 3000; i++) {
    struct arena own = { 0 };
    struct problem_list problems = { .arena = &own };
    struct schema *schema = NULL;
    size_t length = 0;
    for (size_t n = 0; n < 1 + i % 3; n++) {
      random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
      length = text.length - (i % 2 == 0 ? 0 : (random >> 20) % text.length);
      char *copy = arena_copy(&own, text.data, length);
      copy[(random >> 33) % (length + 1)] = bytes[(random >> 10) % (sizeof(bytes) - 1)];
      if (schema_compile(&own, "test.json", (struct text){ copy, length }, &problems, &schema)) {
        bool is_stopped;
        for (size_t c = 0; c < schema->n_properties; c++)
          schema_check(schema->properties[c].node, &(struct schema_value){ .kind = SCHEMA_JSON, .text = text },
                       &is_stopped);
      } else {
        assert_true(problem_count_errors(&problems) > 0);
      }
    }
    arena_done(&own);
  }
}

static void schema_keywords__are_all_described(void **state)
{
  (void)state;
  assert_true(n_schema_keywords <= 64);
  for (size_t i = 0; i < n_schema_keywords; i++) {
    assert_true(strlen(schema_keywords[i].name) > 0);
    assert_true(strlen(schema_keywords[i].doc) > 10);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(schema_compile__says_what_is_wrong_and_where),
    cmocka_unit_test(schema_compile__refuses_a_pattern_at_its_place),
    cmocka_unit_test(schema_compile__refuses_what_is_not_utf8),
    cmocka_unit_test(schema_compile__bounds_hostile_schemas),
    cmocka_unit_test(schema_compile__derives_columns),
    cmocka_unit_test(schema_compile__reads_the_payments_schema),
    cmocka_unit_test(schema_compile__reads_the_events_schema),
    cmocka_unit_test(schema_compile__gives_one_text_to_one_schema),
    cmocka_unit_test(schema_compile__keeps_a_column_that_is_required_alone),
    cmocka_unit_test(schema_compile__reads_annotations),
    cmocka_unit_test(schema_compile__survives_damage),
    cmocka_unit_test(schema_keywords__are_all_described),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
