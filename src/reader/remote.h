/** Files that do not lie in this machine's file system: how they are opened, read and closed. The reader knows nothing
 * else of where they are. */
#ifndef CRISOL_READER_REMOTE_H
#define CRISOL_READER_REMOTE_H

#include "base/error.h"

/** What tells a file from a changed one. */
struct input_identity {
  uint64_t size_bytes, inode; /* an object's inode is made of its etag; never 0 */
  int64_t changed_s, changed_ns;
  bool begins_inside; /* it is a part of a file, behind its start: there is no byte order mark, and no signature */
};

/** A zeroed one takes no path. Its functions are called from several threads, those of one object from one at a time.
 * Errors are ERROR_ENVIRONMENT and name the file. */
struct remote {
  void *context;
  bool (*takes)(const char *path); /* whether a path is one of these, and not a local one */
  bool (*open)(void *context, const char *path, void **ret_object, struct input_identity *ret_identity,
               struct error *err);
  /* Reads from a position, which may only grow; fewer bytes than `capacity` only at the end. *ret_same is false where
   * the object is another one by now. */
  bool (*read)(void *object, uint64_t position, void *data, size_t capacity, size_t *ret_length, bool *ret_same,
               struct error *err);
  void (*close)(void **object); /* accepts a pointer to NULL */
};

struct s3;

/** The objects of a store: "s3://bucket/key". */
struct remote remote_s3(struct s3 *s3);

#endif
