#include "lake/lake_internal.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "base/parallel.h"
#include "lake/parquet_footer.h"
#include "store/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* staging places */

/* A dataset's id as a file name. */
static char *file_name_of(struct arena *arena, const char *id)
{
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  for (const unsigned char *p = (const unsigned char *)id; *p != '\0'; p++)
    if (*p < 0x20 || *p == '/' || *p == '%' || (*p == '.' && p == (const unsigned char *)id))
      text_buffer_printf(&out, "%%%02X", *p);
    else
      text_buffer_add_char(&out, (char)*p);
  return arena_copy(arena, out.data, out.length);
}

/* "<parent>/.<name>.crisol/<dataset>": hidden, so that Spark and DuckDB's globs over the parent pass it by. Of a lake
 * that is a whole bucket it lies within. */
static const char *staging_place(struct arena *arena, const char *target, const char *dataset)
{
  const char *name = strrchr(target, '/') + 1;
  if (path_is_remote(target) && s3_location_of(arena, target).key[0] == '\0')
    return path_join(arena, path_join(arena, target, ".crisol"), file_name_of(arena, dataset));
  const char *hidden = arena_printf(arena, ".%s.crisol", name);
  return path_join(arena, path_join(arena, path_directory(arena, target), hidden), file_name_of(arena, dataset));
}

/* The lake's lock does not keep out the runs of another lake that has the same quarantine: each has a place of its own
 * beside it. */
static const char *quarantine_place(struct arena *arena, const struct plan *plan, const char *lake_place)
{
  char name[MD5_HEX_SIZE];
  md5_hex(text_from(lake_place), name);
  return path_join(arena, staging_place(arena, plan->quarantine_path, plan->dataset->id.value), name);
}

static const char *journal_of(struct arena *arena, const char *staging)
{
  return path_join(arena, staging, "journal");
}

/* Where a run for an object store writes: with the engine's own files, apart for each store, lake and dataset. */
static const char *local_place(struct arena *arena, const struct config *config, const char *place)
{
  char name[MD5_HEX_SIZE];
  bool is_https = false;
  const struct environment *env = &config->env;
  const char *parent = env->duckdb.temp_directory != NULL ? env->duckdb.temp_directory : env->state;
  md5_hex(text_from(arena_printf(arena, "%s %s", s3_get_host(config->s3, &is_https), place)), name);
  return path_join(arena, path_absolute(arena, parent), arena_printf(arena, "staging-%s", name));
}

/* The journal goes first: a staging place without one is only to be removed. */
static bool remove_run_place(struct lake *lake, const char *place, const char *run_id, struct error *err)
{
  struct s3 *s3 = lake->plan->config->s3;
  const char *run_place = path_join(lake->arena, place, run_id);
  TRY(store_remove(s3, journal_of(lake->arena, run_place), err));
  fault_point();
  return store_remove(s3, run_place, err);
}

static void note_dead(struct lake *lake, const char *run_id)
{
  lake->dead = arena_grow(lake->arena, lake->dead, lake->n_dead, &lake->dead_capacity, sizeof(char *));
  lake->dead[lake->n_dead++] = run_id;
}

static bool is_dead(const struct lake *lake, const char *run_id)
{
  for (size_t i = 0; i < lake->n_dead; i++)
    if (strcmp(lake->dead[i], run_id) == 0)
      return true;
  return false;
}

/* What a run that died before it published has left in a place. */
static bool remove_left_over(struct lake *lake, const char *place, const char *run_id, struct error *err)
{
  log_debug("silver", "removing \"%s/%s\", left by a run that did not end", place, run_id);
  if (path_is_remote(place))
    TRY(objects_give_up(lake->arena, lake->plan->config->s3, path_join(lake->arena, place, run_id), err));
  return remove_run_place(lake, place, run_id, err);
}

/* The lock is held: whatever else is here was left by a run that died. */
static bool find_left_overs(struct lake *lake, struct error *err)
{
  struct s3 *s3 = lake->plan->config->s3;
  const char **names = NULL;
  size_t count = 0;
  TRY(store_list(lake->arena, s3, lake->place, &names, &count, err));
  for (size_t i = 0; i < count; i++) {
    struct text journal;
    bool is_there = false;
    if (strcmp(names[i], "lock") == 0)
      continue;
    TRY(store_read(lake->arena, s3, journal_of(lake->arena, path_join(lake->arena, lake->place, names[i])), &journal,
                   &is_there, err));
    if (is_there)
      note_dead(lake, names[i]);
    else
      TRY(remove_left_over(lake, lake->place, names[i], err));
  }
  return true;
}

