#include "engine/duckdb/parquet_memory.h"

#include "base/file.h"
#include "duckdb/database_internal.h"
#include "engine/duckdb/engine_internal.h"
#include "engine/duckdb/parquet_source.h"
#include "reader/parquet_pages.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

/* Values that DuckDB holds at once, and how many times larger than its bytes in the file a column of no one's malice
 * is: the values of a dictionary differ, and so do not shrink to nothing. The dictionary of an object is taken for some
 * times its bytes, which its footer tells. Columns that may take a share of the memory are looked at, since several add
 * up. */
enum { VECTOR_ROWS = 2048, SUSPICIOUS_RATIO = 100, OBJECT_RATIO = 4, SHARE = 16 };

/* A column of a row group. */
enum { FILE_NUMBER, COLUMN, KIND, N_ROWS, N_VALUES, START, DICTIONARY, COMPRESSED, UNCOMPRESSED, N_CELLS };

struct limits {
  double memory, threads;
};

/* What a column of a file may hold at once, by its pages or its footer alone, and in which way its values are seen. */
struct suspect {
  const char *path; /* in the schema: the names of the column and of the fields in it */
  double bytes;
};

/* The file whose row groups are walked. */
struct looked_at {
  size_t number;
  int descriptor; /* -1: an object, or it cannot be opened */
  uint64_t size;
  struct suspect *suspects;
  size_t n_suspects, capacity;
};

static bool read_limits(struct database *database, struct limits *ret_limits, struct error *err)
{
  uint64_t memory = 0, threads = 0;
  TRY(database_query_count(database, "SELECT CAST(parse_formatted_bytes(current_setting('memory_limit')) AS UBIGINT)",
                           &memory, err));
  TRY(database_query_count(database, "SELECT CAST(current_setting('threads') AS UBIGINT)", &threads, err));
  *ret_limits = (struct limits){ (double)memory, (double)threads };
  return true;
}

/* Where the pages of a column begin is where DuckDB looks for them: at its dictionary, if it says that it has one. */
static void print_chunks(const struct plan_source *source, struct text_buffer *sql)
{
  text_buffer_add_string(sql, "SELECT list_position(");
  parquet_source_print_paths(source, sql_add_file_name, sql);
  text_buffer_add_string(sql, ", file_name) - 1 AS number, path_in_schema, type, row_group_num_rows, num_values, "
                              "if(dictionary_page_offset >= 4, dictionary_page_offset, data_page_offset), "
                              "if(contains(encodings, 'DICTIONARY'), greatest(data_page_offset - "
                              "coalesce(nullif(dictionary_page_offset, 0), data_page_offset), 0), 0), "
                              "total_compressed_size, total_uncompressed_size FROM parquet_metadata(");
  parquet_source_print_paths(source, sql_add_file, sql);
  text_buffer_add_string(sql, ") WHERE row_group_num_rows > 0 AND num_values > 0 ORDER BY number, path_in_schema");
}

static bool is_of_bytes(const char *kind)
{
  return strcmp(kind, "BYTE_ARRAY") == 0 || strcmp(kind, "FIXED_LEN_BYTE_ARRAY") == 0;
}

static double at_least_zero(double number)
{
  return number > 0 ? number : 0;
}

/* The longest that a value of the column can be where it takes more memory than its place in the file; 0 where each is
 * about as long as what stores it. */
static double find_longest(const struct table *table, size_t row, const struct parquet_pages *pages)
{
  char *const *cells = &table->cells[row * N_CELLS];
  double stored = at_least_zero(strtod(cells[COMPRESSED], NULL));
  double unpacked = at_least_zero(strtod(cells[UNCOMPRESSED], NULL));
  if (!is_of_bytes(cells[KIND]))
    return 0;
  if (pages == NULL)
    return unpacked > SUSPICIOUS_RATIO * stored ? unpacked
                                                : at_least_zero(strtod(cells[DICTIONARY], NULL)) * OBJECT_RATIO;
  if (pages->dictionary_bytes > 0)
    return (double)pages->dictionary_bytes;
  bool is_suspicious = pages->has_prefixes || strcmp(cells[KIND], "BYTE_ARRAY") != 0 ||
                       pages->uncompressed_bytes / SUSPICIOUS_RATIO > pages->compressed_bytes;
  return is_suspicious ? (double)pages->largest_bytes : 0;
}

