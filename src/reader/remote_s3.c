/* Objects of S3, each read ahead by a stream of its own. */
#include "reader/remote.h"

#include "base/file.h"
#include "store/s3_stream.h"

#include <stdlib.h>

struct object {
  struct arena arena; /* for `location` */
  struct s3_location location;
  struct s3_stream *stream;
};

/* FNV-1a: an etag as a number that is never zero */
static uint64_t hash_of(const char *etag)
{
  uint64_t hash = UINT64_C(14695981039346656037);
  for (const unsigned char *p = (const unsigned char *)etag; *p != '\0'; p++)
    hash = (hash ^ *p) * UINT64_C(1099511628211);
  return hash | 1;
}

static void object_close(void **closed)
{
  struct object *object = *closed;
  if (object == NULL)
    return;
  s3_stream_close(&object->stream);
  arena_done(&object->arena);
  free(object);
  *closed = NULL;
}

static bool object_open(void *context, const char *path, void **ret_object, struct input_identity *ret_identity,
                        struct error *err)
{
  struct s3_object found;
  struct object *object = checked_malloc(sizeof(*object));
  *object = (struct object){ 0 };
  object->location = s3_location_of(&object->arena, path);
  *ret_object = object;
  if (!s3_stream_open(context, object->location, &object->stream, &found, err)) {
    object_close(ret_object);
    return false;
  }
  *ret_identity = (struct input_identity){ .size_bytes = found.size,
                                           .inode = hash_of(found.etag),
                                           .changed_s = found.modified_us / 1000000 };
  return true;
}

static bool object_read(void *opened, uint64_t position, void *data, size_t capacity, size_t *ret_length,
                        bool *ret_same, struct error *err)
{
  struct object *object = opened;
  return s3_stream_read(object->stream, position, data, capacity, ret_length, ret_same, err);
}

struct remote remote_s3(struct s3 *s3)
{
  return (struct remote){
    .context = s3, .takes = path_is_remote, .open = object_open, .read = object_read, .close = object_close
  };
}
