/* docs/functions.md and the function table are one: it is what the table prints, with an example of each function that
 * the recorded answers of Spark hold. */
#include "support.h"

#include "base/file.h"
#include "expr/functions/functions.h"

#include <stdio.h>
#include <stdlib.h>

static const char path[] = "docs/functions.md";

/* The recorded answers, in the order in which an example is looked for. */
static const char *const case_files[] = { "tests/cases/expr/examples.tsv",  "tests/cases/expr/found.tsv",
                                          "tests/cases/expr/semantics.tsv", "tests/cases/expr/edges.tsv",
                                          "tests/cases/expr/temporal.tsv",  "tests/cases/expr/further.tsv" };

static struct text read_whole(struct arena *arena, const char *name)
{
  FILE *file = fopen(name, "rb");
  if (file == NULL)
    return (struct text){ 0 };
  SCOPED(text_buffer_done) struct text_buffer text = { 0 };
  char bytes[4096];
  size_t length;
  while ((length = fread(bytes, 1, sizeof bytes, file)) > 0)
    text_buffer_add(&text, bytes, length);
  fclose(file);
  return text_from(text_copy(arena, text_buffer_text(&text)));
}

/* The first short line that begins with a call of the function and has a value. */
static bool find_example(struct text cases, const char *name, struct text *ret_expression, struct text *ret_answer)
{
  enum { LONGEST = 120 };
  size_t name_length = strlen(name);
  for (size_t at = 0; at < cases.length;) {
    const char *line = cases.data + at;
    size_t length = strcspn(line, "\n");
    at += length + 1;
    const char *tab = memchr(line, '\t', length);
    if (tab == NULL || length > LONGEST || length <= name_length || line[name_length] != '(' ||
        strncasecmp(line, name, name_length) != 0 || strncmp(tab + 1, "ERROR", 5) == 0)
      continue;
    *ret_expression = (struct text){ line, (size_t)(tab - line) };
    *ret_answer = (struct text){ tab + 1, length - (size_t)(tab + 1 - line) };
    return true;
  }
  return false;
}

/* A cell of the table: bars and backticks cannot stand in it as they are. */
static void add_cell(struct text_buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++)
    text_buffer_printf(out, text.data[i] == '|' ? "\\%c" : "%c", text.data[i]);
}

static void add_arguments(struct text_buffer *out, const struct function *function)
{
  if (function->max_args == ANY_NUMBER)
    text_buffer_printf(out, "%d or more", function->min_args);
  else if (function->min_args == function->max_args)
    text_buffer_printf(out, "%d", function->min_args);
  else
    text_buffer_printf(out, "%d to %d", function->min_args, function->max_args);
  if (function->args != NULL && function->max_args > 0) {
    text_buffer_add_string(out, ": ");
    add_cell(out, text_from(function->args));
  }
}

static void add_function(struct text_buffer *out, const struct function *function, const struct text *cases)
{
  bool is_word = function->name[0] >= 'a' && function->name[0] <= 'z';
  bool in_c = function->duckdb == NULL || strstr(function->duckdb, "spark_") != NULL;
  text_buffer_printf(out, "| `%s`%s%s | ", strcmp(function->name, "|") == 0 ? "\\|" : function->name,
                     function->aliases != NULL ? ", " : "", function->aliases != NULL ? function->aliases : "");
  add_arguments(out, function);
  text_buffer_printf(out, " | %s | ", function->returns != NULL ? function->returns : "by its arguments");
  add_cell(out, text_from(function->doc != NULL ? function->doc : ""));
  text_buffer_printf(out, " | %s | ", in_c ? "crisol" : "DuckDB");
  struct text expression;
  struct text answer;
  bool is_found = false;
  for (size_t i = 0; is_word && i < ARRAY_LENGTH(case_files) && !is_found; i++)
    is_found = find_example(cases[i], function->name, &expression, &answer);
  if (is_found) {
    text_buffer_add_string(out, "`` ");
    add_cell(out, expression);
    text_buffer_add_string(out, " `` is `` ");
    add_cell(out, answer);
    text_buffer_add_string(out, " ``");
  }
  text_buffer_add_string(out, " |\n");
}

/* The names of a class that crisol lacks and that have this reason. */
static void add_missing(struct text_buffer *out, const char *reason)
{
  size_t count = 0;
  for (size_t i = 0; i < n_spark_names; i++) {
    const char *word = spark_names[i].names;
    for (size_t length = strcspn(word, " "); strcmp(spark_names[i].class, "scalar") == 0 && length > 0;
         word += length + (word[length] == ' '), length = strcspn(word, " ")) {
      const char *why = function_reason((struct text){ word, length });
      if (why == NULL || strcmp(why, reason) != 0)
        continue;
      if (count++ == 0)
        text_buffer_printf(out, "| %s | ", reason);
      text_buffer_printf(out, "%s`%.*s`", count > 1 ? " " : "", (int)length, word);
    }
  }
  if (count > 0)
    text_buffer_add_string(out, " |\n");
}