/* Beside the quarantine, and where a run for an object store writes, there is no journal: what is of a dead run waits
 * for its recovery. */
static bool remove_left_overs_of(struct lake *lake, const char *place, struct error *err)
{
  const char **names = NULL;
  size_t count = 0;
  if (strcmp(lake->place, place) == 0)
    return true;
  TRY(store_list(lake->arena, lake->plan->config->s3, place, &names, &count, err));
  for (size_t i = 0; i < count; i++)
    if (!is_dead(lake, names[i]))
      TRY(remove_left_over(lake, place, names[i], err));
  return true;
}

static bool recover_publication(struct lake *lake, const char *run_id, bool is_committed, struct error *err)
{
  struct publication *publication = NULL;
  const char *journal = journal_of(lake->arena, path_join(lake->arena, lake->place, run_id));
  TRY(publication_load(lake->arena, lake->plan->config->s3, lake->lock, run_id, journal, &publication, err));
  if (is_committed ? publication_finish(publication, err) : publication_undo(publication, err))
    return true;
  add_context(err, "while %s what run %s had published", is_committed ? "finishing" : "taking back", run_id);
  return is_committed ? add_hint(err,
                                 "If it cannot be finished, remove \"%s/%s\" and run the dataset with all of that "
                                 "run's files.",
                                 lake->place, run_id)
                      : false;
}

bool lake_recover(struct lake *lake, const char *run_id, bool is_committed, struct error *err)
{
  TRY(recover_publication(lake, run_id, is_committed, err));
  log_info("silver", "run %s died while it published: it was %s", run_id, is_committed ? "finished" : "taken back");
  if (path_is_remote(lake->place))
    TRY(objects_give_up(lake->arena, lake->plan->config->s3, path_join(lake->arena, lake->place, run_id), err));
  TRY(remove_run_place(lake, lake->place, run_id, err));
  if (strcmp(lake->place, lake->quarantine_place) != 0)
    TRY(remove_left_over(lake, lake->quarantine_place, run_id, err));
  const char *locals[] = { lake->staging, lake->quarantine_staging };
  for (size_t i = 0; i < ARRAY_LENGTH(locals); i++)
    TRY(path_remove(path_join(lake->arena, path_directory(lake->arena, locals[i]), run_id), err));
  return true;
}

static char *describe_holder(struct arena *arena, const struct plan *plan, const struct run *run)
{
  char host[128] = "";
  gethostname(host, sizeof(host) - 1);
  return arena_printf(arena, "run %s of dataset \"%s\", process %ld on %s\n", run->id, plan->dataset->id.value,
                      (long)getpid(), host);
}

static void set_places(struct lake *lake)
{
  const struct plan *plan = lake->plan;
  struct arena *arena = lake->arena;
  lake->place = staging_place(arena, plan->silver_path, plan->dataset->id.value);
  lake->quarantine_place = quarantine_place(arena, plan, lake->place);
  const char *local = path_is_remote(lake->place) ? local_place(arena, plan->config, lake->place) : lake->place;
  const char *quarantine_local = path_is_remote(lake->quarantine_place)
                                     ? local_place(arena, plan->config, lake->quarantine_place)
                                     : lake->quarantine_place;
  lake->staging = path_join(arena, local, lake->run->id);
  lake->quarantine_staging = path_join(arena, quarantine_local, lake->run->id);
  if (path_is_remote(plan->silver_path)) {
    struct s3_location location = s3_location_of(arena, plan->silver_path);
    lake->bucket = location.bucket;
    lake->prefix_length = location.key[0] == '\0' ? 0 : strlen(location.key) + 1;
  }
}

