/* Which of several datasets are meant, and in which order they run. */
#include "config/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* sales and stock read raw_sales and raw_stock; report reads both; lone reads nobody. */
static const struct {
  const char *id, *tag, *reads[2];
} given[] = {
  { "report", "daily", { "sales", "stock" } },
  { "sales", "core", { "raw_sales", NULL } },
  { "stock", "core", { "raw_stock", NULL } },
  { "raw_sales", "raw", { NULL } },
  { "raw_stock", "raw", { NULL } },
  { "lone", "daily", { NULL } },
};

static void fill(struct arena *arena, struct catalog *catalog)
{
  *catalog = (struct catalog){ .arena = arena, .count = ARRAY_LENGTH(given) };
  catalog->entries = arena_array(arena, catalog->count, sizeof(*catalog->entries));
  for (size_t i = 0; i < catalog->count; i++) {
    struct catalog_entry *entry = &catalog->entries[i];
    *entry = (struct catalog_entry){ .id = { .value = given[i].id }, .is_given = true, .is_reached = true };
    entry->tags.items = arena_alloc(arena, sizeof(struct config_text));
    entry->tags.items[0].value = given[i].tag;
    entry->tags.count = 1;
    entry->references = arena_array(arena, 2, sizeof(*entry->references));
    for (size_t r = 0; r < 2 && given[i].reads[r] != NULL; r++)
      for (size_t other = 0; other < catalog->count; other++)
        if (strcmp(given[other].id, given[i].reads[r]) == 0)
          entry->references[entry->n_references++] =
              (struct catalog_reference){ .name = { .value = given[other].id }, .entry = other };
  }
}

/* The chosen ids in their order, or the error's message. */
static const char *chosen(struct arena *arena, const char *select, const char *exclude)
{
  struct catalog catalog;
  struct error err = { 0 };
  struct config_text included = { .value = select }, left_out = { .value = exclude };
  const struct config_list selected = { .items = &included, .count = select != NULL };
  const struct config_list excluded = { .items = &left_out, .count = exclude != NULL };
  const char *answer = "";
  size_t count = 0;
  fill(arena, &catalog);
  if (!catalog_choose(&catalog, &selected, &excluded, &err))
    return arena_printf(arena, "%s", err.message);
  const size_t *order = catalog_order(&catalog, &count);
  for (size_t i = 0; i < count; i++)
    answer = arena_printf(arena, "%s%s%s", answer, i == 0 ? "" : " ", given[order[i]].id);
  return answer;
}

static void choose__takes_what_a_selector_names(void **state)
{
  (void)state;
  static const struct {
    const char *select, *exclude, *answer;
  } cases[] = {
    { NULL, NULL, "raw_sales raw_stock lone sales stock report" },
    { "sales", NULL, "sales" },
    { "core", NULL, "sales stock" },
    { "tag:raw", NULL, "raw_sales raw_stock" },
    { "+report", NULL, "raw_sales raw_stock sales stock report" },
    { "1+report", NULL, "sales stock report" },
    { "raw_sales+", NULL, "raw_sales sales report" },
    { "raw_sales+1", NULL, "raw_sales sales" },
    { "+sales+", NULL, "raw_sales sales report" },
    { "raw_*", NULL, "raw_sales raw_stock" },
    { "lone sales", NULL, "sales lone" },
    { "core,+sales", NULL, "sales" },
    { "daily", "report", "lone" },
    { NULL, "+report", "lone" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    assert_string_equal(chosen(&arena, cases[i].select, cases[i].exclude), cases[i].answer);
  }
}

static void choose__refuses_what_names_nothing(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  assert_string_equal(chosen(&arena, "nope", NULL), "--select \"nope\" names no dataset and no tag");
  assert_string_equal(chosen(&arena, "tag:sales", NULL), "--select \"tag:sales\" names no dataset and no tag");
  assert_string_equal(chosen(&arena, "lone", "nope+"), "--exclude \"nope+\" names no dataset and no tag");
  assert_string_equal(chosen(&arena, " ", NULL), "--select names nothing");
  assert_string_equal(chosen(&arena, "lone", "lone"), "--select and --exclude leave no dataset");
}

static void graph__is_drawn_in_each_format(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct catalog catalog;
  struct error err;
  struct config_text included = { .value = "stock,core raw_stock" };
  const struct config_list selected = { .items = &included, .count = 1 }, none = { 0 };
  fill(&arena, &catalog);
  assert_true(catalog_choose(&catalog, &selected, &none, &err));
  catalog_print_graph(&catalog, GRAPH_TEXT, &out);
  assert_string_equal(out.data, "raw_stock\nstock      <- raw_stock\n");
  text_buffer_clear(&out);
  catalog_print_graph(&catalog, GRAPH_MERMAID, &out);
  assert_string_equal(out.data,
                      "flowchart LR\n  n4[\"raw_stock\"]\n  n2[\"stock\"]\n  n4[\"raw_stock\"] --> n2[\"stock\"]\n");
  text_buffer_clear(&out);
  catalog_print_graph(&catalog, GRAPH_DOT, &out);
  assert_string_equal(
      out.data,
      "digraph datasets {\n  rankdir=LR;\n  \"raw_stock\";\n  \"stock\";\n  \"raw_stock\" -> \"stock\";\n}\n");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(choose__takes_what_a_selector_names),
    cmocka_unit_test(choose__refuses_what_names_nothing),
    cmocka_unit_test(graph__is_drawn_in_each_format),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