static void print_page(struct arena *arena, struct text_buffer *out)
{
  struct text cases[ARRAY_LENGTH(case_files)];
  for (size_t i = 0; i < ARRAY_LENGTH(case_files); i++)
    cases[i] = read_whole(arena, case_files[i]);
  text_buffer_add_string(
      out,
      "# Functions\n\n"
      "<!-- Printed from the function table: `make golden` writes it. -->\n\n"
      "Expressions are Spark SQL as Spark 4.3 answers it with `spark.sql.ansi.enabled` off. Each example is a test, "
      "its answer recorded from Spark. \"Done by\" says who computes it where DuckDB is the engine; on Spark it is "
      "Spark's own.\n");
  for (size_t i = 0; i < n_function_families; i++) {
    const struct function_family *family = function_families[i];
    text_buffer_printf(out, "\n## %c%s\n\n", family->name[0] - ('a' <= family->name[0] ? 32 : 0), family->name + 1);
    text_buffer_add_string(out, "| Name | Arguments | Result | What it is | Done by | Example |\n"
                                "| --- | --- | --- | --- | --- | --- |\n");
    for (size_t j = 0; j < family->n_rows; j++)
      add_function(out, &family->rows[j], cases);
  }
  text_buffer_add_string(
      out, "\n## What stays out\n\n"
           "These names of Spark are refused, each with its reason. Aggregates, window functions and generators are "
           "refused in a rule, which sees one row at a time.\n\n| Reason | Names |\n| --- | --- |\n");
  for (size_t i = 0; i < n_spark_reasons; i++)
    add_missing(out, spark_reasons[i].reason);
  text_buffer_add_string(
      out,
      "\nWhat is answered otherwise than by Spark:\n\n"
      "- `tan` and `cot`: now and then the last digit, which Spark itself takes from the processor's library (`sin`, "
      "`cos`, `sec` and `csc` have that of x86-64).\n"
      "- `regexp_replace` with an empty pattern beside characters past U+FFFF, which Java cuts in two.\n"
      "- Texts are UTF-8: functions of a text that was cast from bytes that are none.\n"
      "- Parts of the dates 5881580-07-11 and -5877641-06-24, which DuckDB takes for the ends of time, are null.\n"
      "- A float of 2^83, whose text Java ends in another digit.\n"
      "- `monotonically_increasing_id` and numbers by chance with a seed are those of one partition that holds what "
      "the "
      "run reads: an incremental run and a replay number their rows anew.\n"
      "- A variant of JSON keeps its numbers as integers, decimals and doubles; those of dates and of floats are "
      "refused.\n");
}

static void docs_functions_md__is_the_function_table(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer page = { 0 };
  print_page(&arena, &page);
  const char *mode = getenv("CRISOL_GOLDEN");
  if (mode != NULL && strcmp(mode, "rewrite") == 0) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(page.data, 1, page.length, file), page.length);
    assert_int_equal(fclose(file), 0);
    return;
  }
  assert_true(text_equal(read_whole(&arena, path), text_buffer_text(&page)));
}

static void every_scalar_function_that_is_lacked__has_a_reason(void **state)
{
  (void)state;
  size_t n_without = 0;
  for (size_t i = 0; i < n_spark_names; i++) {
    const char *word = spark_names[i].names;
    for (size_t length = strcspn(word, " "); strcmp(spark_names[i].class, "scalar") == 0 && length > 0;
         word += length + (word[length] == ' '), length = strcspn(word, " ")) {
      struct text name = { word, length };
      bool is_syntax = text_equal(name, TEXT("case")) || text_equal(name, TEXT("cast")) ||
                       text_equal(name, TEXT("extract")) || text_equal(name, TEXT("dateadd")) ||
                       text_equal(name, TEXT("between")) || text_equal(name, TEXT("timestampadd"));
      if (function_find(name) == NULL && function_reason(name) == NULL && !is_syntax) {
        print_error("%.*s has no row and no reason\n", (int)length, word);
        n_without++;
      }
    }
  }
  assert_int_equal(n_without, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(docs_functions_md__is_the_function_table),
                                      cmocka_unit_test(every_scalar_function_that_is_lacked__has_a_reason) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
