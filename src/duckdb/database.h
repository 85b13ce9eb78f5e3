/** A DuckDB instance: opened, configured, asked. No DuckDB type is visible here, so that other folders may use it.
 * A database and its connections are used by one thread at a time each; database_interrupt may be called from any. */
#ifndef CRISOL_DUCKDB_DATABASE_H
#define CRISOL_DUCKDB_DATABASE_H

#include "base/error.h"
#include "store/s3.h"

struct database;

struct database_settings {
  const char *memory_limit; /* NULL: DuckDB's own */
  int threads;              /* 0: all */
  /* Where it spills, of this process alone: outlives the database, and is made by database_make_temp_directory. NULL:
   * it does not spill. */
  const char *temp_directory;
  const char *timezone; /* of the session */
  int64_t instant_us;   /* what current_timestamp() answers; 0: the time of each statement */
};

/** A result as text, row by row; NULL cells are NULL. */
struct table {
  size_t n_rows, n_columns;
  char **cells; /* [row * n_columns + column] */
};

/** Opens an in-memory instance with crisol's functions registered. */
MUST_CHECK bool database_open(const struct database_settings *settings, struct database **ret_database,
                              struct error *err);
/** Changes what current_timestamp() answers from now on, on this connection. */
MUST_CHECK bool database_set_instant(struct database *database, int64_t instant_us, struct error *err);
/** Another connection to the same instance, for another thread; to be closed before the first one is. `instant_us` as
 * in the settings. */
MUST_CHECK bool database_connect(struct database *database, int64_t instant_us, struct database **ret_database,
                                 struct error *err);
/** Removes the directory where it has spilled. Accepts a pointer to NULL. */
void database_close(struct database **database);

/** Where it spills; NULL: it does not. */
const char *database_temp_directory(const struct database *database);
/** Makes that directory, and removes what dead processes have left beside it. To be called before there are rows to
 * hold, once: what only looks writes nothing. */
MUST_CHECK bool database_make_temp_directory(struct database *database, struct error *err);

/** A DuckDB file that is attached; no other process can write it, or read it unless both only read. */
struct attachment;

/** Attaches a DuckDB file under a name. Where another process holds it that is waited for, up to a minute, as long as
 * `goes_on` (NULL: always) is true; then ERROR_LOCKED where that process is a crisol, else ERROR_ENVIRONMENT, both with
 * its name. */
MUST_CHECK bool database_attach(struct database *database, const char *path, const char *name, bool read_only,
                                bool (*goes_on)(struct error *err), struct attachment **ret_attachment,
                                struct error *err);
/** Lets go of the file; accepts a pointer to NULL. */
void database_detach(struct attachment **attachment);

/** Runs one statement or several; functions with a type in their name are registered as needed. */
MUST_CHECK bool database_execute(struct database *database, const char *sql, struct error *err);

/** Runs one statement and returns its rows as text. Cast to VARCHAR what is no number or text. */
MUST_CHECK bool database_query(struct arena *arena, struct database *database, const char *sql, struct table *ret_table,
                               struct error *err);
/** The same for a result of one unsigned number. */
MUST_CHECK bool database_query_count(struct database *database, const char *sql, uint64_t *ret_count,
                                     struct error *err);

/** Runs one statement, all of whose columns are VARCHAR, and calls `visit` with the cells of each row as it comes; a
 * null cell has no data (NULL). They live no longer than the call. A visit that fails ends it. */
typedef bool (*row_visit)(const struct text *cells, void *context, struct error *err);
MUST_CHECK bool database_visit(struct database *database, const char *sql, row_visit visit, void *context,
                               struct error *err);
/** Adds rows to a table that has as many columns, all of them VARCHAR. */
MUST_CHECK bool database_append(struct database *database, const char *name, const struct table *rows,
                                struct error *err);

/** Names and Spark types of a query's columns, without running it. */
struct type;
MUST_CHECK bool database_describe(struct arena *arena, struct database *database, const char *sql,
                                  const char ***ret_names, const struct type ***ret_types, size_t *ret_count,
                                  struct error *err);

/** Asks the running statement to stop; it then fails with ERROR_INTERRUPTED. Thread-safe. */
void database_interrupt(struct database *database);

/** Adds a condition that a column of the catalog's functions is this name, as the catalog itself compares names: ASCII
 * letters without case, all else as it is (lower() would make one table of "VENTÁS" and "ventás"). */
void sql_add_same_name(struct text_buffer *sql, const char *column, const char *name);

/** Adds the path of one file for DuckDB's readers, which take paths for patterns: as a pattern that only it matches. */
void sql_add_file(struct text_buffer *sql, const char *path);
/** Adds the list of several, "['a.parquet', 'b.parquet']". */
void sql_add_files(struct text_buffer *sql, const char *const *paths, size_t count);
/** Adds the name that the readers give back for it (the column `filename`). */
void sql_add_file_name(struct text_buffer *sql, const char *path);
/** Whether there is such a pattern: not where a path holds both a backslash and one of * ? [. */
bool path_is_readable_by_name(const char *path);

/** Lets DuckDB read "s3://" paths itself (Parquet), with the client's settings. Again is fine. */
MUST_CHECK bool database_use_s3(struct database *database, const struct s3 *s3, struct error *err);

#endif
