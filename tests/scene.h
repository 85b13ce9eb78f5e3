/** A fresh DuckDB file as a warehouse, in a directory of its own: one a test (CASE), in one engine for all tests of a
 * program (scene_open_engine, scene_close_engine). A test that wants more beside it begins its struct with a scene. */
#ifndef CRISOL_TESTS_SCENE_H
#define CRISOL_TESTS_SCENE_H

#include "support.h"

#include "base/file.h"
#include "warehouse/warehouse.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scene {
  struct arena arena;
  char root[64];
  const char *path; /* of the file; its directory was not there before */
  struct warehouse warehouse;
};

static struct database *scene_engine;

static inline int scene_open_engine(void **state)
{
  (void)state;
  struct error err;
  return !database_open(&(struct database_settings){ .timezone = "UTC", .threads = 1 }, &scene_engine, &err);
}

static inline int scene_close_engine(void **state)
{
  (void)state;
  database_close(&scene_engine);
  return 0;
}

/** Fills the scene at the beginning of `size` bytes, which are the test's state. */
static inline int scene_begin(void **state, size_t size)
{
  struct scene *scene = calloc(1, size);
  struct error err;
  assert_non_null(scene);
  *state = scene;
  snprintf(scene->root, sizeof(scene->root), "/tmp/crisol-scene-XXXXXX");
  if (mkdtemp(scene->root) == NULL)
    return 1;
  scene->path = path_join(&scene->arena, scene->root, "new/a.duckdb");
  return !warehouse_open_duckdb(scene_engine, scene->path, false, NULL, &scene->warehouse, &err);
}

static inline int scene_set_up(void **state)
{
  return scene_begin(state, sizeof(struct scene));
}

static inline int scene_tear_down(void **state)
{
  struct scene *scene = *state;
  struct error err;
  warehouse_close(&scene->warehouse);
  bool is_removed = path_remove(scene->root, &err);
  arena_done(&scene->arena);
  free(scene);
  return is_removed ? 0 : 1;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, scene_set_up, scene_tear_down)

static inline void run_sql(struct scene *scene, const char *sql)
{
  struct error err;
  assert_done(warehouse_execute(&scene->warehouse, sql, &err));
}

#endif