/* What is staged is renamed into its place, which no rename does across a mount: known before anything is read. */
static bool check_mounts(const struct lake *lake, struct error *err)
{
  const char *targets[] = { lake->plan->silver_path, lake->plan->quarantine_path };
  for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
    if (path_is_remote(targets[i]) || !path_is_mount_point(targets[i]))
      continue;
    fail(err, ERROR_ENVIRONMENT, NOWHERE,
         "\"%s\" is a mount point: what is written beside it cannot be renamed into it", targets[i]);
    return add_hint(err, "Mount the directory above it, or write to a directory in it: \"%s/data\".", targets[i]);
  }
  return true;
}

bool lake_open(struct arena *arena, const struct plan *plan, const struct run *run, struct lake *ret_lake,
               struct error *err)
{
  struct s3 *s3 = plan->config->s3;
  struct lake lake = { .plan = plan, .run = run, .arena = arena };
  set_places(&lake);
  TRY(check_mounts(&lake, err));
  if (!path_is_remote(lake.place))
    TRY(directory_create(lake.place, err));
  TRY(lock_take(arena, s3, path_join(arena, lake.place, "lock"), describe_holder(arena, plan, run), run->id,
                &lake.dead_run, &lake.lock, err));
  lake.publication = publication_new(arena, s3, lake.lock, run->id);
  *ret_lake = lake; /* with its lock, which lake_close releases */
  fault_point();
  return true;
}

bool lake_find_left_overs(struct lake *lake, struct error *err)
{
  return find_left_overs(lake, err) && remove_left_overs_of(lake, lake->quarantine_place, err) &&
         remove_left_overs_of(lake, path_directory(lake->arena, lake->staging), err) &&
         remove_left_overs_of(lake, path_directory(lake->arena, lake->quarantine_staging), err);
}

static void warn_of(bool is_done, const struct error *err)
{
  if (!is_done)
    log_warning("silver", "%s", err->message);
}

/* Removes the quarantine's place if nothing is in it, and the two directories above it that were made for it. */
static void remove_if_empty(struct arena *arena, const char *place)
{
  enum { LEVELS = 3 };
  for (int i = 0; i < LEVELS && rmdir(place) == 0; i++)
    place = path_directory(arena, place);
}

/* Of a run that has not published, what waits in an object store goes too. */
static void remove_own(struct lake *lake)
{
  struct error err;
  struct s3 *s3 = lake->plan->config->s3;
  const char *id = lake->run->id;
  const char *places[] = { lake->place, lake->quarantine_place };
  const char *locals[] = { lake->staging, lake->quarantine_staging };
  for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
    if (path_is_remote(places[i]) && !lake->is_finished)
      warn_of(objects_give_up(lake->arena, s3, path_join(lake->arena, places[i], id), &err), &err);
    warn_of(remove_run_place(lake, places[i], id, &err), &err);
    if (!path_is_remote(places[i])) /* the run's directory lay in it */
      continue;
    warn_of(path_remove(locals[i], &err), &err);
    rmdir(path_directory(lake->arena, locals[i])); /* if nothing of another run is in it */
  }
}

void lake_close(struct lake *lake)
{
  if (lake->lock == NULL)
    return;
  fault_point();
  if (!lake->is_stuck)
    remove_own(lake);
  if (strcmp(lake->place, lake->quarantine_place) != 0 && !path_is_remote(lake->quarantine_place))
    remove_if_empty(lake->arena, lake->quarantine_place);
  lock_release(&lake->lock);
}

/* writing and publishing */

static const char *own_file_name(const struct lake *lake)
{
  return arena_printf(lake->arena, "part-%s.parquet", lake->run->id);
}

/* In an object store what replaces a partition's only file has its key, so that this is one step. */
static const char *silver_file_name(const struct lake *lake)
{
  bool replaces = lake->plan->dataset->silver.mode != SILVER_APPEND;
  return lake->bucket != NULL && replaces ? "part-0.parquet" : own_file_name(lake);
}

static const char *staged_silver(const struct lake *lake)
{
  return path_join(lake->arena, lake->staging, "silver");
}

struct silver_files {
  const struct lake *lake;
  struct run_file *files;
};

/* A file's rows are those that its own footer has. */
static bool check_rows(const char *path, const char *name, uint64_t expected, struct error *err)
{
  uint64_t rows = 0;
  TRY(parquet_count_rows(path, &rows, err));
  return rows == expected || fail(err, ERROR_DEFECT, NOWHERE, "\"%s\" was written with %" PRIu64 " rows, not %" PRIu64,
                                  name, rows, expected);
}

