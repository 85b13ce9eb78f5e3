/* The Parquet files of a lake or a quarantine that readers see. */
#include "lake/lake_internal.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

struct paths {
  struct arena *arena;
  const char **items;
  size_t count, capacity;
};

static bool is_parquet(const char *name)
{
  return text_ends_with(text_from(name), TEXT(".parquet"));
}

static void add_path(struct paths *paths, const char *path)
{
  paths->items = arena_grow(paths->arena, paths->items, paths->count, &paths->capacity, sizeof(*paths->items));
  paths->items[paths->count++] = path;
}

static bool add_files_below(struct paths *paths, const char *path, struct error *err)
{
  DIR *directory = opendir(path);
  if (directory == NULL)
    return errno == ENOENT ||
           fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list directory \"%s\": %s", path, strerror(errno));
  bool is_listed = true;
  for (struct dirent *entry; is_listed && (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    const char *below = path_join(paths->arena, path, entry->d_name);
    if (path_is_directory(below))
      is_listed = add_files_below(paths, below, err);
    else if (is_parquet(entry->d_name))
      add_path(paths, below);
  }
  closedir(directory);
  return is_listed;
}

bool lake_is_hidden(const char *key)
{
  for (const char *part = key; part != NULL; part = strchr(part, '/')) {
    part += *part == '/' ? 1 : 0;
    if (*part == '.')
      return true;
  }
  return false;
}

static bool add_objects(struct paths *paths, struct s3 *s3, const char *path, struct error *err)
{
  struct s3_location lake = s3_location_of(paths->arena, path);
  struct s3_listing listing;
  if (lake.key[0] != '\0')
    lake.key = arena_printf(paths->arena, "%s/", lake.key);
  size_t prefix_length = strlen(lake.key);
  TRY(s3_list(paths->arena, s3, lake, false, &listing, err));
  for (size_t i = 0; i < listing.n_objects; i++) {
    const char *key = listing.objects[i].key;
    if (is_parquet(key) && !lake_is_hidden(key + prefix_length))
      add_path(paths, arena_printf(paths->arena, "s3://%s/%s", lake.bucket, key));
  }
  return true;
}

bool lake_find_files(struct arena *arena, struct s3 *s3, const char *path, const char *const **ret_paths,
                     size_t *ret_count, struct error *err)
{
  struct paths paths = { .arena = arena };
  TRY(path_is_remote(path) ? add_objects(&paths, s3, path, err) : add_files_below(&paths, path, err));
  if (paths.count > 1)
    qsort(paths.items, paths.count, sizeof(*paths.items), compare_strings);
  *ret_paths = paths.items;
  *ret_count = paths.count;
  return true;
}