/* Values of one vector: of a list, as many more as its rows have on average. */
static double values_at_once(const struct table *table, size_t row)
{
  double n_values = (double)cell_number(table, row, N_VALUES);
  double at_once = n_values / (double)cell_number(table, row, N_ROWS) * VECTOR_ROWS;
  return at_once < n_values ? at_once : n_values;
}

static void add_suspect(struct arena *arena, struct looked_at *file, const char *path, double bytes)
{
  struct suspect *last = file->n_suspects == 0 ? NULL : &file->suspects[file->n_suspects - 1];
  if (last != NULL && strcmp(last->path, path) == 0) {
    last->bytes = bytes > last->bytes ? bytes : last->bytes;
    return;
  }
  file->suspects = arena_grow(arena, file->suspects, file->n_suspects, &file->capacity, sizeof(*file->suspects));
  file->suspects[file->n_suspects++] = (struct suspect){ path, bytes };
}

static void leave_file(struct looked_at *file)
{
  if (file->descriptor >= 0)
    close(file->descriptor);
  file->descriptor = -1;
}

static void enter_file(const struct plan_source *source, size_t number, struct looked_at *file)
{
  const char *path = source->parquet->paths[number];
  file->number = number;
  file->n_suspects = 0;
  file->descriptor = path_is_remote(path) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  file->size = file->descriptor < 0 ? 0 : file_size(path);
}

/* the values themselves */

static void print_length(const struct type *type, bool is_copy, int depth, const char *value, struct text_buffer *sql)
{
  SCOPED(text_buffer_done) struct text_buffer inner = { 0 };
  switch (type->id) {
  case TYPE_STRING:
  case TYPE_BINARY: /* a copy of crisol's has bytes in the place of texts */
    text_buffer_printf(sql, "coalesce(%s(%s), 0)", is_copy || type->id == TYPE_BINARY ? "octet_length" : "strlen",
                       value);
    return;
  case TYPE_ARRAY:
    text_buffer_printf(sql, "coalesce(list_sum(list_transform(%s, lambda e%d: ", value, depth);
    text_buffer_printf(&inner, "e%d", depth);
    print_length(type->element, is_copy, depth + 1, inner.data, sql);
    text_buffer_add_string(sql, ")), 0)");
    return;
  case TYPE_MAP: {
    const struct type keys = { .id = TYPE_ARRAY, .element = type->key };
    const struct type values = { .id = TYPE_ARRAY, .element = type->element };
    text_buffer_printf(&inner, "map_keys(%s)", value);
    print_length(&keys, is_copy, depth, inner.data, sql);
    text_buffer_add_string(sql, " + ");
    text_buffer_clear(&inner);
    text_buffer_printf(&inner, "map_values(%s)", value);
    print_length(&values, is_copy, depth, inner.data, sql);
    return;
  }
  case TYPE_STRUCT:
    text_buffer_add_char(sql, '0');
    for (size_t i = 0; i < type->n_fields; i++) {
      text_buffer_clear(&inner);
      text_buffer_printf(&inner, "(%s).", value);
      sql_add_name(&inner, type->fields[i].name);
      text_buffer_add_string(sql, " + ");
      print_length(type->fields[i].type, is_copy, depth, inner.data, sql);
    }
    return;
  default:
    text_buffer_add_char(sql, '0');
  }
}

/* The column of the source that a path in the schema belongs to; NULL where it is none. */
static const struct source_column *column_of(const struct plan_source *source, const char *path)
{
  for (size_t i = 0; i < source->n_columns; i++) {
    size_t length = strlen(source->columns[i].name);
    if (strncmp(source->columns[i].name, path, length) == 0 &&
        (path[length] == '\0' || strncmp(path + length, ", ", 2) == 0))
      return &source->columns[i];
  }
  return NULL;
}

/* How many bytes the suspects of a file have in the vector where they have most. */
static bool print_look(const struct plan_source *source, const struct limits *limits, const struct looked_at *file,
                       struct text_buffer *sql)
{
  const char *path = source->parquet->paths[file->number];
  bool is_copy = strcmp(path, source->files[file->number].path) != 0;
  const struct source_column *last = NULL;
  bool is_any = false;
  text_buffer_add_string(sql, "SELECT CAST(max(bytes) AS UBIGINT) FROM (SELECT sum(0");
  for (size_t i = 0; i < file->n_suspects; i++) {
    SCOPED(text_buffer_done) struct text_buffer name = { 0 };
    const struct source_column *column = column_of(source, file->suspects[i].path);
    if (column == NULL || column == last || file->suspects[i].bytes * limits->threads * SHARE <= limits->memory)
      continue;
    last = column;
    is_any = true;
    sql_add_name(&name, column->name);
    text_buffer_add_string(sql, " + ");
    print_length(column->type, is_copy, 0, name.data, sql);
  }
  text_buffer_add_string(sql, ") AS bytes FROM read_parquet([");
  sql_add_file(sql, path);
  text_buffer_printf(sql, "], hive_partitioning = false, file_row_number = true) GROUP BY file_row_number // %d)",
                     VECTOR_ROWS);
  return is_any;
}

