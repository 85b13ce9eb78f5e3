#include "fuzz.h"

#include "config/dataset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  SCOPED(arena_done) struct arena arena = { 0 };
  struct problem_list problems = { .arena = &arena };
  char path[64];
  int descriptor = file_of(data, size, path);
  struct config_options options = { .dataset_path = path };
  struct config *config = NULL;
  bool is_loaded = config_load(&arena, &options, &problems, &config);
  CLAIM(is_loaded == (problem_count_errors(&problems) == 0));
  close(descriptor);
  return 0;
}