static bool examine_file(size_t index, void *context, struct error *err)
{
  const struct silver_files *silver = context;
  struct run_file *file = &silver->files[index];
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *path = path_join(&scratch, silver->lake->staging, path_join(&scratch, "silver", file->path));
  return check_rows(path, file->path, file->rows, err) && md5_hex_of_file(path, file->md5, err);
}

/* The books: what the files hold, by their footers, against the rows that passed. */
static bool balance_silver(struct run *run, struct error *err)
{
  run->rows.silver = 0;
  for (size_t i = 0; i < run->n_silver_files; i++)
    run->rows.silver += run->silver_files[i].rows;
  return run->rows.silver == run->rows.passed ||
         fail(err, ERROR_DEFECT, NOWHERE, "%" PRIu64 " rows passed, silver holds %" PRIu64, run->rows.passed,
              run->rows.silver);
}

bool lake_write_silver(struct lake *lake, struct engine *engine, struct run *run, struct error *err)
{
  TRY(directory_create(lake->staging, err));
  if (!engine_write_silver(engine, lake->plan, run, staged_silver(lake), silver_file_name(lake), err))
    return add_context(err, "while writing silver");
  fault_point();
  struct silver_files silver = { lake, run->silver_files };
  TRY(parallel_for(run->n_silver_files, environment_threads(&lake->plan->config->env), examine_file, &silver, err));
  TRY(balance_silver(run, err));
  if (lake->bucket == NULL)
    return true;
  lake->objects = silver_objects(lake, staged_silver(lake));
  return objects_stage(lake, lake->place, lake->objects, run->n_silver_files + lake->n_rewritten, err) ||
         add_context(err, "while uploading silver");
}

static bool has_quarantined(const struct lake *lake, struct run *run)
{
  const struct plan *plan = lake->plan;
  if (run->rows.quarantined > 0)
    return true;
  for (size_t i = 0; i < plan->n_sources; i++) /* those of a source under DROPMALFORMED are only counted */
    if (plan->sources[i].config->options.mode != READ_DROPMALFORMED)
      return run->rows.malformed > 0;
  return false;
}

bool lake_write_quarantine(struct lake *lake, struct engine *engine, struct run *run, struct error *err)
{
  if (!has_quarantined(lake, run))
    return true;
  TRY(directory_create(lake->quarantine_staging, err));
  lake->staged_quarantine = path_join(lake->arena, lake->quarantine_staging, "quarantine.parquet");
  uint64_t rows = 0;
  if (!engine_write_quarantine(engine, lake->plan, run, lake->staged_quarantine, &rows, err))
    return add_context(err, "while writing the quarantine");
  fault_point();
  TRY(check_rows(lake->staged_quarantine, "quarantine.parquet", rows, err));
  if (rows < run->rows.quarantined || rows > run->rows.quarantined + run->rows.malformed)
    return fail(err, ERROR_DEFECT, NOWHERE,
                "%" PRIu64 " rows are quarantined, %" PRIu64 " malformed, and %" PRIu64 " written",
                run->rows.quarantined, run->rows.malformed, rows);
  run->quarantine_bytes = file_size(lake->staged_quarantine);
  TRY(md5_hex_of_file(lake->staged_quarantine, run->quarantine_md5, err));
  const char *directory =
      path_join(lake->arena, lake->plan->quarantine_path, arena_printf(lake->arena, "run_id=%s", run->id));
  run->quarantine_file = path_join(lake->arena, directory, own_file_name(lake));
  if (!path_is_remote(run->quarantine_file))
    return true;
  const char *run_place = path_join(lake->arena, lake->quarantine_place, run->id);
  lake->quarantine = arena_alloc(lake->arena, sizeof(*lake->quarantine));
  *lake->quarantine = (struct staged_object){ .path = lake->staged_quarantine,
                                              .staged = path_join(lake->arena, run_place, "quarantine.parquet"),
                                              .target = run->quarantine_file,
                                              .bytes = run->quarantine_bytes };
  return objects_stage(lake, lake->quarantine_place, lake->quarantine, 1, err) ||
         add_context(err, "while uploading the quarantine");
}

