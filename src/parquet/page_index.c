/* The index of pages: where each page of a chunk begins, and the bounds of each, so that readers pass by those that
 * hold nothing for them. */
#include "parquet/parquet_internal.h"

#include "base/thrift.h"

/* The fields of OffsetIndex, PageLocation and ColumnIndex; the orders of bounds. */
enum { INDEX_LOCATIONS = 1, LOCATION_OFFSET = 1, LOCATION_SIZE = 2, LOCATION_FIRST_ROW = 3 };
enum { INDEX_NULL_PAGES = 1, INDEX_MINS = 2, INDEX_MAXES = 3, INDEX_ORDER = 4, INDEX_NULL_COUNTS = 5 };
enum { ORDER_NONE, ORDER_ASCENDING, ORDER_DESCENDING };

void page_index_add_offsets(const struct column *column, uint64_t start, struct text_buffer *out)
{
  struct thrift_writer index = { .out = out };
  thrift_write_list(&index, INDEX_LOCATIONS, THRIFT_STRUCT, column->n_pages);
  for (size_t i = 0; i < column->n_pages; i++) {
    struct thrift_writer location = { .out = out };
    thrift_write_number(&location, LOCATION_OFFSET, (int64_t)(start + column->pages[i].start));
    thrift_write_number_32(&location, LOCATION_SIZE, (int64_t)column->pages[i].size);
    thrift_write_number(&location, LOCATION_FIRST_ROW, (int64_t)column->pages[i].first_row);
    thrift_end(&location);
  }
  thrift_end(&index);
}

static bool is_ordered(const struct column *column, const struct leaf *leaf, int sign)
{
  const struct bounds *before = NULL;
  for (size_t i = 0; i < column->n_pages; i++) {
    const struct bounds *bounds = &column->pages[i].bounds;
    if (!bounds->is_set)
      continue;
    if (before != NULL &&
        (sign * bound_compare(leaf, before->min, before->min_length, bounds->min, bounds->min_length) > 0 ||
         sign * bound_compare(leaf, before->max, before->max_length, bounds->max, bounds->max_length) > 0))
      return false;
    before = bounds;
  }
  return true;
}

bool page_index_add_bounds(const struct column *column, const struct leaf *leaf, struct text_buffer *out)
{
  for (size_t i = 0; i < column->n_pages; i++)
    if (column->pages[i].bounds.is_lost)
      return false;
  struct thrift_writer index = { .out = out };
  thrift_write_list(&index, INDEX_NULL_PAGES, THRIFT_TRUE, column->n_pages);
  for (size_t i = 0; i < column->n_pages; i++)
    text_buffer_add_char(out, column->pages[i].bounds.is_set ? THRIFT_FALSE : THRIFT_TRUE);
  thrift_write_list(&index, INDEX_MINS, THRIFT_BINARY, column->n_pages);
  for (size_t i = 0; i < column->n_pages; i++)
    thrift_element_bytes(out, column->pages[i].bounds.min, column->pages[i].bounds.min_length);
  thrift_write_list(&index, INDEX_MAXES, THRIFT_BINARY, column->n_pages);
  for (size_t i = 0; i < column->n_pages; i++)
    thrift_element_bytes(out, column->pages[i].bounds.max, column->pages[i].bounds.max_length);
  thrift_write_number_32(&index, INDEX_ORDER,
                         is_ordered(column, leaf, 1)    ? ORDER_ASCENDING
                         : is_ordered(column, leaf, -1) ? ORDER_DESCENDING
                                                        : ORDER_NONE);
  thrift_write_list(&index, INDEX_NULL_COUNTS, THRIFT_I64, column->n_pages);
  for (size_t i = 0; i < column->n_pages; i++)
    thrift_element_number(out, (int64_t)column->pages[i].n_nulls);
  thrift_end(&index);
  return true;
}
