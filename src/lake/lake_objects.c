/* A lake, or a quarantine, in an object store: files are written on the local disk, uploaded to hidden keys, and appear
 * by copies that the server makes, after the commit. */
#include "lake/lake_internal.h"

#include "base/fault.h"
#include "base/file.h"
#include "store/files.h"

#include <inttypes.h>
#include <stdlib.h>

bool lake_list_objects(struct arena *arena, const struct lake *lake, struct s3_listing *ret_listing, struct error *err)
{
  struct s3_location prefix = s3_location_of(
      arena, lake->prefix_length == 0 ? lake->plan->silver_path : arena_printf(arena, "%s/", lake->plan->silver_path));
  return s3_list(arena, lake->plan->config->s3, prefix, false, ret_listing, err);
}

static const char *note_of(struct arena *arena, const char *run_place)
{
  return path_join(arena, run_place, "uploads");
}

static int compare_objects(const void *a, const void *b)
{
  return strcmp(((const struct s3_object *)a)->key, ((const struct s3_object *)b)->key);
}

/* An answer of success is not yet an object: one listing tells what the store really has. */
static bool check_staged(struct lake *lake, const char *run_place, const struct staged_object *objects, size_t count,
                         struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_listing listing;
  struct s3_location prefix = s3_location_of(&scratch, arena_printf(&scratch, "%s/", run_place));
  TRY(s3_list(&scratch, lake->plan->config->s3, prefix, false, &listing, err));
  if (listing.n_objects > 0)
    qsort(listing.objects, listing.n_objects, sizeof(*listing.objects), compare_objects);
  for (size_t i = 0; i < count; i++) {
    struct s3_object wanted = { .key = s3_location_of(&scratch, objects[i].staged).key };
    const struct s3_object *is =
        listing.n_objects == 0 ? NULL
                               : bsearch(&wanted, listing.objects, listing.n_objects, sizeof(wanted), compare_objects);
    if (is == NULL)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"%s\" was uploaded, and is not there", objects[i].staged);
    if (is->size != objects[i].bytes || strcmp(is->etag, objects[i].etag) != 0)
      return fail(err, ERROR_ENVIRONMENT, NOWHERE,
                  "\"%s\" is not what was uploaded: it has %" PRIu64 " bytes and ETag %s, %" PRIu64
                  " bytes and ETag %s were sent",
                  objects[i].staged, is->size, is->etag, objects[i].bytes, objects[i].etag);
  }
  return true;
}

bool objects_stage(struct lake *lake, const char *place, struct staged_object *objects, size_t count, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer note = { 0 };
  struct s3 *s3 = lake->plan->config->s3;
  struct s3_transfer *transfers = arena_array(&scratch, count, sizeof(*transfers));
  for (size_t i = 0; i < count; i++) {
    transfers[i] = (struct s3_transfer){ .path = objects[i].path,
                                         .to = s3_location_of(&scratch, objects[i].staged),
                                         .ret_etag = objects[i].etag,
                                         .mark = lake->run->id };
    text_buffer_add(&note, objects[i].staged,
                    strlen(objects[i].staged) + 1); /* a key may hold a line's end, but no NUL */
    text_buffer_add(&note, objects[i].target, strlen(objects[i].target) + 1);
  }
  const char *run_place = path_join(&scratch, place, lake->run->id);
  TRY(store_write(s3, note_of(&scratch, run_place), text_buffer_text(&note), err));
  fault_point();
  TRY(s3_transfer(s3, transfers, count, err));
  TRY(lock_check(lake->lock, err)); /* whoever took it over has removed what was staged */
  TRY(check_staged(lake, run_place, objects, count, err));
  fault_point();
  return true;
}

bool objects_give_up(struct arena *arena, struct s3 *s3, const char *run_place, struct error *err)
{
  struct text note;
  bool is_there = false;
  TRY(store_read(arena, s3, note_of(arena, run_place), &note, &is_there, err));
  for (size_t at = 0; is_there && at < note.length; at += strlen(note.data + at) + 1)
    TRY(s3_give_up_uploads(s3, s3_location_of(arena, note.data + at), err));
  return true;
}

