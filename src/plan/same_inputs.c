/* One file may have several names: a link, a linked folder, another spelling. What it is, device and inode, tells. */
#include "plan/plan_internal.h"

#include "base/log.h"

#include <stdlib.h>

struct input {
  const struct plan_file *file;
  size_t source;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
  return a < b ? -1 : a > b;
}

/* An object is its bucket and key, which are its path. */
static int compare_identities(const struct input *a, const struct input *b)
{
  int order = compare_numbers(a->file->device, b->file->device);
  order = order != 0 ? order : compare_numbers(a->file->inode, b->file->inode);
  return order != 0 || a->file->inode != 0 ? order : strcmp(a->file->path, b->file->path);
}

static int compare_inputs(const void *a, const void *b)
{
  const struct input *first = a, *second = b;
  int order = compare_identities(first, second);
  order = order != 0 ? order : compare_numbers(first->source, second->source);
  return order != 0 ? order : strcmp(first->file->path, second->file->path);
}

size_t inputs_leave_out_same(struct arena *arena, struct plan_file *files, size_t count)
{
  struct input *inputs = arena_array(arena, count + 1, sizeof(*inputs));
  bool *is_same = arena_array(arena, count + 1, sizeof(*is_same));
  const struct plan_file *first = NULL, *second = NULL;
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    inputs[i] = (struct input){ &files[i], 0 };
  qsort(inputs, count, sizeof(*inputs), compare_inputs);
  for (size_t i = 1; i < count; i++) {
    if (compare_identities(&inputs[i - 1], &inputs[i]) != 0)
      continue;
    is_same[inputs[i].file - files] = true;
    first = second == NULL ? inputs[i - 1].file : first;
    second = second == NULL ? inputs[i].file : second;
  }
  if (second == NULL)
    return count;
  const char *first_path = first->path, *second_path = second->path;
  for (size_t i = 0; i < count; i++)
    if (!is_same[i])
      files[kept++] = files[i];
  if (count - kept == 1)
    log_warning("source", "\"%s\" and \"%s\" are one file: it is read once", first_path, second_path);
  else
    log_warning("source",
                "%zu inputs are files that have another name among them, such as \"%s\" and \"%s\": each is "
                "read once",
                count - kept, first_path, second_path);
  return kept;
}

static bool renames_alike(const struct source_config *a, const struct source_config *b)
{
  if (a->n_rename != b->n_rename)
    return false;
  for (size_t i = 0; i < a->n_rename; i++)
    if (strcmp(a->rename[i].from.value, b->rename[i].from.value) != 0 ||
        strcmp(a->rename[i].to.value, b->rename[i].to.value) != 0)
      return false;
  return true;
}

struct shared {
  const struct plan *plan;
  const struct input *inputs; /* sorted */
  size_t n_inputs;
};

/* The first of the inputs that are this file. */
static size_t find_first(const struct shared *shared, const struct plan_file *file)
{
  struct input wanted = { file, 0 };
  size_t low = 0, high = shared->n_inputs;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (compare_identities(&shared->inputs[middle], &wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool is_first_reading(const struct plan_source *source, const struct plan_file *file, void *context)
{
  const struct shared *shared = context;
  const struct plan_source *sources = shared->plan->sources;
  struct input own = { file, (size_t)(source - sources) };
  for (size_t i = find_first(shared, file); i < shared->n_inputs; i++) {
    const struct input *other = &shared->inputs[i];
    if (compare_identities(other, &own) != 0 || other->source >= own.source)
      return true;
    if (renames_alike(sources[other->source].config, source->config))
      return false;
  }
  return true;
}

static void warn_of_shared(const struct shared *shared)
{
  for (size_t i = 1; i < shared->n_inputs; i++) {
    const struct input *first = &shared->inputs[i - 1], *second = &shared->inputs[i];
    if (compare_identities(first, second) != 0)
      continue;
    bool is_alike =
        renames_alike(shared->plan->sources[first->source].config, shared->plan->sources[second->source].config);
    log_warning("source",
                is_alike ? "\"%s\" is an input of two sources: the first one reads it"
                         : "\"%s\" is an input of two sources that rename its columns otherwise: both read it, "
                           "and its records count twice",
                second->file->path);
    return;
  }
}

void inputs_leave_out_shared(struct arena *arena, struct plan *plan)
{
  struct input *inputs = arena_array(arena, plan->n_files + 1, sizeof(*inputs));
  struct plan_file *files = arena_array(arena, plan->n_files + 1, sizeof(*files)); /* as they are before */
  struct shared shared = { plan, inputs, 0 };
  if (plan->n_sources < 2)
    return;
  for (size_t s = 0; s < plan->n_sources; s++)
    for (size_t i = 0; i < plan->sources[s].n_files; i++) {
      files[shared.n_inputs] = plan->sources[s].files[i];
      inputs[shared.n_inputs] = (struct input){ &files[shared.n_inputs], s };
      shared.n_inputs++;
    }
  qsort(inputs, shared.n_inputs, sizeof(*inputs), compare_inputs);
  warn_of_shared(&shared);
  plan_keep_files(arena, plan, is_first_reading, &shared);
}
