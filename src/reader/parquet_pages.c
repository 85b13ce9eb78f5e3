/* A page is a PageHeader of Thrift's compact protocol (apache/parquet-format, parquet.thrift) and the bytes behind it.
 */
#include "reader/parquet_pages.h"

#include "base/file.h"
#include "base/thrift.h"

/* PageHeader, and the heads within it; the members of PageType and Encoding that are asked for. */
enum {
  PAGE_TYPE = 1,
  PAGE_UNCOMPRESSED = 2,
  PAGE_COMPRESSED = 3,
  PAGE_DATA = 5,
  PAGE_DICTIONARY = 7,
  PAGE_DATA_V2 = 8
};
enum { HEAD_NUM_VALUES = 1, HEAD_ENCODING = 2, HEAD_V2_ENCODING = 4 };
enum { TYPE_DICTIONARY = 2, ENCODING_DELTA_BYTE_ARRAY = 7 };

/* A head has some tens of bytes, more where the statistics in it are long texts. */
enum { HEAD_SIZE = 256, HEAD_SIZE_MAX = 16 << 20 };

struct page {
  int64_t type, uncompressed, compressed;
  int64_t n_values, encoding; /* of a data page */
};

/* False where the field holds no whole number that could be a size. */
static bool read_size(const struct thrift *in, const struct thrift_field *field, int64_t *ret_number)
{
  return thrift_number(in, field, ret_number) && *ret_number >= 0 && *ret_number <= INT32_MAX;
}

static bool read_data_head(struct thrift in, int encoding_id, struct page *page)
{
  struct thrift_field field = { .type = THRIFT_TRUE };
  while (thrift_next_field(&in, field.id, &field)) {
    if (field.type == THRIFT_STOP)
      return true;
    if (field.id == HEAD_NUM_VALUES && !read_size(&in, &field, &page->n_values))
      return false;
    if (field.id == encoding_id && !thrift_number(&in, &field, &page->encoding))
      return false;
  }
  return false;
}

static bool read_head(struct thrift *in, struct page *ret_page)
{
  struct page page = { .type = -1, .uncompressed = -1, .compressed = -1 };
  struct thrift_field field = { .type = THRIFT_TRUE };
  while (thrift_next_field(in, field.id, &field)) {
    if (field.type == THRIFT_STOP) {
      *ret_page = page;
      return page.type >= 0 && page.uncompressed >= 0 && page.compressed >= 0;
    }
    bool is_data = field.type == THRIFT_STRUCT && (field.id == PAGE_DATA || field.id == PAGE_DATA_V2);
    if ((field.id == PAGE_TYPE && !read_size(in, &field, &page.type)) ||
        (field.id == PAGE_UNCOMPRESSED && !read_size(in, &field, &page.uncompressed)) ||
        (field.id == PAGE_COMPRESSED && !read_size(in, &field, &page.compressed)) ||
        (is_data &&
         !read_data_head(thrift_within(in, &field), field.id == PAGE_DATA ? HEAD_ENCODING : HEAD_V2_ENCODING, &page)))
      return false;
  }
  return false;
}

/* Reads the head at `offset`; *ret_length is its own. */
static bool read_page(int file, uint64_t size, uint64_t offset, struct page *ret_page, uint64_t *ret_length)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  unsigned char most[HEAD_SIZE];
  for (uint64_t wanted = HEAD_SIZE; wanted <= HEAD_SIZE_MAX; wanted *= 16) {
    size_t length = (size_t)(wanted < size - offset ? wanted : size - offset);
    unsigned char *bytes = wanted == HEAD_SIZE ? most : arena_alloc(&scratch, length);
    struct thrift in = { bytes, length, 0 };
    if (!file_read_at(file, offset, bytes, length))
      return false;
    if (read_head(&in, ret_page)) {
      *ret_length = in.at;
      return true;
    }
    if (length < wanted)
      return false;
  }
  return false;
}

bool parquet_pages_walk(int file, uint64_t size, uint64_t offset, uint64_t n_values, struct parquet_pages *ret_pages)
{
  struct parquet_pages pages = { 0 };
  for (uint64_t seen = 0; seen < n_values; pages.n_pages++) {
    struct page page;
    uint64_t length = 0;
    if (offset >= size || !read_page(file, size, offset, &page, &length) ||
        (uint64_t)page.compressed > size - offset - length)
      return false;
    uint64_t unpacked = (uint64_t)page.uncompressed;
    offset += length + (uint64_t)page.compressed;
    seen += (uint64_t)page.n_values;
    pages.compressed_bytes += (uint64_t)page.compressed;
    pages.uncompressed_bytes += unpacked;
    pages.largest_bytes = unpacked > pages.largest_bytes ? unpacked : pages.largest_bytes;
    if (page.type == TYPE_DICTIONARY && unpacked > pages.dictionary_bytes)
      pages.dictionary_bytes = unpacked;
    pages.has_prefixes = pages.has_prefixes || page.encoding == ENCODING_DELTA_BYTE_ARRAY;
  }
  *ret_pages = pages;
  return true;
}
