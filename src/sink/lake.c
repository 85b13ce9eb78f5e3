#include "sink/lake.h"

#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
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

/* "<parent>/.<name>.crisol/<dataset>": hidden, so that Spark and DuckDB's globs over the parent pass it by. */
static const char *staging_place(struct arena *arena, const char *target, const char *dataset)
{
  const char *name = strrchr(target, '/') + 1;
  const char *hidden = arena_printf(arena, ".%s.crisol", name);
  return path_join(arena, path_join(arena, path_directory(arena, target), hidden), file_name_of(arena, dataset));
}

static const char *journal_of(struct arena *arena, const char *staging)
{
  return path_join(arena, staging, "journal");
}

/* The journal goes first: a staging place without one is only to be removed. */
static bool remove_staging(struct arena *arena, const char *staging, struct error *err)
{
  if (unlink(journal_of(arena, staging)) != 0 && errno != ENOENT && errno != ENOTDIR)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not remove \"%s\": %s", journal_of(arena, staging),
                strerror(errno));
  fault_point();
  return path_remove(staging, err);
}

static void note_dead(struct lake *lake, const char *run_id)
{
  lake->dead = arena_grow(lake->arena, lake->dead, lake->n_dead, &lake->dead_capacity, sizeof(char *));
  lake->dead[lake->n_dead++] = arena_copy(lake->arena, run_id, strlen(run_id));
}

/* The lock is held: whatever else is here was left by a run that died. */
static bool find_left_overs(struct lake *lake, struct error *err)
{
  DIR *directory = opendir(lake->place);
  if (directory == NULL)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list \"%s\": %s", lake->place, strerror(errno));
  bool is_done = true;
  for (struct dirent *entry; is_done && (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0)
      continue;
    const char *staging = path_join(lake->arena, lake->place, entry->d_name);
    if (file_exists(journal_of(lake->arena, staging))) {
      note_dead(lake, entry->d_name);
      continue;
    }
    log_debug("silver", "removing \"%s\", left by a run that did not end", staging);
    is_done = remove_staging(lake->arena, staging, err);
  }
  closedir(directory);
  return is_done;
}

static bool is_dead(const struct lake *lake, const char *run_id)
{
  for (size_t i = 0; i < lake->n_dead; i++)
    if (strcmp(lake->dead[i], run_id) == 0)
      return true;
  return false;
}

/* Beside the quarantine there is no journal: what is of a dead run waits for its recovery. */
static bool remove_quarantine_left_overs(struct lake *lake, struct error *err)
{
  DIR *directory = strcmp(lake->place, lake->quarantine_place) == 0 ? NULL : opendir(lake->quarantine_place);
  bool is_done = true;
  if (directory == NULL)
    return true;
  for (struct dirent *entry; is_done && (entry = readdir(directory)) != NULL;)
    if (entry->d_name[0] != '.' && !is_dead(lake, entry->d_name))
      is_done = path_remove(path_join(lake->arena, lake->quarantine_place, entry->d_name), err);
  closedir(directory);
  return is_done;
}

bool lake_recover(struct lake *lake, const char *run_id, bool is_committed, struct error *err)
{
  const char *staging = path_join(lake->arena, lake->place, run_id);
  if (!is_committed) {
    struct publication *publication = NULL;
    TRY(publication_load(lake->arena, journal_of(lake->arena, staging), &publication, err));
    if (!publication_undo(publication, err))
      return add_context(err, "while taking back what run %s had published", run_id);
  }
  log_info("silver", "run %s died while it published: it was %s", run_id, is_committed ? "finished" : "taken back");
  TRY(remove_staging(lake->arena, staging, err));
  return path_remove(path_join(lake->arena, lake->quarantine_place, run_id), err);
}

static char *describe_holder(struct arena *arena, const struct plan *plan, const struct run *run)
{
  char host[128] = "";
  gethostname(host, sizeof(host) - 1);
  return arena_printf(arena, "run %s of dataset \"%s\", process %ld on %s\n", run->id, plan->dataset->id.value,
                      (long)getpid(), host);
}

