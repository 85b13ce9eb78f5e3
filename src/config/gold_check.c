/* What of output.gold is said of the block as a whole: its key, its names, who may share its table. */
#include "config/tables.h"

#include <strings.h>

/* What the databases, and crisol, keep for themselves. Names that differ in case are one in a DuckDB file; in
 * PostgreSQL they are two that nobody would tell apart. */
static bool is_reserved(const char *schema)
{
  static const char *const names[] = { "metadata", "information_schema" };
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
    if (strcasecmp(schema, names[i]) == 0)
      return true;
  return strncasecmp(schema, "pg_", strlen("pg_")) == 0;
}

/* The value's place, or the block's first character where the value is not in it. */
static struct place place_of(const struct node *gold, const char *key)
{
  const struct node *value = node_find(gold, key);
  struct place place = value == NULL ? gold->place : value->place;
  if (value == NULL)
    place.length = 1;
  return place;
}

static void check_schema(struct reading *reading, const struct node *gold, const char *schema)
{
  struct place place = place_of(gold, "schema");
  if (schema == NULL || (schema[0] != '\0' && !is_reserved(schema)))
    return;
  if (schema[0] == '\0') {
    problem_at(reading->problems, place, "gold.schema is empty");
    return;
  }
  struct problem *problem = problem_at(
      reading->problems, place, "gold.schema \"%s\" is %s", schema,
      strcasecmp(schema, "metadata") == 0 ? "where crisol keeps what its runs have done" : "the database's own");
  add_hint(&problem->error, "Name another one, such as gold.");
}

/* `follow` does what silver's mode does. */
static bool adds_or_upserts(const struct dataset *dataset)
{
  enum gold_mode mode = dataset->gold.mode;
  return mode == GOLD_APPEND || mode == GOLD_UPSERT || (mode == GOLD_FOLLOW && dataset->silver.mode == SILVER_APPEND);
}

static void check_sharing(struct reading *reading, const struct node *gold, const struct dataset *dataset)
{
  if (!dataset->gold.shared || adds_or_upserts(dataset))
    return;
  struct problem *problem =
      problem_at(reading->problems, place_of(gold, "shared"),
                 "gold.shared is true, but the mode replaces rows that other datasets have written");
  add_hint(&problem->error, "Choose gold.mode: append or upsert (follow does what silver.mode does).");
}

void check_gold(struct reading *reading, const struct node *root, const struct dataset *dataset, bool is_sound)
{
  const struct node *output = node_find(root, "output");
  const struct node *gold = output == NULL || output->kind != NODE_MAPPING ? NULL : node_find(output, "gold");
  if (gold == NULL || gold->kind != NODE_MAPPING || !dataset->gold.enabled)
    return;
  bool has_key = dataset->gold.key.count > 0 || (!is_sound && node_find(gold, "key") != NULL);
  if (dataset->gold.mode == GOLD_UPSERT && !has_key) {
    struct place place = gold->place;
    place.length = 1;
    struct problem *problem = problem_at(reading->problems, place, "gold.mode: upsert needs a key");
    add_hint(&problem->error, "Such as key: [payment_id].");
  }
  check_schema(reading, gold, dataset->gold.schema);
  if (dataset->gold.table != NULL && dataset->gold.table[0] == '\0')
    problem_at(reading->problems, place_of(gold, "table"), "gold.table is empty");
  if (is_sound)
    check_sharing(reading, gold, dataset);
}
