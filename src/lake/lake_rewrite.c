/* Files of the lake that a replay writes anew, without the rows that it displaces. */
#include "lake/lake_internal.h"

#include "base/fault.h"
#include "base/file.h"
#include "lake/parquet_footer.h"

#include <inttypes.h>

static bool write_one(struct lake *lake, struct engine *engine, struct run *run, const char *from, size_t index,
                      struct error *err)
{
  struct arena *arena = lake->arena;
  const char *directory = path_join(arena, lake->staging, "rewritten");
  const char *name = arena_printf(arena, "%zu.parquet", index);
  struct staged_object *object = &lake->rewritten[index];
  struct run_file *file = &run->rewritten_files[index];
  *object = (struct staged_object){ .path = path_join(arena, directory, name), .target = from };
  TRY(directory_create(directory, err));
  if (!engine_write_undisplaced(engine, lake->plan, run, from, object->path, err))
    return add_context(err, "while writing \"%s\" anew", from);
  *file = (struct run_file){ .path = from, .bytes = file_size(object->path) };
  object->bytes = file->bytes;
  TRY(parquet_count_rows(object->path, &file->rows, err) && md5_hex_of_file(object->path, file->md5, err));
  if (lake->bucket != NULL) {
    const char *run_place = path_join(arena, path_join(arena, lake->place, lake->run->id), "rewritten");
    object->staged = path_join(arena, run_place, name);
  }
  return lake->bucket != NULL || (file_sync(object->path, err) && directory_sync(directory, err));
}

bool lake_rewrite_files(struct lake *lake, struct engine *engine, struct run *run, const char *const *paths,
                        size_t count, struct error *err)
{
  lake->rewritten = arena_array(lake->arena, count + 1, sizeof(*lake->rewritten));
  run->rewritten_files = arena_array(lake->arena, count + 1, sizeof(*run->rewritten_files));
  for (size_t i = 0; i < count; i++)
    TRY(write_one(lake, engine, run, paths[i], i, err));
  lake->n_rewritten = run->n_rewritten_files = count;
  fault_point();
  return true;
}

bool plan_rewritten(struct lake *lake, struct error *err)
{
  for (size_t i = 0; lake->bucket == NULL && i < lake->n_rewritten; i++)
    TRY(publication_replace(lake->publication, lake->rewritten[i].path, lake->rewritten[i].target, err));
  return true;
}
