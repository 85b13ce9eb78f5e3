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

/* The answer ends with `*ret_own` bytes of the path's own; before it stands what a mount gives. */
static const char *resolve(struct arena *arena, const struct environment *env, struct config_text path, size_t *ret_own)
{
  const struct mount *best = NULL;
  size_t best_length = 0;
  *ret_own = strlen(path.value);
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
  *ret_own = strlen(rest);
  return path_join(arena, best->directory.value, rest);
}

const char *config_resolve(struct arena *arena, const struct environment *env, struct config_text path)
{
  size_t own = 0;
  return resolve(arena, env, path, &own);
}

/* Whether a path, or the directory of a pattern, is there in a folder. */
static bool is_there(struct arena *arena, const char *folder, const char *path)
{
  size_t length = strcspn(path, "*?[{");
  if (file_exists(path_join(arena, folder, path)))
    return true;
  if (path[length] == '\0')
    return false;
  const char *directory = path_directory(arena, arena_printf(arena, "%.*s_", (int)length, path));
  return path_is_directory(path_join(arena, folder, directory));
}

/* Whether a path that could be a pattern, or its directory, is there under the very name. */
static bool is_there_as_written(struct arena *arena, const char *folder, const char *path)
{
  const char *directory = path_directory(arena, path);
  return file_exists(path_join(arena, folder, path)) ||
         (strpbrk(directory, "*?[{") != NULL && path_is_directory(path_join(arena, folder, directory)));
}

/* The first place that has the path, or NULL. */
static const char *find_place(struct arena *arena, const struct dataset *dataset, const char *path,
                              bool (*has)(struct arena *arena, const char *folder, const char *path))
{
  if (has(arena, "", path))
    return path;
  const char *directory = path_directory(arena, path_absolute(arena, dataset->path));
  for (;;) {
    const char *candidate = path_join(arena, directory, path);
    if (has(arena, directory, path))
      return candidate;
    if (strcmp(directory, "/") == 0)
      return NULL;
    directory = path_directory(arena, directory);
  }
}

const char *config_find_input(struct arena *arena, const struct dataset *dataset, const char *path)
{
  const char *found = NULL;
  if (path[0] == '/' || path_is_remote(path) || dataset->path == NULL)
    return path;
  if (strpbrk(path, "*?[{") != NULL) /* a name that is there is that name, wherever a pattern might look */
    found = find_place(arena, dataset, path, is_there_as_written);
  if (found == NULL)
    found = find_place(arena, dataset, path, is_there);
  return found == NULL ? path : found;
}

const char *config_find_pattern(struct arena *arena, const struct config *config, struct config_text path,
                                size_t *ret_names)
{
  size_t own = 0;
  const char *resolved = resolve(arena, &config->env, path, &own);
  const char *found = config_find_input(arena, config->dataset, resolved);
  *ret_names = strlen(found) - own;
  return found;
}