static bool fail_file(const struct plan_source *source, const struct looked_at *file, double bytes, struct error *err)
{
  const struct suspect *most = &file->suspects[0];
  for (size_t i = 1; i < file->n_suspects; i++)
    most = file->suspects[i].bytes > most->bytes ? &file->suspects[i] : most;
  fail(err, ERROR_ENVIRONMENT, NOWHERE,
       "Parquet file \"%s\" has values in column \"%s\" that take more memory than duckdb.memory_limit: up to %.0f "
       "MiB at once, of a file of %" PRIu64 " bytes",
       source->files[file->number].path, most->path, bytes / 1048576, source->files[file->number].bytes);
  return add_hint(err, "Raise duckdb.memory_limit in env.yml, or lower duckdb.threads; where no such values are "
                       "expected, leave the file out of the path.");
}

/* What cannot be read the scan itself says. */
static bool check_suspects(struct database *database, const struct plan_source *source, const struct limits *limits,
                           const struct looked_at *file, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  double bytes = 0;
  uint64_t found = 0;
  for (size_t i = 0; i < file->n_suspects; i++)
    bytes += file->suspects[i].bytes * limits->threads;
  if (bytes <= limits->memory || !print_look(source, limits, file, &sql))
    return true;
  if (!database_query_count(database, sql.data, &found, err)) {
    if (err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED)
      return false;
    return !error_is_about_space(err) || fail_file(source, file, bytes, err);
  }
  bytes = (double)found * limits->threads;
  return bytes <= limits->memory || fail_file(source, file, bytes, err);
}

/* A page that is larger than the memory, or says so. */
static bool fail_page(const struct plan_source *source, const struct looked_at *file, const char *path, uint64_t bytes,
                      struct error *err)
{
  fail(err, ERROR_ENVIRONMENT, NOWHERE,
       "Parquet file \"%s\" has a page in column \"%s\" that takes more memory than duckdb.memory_limit: %" PRIu64
       " MiB, of a file of %" PRIu64 " bytes",
       source->files[file->number].path, path, bytes >> 20, source->files[file->number].bytes);
  return add_hint(err, "Raise duckdb.memory_limit in env.yml, or write the file anew with smaller pages; it may be "
                       "damaged, too.");
}

static bool check_chunk(struct arena *arena, const struct plan_source *source, const struct limits *limits,
                        const struct table *table, size_t row, struct looked_at *file, struct error *err)
{
  const char *path = table->cells[row * N_CELLS + COLUMN];
  struct parquet_pages pages;
  bool is_walked =
      file->descriptor >= 0 && parquet_pages_walk(file->descriptor, file->size, cell_number(table, row, START),
                                                  cell_number(table, row, N_VALUES), &pages);
  if (is_walked && (double)pages.largest_bytes > limits->memory)
    return fail_page(source, file, path, pages.largest_bytes, err);
  double longest = find_longest(table, row, is_walked ? &pages : NULL);
  if (longest > 0)
    add_suspect(arena, file, path, longest * values_at_once(table, row));
  return true;
}

bool parquet_check_memory(struct database *database, const struct plan_source *source, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  SCOPED(leave_file) struct looked_at file = { .number = SIZE_MAX, .descriptor = -1 };
  struct limits limits;
  struct table table;
  TRY(read_limits(database, &limits, err));
  print_chunks(source, &sql);
  TRY(database_query(&scratch, database, sql.data, &table, err));
  for (size_t row = 0; row < table.n_rows; row++) {
    size_t number = cell_number(&table, row, FILE_NUMBER);
    if (number != file.number) {
      TRY(check_suspects(database, source, &limits, &file, err));
      leave_file(&file);
      enter_file(source, number, &file);
    }
    TRY(check_chunk(&scratch, source, &limits, &table, row, &file, err));
  }
  return check_suspects(database, source, &limits, &file, err);
}
