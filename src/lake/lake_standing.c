/* What stands in the lake where a run writes: the files that its mode would replace, with their rows. */
#include "lake/lake_internal.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

struct listing {
  struct arena *arena;
  struct standing_file *files;
  size_t count, capacity;
};

static bool is_parquet(const char *name)
{
  return text_ends_with(text_from(name), TEXT(".parquet"));
}

static void add_standing(struct listing *listing, const char *path, size_t partition)
{
  listing->files =
      arena_grow(listing->arena, listing->files, listing->count, &listing->capacity, sizeof(*listing->files));
  listing->files[listing->count++] = (struct standing_file){ .path = path, .partition = partition };
}

static bool walk(struct listing *listing, const char *directory, size_t partition, struct error *err)
{
  DIR *stream = opendir(directory);
  if (stream == NULL)
    return errno == ENOENT ||
           fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list directory \"%s\": %s", directory, strerror(errno));
  bool is_listed = true;
  for (struct dirent *entry; is_listed && (entry = readdir(stream)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    const char *path = path_join(listing->arena, directory, entry->d_name);
    if (path_is_directory(path))
      is_listed = walk(listing, path, partition, err);
    else if (is_parquet(entry->d_name))
      add_standing(listing, path, partition);
  }
  closedir(stream);
  return is_listed;
}

struct touched {
  const char *directory;
  size_t partition;
};

static int compare_touched(const void *a, const void *b)
{
  return strcmp(((const struct touched *)a)->directory, ((const struct touched *)b)->directory);
}

static struct touched *sort_touched(struct arena *arena, const struct run *run)
{
  struct touched *touched = arena_array(arena, run->n_partitions + 1, sizeof(*touched));
  for (size_t i = 0; i < run->n_partitions; i++)
    touched[i] = (struct touched){ run->partition_directories[i], i };
  if (run->n_partitions > 0)
    qsort(touched, run->n_partitions, sizeof(*touched), compare_touched);
  return touched;
}

/* The touched partition that a key below the lake's lies in; NULL: none. */
static const struct touched *partition_of(struct arena *arena, const struct touched *touched, size_t count,
                                          const char *key)
{
  struct touched wanted = { .directory = key };
  while (count > 0 && strchr(wanted.directory, '/') != NULL) {
    wanted.directory = path_directory(arena, wanted.directory);
    const struct touched *found = bsearch(&wanted, touched, count, sizeof(*touched), compare_touched);
    if (found != NULL)
      return found;
  }
  return NULL;
}

static bool list_objects(struct listing *listing, const struct lake *lake, bool takes_all, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_listing objects;
  struct touched *touched = sort_touched(&scratch, lake->run);
  TRY(lake_list_objects(&scratch, lake, &objects, err));
  for (size_t i = 0; i < objects.n_objects; i++) {
    const char *key = objects.objects[i].key, *below = key + lake->prefix_length;
    if (!is_parquet(key) || lake_is_hidden(below))
      continue;
    const struct touched *found = takes_all ? NULL : partition_of(&scratch, touched, lake->run->n_partitions, below);
    if (takes_all || found != NULL)
      add_standing(listing, arena_printf(listing->arena, "s3://%s/%s", lake->bucket, key),
                   takes_all ? 0 : found->partition);
  }
  return true;
}

static bool list_local(struct listing *listing, const struct lake *lake, bool takes_all, struct error *err)
{
  if (takes_all)
    return walk(listing, lake->plan->silver_path, 0, err);
  for (size_t i = 0; i < lake->run->n_partitions; i++)
    TRY(walk(listing, path_join(listing->arena, lake->plan->silver_path, lake->run->partition_directories[i]), i, err));
  return true;
}

bool lake_list_standing(struct arena *arena, const struct lake *lake, bool takes_all, struct standing_file **ret_files,
                        size_t *ret_count, struct error *err)
{
  struct listing listing = { .arena = arena };
  TRY(lake->bucket != NULL ? list_objects(&listing, lake, takes_all, err) : list_local(&listing, lake, takes_all, err));
  *ret_files = listing.files;
  *ret_count = listing.count;
  return true;
}

static int compare_standing(const void *a, const void *b)
{
  return strcmp(((const struct standing_file *)a)->path, ((const struct standing_file *)b)->path);
}

bool lake_count_standing(const struct lake *lake, struct engine *engine, struct standing_file *files, size_t count,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **paths = arena_array(&scratch, count + 1, sizeof(*paths));
  uint64_t *rows = arena_array(&scratch, count + 1, sizeof(*rows));
  if (count == 0)
    return true;
  qsort(files, count, sizeof(*files), compare_standing);
  for (size_t i = 0; i < count; i++)
    paths[i] = files[i].path;
  TRY(engine_count_lake_rows(engine, lake->bucket != NULL ? lake->plan->config->s3 : NULL, paths, count, rows, err));
  for (size_t i = 0; i < count; i++)
    files[i].rows = rows[i];
  return true;
}
