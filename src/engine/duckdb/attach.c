/* DuckDB files, which one process can have at a time. DuckDB locks them by fcntl, which tells the process but not what
 * it is; so a crisol that has attached one holds it by flock, too, shared, which no other program does: who cannot have
 * the file asks for that lock alone.
 *
 * A process loses all its fcntl locks of a file when it closes any descriptor of it: the one that is locked here is
 * closed after DuckDB's, and one to ask with is opened only while the file is not attached. */
#include "engine/duckdb/database_internal.h"

#include "base/fault.h"
#include "base/log.h"
#include "expr/expr.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

struct attachment {
  struct database *database;
  char name[32];
  int marker; /* the descriptor that is locked; -1: none */
};

/* who has it */

struct holder {
  bool is_there, is_crisol;
  char who[512];
};

/* The program is another user's, perhaps, whose path is not shown; its name is. */
static void describe_process(pid_t process, char *ret_who, size_t size)
{
  char path[64], name[400] = "";
  if (process <= 0) {
    snprintf(ret_who, size, "a process that cannot be seen from here, such as one of another container");
    return;
  }
  snprintf(path, sizeof(path), "/proc/%ld/exe", (long)process);
  ssize_t length = readlink(path, name, sizeof(name) - 1);
  name[length > 0 ? length : 0] = '\0';
  snprintf(path, sizeof(path), "/proc/%ld/comm", (long)process);
  FILE *file = name[0] == '\0' ? fopen(path, "re") : NULL;
  if (file != NULL && fgets(name, sizeof(name), file) == NULL)
    name[0] = '\0';
  if (file != NULL)
    fclose(file);
  name[strcspn(name, "\n")] = '\0';
  snprintf(ret_who, size, "%s (PID %ld)", name[0] == '\0' ? "a process" : name, (long)process);
}

/* Two that ask at the same moment see each other's lock: one that is not there again is none. On NFS a lock by flock is
 * one by fcntl, and tells nothing. */
static bool is_marked(int descriptor)
{
  enum { LOOKS = 3 };
  struct statfs system;
  if (fstatfs(descriptor, &system) == 0 && system.f_type == NFS_SUPER_MAGIC)
    return false;
  for (int i = 0; i < LOOKS; i++) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
      return false;
    nanosleep(&(struct timespec){ .tv_nsec = (7 + i * 11 + getpid() % 5) * 1000 * 1000 }, NULL);
  }
  return true;
}

static struct holder find_holder(const char *path, bool read_only)
{
  struct holder holder = { .is_there = false };
  struct flock lock = { .l_type = read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return holder;
  holder.is_there = fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  if (holder.is_there) {
    describe_process(lock.l_pid, holder.who, sizeof(holder.who));
    holder.is_crisol = is_marked(descriptor);
  }
  close(descriptor);
  return holder;
}

static bool fail_held(const char *path, const struct holder *holder, struct error *err)
{
  fail(err, holder->is_crisol ? ERROR_LOCKED : ERROR_ENVIRONMENT, NOWHERE, "DuckDB file \"%s\" is held by %s: %s", path,
       holder->is_crisol ? "another run of crisol" : "another process", holder->who);
  return add_hint(err, holder->is_crisol ? "It was waited for; try again when it has ended."
                                         : "It was waited for; close that program, or its connection to the file.");
}

/* attaching */

static bool try_to_attach(struct database *database, const char *path, const char *name, bool read_only,
                          bool *ret_is_locked, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "ATTACH ");
  sql_add_string(&sql, text_from(path));
  text_buffer_add_string(&sql, " AS ");
  sql_add_name(&sql, name);
  /* With the type named: DuckDB attaches a CSV or Parquet file as views of it in memory, where gold would be lost. */
  text_buffer_add_string(&sql, read_only ? " (TYPE duckdb, READ_ONLY)" : " (TYPE duckdb)");
  *ret_is_locked = false;
  if (database_execute(database, sql.data, err))
    return true;
  *ret_is_locked = strstr(err->message, "Conflicting lock is held") != NULL;
  if (err->kind == ERROR_DEFECT || err->kind == ERROR_DATA)
    err->kind = ERROR_ENVIRONMENT; /* a file that is no database */
  return add_context(err, "while opening DuckDB file \"%s\"", path);
}

/* On a file system where flock is a lock of the whole file for all (NFS), DuckDB has it already: no mark then. */
static int mark(const char *path)
{
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) != 0)
    log_debug("gold", "could not mark DuckDB file \"%s\": %s", path, strerror(errno));
  return descriptor;
}

static int64_t seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec;
}

/* Who holds the file may change while it is waited for: the last one is named. */
static bool wait_and_attach(struct database *database, const char *path, const char *name, bool read_only,
                            bool (*goes_on)(struct error *err), struct error *err)
{
  enum { WAIT_SECONDS = 60 };
  const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
  int64_t until = seconds() + fault_seconds(WAIT_SECONDS);
  bool is_told = false, is_locked = false;
  while (!try_to_attach(database, path, name, read_only, &is_locked, err)) {
    TRY(is_locked);
    struct holder holder = find_holder(path, read_only);
    if (holder.is_there)
      fail_held(path, &holder, err);
    if (seconds() >= until)
      return false;
    if (holder.is_there && !is_told)
      log_info("gold", "%s; waiting for it", err->message);
    is_told = is_told || holder.is_there;
    nanosleep(&pause, NULL);
    TRY(goes_on == NULL || goes_on(err));
  }
  return true;
}

bool database_attach(struct database *database, const char *path, const char *name, bool read_only,
                     bool (*goes_on)(struct error *err), struct attachment **ret_attachment, struct error *err)
{
  TRY(wait_and_attach(database, path, name, read_only, goes_on, err));
  struct attachment *attachment = checked_malloc(sizeof(*attachment));
  *attachment = (struct attachment){ .database = database, .marker = mark(path) };
  snprintf(attachment->name, sizeof(attachment->name), "%s", name);
  *ret_attachment = attachment;
  return true;
}

void database_detach(struct attachment **attachment)
{
  struct attachment *detached = *attachment;
  struct error ignored;
  char sql[64];
  if (detached == NULL)
    return;
  snprintf(sql, sizeof(sql), "DETACH \"%s\"", detached->name);
  if (!database_execute(detached->database, sql, &ignored))
    log_debug("gold", "%s", ignored.message);
  if (detached->marker >= 0)
    close(detached->marker);
  free(detached);
  *attachment = NULL;
}
