#include "fuzz.h"

#include "schema/schema.h"

/* The schema, a NUL, and a value that it judges. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct problem_list problems = { .arena = &arena };
  struct schema *schema = NULL;
  const uint8_t *end = memchr(data, 0, size);
  size_t length = end == NULL ? size : (size_t)(end - data);
  bool is_compiled = schema_compile(&arena, "schema.json", text_of(data, length), &problems, &schema);
  CLAIM(is_compiled == (problem_count_errors(&problems) == 0));
  if (!is_compiled || end == NULL)
    return 0;
  struct text text = text_of(end + 1, size - length - 1);
  for (size_t i = 0; i < schema->n_properties; i++) {
    bool is_stopped = false;
    struct schema_value value = { .kind = SCHEMA_CSV_TEXT, .text = text };
    (void)schema_check(schema->properties[i].node, &value, &is_stopped);
  }
  return 0;
}
