#include "engine/rows/partition_names.h"

#include "base/log.h"
#include "engine/rows/counts.h"
#include "plan/hive.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CELL_VALUE, CELL_IS_FAITHFUL, CELL_UTC, N_VALUE_CELLS };

static struct text text_from_hex(struct arena *arena, const char *hex)
{
  size_t length = strlen(hex) / 2;
  char *bytes = arena_alloc(arena, length + 1);
  for (size_t i = 0; i < length; i++)
    bytes[i] = (char)(hex_digit(hex[2 * i]) * 16 + hex_digit(hex[2 * i + 1]));
  return (struct text){ bytes, length };
}

static bool fail_ambiguous(const struct plan *plan, const struct plan_partition *partition, struct text value,
                           const char *utc, struct error *err)
{
  if (expr_type(partition->expr)->id != TYPE_TIMESTAMP)
    return fail(err, ERROR_DATA, NOWHERE,
                "partition column \"%s\" holds a value that its text in a directory's name does not give back: %.*s",
                partition->name, TEXT_ARGS(value));
  fail(err, ERROR_DATA, NOWHERE,
       "partition column \"%s\" holds %s UTC: its local time %.*s comes twice in %s, and the directory's name would "
       "stand for the first",
       partition->name, utc, TEXT_ARGS(value), plan->dataset->timezone);
  return add_hint(err, "Partition by year, month, day, hour or date of partition_from, or set timezone: UTC.");
}

static bool add_partition_value(const struct plan *plan, size_t number, char *const *cells, struct arena *arena,
                                struct text_buffer *path, struct error *err)
{
  const struct plan_partition *partition = &plan->partitions[number];
  if (cells[CELL_VALUE] == NULL)
    return hive_add_directory(path, partition, NULL, err);
  struct text value = text_from_hex(arena, cells[CELL_VALUE]);
  if (strcmp(cells[CELL_IS_FAITHFUL], "true") != 0)
    return fail_ambiguous(plan, partition, value, cells[CELL_UTC], err);
  if (text_equal(value, TEXT("-0.0"))) /* equals 0.0, so that both are one partition */
    value = expr_type(partition->expr)->id == TYPE_STRING ? value : TEXT("0.0");
  return hive_add_directory(path, partition, &value, err);
}

/* The last net under a lake: whatever the values are, no file is written over another one. */
static bool check_names_differ(const struct run *run, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char **names = arena_array(&scratch, run->n_partitions + 1, sizeof(*names));
  memcpy(names, run->partition_directories, run->n_partitions * sizeof(*names));
  qsort(names, run->n_partitions, sizeof(*names), compare_strings);
  for (size_t i = 1; i < run->n_partitions; i++)
    if (strcmp(names[i - 1], names[i]) == 0)
      return fail(err, ERROR_DATA, NOWHERE, "two different values have the same partition directory \"%s\"", names[i]);
  return true;
}

bool partitions_name(const struct plan *plan, struct run *run, const struct table *table, struct error *err)
{
  run->n_partitions = run->n_silver_files = table->n_rows;
  run->partition_directories = arena_array(run->arena, table->n_rows + 1, sizeof(char *));
  run->silver_files = arena_array(run->arena, table->n_rows + 1, sizeof(*run->silver_files));
  for (size_t row = 0; row < table->n_rows; row++) {
    SCOPED(text_buffer_done) struct text_buffer path = { 0 };
    for (size_t i = 0; i < plan->n_partitions; i++) {
      if (i > 0)
        text_buffer_add_char(&path, '/');
      char *const *cells = &table->cells[row * table->n_columns + 1 + i * N_VALUE_CELLS];
      TRY(add_partition_value(plan, i, cells, run->arena, &path, err));
    }
    run->partition_directories[row] = arena_copy(run->arena, path.data, path.length);
    run->silver_files[row].rows = cell_number(table, row, 0);
  }
  return check_names_differ(run, err);
}

void partitions_warn_of_empty(const struct plan_partition *partition, uint64_t count)
{
  if (count > 0)
    log_warning("silver", "%" PRIu64 " rows with an empty \"%s\" go to its null partition, as in Spark", count,
                partition->name);
}
