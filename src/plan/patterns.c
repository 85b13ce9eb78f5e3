/* Patterns of local paths: the shell's, but that a name which is there as it is written is that name. */
#include "plan/plan_internal.h"

#include "base/file.h"

#include <errno.h>
#include <glob.h>

#define SPECIAL "*?[{"

static const char *closing_brace(const char *open)
{
  int depth = 0;
  for (const char *p = open; *p != '\0'; p++) {
    depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
    if (depth == 0)
      return p;
  }
  return NULL;
}

const char **pattern_choices(struct arena *arena, const char *pattern, size_t *ret_count)
{
  const char *open = strchr(pattern, '{'), *close = open == NULL ? NULL : closing_brace(open);
  const char **choices = NULL;
  size_t count = 0, capacity = 0;
  int depth = 0;
  const char *start = close == NULL ? NULL : open + 1;
  for (const char *p = start; close != NULL && p <= close; p++) {
    if (p == close || (depth == 0 && *p == ',')) {
      choices = arena_grow(arena, choices, count, &capacity, sizeof(*choices));
      choices[count++] =
          arena_printf(arena, "%.*s%.*s%s", (int)(open - pattern), pattern, (int)(p - start), start, close + 1);
      start = p + 1;
    }
    depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
  }
  *ret_count = count;
  return choices;
}

bool name_is_no_data(struct text name)
{
  return name.length > 0 && (name.data[0] == '.' || name.data[0] == '_');
}

/* The folders at a path's start that are there as they are written, beyond those that are names anyway. */
static size_t existing_names(struct arena *arena, const char *path, size_t names)
{
  for (const char *slash = path + names; (slash = strchr(slash, '/')) != NULL; slash++) {
    size_t length = (size_t)(slash - path);
    if (length > 0 && !path_is_directory(text_copy(arena, (struct text){ path, length })))
      break;
    names = length + 1;
  }
  return names;
}

const char *pattern_folder(struct arena *arena, const char *pattern, size_t names)
{
  names = existing_names(arena, pattern, names);
  size_t fixed = names + strcspn(pattern + names, SPECIAL);
  return path_directory(arena, arena_printf(arena, "%.*s_", (int)fixed, pattern));
}

bool pattern_takes(const char *pattern, const char *path)
{
  for (;;) {
    size_t pattern_length = strcspn(pattern, "/"), length = strcspn(path, "/");
    if (name_is_no_data((struct text){ path, length }) && pattern[0] != path[0])
      return false;
    if (pattern[pattern_length] == '\0' || path[length] == '\0')
      return true;
    pattern += pattern_length + strspn(pattern + pattern_length, "/");
    path += length + strspn(path + length, "/");
  }
}

/* An alternative that is not there is no error; a directory that cannot be listed is. */
static int stop_listing(const char *path, int reason)
{
  (void)path;
  return reason != ENOENT && reason != ENOTDIR;
}

struct search {
  struct arena *arena;
  struct place place;
  pattern_taker *take;
  void *context;
};

static bool match_plain(const struct search *search, const char *pattern, size_t names, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer escaped = { 0 };
  glob_t found;
  bool is_taken = true;
  for (size_t i = 0; pattern[i] != '\0'; i++)
    text_buffer_printf(&escaped, i < names && strchr("*?[\\", pattern[i]) != NULL ? "\\%c" : "%c", pattern[i]);
  int result = glob(text_buffer_text(&escaped).data, 0, stop_listing, &found);
  if (result == 0)
    for (size_t i = 0; is_taken && i < found.gl_pathc; i++)
      is_taken = !pattern_takes(pattern + names, found.gl_pathv[i] + names) ||
                 search->take(found.gl_pathv[i], search->context, err);
  else if (result != GLOB_NOMATCH)
    is_taken = fail(err, ERROR_ENVIRONMENT, search->place, "could not list the files of \"%s\": %s", pattern,
                    result == GLOB_NOSPACE ? "out of memory" : strerror(errno));
  globfree(&found);
  return is_taken;
}

static bool match(const struct search *search, const char *pattern, size_t names, struct error *err)
{
  size_t n_choices = 0;
  names = existing_names(search->arena, pattern, names);
  if (file_exists(pattern))
    return search->take(pattern, search->context, err);
  const char **choices = pattern_choices(search->arena, pattern + names, &n_choices);
  for (size_t i = 0; i < n_choices; i++)
    TRY(match(search, arena_printf(search->arena, "%.*s%s", (int)names, pattern, choices[i]), names, err));
  return n_choices > 0 || match_plain(search, pattern, names, err);
}

bool pattern_match(struct arena *arena, const char *pattern, size_t names, struct place place, pattern_taker *take,
                   void *context, struct error *err)
{
  struct search search = { arena, place, take, context };
  return match(&search, pattern, names, err);
}
