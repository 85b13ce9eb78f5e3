/* The objects that a path in an object store means: one, those of a "directory", or those that match a pattern.
 * Patterns are the shell's, as for local files: "*" stays within a level, and matches no name that begins with a dot or
 * an underscore. */
#include "plan/plan_internal.h"

#include <fnmatch.h>
#include <stdlib.h>

static void add_object(struct arena *arena, struct file_list *list, const char *bucket, const char *folders,
                       const struct s3_object *object)
{
  struct plan_file file = {
    .path = arena_printf(arena, "s3://%s/%s", bucket, object->key),
    .bytes = object->size,
    .modified_us = object->modified_us,
    .etag = arena_copy(arena, object->etag, strlen(object->etag)),
    .folders = folders,
  };
  add_file(arena, list, &file);
}

/* Whether all folders of a key below the prefix are those of partitions. */
static bool is_partitioned(const char *below, const char *name)
{
  for (const char *at = below; at < name;) {
    struct text folder = { at, strcspn(at, "/") };
    if (!partition_is_folder(folder))
      return false;
    at += folder.length + 1;
  }
  return true;
}

/* What is in a "directory", and in its partitions where the list takes them; not what begins with "_" or ".", as Spark.
 */
static bool add_directory(struct arena *arena, struct s3 *s3, struct s3_location place, struct file_list *list,
                          struct error *err)
{
  struct s3_listing listing;
  size_t length = strlen(place.key);
  bool has_slash = length == 0 || place.key[length - 1] == '/';
  struct s3_location prefix = { place.bucket, has_slash ? place.key : arena_printf(arena, "%s/", place.key) };
  TRY(s3_list(arena, s3, prefix, !list->takes_partitions, &listing, err));
  for (size_t i = 0; i < listing.n_objects; i++) {
    const char *below = listing.objects[i].key + strlen(prefix.key);
    const char *slash = strrchr(below, '/');
    const char *name = slash == NULL ? below : slash + 1;
    const char *folders = slash == NULL ? NULL : text_copy(arena, (struct text){ below, (size_t)(slash - below) });
    if (name[0] != '\0' && !name_is_no_data(text_from(name)) && is_partitioned(below, name))
      add_object(arena, list, place.bucket, folders, &listing.objects[i]);
  }
  return true;
}

/* Whether a pattern matches, its folders taken for names: those that are there as they are written are names. */
static bool matches_in_folder(const char *pattern, const char *key)
{
  const char *name = strrchr(pattern, '/');
  size_t length = name == NULL ? 0 : (size_t)(name + 1 - pattern);
  return strncmp(pattern, key, length) == 0 && fnmatch(pattern + length, key + length, FNM_PATHNAME | FNM_PERIOD) == 0;
}

static bool matches(const char *pattern, const char *key)
{
  return fnmatch(pattern, key, FNM_PATHNAME | FNM_PERIOD) == 0;
}

static void take_matches(struct arena *arena, struct file_list *list, const char *bucket, const char *pattern,
                         bool (*is_match)(const char *pattern, const char *key), const struct s3_listing *listing)
{
  for (size_t i = 0; i < listing->n_objects; i++) {
    const char *key = listing->objects[i].key;
    bool is_directory = key[0] != '\0' && key[strlen(key) - 1] == '/';
    if (!is_directory && is_match(pattern, key) && pattern_takes(pattern, key))
      add_object(arena, list, bucket, NULL, &listing->objects[i]);
  }
}

static bool add_matches(struct arena *arena, struct s3 *s3, const char *bucket, const char *pattern,
                        struct file_list *list, struct error *err)
{
  struct s3_listing listing;
  size_t n_choices = 0;
  const char **choices = pattern_choices(arena, pattern, &n_choices);
  for (size_t i = 0; i < n_choices; i++)
    TRY(add_matches(arena, s3, bucket, choices[i], list, err));
  if (n_choices > 0)
    return true;
  struct s3_location prefix = { bucket, arena_copy(arena, pattern, strcspn(pattern, "*?[\\")) };
  TRY(s3_list(arena, s3, prefix, false, &listing, err));
  size_t before = list->count;
  take_matches(arena, list, bucket, pattern, matches_in_folder, &listing);
  if (list->count == before)
    take_matches(arena, list, bucket, pattern, matches, &listing);
  return true;
}

bool add_objects(struct arena *arena, struct s3 *s3, struct config_text path, const char *resolved,
                 struct file_list *list, struct error *err)
{
  struct s3_location place = s3_location_of(arena, resolved);
  struct s3_object object = { .key = place.key };
  size_t before = list->count, length = strlen(place.key);
  bool is_there = false, is_directory = length == 0 || place.key[length - 1] == '/';
  if (place.bucket[0] == '\0')
    return fail(err, ERROR_CONFIG, path.place, "\"%s\" names no bucket", path.value);
  if (!is_directory) /* a key that holds * or [ itself, too */
    TRY(s3_head(s3, place, &object, &is_there, err));
  object.key = place.key;
  if (is_there)
    add_object(arena, list, place.bucket, NULL, &object);
  else if (strpbrk(place.key, "*?[{") != NULL)
    TRY(add_matches(arena, s3, place.bucket, place.key, list, err));
  if (!is_there && list->count == before)
    TRY(add_directory(arena, s3, place, list, err));
  if (list->count > before)
    return true;
  return fail(err, ERROR_ENVIRONMENT, path.place, "no object matches \"%s\"", path.value);
}
