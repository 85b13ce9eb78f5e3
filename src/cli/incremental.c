#include "cli/incremental.h"

#include "base/file.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdlib.h>

bool is_incremental(const struct dataset *dataset)
{
  for (size_t i = 0; i < dataset->n_sources; i++)
    if (dataset->sources[i].incremental)
      return true;
  return false;
}

static int compare_by_path(const void *a, const void *b)
{
  return strcmp(((const struct ledger_input *)a)->path, ((const struct ledger_input *)b)->path);
}

struct taken {
  struct arena *arena;
  const struct ledger_input *inputs; /* by path */
  size_t count;
};

/* The first input of the path, and how many there are. */
static const struct ledger_input *find(const struct taken *taken, const char *path, size_t *ret_count)
{
  size_t low = 0, high = taken->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (strcmp(taken->inputs[middle].path, path) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  *ret_count = 0;
  while (low + *ret_count < taken->count && strcmp(taken->inputs[low + *ret_count].path, path) == 0)
    (*ret_count)++;
  return &taken->inputs[low];
}

/* An object's etag is its content's; a file has only its time of change. */
static bool is_unchanged(const struct ledger_input *input, const struct plan_file *file)
{
  bool has_etags = input->etag != NULL && file->etag != NULL;
  return input->bytes == file->bytes &&
         (has_etags ? strcmp(input->etag, file->etag) == 0 : input->modified_us == file->modified_us);
}

static bool is_new(const struct plan_source *source, const struct plan_file *file, void *context)
{
  const struct taken *taken = context;
  size_t count = 0;
  if (!source->config->incremental)
    return true;
  const struct ledger_input *inputs = find(taken, path_absolute(taken->arena, file->path), &count);
  for (size_t i = 0; i < count; i++)
    if (is_unchanged(&inputs[i], file))
      return false;
  if (count > 0)
    log_warning("source", "\"%s\" has changed since run %s took it: it is taken again", file->path,
                inputs[count - 1].run_id);
  return true;
}

bool leave_out_taken_files(struct arena *arena, struct warehouse *warehouse, struct plan *plan, struct error *err)
{
  struct ledger_input *inputs = NULL;
  struct taken taken = { .arena = arena };
  size_t before = plan->n_files;
  TRY(ledger_inputs(arena, warehouse, plan->dataset->id.value, &inputs, &taken.count, err));
  if (taken.count > 0)
    qsort(inputs, taken.count, sizeof(*inputs), compare_by_path);
  taken.inputs = inputs;
  plan_keep_files(arena, plan, is_new, &taken);
  if (plan->n_files < before)
    log_info("source", "%zu of %zu files were taken by earlier runs", before - plan->n_files, before);
  return true;
}
