/* scripts/init_database.sql and docs/metadata.md are made from the table of the metadata tables: they are one with it.
 */
#include "support.h"

#include "base/file.h"
#include "ledger/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char script[] = "scripts/init_database.sql";
static const char document[] = "docs/metadata.md";
static const char begin[] = "<!-- The metadata tables, printed from the code: `make golden` writes them. -->\n";
static const char end[] = "<!-- The end of the metadata tables. -->\n";

static bool is_rewritten(void)
{
  const char *mode = getenv("CRISOL_GOLDEN");
  return mode != NULL && strcmp(mode, "rewrite") == 0;
}

static const char *read_whole(struct arena *arena, const char *path)
{
  struct error err;
  struct text text;
  assert_true(file_read(arena, path, 1 << 20, ERROR_ENVIRONMENT, &text, &err));
  return text_copy(arena, text);
}

static void rewrite_or_compare(const char *path, const char *found, const struct text_buffer *wanted)
{
  FILE *file;
  if (!is_rewritten()) {
    assert_string_equal(found, wanted->data);
    return;
  }
  file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(wanted->data, 1, wanted->length, file), wanted->length);
  assert_int_equal(fclose(file), 0);
}

static void init_database_sql__is_printed_from_the_tables(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer wanted = { 0 };
  ledger_print_script(&wanted);
  rewrite_or_compare(script, read_whole(&arena, script), &wanted);
}

static void docs_metadata_md__has_the_tables(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer wanted = { 0 };
  const char *found = read_whole(&arena, document);
  const char *from = strstr(found, begin), *to = strstr(found, end);
  assert_non_null(from);
  assert_non_null(to);
  text_buffer_add(&wanted, found, (size_t)(from - found) + strlen(begin));
  ledger_print_docs(&wanted);
  text_buffer_add_string(&wanted, to);
  rewrite_or_compare(document, found, &wanted);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(init_database_sql__is_printed_from_the_tables),
    cmocka_unit_test(docs_metadata_md__has_the_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
