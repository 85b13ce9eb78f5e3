/* What an expression may read of the file that its row is from: _metadata, as Spark has it. */
#include "plan/plan_internal.h"

#include "base/file.h"

#include <inttypes.h>

static const struct fact {
  const char *name;
  enum type_id type;
} facts[] = {
  { "file_path", TYPE_STRING },         { "file_name", TYPE_STRING },
  { "file_size", TYPE_BIGINT },         { "file_block_start", TYPE_BIGINT },
  { "file_block_length", TYPE_BIGINT }, { "file_modification_time", TYPE_TIMESTAMP },
};

void plan_add_places(struct arena *arena, struct plan *plan)
{
  struct plan_places *places = arena_alloc(arena, sizeof(*places));
  struct type_field *fields = arena_array(arena, ARRAY_LENGTH(facts), sizeof(*fields));
  for (size_t i = 0; i < ARRAY_LENGTH(facts); i++)
    fields[i] = (struct type_field){ .name = facts[i].name, .type = type_simple(facts[i].type) };
  *places = (struct plan_places){
    .row_number = { .name = "", .type = type_simple(TYPE_BIGINT), .sql = "row_number" },
    .metadata = { .name = "_metadata",
                  .type = type_struct(arena, fields, ARRAY_LENGTH(facts)),
                  .sql = "crisol_file(file)" },
  };
  places->row_number.reading = &places->row_number_reading;
  places->metadata.reading = &places->metadata_reading;
  plan->places = places;
}

/* Characters that java.net.URI writes as %XX in a path. */
static bool is_quoted(unsigned char c)
{
  return c <= ' ' || c == 0x7F || strchr("\"#%<>?[\\]^`{|}", c) != NULL;
}

static void add_quoted(struct text_buffer *out, const char *path)
{
  for (const char *c = path; *c != '\0'; c++)
    text_buffer_printf(out, is_quoted((unsigned char)*c) ? "%%%02X" : "%c", (unsigned)(unsigned char)*c);
}

static void add_uri(struct text_buffer *out, const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool is_remote = path_is_remote(path);
  text_buffer_add_string(out, is_remote ? "s3a://" : "file:");
  add_quoted(out, is_remote ? path + strlen("s3://") : path_absolute(&scratch, path));
}

static void add_name(struct text_buffer *out, const char *path)
{
  const char *slash = strrchr(path, '/');
  add_quoted(out, slash == NULL ? path : slash + 1);
}

static void print_file(const struct plan_file *file, bool is_spark, struct text_buffer *out)
{
  SCOPED(text_buffer_done) struct text_buffer uri = { 0 }, name = { 0 };
  void (*add_string)(struct text_buffer *, struct text) = is_spark ? spark_add_string : sql_add_string;
  const char *assign = is_spark ? "', " : "': ";
  int64_t modified_us = file->modified_us - file->modified_us % 1000; /* Spark knows milliseconds */
  add_uri(&uri, file->path);
  add_name(&name, file->path);
  text_buffer_printf(out, "%s'%s%s", is_spark ? "named_struct(" : "{", facts[0].name, assign);
  add_string(out, text_buffer_text(&uri));
  text_buffer_printf(out, ", '%s%s", facts[1].name, assign);
  add_string(out, text_buffer_text(&name));
  for (size_t i = 2; i <= 4; i++)
    text_buffer_printf(out, is_spark ? ", '%s%s%" PRIu64 "L" : ", '%s%sCAST(%" PRIu64 " AS BIGINT)", facts[i].name,
                       assign, i == 3 ? 0 : file->bytes);
  text_buffer_printf(out, is_spark ? ", '%s%stimestamp_micros(%" PRId64 "))" : ", '%s%smake_timestamptz(%" PRId64 ")}",
                     facts[5].name, assign, modified_us);
}

void plan_print_files(const struct plan *plan, bool is_spark, struct text_buffer *out)
{
  text_buffer_add_string(out, is_spark ? "array(" : "([");
  for (size_t i = 0; i < plan->n_files; i++) {
    text_buffer_add_string(out, i == 0 ? "" : ", ");
    print_file(&plan->files[i], is_spark, out);
  }
  text_buffer_add_string(out, is_spark ? ")" : "])");
}
