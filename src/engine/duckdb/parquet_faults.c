#include "engine/duckdb/parquet_faults.h"

#include "base/file.h"
#include "duckdb/database_internal.h"
#include "reader/parquet_plain.h"
#include "engine/duckdb/parquet_source.h"
#include "engine/duckdb/sources.h"

#include <stdio.h>

/* What DuckDB says where it is a value, or an annotation, that it cannot take. */
static const char *const plain_helps[] = {
  "Invalid string encoding",
  "Invalid JSON found",
  "Could not convert Timestamp",
  "Unsupported converted type (20)", /* BSON */
  "MAP_KEY_VALUE requires two children",
};

static bool is_helped(const struct error *err)
{
  for (size_t i = 0; i < ARRAY_LENGTH(plain_helps); i++)
    if (strstr(err->message, plain_helps[i]) != NULL)
      return true;
  return false;
}

/* A query of one file, after which "])" follows. */
static bool query_file(struct database *database, const char *query, const char *path, const char *rest,
                       struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, query);
  sql_add_file(&sql, path);
  text_buffer_add_string(&sql, rest);
  return database_execute(database, sql.data, err);
}

static bool look_at(struct database *database, const char *path, enum parquet_look look, struct error *err)
{
  static const char rest[] = "], hive_partitioning = false) AS \"a row of crisol's\"";
  if (look == LOOK_AT_VALUES)
    return query_file(database, "SELECT bit_xor(hash(\"a row of crisol's\")) FROM read_parquet([", path, rest, err);
  return query_file(database, "SELECT count(*) FROM read_parquet([", path, rest, err) &&
         query_file(database, "SELECT count(name) FROM parquet_schema([", path, "])", err);
}

/* Where columns alone are encrypted, the footer can be read, and says so. */
static bool is_encrypted(struct database *database, const char *path, const struct error *reason)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  uint64_t count = 0;
  struct error ignored;
  text_buffer_add_string(&sql, "SELECT count(*) FROM parquet_file_metadata([");
  sql_add_file(&sql, path);
  text_buffer_add_string(&sql, "]) WHERE encryption_algorithm IS NOT NULL");
  return strstr(reason->message, "encrypted") != NULL ||
         (database_query_count(database, sql.data, &count, &ignored) && count > 0);
}

/* The beginning of a file on this machine that is text, up to its first line end; empty where it is none. */
static struct text first_text_of(struct arena *arena, const char *path)
{
  enum { SHOWN = 40 };
  char *bytes = arena_alloc(arena, SHOWN);
  FILE *stream = path_is_remote(path) ? NULL : fopen(path, "rbe");
  size_t length = stream == NULL ? 0 : fread(bytes, 1, SHOWN, stream);
  if (stream != NULL)
    fclose(stream);
  struct text text = { bytes, 0 };
  while (text.length < length && bytes[text.length] != '\n' && bytes[text.length] != '\r') {
    unsigned char byte = (unsigned char)bytes[text.length];
    if ((byte < ' ' && byte != '\t') || byte >= 0x7F)
      return (struct text){ bytes, 0 };
    text.length++;
  }
  return text;
}

/* A file without Parquet's marks that holds text is most likely of another format. */
static bool add_remedy(struct arena *arena, const char *path, const struct error *reason, struct error *err)
{
  bool has_no_marks = strstr(reason->message, "magic bytes") != NULL || strstr(reason->message, "too small") != NULL;
  struct text begin = has_no_marks ? first_text_of(arena, path) : TEXT("");
  bool is_parquet = begin.length >= 4 && memcmp(begin.data, "PAR1", 4) == 0;
  if (begin.length > 0 && !is_parquet)
    return add_hint(err, "It begins with the text \"%.*s\": is it %s?", TEXT_ARGS(begin),
                    strchr("{[", begin.data[0]) != NULL ? "JSON (input_format: json)" : "CSV (input_format: csv)");
  return add_hint(err, "The file is damaged or cut short, or written in a way that is not supported: write it anew, or "
                       "leave it out of the path.");
}

bool parquet_copy_file(struct arena *arena, const struct plan *plan, const struct plan_source *source, size_t number,
                       const char *directory, const char **copies, struct error *err)
{
  TRY(directory_create(directory, err));
  const char *target =
      path_join(arena, directory, arena_printf(arena, "plain-%zu.parquet", source->first_file + number));
  TRY(parquet_plain_copy(plan->config->s3, opened_files_of(source).items[number].path, target,
                         parquet_schema_path(arena, target), err));
  copies[number] = target;
  return true;
}

/* What DuckDB says in words that no person knows. */
static const struct {
  const char *said, *meant;
} plain_words[] = {
  { "don't know what type", "its pages are encrypted, or damaged" }, /* the header of a page is none */
  { "Invalid unicode", "its metadata holds a text that is not UTF-8, such as a column's name or created_by" },
};

bool parquet_fail_file(const char *path, const struct error *reason, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *words = arena_copy(&scratch, reason->message, strlen(reason->message));
  for (size_t i = 0; i < ARRAY_LENGTH(plain_words); i++)
    if (strstr(reason->message, plain_words[i].said) != NULL)
      words = plain_words[i].meant;
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "Parquet file \"%s\" cannot be read: %s", path, words);
  return add_remedy(&scratch, path, reason, err);
}

/* DuckDB names the file that it read, which may be a copy: what follows the name says enough. */
static const char *reason_without(const struct error *reason, const char *copy)
{
  const char *found = copy == NULL ? NULL : strstr(reason->message, copy);
  const char *end = found == NULL ? NULL : strstr(found + strlen(copy), ": ");
  return found == NULL ? reason->message : end == NULL ? "it is damaged" : end + 2;
}

bool parquet_faults_find(struct arena *arena, struct database *database, const struct plan *plan,
                         const struct plan_source *source, enum parquet_look look, const char *directory,
                         const char **copies, bool *ret_copied, struct error *err)
{
  *ret_copied = false;
  struct opened_files files = opened_files_of(source);
  for (size_t i = 0; i < files.count; i++) {
    const char *read = copies[i] != NULL ? copies[i] : files.items[i].path;
    if (look_at(database, read, look, err))
      continue;
    if (err->kind == ERROR_INTERRUPTED || err->kind == ERROR_TERMINATED)
      return false;
    if (copies[i] == NULL && is_helped(err)) {
      TRY(parquet_copy_file(arena, plan, source, i, directory, copies, err));
      *ret_copied = true;
      continue;
    }
    struct error reason = *err;
    if (is_encrypted(database, read, &reason)) {
      fail(err, ERROR_ENVIRONMENT, NOWHERE, "Parquet file \"%s\" is encrypted", files.items[i].path);
      return add_hint(err,
                      "Encrypted Parquet is not supported: write it without encryption, or leave it out of the path.");
    }
    struct error shown = reason;
    if (copies[i] != NULL)
      fail(&shown, reason.kind, NOWHERE, "%s", reason_without(&reason, copies[i]));
    return parquet_fail_file(files.items[i].path, &shown, err);
  }
  return true;
}
