/* Runs a target on the files that are named, without libFuzzer: what was found once, in `make test`. */
#include "fuzz.h"

int main(int n_arguments, char **arguments)
{
  enum { ROOM = 1 << 24 };
  uint8_t *data = malloc(ROOM);
  CLAIM(data != NULL);
  for (int i = 1; i < n_arguments; i++) {
    FILE *file = fopen(arguments[i], "rb");
    CLAIM(file != NULL);
    size_t size = fread(data, 1, ROOM, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
  }
  free(data);
  return 0;
}
