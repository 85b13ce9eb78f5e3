/** The ledger's tables in a fresh DuckDB file. */
#ifndef CRISOL_TESTS_LEDGER_SCENE_H
#define CRISOL_TESTS_LEDGER_SCENE_H

#include "scene.h"

#include "ledger/ledger.h"
#include "ledger/tables.h"

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
