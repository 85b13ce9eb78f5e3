/** Local files and paths. Paths are NUL-terminated strings of bytes. Errors are ERROR_ENVIRONMENT unless said otherwise
 * and name the path and the system's reason. */
#ifndef CRISOL_BASE_FILE_H
#define CRISOL_BASE_FILE_H

#include "base/error.h"

#include <time.h>

/** Whether there is something of that name, of whatever kind, and it can be asked. */
bool file_exists(const char *path);
/** Whether it is a directory, or a link to one. */
bool path_is_directory(const char *path);
/** Whether the path names a place in an object store: "s3://bucket/key". */
bool path_is_remote(const char *path);
/** Bytes of a file; 0 where it is not there. */
uint64_t file_size(const char *path);

/** A time of the file system in microseconds since 1970, rounded down. What no database holds, before the year 1 or
 * after 9999, is the first or last second of these. */
int64_t file_time_us(struct timespec time);

/** Reads a whole file of at most `limit` bytes into the arena, a NUL added. A directory, a missing file, a file over
 * the limit fail with `kind`. */
MUST_CHECK bool file_read(struct arena *arena, const char *path, size_t limit, enum error_kind kind,
                          struct text *ret_text, struct error *err);

/** Reads `length` bytes at `offset` of an open file; false, with errno as it was set, where there are fewer or they
 * cannot be read. */
MUST_CHECK bool file_read_at(int file, uint64_t offset, void *data, size_t length);

/** Writes a file whole, through a temporary name in the same directory and a rename, so that no reader sees half of it.
 */
MUST_CHECK bool file_write(const char *path, struct text content, struct error *err);

/** Writes a file that is not there yet; one that is there is an error. What could not be written whole is removed. It
 * has its name before it is whole, and is not waited for to reach the disk. */
MUST_CHECK bool file_create(const char *path, struct text content, struct error *err);

/** Where files of a moment are made: TMPDIR, else /tmp. */
const char *temporary_directory(void);

/** Waits until a file's bytes are on the disk. */
MUST_CHECK bool file_sync(const char *path, struct error *err);

/** Brings all that was written to the file system of this directory to stable storage. */
MUST_CHECK bool file_system_sync(const char *directory, struct error *err);

/** Creates a directory and its parents; one that is there already is fine. */
MUST_CHECK bool directory_create(const char *path, struct error *err);

/** Removes a file or a directory with all that it holds; one that is not there is fine. Does not follow symbolic links.
 */
MUST_CHECK bool path_remove(const char *path, struct error *err);

/** Whether another file system, or another part of this one, is mounted just there: nothing can be renamed into it or
 * out of it, nor the place itself. */
bool path_is_mount_point(const char *path);

/** Renames; the target's parent must exist. Where the two lie on different file systems, or the directory in a layer of
 * an overlay that cannot be changed, a hint says so. */
MUST_CHECK bool path_rename(const char *from, const char *to, struct error *err);

/** The same where nothing is at `to`: what is there is never replaced. A file system may take two names for one, such
 * as one without case. */
MUST_CHECK bool path_rename_new(const char *from, const char *to, struct error *err);

/** Exchanges two paths in one step (renameat2, RENAME_EXCHANGE). `*ret_supported` is false, and the call true, where
 * the file system cannot. */
MUST_CHECK bool path_exchange(const char *a, const char *b, bool *ret_supported, struct error *err);

/** Flushes a directory's entries to disk. */
MUST_CHECK bool directory_sync(const char *path, struct error *err);

/** "a/b" from "a" and "b"; `name` itself where it is absolute or `directory` is empty. */
char *path_join(struct arena *arena, const char *directory, const char *name);
/** The part before the last slash: "a" for "a/b", "." for "b", "/" for "/b". */
char *path_directory(struct arena *arena, const char *path);
/** The absolute path without links, "." and "..", of what exists or may be made below what exists. One
 * in an object store is that already; it loses a slash at its end. */
char *path_absolute(struct arena *arena, const char *path);

#endif