bool lake_open(struct arena *arena, const struct plan *plan, const struct run *run, struct lake *ret_lake,
               struct error *err)
{
  struct lake lake = { .plan = plan, .run = run, .arena = arena, .publication = publication_new(arena) };
  lake.place = staging_place(arena, plan->silver_path, plan->dataset->id.value);
  lake.staging = path_join(arena, lake.place, run->id);
  lake.quarantine_place = staging_place(arena, plan->quarantine_path, plan->dataset->id.value);
  lake.quarantine_staging = path_join(arena, lake.quarantine_place, run->id);
  TRY(directory_create(lake.place, err));
  TRY(lock_take(arena, path_join(arena, lake.place, "lock"), describe_holder(arena, plan, run), &lake.lock, err));
  bool is_done = find_left_overs(&lake, err) && remove_quarantine_left_overs(&lake, err);
  *ret_lake = lake; /* with its lock, which lake_close releases */
  return is_done;
}

static void warn_of(bool is_done, const struct error *err)
{
  if (!is_done)
    log_warning("silver", "%s", err->message);
}

/* Removes a directory if nothing is in it. */
static void remove_if_empty(struct arena *arena, const char *place)
{
  if (rmdir(place) == 0)
    rmdir(path_directory(arena, place));
}

void lake_close(struct lake *lake)
{
  if (lake->lock == NULL)
    return;
  struct error err;
  fault_point();
  if (!lake->is_stuck) {
    warn_of(remove_staging(lake->arena, lake->staging, &err), &err);
    warn_of(path_remove(lake->quarantine_staging, &err), &err);
  }
  if (strcmp(lake->place, lake->quarantine_place) != 0)
    remove_if_empty(lake->arena, lake->quarantine_place);
  lock_release(&lake->lock);
}

/* the columns that are there */

