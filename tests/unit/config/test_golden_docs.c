/* docs/config.md and the tables of keys are one: what stands between the markers is what the tables print. */
#include "support.h"

#include "base/file.h"
#include "config/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char path[] = "docs/config.md";
static const char begin[] = "<!-- The tables of keys, printed from the code: `make golden` writes them. -->\n";
static const char end[] = "<!-- The end of the tables of keys. -->\n";

static char *read_whole(const char *name)
{
  enum { ROOM = 1 << 20 };
  char *text = calloc(1, ROOM);
  FILE *file = fopen(name, "rb");
  assert_non_null(text);
  assert_non_null(file);
  assert_true(fread(text, 1, ROOM - 1, file) > 0);
  fclose(file);
  return text;
}

static void rewrite(const char *document, const char *from, const char *to, struct text tables)
{
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  fprintf(file, "%.*s%.*s%s", (int)(from - document), document, TEXT_ARGS(tables), to);
  assert_int_equal(fclose(file), 0);
}

static void docs_config_md__has_the_keys_of_the_tables(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer tables = { 0 };
  config_print_docs(&tables);
  char *document = read_whole(path);
  char *from = strstr(document, begin);
  char *to = strstr(document, end);
  assert_non_null(from);
  assert_non_null(to);
  from += strlen(begin);
  const char *mode = getenv("CRISOL_GOLDEN");
  if (mode != NULL && strcmp(mode, "rewrite") == 0)
    rewrite(document, from, to, text_buffer_text(&tables));
  else
    assert_true(text_equal((struct text){ from, (size_t)(to - from) }, text_buffer_text(&tables)));
  free(document);
}

int main(void)
{
  const struct CMUnitTest tests[] = { cmocka_unit_test(docs_config_md__has_the_keys_of_the_tables) };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
