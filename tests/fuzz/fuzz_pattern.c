#include "fuzz.h"

#include "value/datetime_pattern.h"

/* The pattern, a NUL, and a text that it reads. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  struct error err;
  struct datetime_pattern *pattern = NULL;
  const struct timezone *zone = timezone_find(TEXT("America/Bogota"));
  const uint8_t *end = memchr(data, 0, size);
  size_t length = end == NULL ? size : (size_t)(end - data);
  int64_t instant_us = 0;
  struct problem_list problems = { .arena = &arena };
  datetime_pattern_lint(text_of(data, length), NOWHERE, false, &problems);
  if (!datetime_pattern_compile(&arena, text_of(data, length), PATTERN_PARSE, NOWHERE, false, &pattern, &err) ||
      end == NULL)
    return 0;
  if (datetime_pattern_parse(pattern, text_of(end + 1, size - length - 1), zone, &instant_us))
    (void)datetime_parse_iso(text_of(end + 1, size - length - 1), zone, &instant_us);
  if (datetime_pattern_compile(&arena, text_of(data, length), PATTERN_FORMAT, NOWHERE, false, &pattern, &err))
    datetime_pattern_format(pattern, instant_us, zone, &out);
  return 0;
}
