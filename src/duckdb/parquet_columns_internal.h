/* What the parts of a Parquet column are, shared by the file that finds them and the one that prints their SQL. */
#ifndef CRISOL_DUCKDB_PARQUET_COLUMNS_INTERNAL_H
#define CRISOL_DUCKDB_PARQUET_COLUMNS_INTERNAL_H

#include "duckdb/parquet_columns.h"
#include "reader/reader.h"

enum part_kind { PART_VALUE, PART_LIST, PART_MAP, PART_STRUCT };

/* A column, or a part of a nested one. */
struct parquet_part {
  enum part_kind kind;
  const char *name; /* of a struct's field */
  const struct type *type;
  const char *conversion;    /* of a value: SQL before and after it, parted by '@'; NULL: as it stands */
  enum reader_reason reason; /* why a value that `fault` finds is none */
  const char *fault;         /* SQL of a condition with '@' for the value; NULL: every value is one */
  const struct parquet_part *parts;
  size_t n_parts;
  bool is_unsigned_long;     /* this or one of its parts is uint64 */
  bool is_unwrapped;         /* a struct of one field, whose value DuckDB gives in its place */
  bool shows_us;             /* what is out of range is shown as a number */
  bool converts, is_checked; /* this or one of its parts */
};

#endif
