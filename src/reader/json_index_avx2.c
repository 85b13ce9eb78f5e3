/* For processors of the x86-64 family that have AVX2, carry-less products and BMI; CMakeLists.txt has this file
 * compiled for them. On others it is the usual one. */
#include "reader/json_index_scan.h"

struct json_extent json_index_avx2(const char *data, size_t start, size_t length, enum json_index_kind kind,
                                   bool is_line_bound, struct json_places *places)
{
  return index_any(data, start, length, kind, is_line_bound, places);
}
