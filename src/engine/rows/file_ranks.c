#include "engine/rows/file_ranks.h"

#include <stdlib.h>

struct ranked_path {
  const char *path;
  size_t index;
};

static int compare_ranked(const void *a, const void *b)
{
  return strcmp(((const struct ranked_path *)a)->path, ((const struct ranked_path *)b)->path);
}

void file_ranks_print(const struct plan *plan, struct text_buffer *sql)
{
  if (plan->n_sources == 1)
    return;
  struct ranked_path *paths = checked_malloc(size_multiply(plan->n_files, sizeof(*paths)));
  size_t *ranks = checked_malloc(size_multiply(plan->n_files, sizeof(*ranks)));
  for (size_t i = 0; i < plan->n_files; i++)
    paths[i] = (struct ranked_path){ plan->files[i].path, i };
  qsort(paths, plan->n_files, sizeof(*paths), compare_ranked);
  for (size_t i = 0; i < plan->n_files; i++)
    ranks[paths[i].index] = i;
  for (size_t i = 0; i < plan->n_files; i++)
    text_buffer_printf(sql, "%s%zu", i == 0 ? "" : ", ", ranks[i]);
  free(paths);
  free(ranks);
}
