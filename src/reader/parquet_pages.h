/** The pages of a column in a Parquet file, as their own heads say: a footer may promise other sizes than the pages
 * have that an engine then makes room for. Bytes of the pages themselves are not looked at. */
#ifndef CRISOL_READER_PARQUET_PAGES_H
#define CRISOL_READER_PARQUET_PAGES_H

#include "base/macros.h"

/** What the pages of one column of a row group need. */
struct parquet_pages {
  uint64_t n_pages;
  uint64_t dictionary_bytes;   /* of the largest dictionary, unpacked; 0: there is none */
  uint64_t largest_bytes;      /* of the largest page, unpacked */
  uint64_t compressed_bytes;   /* of all pages as they are stored, without their heads */
  uint64_t uncompressed_bytes; /* of all pages, unpacked */
  bool has_prefixes;           /* values are stored as what differs from the one before (DELTA_BYTE_ARRAY) */
};

/** Walks the pages from `offset` on until they have `n_values` values. False where a head cannot be read or a page
 * would end behind the file's `size`: the column is damaged. `file` is a descriptor. */
MUST_CHECK bool parquet_pages_walk(int file, uint64_t size, uint64_t offset, uint64_t n_values,
                                   struct parquet_pages *ret_pages);

#endif
