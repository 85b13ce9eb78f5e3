/* For any processor: eight bytes at a time. */
#define SCAN_PORTABLE
#include "reader/json_index_scan.h"

struct json_extent json_index_portable(const char *data, size_t start, size_t length, enum json_index_kind kind,
                                       bool is_line_bound, struct json_places *places)
{
  return index_any(data, start, length, kind, is_line_bound, places);
}
