/* Where inputs and outputs lie: mounts, object stores, and relative paths from the current directory or the dataset's.
 */
#include "config/dataset.h"

#include "base/file.h"

#include <stdlib.h>

static bool is_s3(const char *path)
{
  return strncmp(path, "s3a://", 6) == 0 || strncmp(path, "s3://", 5) == 0;
}

/* "bucket/key" of a path; s3:// and s3a:// are one place. */
static const char *after_scheme(const char *path)
{
  return strstr(path, "://") + 3;
}

const char *config_resolve(struct arena *arena, const struct environment *env, struct config_text path)
{
  const struct mount *best = NULL;
  size_t best_length = 0;
  if (!is_s3(path.value))
    return path.value;
  const char *rest = after_scheme(path.value);
  for (size_t i = 0; i < env->n_mounts; i++) {
    const char *prefix = after_scheme(env->mounts[i].prefix.value);
    size_t length = strlen(prefix);
    while (length > 0 && prefix[length - 1] == '/')
      length--;
    bool is_under = strncmp(rest, prefix, length) == 0 && (rest[length] == '/' || rest[length] == '\0');
    if (is_under && length > best_length) {
      best = &env->mounts[i];
      best_length = length;
    }
  }
  if (best == NULL)
    return arena_printf(arena, "s3://%s", rest);
  rest += best_length;
  while (*rest == '/')
    rest++;
  return path_join(arena, best->directory.value, rest);
}

/* Whether a path, or the directory of a pattern, is there. */
static bool is_there(struct arena *arena, const char *path)
{
  size_t length = strcspn(path, "*?[{");
  if (file_exists(path))
    return true;
  if (path[length] == '\0')
    return false;
  return path_is_directory(path_directory(arena, arena_printf(arena, "%.*s_", (int)length, path)));
}

const char *config_find_input(struct arena *arena, const struct dataset *dataset, const char *path)
{
  if (path[0] == '/' || path_is_remote(path) || dataset->path == NULL || is_there(arena, path))
    return path;
  const char *directory = path_directory(arena, path_absolute(arena, dataset->path));
  for (;;) {
    const char *candidate = path_join(arena, directory, path);
    if (is_there(arena, candidate))
      return candidate;
    if (strcmp(directory, "/") == 0)
      return path;
    directory = path_directory(arena, directory);
  }
}
