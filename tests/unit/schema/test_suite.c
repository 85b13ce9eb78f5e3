/* The official JSON Schema test suite, draft 2020-12: every group that uses only keywords that are supported.
 * CRISOL_JSON_SCHEMA_SUITE names another directory than that of scripts/setup.sh. */
#include "cases.h"

#include "base/file.h"
#include "schema/document.h"
#include "schema/schema.h"

#include <glob.h>

static struct arena arena;

static int teardown(void **state)
{
  (void)state;
  arena_done(&arena);
  return 0;
}

/* Where crisol means something else on purpose, or this test does. */
static const struct {
  const char *file, *group;
} exceptions[] = {
  { "format.json", NULL }, /* only an annotation there; tests of what it means are in optional/format */
  { "ref.json", "naive replacement of $ref with its destination is not correct" }, /* wrap() is as naive */
};

static struct {
  unsigned n_groups, n_skipped, n_cases, n_failed;
} counts;

static bool is_exception(const char *file, struct text group)
{
  for (size_t i = 0; i < ARRAY_LENGTH(exceptions); i++)
    if (strcmp(exceptions[i].file, file) == 0 &&
        (exceptions[i].group == NULL || text_equal(text_from(exceptions[i].group), group)))
      return true;
  return false;
}

/* The schema as that of a column: references start at the top of the file. */
static struct text wrap(struct text schema)
{
  static const char ref[] = "\"$ref\":\"#", column[] = "/properties/c";
  SCOPED(text_buffer_done) struct text_buffer compact = { 0 }, out = { 0 };
  assert_true(json_compact(schema, JSON_STRICT, &compact));
  text_buffer_add_string(&out, "{\"properties\":{\"c\":");
  const char *at = compact.data;
  for (const char *found = strstr(at, ref); found != NULL; found = strstr(at, ref)) {
    size_t length = (size_t)(found - at) + sizeof(ref) - 1;
    text_buffer_add(&out, at, length);
    text_buffer_add_string(&out, column);
    at += length;
  }
  text_buffer_add_string(&out, at);
  text_buffer_add_string(&out, "}}");
  return (struct text){ arena_copy(&arena, out.data, out.length), out.length };
}

static void run_case(const char *file, struct text group, const struct schema_node *node,
                     const struct document_value *test)
{
  bool is_stopped = false;
  const struct document_value *data = document_find(test, TEXT("data"));
  struct text text = data->text;
  struct schema_value value = { .kind = SCHEMA_JSON, .is_typed = true };
  if (data->kind == JSON_STRING) {
    value.kind = SCHEMA_STRING;
  } else {
    SCOPED(text_buffer_done) struct text_buffer compact = { 0 };
    assert_true(json_compact(text, JSON_STRICT, &compact));
    text = (struct text){ arena_copy(&arena, compact.data, compact.length), compact.length };
  }
  value.text = text;
  bool is_valid = schema_check(node, &value, &is_stopped) == 0;
  counts.n_cases++;
  if (is_valid == (document_find(test, TEXT("valid"))->kind == JSON_TRUE) && !is_stopped)
    return;
  counts.n_failed++;
  print_error("%s: %.*s: %.*s: found %s\n", file, TEXT_ARGS(group),
              TEXT_ARGS(document_find(test, TEXT("description"))->text), is_valid ? "valid" : "invalid");
}

static void run_group(const char *file, const struct document_value *group)
{
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  struct text description = document_find(group, TEXT("description"))->text;
  const struct document_value *value = document_find(group, TEXT("schema"));
  if (is_exception(file, description))
    return;
  if (!schema_compile(&arena, file, wrap(value->text), &problems, &schema)) {
    counts.n_skipped++;
    if (getenv("CRISOL_JSON_SCHEMA_SKIPPED") != NULL)
      print_message("%s: %.*s: %s\n", file, TEXT_ARGS(description), problems.items[0]->error.message);
    return;
  }
  counts.n_groups++;
  const struct document_value *tests = document_find(group, TEXT("tests"));
  for (size_t i = 0; i < tests->n_items; i++)
    run_case(file, description, schema_find(schema, "c")->node, &tests->items[i]);
}

static void run_file(const char *path)
{
  struct problem_list problems = { .arena = &arena };
  struct source source = { .name = path };
  struct document_value root;
  struct error err;
  const char *slash = strrchr(path, '/');
  assert_true(file_read(&arena, path, 1 << 24, ERROR_CONFIG, &source.text, &err));
  if (!document_read(&arena, &source, &problems, &root))
    return; /* a group that has a name twice */
  for (size_t i = 0; i < root.n_items; i++)
    run_group(slash == NULL ? path : slash + 1, &root.items[i]);
}

static void run_directory(const char *directory, const char *inside)
{
  glob_t found = { 0 };
  if (glob(arena_printf(&arena, "%s/%s", directory, inside), 0, NULL, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++)
      run_file(found.gl_pathv[i]);
  globfree(&found);
}

static void schema_check__agrees_with_the_official_suite(void **state)
{
  (void)state;
  const char *directory = getenv("CRISOL_JSON_SCHEMA_SUITE");
  if (directory == NULL)
    directory = "build/deps/json-schema-test-suite/tests/draft2020-12";
  if (!file_exists(directory))
    fail_msg("there is no test suite at %s: run scripts/setup.sh test", directory);
  run_directory(directory, "*.json");
  run_directory(directory, "optional/bignum.json");
  run_directory(directory, "optional/float-overflow.json");
  run_directory(directory, "optional/ecmascript-regex.json");
  static const char *const formats[] = { "date-time", "date", "time", "uuid", "email", "ipv4", "uri" };
  for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
    run_directory(directory, arena_printf(&arena, "optional/format/%s.json", formats[i]));
  print_message("%u groups with %u cases; %u groups use what is not supported\n", counts.n_groups, counts.n_cases,
                counts.n_skipped);
  assert_int_equal(counts.n_failed, 0);
  assert_true(counts.n_groups > 170);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(schema_check__agrees_with_the_official_suite),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
