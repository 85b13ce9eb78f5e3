/* The columns of a Parquet file as Spark reads them (docs/types.md): the type of each, and the SQL that makes its
 * values of what DuckDB reads, which knows neither INT96 nor the calendar of old writers and has types that Spark
 * lacks. */
#ifndef CRISOL_DUCKDB_PARQUET_COLUMNS_H
#define CRISOL_DUCKDB_PARQUET_COLUMNS_H

#include "duckdb/database.h"
#include "value/type.h"

struct parquet_part;

struct parquet_column {
  const char *name;                /* as the file has it */
  const char *engine_name;         /* as DuckDB has it, which renames what is there twice or empty */
  const struct type *type;         /* void where the file says that it never has a value */
  const struct parquet_part *part; /* how it is made */
  bool has_unsigned_long;          /* uint64 in it, which goes with no other whole number, as in Spark */
  const char *shape;               /* "": read as it stands. Columns of equal shapes are read alike */
};

/* A file, and what its metadata says beside the schema. */
struct parquet_file {
  const char *path;         /* where it is read */
  const char *schema_path;  /* where its schema has all annotations */
  const char *shown;        /* what people read */
  bool has_old_dates;       /* written by the calendar before Spark 3, dates and timestamps */
  bool has_old_int96;       /* the same for INT96 */
  const char *timezone;     /* in which old timestamps were meant */
  bool takes_nanos_as_long; /* reader option nanosAsLong */
};

struct parquet_columns {
  struct parquet_column *items;
  size_t count;
  bool has_renamed;      /* DuckDB's names are not those of the file */
  bool needs_plain_copy; /* it must be read without annotations (reader/parquet_plain.h) */
};

/* Reads the columns of one file. ERROR_CONFIG at `place`, with column and type named, for what no type of Spark holds
 * exactly; ERROR_ENVIRONMENT for a file that cannot be read. */
MUST_CHECK bool parquet_columns_read(struct arena *arena, struct database *database, const struct parquet_file *file,
                                     struct place place, struct parquet_columns *ret_columns, struct error *err);

/* Adds the SQL of the column's value, `sql` being what DuckDB reads. */
void parquet_print_value(const struct parquet_column *column, const char *sql, struct text_buffer *out);
/* Adds the SQL of the reason (enum reader_reason) why the value is none, 0 where it is one; false, and nothing, where
 * every value is one. */
bool parquet_print_fault(const struct parquet_column *column, const char *sql, struct text_buffer *out);
/* Adds the SQL of what people see of a value that is none. */
void parquet_print_raw(const struct parquet_column *column, const char *sql, struct text_buffer *out);

#endif
