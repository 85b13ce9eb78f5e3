/* Files by their names, in statements: to DuckDB a path is a pattern, and one that begins with "~" the home
 * directory's.
 */
#include "base/file.h"
#include "duckdb/database.h"
#include "expr/expr.h"

#define SPECIAL "*?["

static bool is_special(const char *path)
{
  return !path_is_remote(path) && (path[0] == '~' || strpbrk(path, SPECIAL) != NULL);
}

/* What a pattern has found DuckDB names in a way of its own, unless it is an absolute path. */
static const char *name_of(struct arena *arena, const char *path)
{
  return is_special(path) ? path_absolute(arena, path) : path;
}

void sql_add_files(struct text_buffer *sql, const char *const *paths, size_t count)
{
  text_buffer_add_char(sql, '[');
  for (size_t i = 0; i < count; i++) {
    text_buffer_add_string(sql, i == 0 ? "" : ", ");
    sql_add_file(sql, paths[i]);
  }
  text_buffer_add_char(sql, ']');
}

void sql_add_file_name(struct text_buffer *sql, const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  sql_add_string(sql, text_from(name_of(&scratch, path)));
}

/* A class of one character stands for it alone. Keys of objects are taken as they are (s3_url_compatibility_mode). */
void sql_add_file(struct text_buffer *sql, const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer pattern = { 0 };
  bool is_plain = !is_special(path);
  for (const char *p = name_of(&scratch, path); *p != '\0'; p++)
    if (!is_plain && strchr(SPECIAL, *p) != NULL)
      text_buffer_printf(&pattern, "[%c]", *p);
    else
      text_buffer_add_char(&pattern, *p);
  sql_add_string(sql, text_buffer_text(&pattern));
}

bool path_is_readable_by_name(const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  return !is_special(path) || strchr(name_of(&scratch, path), '\\') == NULL;
}
