#include "base/process.h"

#include "base/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The time at which a process was started, in the system's ticks; 0: it is not there. */
static unsigned long long start_of(long process)
{
  char path[64], line[1024];
  snprintf(path, sizeof(path), "/proc/%ld/stat", process);
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return 0;
  size_t length = fread(line, 1, sizeof(line) - 1, file);
  fclose(file);
  line[length] = '\0';
  const char *at = strrchr(line, ')'); /* the name before it may hold anything */
  for (int field = 2; at != NULL && field < 22; field++)
    at = strchr(at + 1, ' ');
  return at == NULL ? 0 : strtoull(at, NULL, 10);
}

static const char *machine_of(struct arena *arena)
{
  struct text boot = TEXT("unknown");
  struct error ignored;
  char namespace[64] = "";
  if (!file_read(arena, "/proc/sys/kernel/random/boot_id", 256, ERROR_ENVIRONMENT, &boot, &ignored))
    boot = TEXT("unknown");
  ssize_t length = readlink("/proc/self/ns/pid", namespace, sizeof(namespace) - 1);
  namespace[length > 0 ? length : 0] = '\0';
  boot = text_trim(boot);
  return arena_printf(arena, "%.*s %s", TEXT_ARGS(boot), namespace[0] == '\0' ? "unknown" : namespace);
}

char *process_identity(struct arena *arena)
{
  long process = (long)getpid();
  return arena_printf(arena, "%s %ld %llu", machine_of(arena), process, start_of(process));
}

bool process_is_gone(const char *identity)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const char *machine = machine_of(&scratch);
  size_t length = strlen(machine);
  if (strncmp(identity, machine, length) != 0 || identity[length] != ' ' || strstr(machine, "unknown") != NULL)
    return false;
  char *end = NULL;
  long process = strtol(identity + length, &end, 10);
  unsigned long long started = strtoull(end, NULL, 10);
  return process > 0 && started > 0 &&
         ((kill((pid_t)process, 0) != 0 && errno == ESRCH) || start_of(process) != started);
}

uint64_t process_peak_bytes(void)
{
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}
