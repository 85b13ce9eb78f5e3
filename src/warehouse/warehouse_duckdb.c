/* A DuckDB file, attached to the engine's instance. Only one process can have it, so it is let go of while a run reads
 * its sources (warehouse_release), and taken again by the transaction that writes gold and the ledger. */
#include "warehouse/gold_internal.h"

#include "base/file.h"

#include <stdlib.h>
#include <sys/stat.h>

struct duckdb_file {
  bool read_only;
  bool (*goes_on)(struct error *err);
  struct attachment *attachment; /* NULL: others may have it now */
  dev_t device;                  /* which file it was when it was first attached */
  ino_t inode;
};

/* Whether the path still names the file that has the run's own row. */
static bool check_same(const struct warehouse *warehouse, const struct duckdb_file *file, struct error *err)
{
  struct stat status;
  if (file->inode == 0 ||
      (stat(warehouse->name, &status) == 0 && status.st_ino == file->inode && status.st_dev == file->device))
    return true;
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "DuckDB file \"%s\" was removed or replaced while the run went on",
       warehouse->name);
  return add_hint(err, "Run the dataset again.");
}

/* Not created anew where it was removed: the second look is for one that was replaced while it was waited for. */
static bool take_file(struct warehouse *warehouse, struct error *err)
{
  struct duckdb_file *file = warehouse->connection;
  struct stat status;
  if (file->attachment != NULL)
    return true;
  TRY(check_same(warehouse, file, err));
  TRY(database_attach(warehouse->database, warehouse->name, "warehouse", file->read_only, file->goes_on,
                      &file->attachment, err));
  if (!check_same(warehouse, file, err)) {
    database_detach(&file->attachment);
    return false;
  }
  if (file->inode == 0 && stat(warehouse->name, &status) == 0) {
    file->device = status.st_dev;
    file->inode = status.st_ino;
  }
  return true;
}

static void release_file(struct warehouse *warehouse)
{
  struct duckdb_file *file = warehouse->connection;
  database_detach(&file->attachment);
}

/* What is asked between the release and the transaction has the file for itself alone. */
static bool execute(struct warehouse *warehouse, const char *sql, struct error *err)
{
  struct duckdb_file *file = warehouse->connection;
  bool was_released = file->attachment == NULL;
  TRY(take_file(warehouse, err));
  bool is_done = database_execute(warehouse->database, sql, err);
  if (was_released)
    release_file(warehouse);
  return is_done;
}

static bool query(struct arena *arena, struct warehouse *warehouse, const char *sql, struct table *ret_table,
                  struct error *err)
{
  struct duckdb_file *file = warehouse->connection;
  bool was_released = file->attachment == NULL;
  TRY(take_file(warehouse, err));
  bool is_done = database_query(arena, warehouse->database, sql, ret_table, err);
  if (was_released)
    release_file(warehouse);
  return is_done;
}

/* Where it fails the engine has undone it, or is broken: what the file holds can then be asked of it, or not. */
static enum commit_outcome commit(struct warehouse *warehouse, struct error *err)
{
  return execute(warehouse, "COMMIT", err) ? COMMIT_DONE : COMMIT_IN_DOUBT;
}

static void close_file(struct warehouse *warehouse)
{
  release_file(warehouse);
  free(warehouse->connection);
}

static const struct warehouse_driver driver = {
  .name = "DuckDB file",
  .lock_definitions = "",
  .limit_locks = "",
  .folds_case = true,
  .execute = execute,
  .query = query,
  .commit = commit,
  .close = close_file,
  .take = take_file,
  .release = release_file,
  .read_table = duckdb_read_table,
  .check_gold = duckdb_check_gold,
  .prepare_gold = duckdb_prepare_gold,
  .settle_keys = duckdb_settle_keys,
  .load_gold = duckdb_load_gold,
};

bool warehouse_open_duckdb(struct database *database, const char *path, bool read_only,
                           bool (*goes_on)(struct error *err), struct warehouse *ret_warehouse, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (!read_only)
    TRY(directory_create(path_directory(&scratch, path), err));
  struct duckdb_file *file = checked_malloc(sizeof(*file));
  *file = (struct duckdb_file){ .read_only = read_only, .goes_on = goes_on };
  struct warehouse warehouse = {
    .driver = &driver, .name = path, .prefix = "warehouse.", .database = database, .connection = file
  };
  if (!take_file(&warehouse, err)) {
    free(file);
    return false;
  }
  *ret_warehouse = warehouse;
  return true;
}
