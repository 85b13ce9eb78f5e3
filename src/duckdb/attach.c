/* DuckDB files, which one process can have at a time. DuckDB locks them by fcntl, which tells the process but not what
 * it is; so a crisol that has attached one holds it by flock, too, shared, which no other program does: who cannot have
 * the file asks for that lock alone.
 *
 * A process loses all its fcntl locks of a file when it closes any descriptor of it: the one that is locked here is
 * closed after DuckDB's, and one to ask with is opened only while the file is not attached. */
#include "duckdb/database_internal.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/file.h"
#include "base/log.h"
#include "expr/expr.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
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
    clock_sleep_ms(7 + i * 11 + getpid() % 5);
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

static void close_stream(FILE **file)
{
  if (*file != NULL)
    fclose(*file);
}

/* What a try has come to. Where the file is held, or not yet whole, another try may go well. */
enum attempt { ATTACHED, ATTACH_LOCKED, ATTACH_UNFINISHED, ATTACH_FAILED };

/* Whether the file may be one that another program is making at this moment: DuckDB writes its three headers, of which
 * the first has these letters, one after another, and finds an empty file to be no database. */
static bool is_unfinished(const char *path)
{
  enum { HEADERS = 3 * 4096, MAGIC_PLACE = 8 };
  static const char magic[] = { 'D', 'U', 'C', 'K' };
  char start[MAGIC_PLACE + sizeof(magic)] = "";
  struct stat status;
  SCOPED(close_stream) FILE *file = fopen(path, "re");
  if (file == NULL || fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size >= HEADERS)
    return false;
  return fread(start, 1, sizeof(start), file) < sizeof(start) || memcmp(start + MAGIC_PLACE, magic, sizeof(magic)) == 0;
}

static bool fail_unfinished(const char *path, struct error *err)
{
  fail(err, ERROR_ENVIRONMENT, NOWHERE,
       "DuckDB file \"%s\" is only %" PRIu64 " bytes long: it was never written to the end of its headers", path,
       file_size(path));
  return add_hint(err, "Remove it, so that it is made anew, or name another file.");
}

static enum attempt try_to_attach(struct database *database, const char *path, const char *name, bool read_only,
                                  struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer sql = { 0 };
  text_buffer_add_string(&sql, "ATTACH ");
  sql_add_string(&sql, text_from(path));
  text_buffer_add_string(&sql, " AS ");
  sql_add_name(&sql, name);
  /* With the type named: DuckDB attaches a CSV or Parquet file as views of it in memory, where gold would be lost. */
  text_buffer_add_string(&sql, read_only ? " (TYPE duckdb, READ_ONLY)" : " (TYPE duckdb)");
  if (database_execute(database, sql.data, err))
    return ATTACHED;
  bool is_locked = strstr(err->message, "Conflicting lock is held") != NULL;
  if (err->kind == ERROR_DEFECT || err->kind == ERROR_DATA)
    err->kind = ERROR_ENVIRONMENT; /* a file that is no database */
  add_context(err, "while opening DuckDB file \"%s\"", path);
  return is_locked ? ATTACH_LOCKED : is_unfinished(path) ? ATTACH_UNFINISHED : ATTACH_FAILED;
}

/* Makes a file that is missing under a name of its own and then gives it its name, which nobody replaces: two runs that
 * make one file at once would find it empty, both of them. Where this cannot be done the file is made in its place, or
 * that is what fails. */
static void create_whole(struct database *database, const char *path)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  struct stat status;
  struct error reason;
  const char *base = strrchr(path, '/');
  const char *draft =
      path_join(&scratch, path_directory(&scratch, path),
                arena_printf(&scratch, ".%s.%ld.crisol", base == NULL ? path : base + 1, (long)getpid()));
  if (lstat(path, &status) == 0 || file_exists(arena_printf(&scratch, "%s.wal", path)) || !path_remove(draft, &reason))
    return; /* the log of a file that was taken away is DuckDB's to remove, which it does where it makes the file */
  bool is_made = try_to_attach(database, draft, "crisol_draft", false, &reason) == ATTACHED &&
                 database_execute(database, "DETACH crisol_draft", &reason) && path_rename_new(draft, path, &reason);
  if (!is_made)
    log_debug("gold", "%s", reason.message); /* most likely another run was quicker */
  if (!is_made && !path_remove(draft, &reason))
    log_debug("gold", "%s", reason.message);
}

/* On a file system where flock is a lock of the whole file for all (NFS), DuckDB has it already: no mark then. */
static int mark(const char *path)
{
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0 && flock(descriptor, LOCK_SH | LOCK_NB) != 0)
    log_debug("gold", "could not mark DuckDB file \"%s\": %s", path, strerror(errno));
  return descriptor;
}

/* Says what is wrong with a file that may be right soon; false where there is nothing that will change. */
static bool may_change(enum attempt attempt, const char *path, bool read_only, bool *is_told, struct error *err)
{
  if (attempt == ATTACH_UNFINISHED)
    return !fail_unfinished(path, err);
  if (attempt != ATTACH_LOCKED)
    return false;
  struct holder holder = find_holder(path, read_only);
  if (!holder.is_there)
    return true;
  fail_held(path, &holder, err);
  if (!*is_told)
    log_info("gold", "%s; waiting for it", err->message);
  *is_told = true;
  return true;
}

/* Who holds the file may change while it is waited for: the last one is named. */
static bool wait_and_attach(struct database *database, const char *path, const char *name, bool read_only,
                            bool (*goes_on)(struct error *err), struct error *err)
{
  static const int wait_seconds[] = { [ATTACH_LOCKED] = 60, [ATTACH_UNFINISHED] = 10, [ATTACH_FAILED] = 0 };
  enum { PAUSE_MS = 100 };
  int64_t since_ms = clock_ms();
  bool is_told = false;
  for (;;) {
    enum attempt attempt = try_to_attach(database, path, name, read_only, err);
    if (attempt == ATTACHED)
      return true;
    if (!may_change(attempt, path, read_only, &is_told, err) ||
        clock_ms() - since_ms >= fault_seconds(wait_seconds[attempt]) * INT64_C(1000))
      return false;
    clock_sleep_ms(PAUSE_MS);
    TRY(goes_on == NULL || goes_on(err));
  }
}

bool database_attach(struct database *database, const char *path, const char *name, bool read_only,
                     bool (*goes_on)(struct error *err), struct attachment **ret_attachment, struct error *err)
{
  if (!read_only)
    create_whole(database, path);
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
