/** A fresh DuckDB file as a warehouse, one a test, in one engine for all tests of a program. */
#ifndef CRISOL_TESTS_LEDGER_SCENE_H
#define CRISOL_TESTS_LEDGER_SCENE_H

#include "support.h"

#include "base/file.h"
#include "ledger/ledger.h"
#include "ledger/tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scene {
  struct arena arena;
  char root[64];
  struct warehouse warehouse;
};

static struct database *scene_database;

static int open_engine(void **state)
{
  (void)state;
  struct error err;
  return database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &scene_database, &err) ? 0 : 1;
}

static int close_engine(void **state)
{
  (void)state;
  database_close(&scene_database);
  return 0;
}

static int set_up(void **state)
{
  struct scene *scene = calloc(1, sizeof(*scene));
  struct error err;
  assert_non_null(scene);
  *state = scene;
  snprintf(scene->root, sizeof(scene->root), "/tmp/crisol-ledger-XXXXXX");
  return mkdtemp(scene->root) == NULL ||
         !warehouse_open_duckdb(scene_database, path_join(&scene->arena, scene->root, "a.duckdb"), false, NULL,
                                &scene->warehouse, &err);
}

static int tear_down(void **state)
{
  struct scene *scene = *state;
  struct error err;
  warehouse_close(&scene->warehouse);
  bool is_removed = path_remove(scene->root, &err);
  arena_done(&scene->arena);
  free(scene);
  return is_removed ? 0 : 1;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void run_sql(struct scene *scene, const char *sql)
{
  struct error err;
  assert_done(warehouse_execute(&scene->warehouse, sql, &err));
}

static struct table ask(struct scene *scene, const char *sql)
{
  struct error err;
  struct table table = { 0 };
  assert_done(warehouse_query(&scene->arena, &scene->warehouse, sql, &table, &err));
  return table;
}

/* In one transaction, which saves the waiting for the disk. */
static void prepare(struct scene *scene)
{
  struct error err;
  assert_done(warehouse_begin(&scene->warehouse, &err));
  assert_done(ledger_prepare(&scene->warehouse, &err));
  assert_int_equal(warehouse_commit(&scene->warehouse, &err), COMMIT_DONE);
}

#endif