static bool has_parquet(struct arena *arena, const char *path)
{
  DIR *directory = opendir(path);
  bool is_found = false;
  if (directory == NULL)
    return false;
  for (struct dirent *entry; !is_found && (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    is_found = text_ends_with(text_from(entry->d_name), TEXT(".parquet")) ||
               has_parquet(arena, path_join(arena, path, entry->d_name));
  }
  closedir(directory);
  return is_found;
}

/* A path as a pattern that matches only itself. */
static void add_glob_escaped(struct text_buffer *out, const char *path)
{
  for (const char *p = path; *p != '\0'; p++)
    if (strchr("[*?", *p) != NULL)
      text_buffer_printf(out, "[%c]", *p);
    else
      text_buffer_add_char(out, *p);
}

static bool describe_lake(struct arena *arena, const char *path, struct engine *engine, const char ***ret_names,
                          const struct type ***ret_types, size_t *ret_count, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer pattern = { 0 };
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  add_glob_escaped(&pattern, path);
  text_buffer_add_string(&pattern, "/**/*.parquet");
  text_buffer_add_string(&sql, "SELECT * FROM read_parquet(");
  sql_add_string(&sql, text_buffer_text(&pattern));
  text_buffer_add_string(&sql, ", union_by_name = true, hive_partitioning = false)");
  if (database_describe(arena, engine_database(engine), sql.data, ret_names, ret_types, ret_count, err))
    return true;
  if (err->kind != ERROR_INTERRUPTED)
    err->kind = ERROR_ENVIRONMENT;
  return add_context(err, "while reading the columns of the lake \"%s\"", path);
}

static bool is_partition_column(const struct plan *plan, size_t column)
{
  for (size_t i = 0; i < plan->n_partitions; i++)
    if (plan->partitions[i].column == (int)column)
      return true;
  return false;
}

static bool refuse_column(const struct plan *plan, const char *name, const char *what, struct error *err)
{
  fail(err, ERROR_CONFIG, plan->dataset->silver.path.place, "silver column \"%s\" %s, and merge_schema is false", name,
       what);
  return add_hint(err, "Set output.silver.merge_schema: true to let the lake's columns differ.");
}

static bool check_type(const struct plan *plan, const char *name, const struct type *is, const struct type *wanted,
                       struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (type_equal(is, wanted))
    return true;
  bool goes_together = type_is_widening(is, wanted) || type_is_widening(wanted, is);
  if (goes_together && plan->dataset->silver.merge_schema)
    return true;
  fail(err, ERROR_CONFIG, plan->dataset->silver.path.place,
       "silver column \"%s\" is %s in the lake, this run makes it %s", name, type_name(&scratch, is),
       type_name(&scratch, wanted));
  return add_hint(err, goes_together ? "Set output.silver.merge_schema: true to let it be widened."
                                     : "Cast the column to the lake's type, or write to a new path.");
}

static int find_name(const char *const *names, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (text_equal_nocase(text_from(names[i]), text_from(name)))
      return (int)i;
  return NO_COLUMN;
}

static bool is_technical(const char *name)
{
  return strcmp(name, "_run_id") == 0 || strcmp(name, "_ingestion_ts") == 0;
}

bool lake_check_columns(const struct lake *lake, struct engine *engine, struct error *err)
{
  const struct plan *plan = lake->plan;
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **names = NULL;
  const struct type **types = NULL;
  size_t count = 0;
  if (plan->dataset->silver.mode == SILVER_OVERWRITE || !has_parquet(&scratch, plan->silver_path))
    return true;
  TRY(describe_lake(&scratch, plan->silver_path, engine, &names, &types, &count, err));
  for (size_t i = 0; i < plan->n_columns; i++) {
    if (is_partition_column(plan, i))
      continue;
    int index = find_name(names, count, plan->columns[i].name);
    if (index != NO_COLUMN)
      TRY(check_type(plan, plan->columns[i].name, types[index], plan->columns[i].type, err));
    else if (!plan->dataset->silver.merge_schema)
      return refuse_column(plan, plan->columns[i].name, "is not in the lake", err);
    else
      log_info("silver", "column \"%s\" is new in the lake", plan->columns[i].name);
  }
  for (size_t i = 0; i < count; i++) {
    if (is_technical(names[i]) || plan_find_column(plan, names[i]) != NO_COLUMN)
      continue;
    if (!plan->dataset->silver.merge_schema)
      return refuse_column(plan, names[i], "of the lake is not in the source", err);
    log_info("silver", "column \"%s\" of the lake is not in the source: it is null for these rows", names[i]);
  }
  return true;
}

/* writing and publishing */

static const char *silver_file_name(const struct lake *lake)
{
  return arena_printf(lake->arena, "part-%s.parquet", lake->run->id);
}

static const char *staged_silver(const struct lake *lake)
{
  return path_join(lake->arena, lake->staging, "silver");
}

bool lake_write_silver(struct lake *lake, struct engine *engine, struct run *run, struct error *err)
{
  TRY(directory_create(lake->staging, err));
  if (!engine_write_silver(engine, lake->plan, run, staged_silver(lake), silver_file_name(lake), err))
    return add_context(err, "while writing silver");
  fault_point();
  for (size_t i = 0; i < run->n_silver_files; i++)
    TRY(md5_hex_of_file(path_join(lake->arena, staged_silver(lake), run->silver_files[i].path),
                        run->silver_files[i].md5, err));
  if (run->rows.silver == run->rows.passed)
    return true;
  return fail(err, ERROR_DEFECT, NOWHERE, "%" PRIu64 " rows passed, silver holds %" PRIu64, run->rows.passed,
              run->rows.silver);
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
  if (!engine_write_quarantine(engine, lake->plan, run, lake->staged_quarantine, err))
    return add_context(err, "while writing the quarantine");
  fault_point();
  run->quarantine_bytes = file_size(lake->staged_quarantine);
  TRY(md5_hex_of_file(lake->staged_quarantine, run->quarantine_md5, err));
  const char *directory =
      path_join(lake->arena, lake->plan->quarantine_path, arena_printf(lake->arena, "run_id=%s", run->id));
  run->quarantine_file = path_join(lake->arena, directory, silver_file_name(lake));
  return true;
}

/* append: files join what is there; dynamic: a partition is replaced as a whole; overwrite: the lake is. */
static bool plan_silver(struct lake *lake, struct error *err)
{
  const struct run *run = lake->run;
  const char *staged = staged_silver(lake);
  const char *target = lake->plan->silver_path;
  enum silver_mode mode = lake->plan->dataset->silver.mode;
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

bool lake_publish(struct lake *lake, struct error *err)
{
  bool is_planned = lake->staged_quarantine == NULL ||
                    publication_add(lake->publication, lake->staged_quarantine, lake->run->quarantine_file, err);
  fault_point();
  /* What the journal speaks of must be there after a loss of power, too; the quarantine mostly lies on the same disk.
   */
  if (is_planned && plan_silver(lake, err) && file_system_sync(lake->staging, err) &&
      (lake->staged_quarantine == NULL || file_system_sync(lake->quarantine_staging, err)) &&
      publication_run(lake->publication, journal_of(lake->arena, lake->staging), err))
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