/* append: files join what is there; dynamic: a partition is replaced as a whole; overwrite: the lake is. */
static bool plan_silver(struct lake *lake, struct error *err)
{
  const struct run *run = lake->run;
  const char *staged = staged_silver(lake);
  const char *target = lake->plan->silver_path;
  enum silver_mode mode = lake->plan->dataset->silver.mode;
  if (lake->bucket != NULL)
    return plan_objects(lake, err);
  if (mode == SILVER_OVERWRITE || (mode == SILVER_OVERWRITE_DYNAMIC && lake->plan->n_partitions == 0))
    return publication_replace(lake->publication, staged, target, err);
  for (size_t i = 0; i < run->n_silver_files; i++) {
    const char *path = mode == SILVER_APPEND ? run->silver_files[i].path : run->partition_directories[i];
    const char *from = path_join(lake->arena, staged, path);
    const char *to = path_join(lake->arena, target, path);
    TRY(mode == SILVER_APPEND ? publication_add(lake->publication, from, to, err)
                              : publication_replace(lake->publication, from, to, err));
  }
  return true;
}

static bool plan_quarantine(struct lake *lake, struct error *err)
{
  if (lake->staged_quarantine == NULL)
    return true;
  if (lake->quarantine == NULL)
    return publication_add(lake->publication, lake->staged_quarantine, lake->run->quarantine_file, err);
  publication_copy(lake->publication, lake->quarantine->staged, lake->quarantine->target, lake->quarantine->bytes, "");
  return true;
}

/* The file, and the directories down to it. */
static bool sync_file(size_t index, void *context, struct error *err)
{
  const struct silver_files *silver = context;
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *root = path_join(&scratch, silver->lake->staging, "silver");
  const char *path = path_join(&scratch, root, silver->files[index].path);
  TRY(file_sync(path, err));
  for (path = path_directory(&scratch, path); strcmp(path, root) != 0; path = path_directory(&scratch, path))
    TRY(directory_sync(path, err));
  return true;
}

/* A sync of the whole file system also waits for what others write, such as a PostgreSQL beside it: it is for many
 * files. */
static bool sync_silver(const struct lake *lake, struct error *err)
{
  enum { MANY = 500, AT_ONCE = 8 }; /* the file system commits what waits together at once */
  const struct run *run = lake->run;
  if (run->n_silver_files > MANY)
    return file_system_sync(lake->staging, err);
  struct silver_files files = { lake, run->silver_files };
  TRY(parallel_for(run->n_silver_files, AT_ONCE, sync_file, &files, err));
  return run->n_silver_files == 0 || directory_sync(staged_silver(lake), err);
}

/* What the journal speaks of must be there after a loss of power, too. */
bool lake_sync(struct lake *lake, struct error *err)
{
  bool has_local_quarantine = lake->staged_quarantine != NULL && lake->quarantine == NULL;
  if (lake->is_synced)
    return true;
  if (lake->bucket == NULL)
    TRY(sync_silver(lake, err));
  if (has_local_quarantine)
    TRY(file_sync(lake->staged_quarantine, err) && directory_sync(lake->quarantine_staging, err));
  lake->is_synced = true;
  return true;
}

bool lake_publish(struct lake *lake, struct error *err)
{
  bool is_planned = plan_quarantine(lake, err);
  fault_point();
  if (is_planned && plan_silver(lake, err) && plan_rewritten(lake, err) && lake_sync(lake, err) &&
      lock_check(lake->lock, err) &&
      publication_run(lake->publication, journal_of(lake->arena, path_join(lake->arena, lake->place, lake->run->id)),
                      err))
    return true;
  struct error undo_error;
  if (!lake_undo(lake, &undo_error))
    log_warning("silver", "could not take back the publication: %s", undo_error.message);
  return add_context(err, "while publishing silver to \"%s\"", lake->plan->silver_path);
}

bool lake_undo(struct lake *lake, struct error *err)
{
  lake->is_stuck = !publication_undo(lake->publication, err);
  return !lake->is_stuck;
}

void lake_leave(struct lake *lake)
{
  lake->is_stuck = true;
}

bool lake_finish(struct lake *lake, struct error *err)
{
  lake->is_stuck = !publication_finish(lake->publication, err);
  lake->is_finished = !lake->is_stuck;
  if (lake->is_finished)
    return true;
  return add_context(err, "while publishing silver to \"%s\"", lake->plan->silver_path);
}
