#include "store/files.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>

enum { SIZE_MOST = 1 << 28 };

bool store_write(struct s3 *s3, const char *path, struct text content, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_object object;
  bool is_put = false;
  if (path_is_remote(path))
    return s3_put(s3, s3_location_of(&scratch, path), content, NULL, &object, &is_put, err);
  TRY(file_write(path, content, err));
  return directory_sync(path_directory(&scratch, path), err);
}

bool store_read(struct arena *arena, struct s3 *s3, const char *path, struct text *ret_text, bool *ret_found,
                struct error *err)
{
  struct s3_object object;
  if (path_is_remote(path))
    return s3_get(arena, s3, s3_location_of(arena, path), SIZE_MOST, ret_text, &object, ret_found, err);
  *ret_found = file_exists(path);
  return !*ret_found || file_read(arena, path, SIZE_MOST, ERROR_ENVIRONMENT, ret_text, err);
}

struct names {
  struct arena *arena;
  const char **items;
  size_t count, capacity;
};

static void add_name(struct names *names, const char *name, size_t length)
{
  if (length == 0 || name[0] == '.')
    return;
  names->items = arena_grow(names->arena, names->items, names->count, &names->capacity, sizeof(char *));
  names->items[names->count++] = arena_copy(names->arena, name, length);
}

static bool list_local(struct names *names, const char *path, struct error *err)
{
  DIR *directory = opendir(path);
  if (directory == NULL && errno == ENOENT)
    return true;
  if (directory == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list \"%s\": %s", path, strerror(errno));
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
    add_name(names, entry->d_name, strlen(entry->d_name));
  closedir(directory);
  return true;
}

static struct s3_location prefix_of(struct arena *arena, const char *directory)
{
  return s3_location_of(arena, arena_printf(arena, "%s/", directory));
}

static bool list_remote(struct names *names, struct s3 *s3, const char *path, struct error *err)
{
  struct s3_listing listing;
  struct s3_location prefix = prefix_of(names->arena, path);
  size_t length = strlen(prefix.key);
  TRY(s3_list(names->arena, s3, prefix, true, &listing, err));
  for (size_t i = 0; i < listing.n_objects; i++)
    add_name(names, listing.objects[i].key + length, strlen(listing.objects[i].key) - length);
  for (size_t i = 0; i < listing.n_prefixes; i++)
    add_name(names, listing.prefixes[i] + length, strlen(listing.prefixes[i]) - length - 1);
  return true;
}

bool store_list(struct arena *arena, struct s3 *s3, const char *directory, const char ***ret_names, size_t *ret_count,
                struct error *err)
{
  struct names names = { .arena = arena };
  TRY(path_is_remote(directory) ? list_remote(&names, s3, directory, err) : list_local(&names, directory, err));
  *ret_names = names.items;
  *ret_count = names.count;
  return true;
}

bool store_remove(struct s3 *s3, const char *path, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_listing listing;
  if (!path_is_remote(path))
    return path_remove(path, err);
  TRY(s3_list(&scratch, s3, prefix_of(&scratch, path), false, &listing, err));
  struct s3_location *locations = arena_array(&scratch, listing.n_objects, sizeof(*locations));
  const char *bucket = s3_location_of(&scratch, path).bucket;
  for (size_t i = 0; i < listing.n_objects; i++)
    locations[i] = (struct s3_location){ bucket, listing.objects[i].key };
  TRY(s3_delete_all(s3, locations, listing.n_objects, err));
  return s3_delete(s3, s3_location_of(&scratch, path), err);
}
