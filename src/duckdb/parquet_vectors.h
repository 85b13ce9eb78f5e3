/* DuckDB's types and vectors as parquet/'s writer takes them, for the files of the two folders named duckdb only. */
#ifndef CRISOL_DUCKDB_PARQUET_VECTORS_H
#define CRISOL_DUCKDB_PARQUET_VECTORS_H

#include "duckdb/database_internal.h"
#include "parquet/parquet.h"

/* The type that DuckDB's own COPY gives a column; `name` is kept. False where this writer has none. */
bool parquet_type_of(struct arena *arena, duckdb_logical_type logical, const char *name, struct parquet_type *ret_type);
/* The values of a flat vector: they stay where they are, but texts, of which an array of views is made. */
void parquet_values_open(struct arena *arena, const struct parquet_type *type, duckdb_vector vector, size_t n_rows,
                         struct parquet_values *ret_values);

#endif
