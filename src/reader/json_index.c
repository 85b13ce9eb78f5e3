#include "reader/json_index.h"

#include <stdlib.h>

static bool has_avx2(void)
{
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi");
#else
  return false;
#endif
}

static bool is_always_there(void)
{
  return true;
}

const struct json_index_level json_index_levels[JSON_INDEX_LEVELS] = {
  { .name = "avx2", .function = json_index_avx2, .is_there = has_avx2 },
  { .name = "usual", .function = json_index_usual, .is_there = is_always_there },
  { .name = "portable", .function = json_index_portable, .is_there = is_always_there },
};

struct json_extent json_index(const char *data, size_t start, size_t length, enum json_index_kind kind,
                              bool is_line_bound, struct json_places *places)
{
  return (has_avx2() ? json_index_avx2 : json_index_usual)(data, start, length, kind, is_line_bound, places);
}

void json_places_done(struct json_places *places)
{
  free(places->at);
  *places = (struct json_places){ 0 };
}

void json_places_grow(struct json_places *places, size_t count)
{
  places->capacity = size_add(size_multiply(places->capacity, 2), count);
  places->at = checked_realloc(places->at, size_multiply(places->capacity, sizeof(*places->at)));
}