struct staged_object *silver_objects(struct lake *lake, const char *directory)
{
  const struct run *run = lake->run;
  struct arena *arena = lake->arena;
  const char *run_place = path_join(arena, path_join(arena, lake->place, run->id), "silver");
  struct staged_object *objects = arena_array(arena, run->n_silver_files + lake->n_rewritten + 1, sizeof(*objects));
  for (size_t i = 0; i < run->n_silver_files; i++) {
    const char *path = run->silver_files[i].path;
    objects[i] = (struct staged_object){ .path = path_join(arena, directory, path),
                                         .staged = path_join(arena, run_place, path),
                                         .target = path_join(arena, lake->plan->silver_path, path),
                                         .bytes = run->silver_files[i].bytes };
  }
  for (size_t i = 0; i < lake->n_rewritten; i++)
    objects[run->n_silver_files + i] = lake->rewritten[i];
  return objects;
}

static bool is_in(const char *const *sorted, size_t count, const char *text)
{
  return count > 0 && bsearch(&text, sorted, count, sizeof(*sorted), compare_strings) != NULL;
}

/* Whether a key, below the lake's, is one that this run replaces: of its partitions, or any of them. Not what it makes,
 * which the copy itself replaces. */
static bool is_replaced(const struct lake *lake, const char *const *made, const char *const *partitions,
                        const char *key)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct run *run = lake->run;
  if (key[0] == '\0' || key[strlen(key) - 1] == '/' || is_in(made, run->n_silver_files, key))
    return false;
  if (lake->plan->dataset->silver.mode == SILVER_OVERWRITE || lake->plan->n_partitions == 0)
    return true;
  for (const char *directory = key; strchr(directory, '/') != NULL;) { /* a partition is all that is below it */
    directory = path_directory(&scratch, directory);
    if (is_in(partitions, run->n_silver_files, directory))
      return true;
  }
  return false;
}

static void plan_removals(struct lake *lake, const struct s3_listing *listing)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct run *run = lake->run;
  const char **made = arena_array(&scratch, run->n_silver_files, sizeof(*made));
  const char **partitions = arena_array(&scratch, run->n_silver_files, sizeof(*partitions));
  for (size_t i = 0; i < run->n_silver_files; i++) {
    made[i] = run->silver_files[i].path;
    partitions[i] = lake->plan->n_partitions == 0 ? "" : run->partition_directories[i];
  }
  if (run->n_silver_files > 0) {
    qsort(made, run->n_silver_files, sizeof(*made), compare_strings);
    qsort(partitions, run->n_silver_files, sizeof(*partitions), compare_strings);
  }
  for (size_t i = 0; i < listing->n_objects; i++) {
    const char *key = listing->objects[i].key;
    if (is_replaced(lake, made, partitions, key + lake->prefix_length))
      publication_delete(lake->publication, arena_printf(&scratch, "s3://%s/%s", lake->bucket, key),
                         listing->objects[i].etag);
  }
}

static int compare_keys(const void *key, const void *object)
{
  return strcmp(key, ((const struct s3_object *)object)->key);
}

/* What is at a key now, of the listed; "": nothing. */
static const char *etag_at(const struct s3_listing *listing, const char *key)
{
  const struct s3_object *found = listing->n_objects == 0 ? NULL
                                                          : bsearch(key, listing->objects, listing->n_objects,
                                                                    sizeof(*listing->objects), compare_keys);
  return found == NULL ? "" : found->etag;
}

bool plan_objects(struct lake *lake, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct s3_listing listing = { .n_objects = 0 };
  bool replaces = lake->plan->dataset->silver.mode != SILVER_APPEND; /* what is appended has a name of its own */
  if (replaces || lake->n_rewritten > 0)
    TRY(lake_list_objects(&scratch, lake, &listing, err));
  for (size_t i = 0; i < lake->run->n_silver_files; i++) {
    const struct staged_object *object = &lake->objects[i];
    publication_copy(lake->publication, object->staged, object->target, object->bytes,
                     etag_at(&listing, s3_location_of(&scratch, object->target).key));
  }
  if (replaces)
    plan_removals(lake, &listing);
  for (size_t i = 0; i < lake->n_rewritten; i++) {
    const struct staged_object *object = &lake->rewritten[i];
    publication_copy(lake->publication, object->staged, object->target, object->bytes,
                     etag_at(&listing, s3_location_of(&scratch, object->target).key));
  }
  return true;
}
