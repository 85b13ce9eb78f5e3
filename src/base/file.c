#include "base/file.h"

#include "base/workspace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE (1 << 0)
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE (1 << 1)
#endif

static void close_file(FILE **file)
{
  if (*file != NULL)
    fclose(*file);
}

static bool fail_errno(struct error *err, enum error_kind kind, const char *what, const char *path)
{
  return fail(err, kind, NOWHERE, "could not %s \"%s\": %s", what, path, strerror(errno));
}

bool file_exists(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0;
}

bool path_is_directory(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool path_is_remote(const char *path)
{
  return strncmp(path, "s3://", 5) == 0;
}

uint64_t file_size(const char *path)
{
  struct stat status;
  return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

int64_t file_time_us(struct timespec time)
{
  static const int64_t first_s = -62135596800, last_s = 253402300799;
  int64_t seconds = (int64_t)time.tv_sec;
  if (seconds < first_s || seconds >= last_s)
    return (seconds < first_s ? first_s : last_s) * 1000000;
  return seconds * 1000000 + time.tv_nsec / 1000;
}

bool file_read(struct arena *arena, const char *path, size_t limit, enum error_kind kind, struct text *ret_text,
               struct error *err)
{
  if (path_is_directory(path))
    return fail(err, kind, NOWHERE, "\"%s\" is a directory, expected a file", path);
  SCOPED(close_file) FILE *file = fopen(path, "rbe");
  if (file == NULL)
    return fail_errno(err, kind, "open file", path);
  SCOPED(text_buffer_done) struct text_buffer buffer = { 0 };
  for (;;) {
    text_buffer_reserve(&buffer, 65536);
    size_t count = fread(buffer.data + buffer.length, 1, 65536, file);
    buffer.length += count;
    if (buffer.length > limit)
      return fail(err, kind, NOWHERE, "file \"%s\" is larger than %zu MiB", path, limit >> 20);
    if (count == 0)
      break;
  }
  if (ferror(file))
    return fail_errno(err, kind, "read file", path);
  *ret_text = (struct text){ .data = arena_copy(arena, buffer.data, buffer.length), .length = buffer.length };
  return true;
}

bool file_read_at(int file, uint64_t offset, void *data, size_t length)
{
  for (size_t done = 0; done < length;) {
    ssize_t count = pread(file, (char *)data + done, length - done, (off_t)(offset + done));
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    done += (size_t)count;
  }
  return true;
}

bool file_write(const char *path, struct text content, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  char *temporary = arena_printf(&scratch, "%s.tmp", name_unique(&scratch, arena_printf(&scratch, "%s.", path)));
  SCOPED(close_file) FILE *file = fopen(temporary, "wbe");
  if (file == NULL)
    return fail_errno(err, ERROR_ENVIRONMENT, "create file", temporary);
  bool written = fwrite(content.data, 1, content.length, file) == content.length;
  written = fflush(file) == 0 && fsync(fileno(file)) == 0 && written;
  if (!written) {
    fail_errno(err, ERROR_ENVIRONMENT, "write file", temporary);
    unlink(temporary);
    return false;
  }
  return path_rename(temporary, path, err);
}

bool file_create(const char *path, struct text content, struct error *err)
{
  FILE *file = fopen(path, "wxe");
  if (file == NULL)
    return fail_errno(err, ERROR_ENVIRONMENT, "write", path);
  bool is_written = content.length == 0 || fwrite(content.data, 1, content.length, file) == content.length;
  int reason = errno;
  if (fclose(file) != 0 && is_written) {
    reason = errno;
    is_written = false;
  }
  if (is_written)
    return true;
  unlink(path);
  errno = reason;
  return fail_errno(err, ERROR_ENVIRONMENT, "write", path);
}

const char *temporary_directory(void)
{
  const char *directory = getenv("TMPDIR");
  return directory == NULL || directory[0] == '\0' ? "/tmp" : directory;
}

bool file_sync(const char *path, struct error *err)
{
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  bool is_synced = descriptor >= 0 && fsync(descriptor) == 0;
  int reason = errno;
  if (descriptor >= 0)
    close(descriptor);
  errno = reason;
  return is_synced || fail_errno(err, ERROR_ENVIRONMENT, "synchronize", path);
}

bool file_system_sync(const char *directory, struct error *err)
{
  int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool is_synced = descriptor >= 0 && syncfs(descriptor) == 0;
  int reason = errno;
  if (descriptor >= 0)
    close(descriptor);
  errno = reason;
  return is_synced || fail_errno(err, ERROR_ENVIRONMENT, "synchronize", directory);
}

/* From the last one up to the first that is there: most often the parent is. */
static bool make_directories(char *path, struct error *err)
{
  if (mkdir(path, 0777) == 0 || errno == EEXIST)
    return true;
  char *slash = strrchr(path, '/');
  if ((errno != ENOENT && errno != ENOTDIR) || slash == NULL || slash == path)
    return fail_errno(err, ERROR_ENVIRONMENT, "create directory", path);
  *slash = '\0';
  bool is_made = make_directories(path, err);
  *slash = '/';
  if (!is_made || mkdir(path, 0777) == 0 || errno == EEXIST)
    return is_made;
  return fail_errno(err, ERROR_ENVIRONMENT, "create directory", path);
}

bool directory_create(const char *path, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  TRY(make_directories(arena_copy(&scratch, path, strlen(path)), err));
  if (!path_is_directory(path))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not create directory \"%s\": a file is in its place", path);
  return true;
}

static bool remove_entries(int directory, const char *path, struct error *err);

static bool remove_at(int parent, const char *name, const char *path, struct error *err)
{
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
    return true;
  if (errno != EISDIR && errno != EPERM)
    return fail_errno(err, ERROR_ENVIRONMENT, "remove", path);
  int directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (directory < 0)
    return fail_errno(err, ERROR_ENVIRONMENT, "remove", path);
  TRY(remove_entries(directory, path, err));
  if (unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
    return fail_errno(err, ERROR_ENVIRONMENT, "remove directory", path);
  return true;
}

/* Takes `directory` over and closes it. */
static bool remove_entries(int directory, const char *path, struct error *err)
{
  DIR *stream = fdopendir(directory);
  if (stream == NULL) {
    close(directory);
    return fail_errno(err, ERROR_ENVIRONMENT, "list directory", path);
  }
  SCOPED(arena_done) struct arena scratch = { 0 };
  bool removed = true;
  for (struct dirent *entry; removed && (entry = readdir(stream)) != NULL;)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      removed = remove_at(dirfd(stream), entry->d_name, path_join(&scratch, path, entry->d_name), err);
  closedir(stream);
  return removed;
}

bool path_remove(const char *path, struct error *err)
{
  return remove_at(AT_FDCWD, path, path, err);
}

bool path_is_mount_point(const char *path)
{
  struct statx status;
  return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_TYPE, &status) == 0 &&
         (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

/* Why a name cannot be moved from one place of what looks like one tree to another. */
static bool hint_at_mounts(int reason, const char *from, const char *to, struct error *err)
{
  struct statfs system;
  if (reason != EXDEV && reason != EBUSY)
    return false;
  if (path_is_mount_point(from) || path_is_mount_point(to))
    return add_hint(err, "\"%s\" is a mount point, which cannot be renamed: mount the directory above it.",
                    path_is_mount_point(from) ? from : to);
  if (reason == EXDEV && statfs(from, &system) == 0 && system.f_type == OVERLAYFS_SUPER_MAGIC)
    return add_hint(err,
                    "The directory lies in a lower layer of an overlay, as that of a container's image, and such a "
                    "one cannot be renamed: write to a volume, or mount the overlay with redirect_dir=on.");
  return reason == EXDEV && add_hint(err, "The two lie on different file systems: mount one that holds both.");
}

static bool fail_rename(int reason, const char *from, const char *to, struct error *err)
{
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not rename \"%s\" to \"%s\": %s", from, to, strerror(reason));
  return hint_at_mounts(reason, from, to, err);
}

bool path_rename(const char *from, const char *to, struct error *err)
{
  return rename(from, to) == 0 || fail_rename(errno, from, to, err);
}

bool path_rename_new(const char *from, const char *to, struct error *err)
{
  if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
    return true;
  int reason = errno;
  if (reason != EINVAL && reason != ENOSYS)
    return fail_rename(reason, from, to, err);
  return file_exists(to) ? fail_rename(EEXIST, from, to, err) : path_rename(from, to, err);
}

bool path_exchange(const char *a, const char *b, bool *ret_supported, struct error *err)
{
  *ret_supported = true;
  if (syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
    return true;
  int reason = errno;
  if (reason == EINVAL || reason == ENOSYS) {
    *ret_supported = false;
    return true;
  }
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not exchange \"%s\" and \"%s\": %s", a, b, strerror(reason));
  return hint_at_mounts(reason, a, b, err);
}

bool directory_sync(const char *path, struct error *err)
{
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0)
    return fail_errno(err, ERROR_ENVIRONMENT, "open directory", path);
  bool synced = fsync(directory) == 0 || errno == EINVAL;
  if (!synced)
    fail_errno(err, ERROR_ENVIRONMENT, "sync directory", path);
  close(directory);
  return synced;
}

char *path_join(struct arena *arena, const char *directory, const char *name)
{
  if (directory[0] == '\0' || name[0] == '/')
    return arena_copy(arena, name, strlen(name));
  bool has_slash = directory[strlen(directory) - 1] == '/';
  return arena_printf(arena, has_slash ? "%s%s" : "%s/%s", directory, name);
}

char *path_directory(struct arena *arena, const char *path)
{
  const char *slash = strrchr(path, '/');
  if (slash == NULL)
    return arena_copy(arena, ".", 1);
  return arena_copy(arena, path, slash == path ? 1 : (size_t)(slash - path));
}

char *path_absolute(struct arena *arena, const char *path)
{
  char *resolved = path_is_remote(path) ? NULL : realpath(path, NULL);
  if (resolved != NULL) {
    char *copy = arena_copy(arena, resolved, strlen(resolved));
    free(resolved);
    return copy;
  }
  size_t length = strlen(path);
  while (length > 1 && path[length - 1] == '/')
    length--;
  char *trimmed = arena_copy(arena, path, length);
  char *parent = path_directory(arena, trimmed);
  if (path_is_remote(path) || strcmp(parent, trimmed) == 0)
    return trimmed;
  const char *slash = strrchr(trimmed, '/'), *name = slash == NULL ? trimmed : slash + 1;
  char *above = path_absolute(arena, parent);
  if (strcmp(name, "..") == 0) /* of what is not there, which is no link */
    return path_directory(arena, above);
  return strcmp(name, ".") == 0 ? above : path_join(arena, above, name);
}
