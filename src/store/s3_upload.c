/* Files become objects, and objects other objects: whole where they are small, by parts where they are large. */
#include "store/s3_internal.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { PARTS_MAX = 9000 };                                /* S3 takes 10,000 */
static const uint64_t part_size_least = 16 * 1024 * 1024; /* S3 asks for 5 MiB, but of the last */

/* A multipart upload under way. */
struct upload {
  struct s3_location location;
  uint64_t size, part_size;
  size_t n_parts; /* 1: the object is put whole, without an upload */
  char *id;
  char (*etags)[S3_ETAG_SIZE]; /* of the parts */
  char etag[S3_ETAG_SIZE];     /* of the object, once it is there */
};

struct part {
  size_t object, number;
};

/* Many objects of one operation; each has a file or an object that it is made from. */
struct batch {
  struct s3 *s3;
  struct arena arena;
  pthread_mutex_t lock; /* for the arena, once threads run */
  const struct s3_transfer *transfers;
  struct upload *uploads;
  size_t n_uploads;
  struct part *parts;
  size_t n_parts;
};

static void take_id(const char *path, struct text text, void *context)
{
  struct text_buffer *id = context;
  if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0)
    text_buffer_add_text(id, text);
}

static bool begin_upload(size_t index, void *context, struct error *err)
{
  struct batch *batch = context;
  struct upload *upload = &batch->uploads[index];
  struct s3_request request = { .method = "POST", .location = upload->location, .doing = "write" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  SCOPED(text_buffer_done) struct text_buffer id = { 0 };
  if (upload->n_parts == 1)
    return true;
  s3_add_query(&request, "uploads", "");
  s3_expect(&request, "InitiateMultipartUploadResult");
  s3_expect_echo(&request, "Bucket", upload->location.bucket);
  s3_expect_echo(&request, "Key", upload->location.key);
  if (batch->transfers[index].mark != NULL)
    s3_add_header(&request, S3_MARK_HEADER, batch->transfers[index].mark);
  TRY(s3_perform(batch->s3, &request, NULL, &answer, err));
  if (!s3_xml_parse(text_buffer_text(&answer.body), take_id, &id) || id.length == 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"s3://%s/%s\": the answer has no upload's id",
                upload->location.bucket, upload->location.key);
  pthread_mutex_lock(&batch->lock);
  upload->id = arena_copy(&batch->arena, id.data, id.length);
  pthread_mutex_unlock(&batch->lock);
  return true;
}

static void take_etag(const char *path, struct text text, void *context)
{
  const char *name = strrchr(path, '/');
  if (name != NULL && strcmp(name, "/ETag") == 0)
    s3_copy_etag(context, text);
}

/* Puts an object or a part of it: from a stretch of a file, or copied by the server from another object. */
static bool send_part(size_t index, void *context, struct error *err)
{
  const struct batch *batch = context;
  const struct part *part = &batch->parts[index];
  const struct upload *upload = &batch->uploads[part->object];
  const struct s3_transfer *transfer = &batch->transfers[part->object];
  uint64_t offset = part->number * upload->part_size;
  uint64_t length = upload->size - offset < upload->part_size ? upload->size - offset : upload->part_size;
  struct s3_request request = { .method = "PUT", .location = upload->location, .doing = "write" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  SCOPED(text_buffer_done) struct text_buffer source = { 0 };
  char number[16], range[64];
  if (upload->n_parts > 1) {
    snprintf(number, sizeof(number), "%zu", part->number + 1);
    s3_add_query(&request, "partNumber", number);
    s3_add_query(&request, "uploadId", upload->id);
  }
  if (upload->n_parts == 1)
    request.fence = transfer->fence;
  if (transfer->path != NULL) {
    request.body_path = transfer->path;
    request.body_offset = offset;
    request.body_length = length;
    if (transfer->mark != NULL && upload->n_parts == 1) /* a copy takes it over */
      s3_add_header(&request, S3_MARK_HEADER, transfer->mark);
  } else {
    text_buffer_add_char(&source, '/');
    s3_add_encoded(&source, text_from(transfer->from.bucket), false);
    text_buffer_add_char(&source, '/');
    s3_add_encoded(&source, text_from(transfer->from.key), true);
    s3_add_header(&request, "x-amz-copy-source", source.data);
    s3_expect(&request, upload->n_parts > 1 ? "CopyPartResult" : "CopyObjectResult");
    snprintf(range, sizeof(range), "bytes=%" PRIu64 "-%" PRIu64, offset, offset + length - 1);
    if (upload->n_parts > 1)
      s3_add_header(&request, "x-amz-copy-source-range", range);
  }
  TRY(s3_perform(batch->s3, &request, NULL, &answer, err));
  char *etag = upload->etags[part->number];
  memcpy(etag, answer.object.etag, S3_ETAG_SIZE);
  if (transfer->path == NULL && !s3_xml_parse(text_buffer_text(&answer.body), take_etag, etag))
    etag[0] = '\0';
  return etag[0] != '\0' ||
         fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"s3://%s/%s\": a part was answered without an ETag",
              upload->location.bucket, upload->location.key);
}

/* A completion whose answer was lost, or was another request's, may have been taken: then there is no such upload, and
 * the object is. */
static bool check_completed(struct s3 *s3, struct upload *upload, struct error *err)
{
  struct s3_object object;
  bool is_there = false;
  TRY(s3_head(s3, upload->location, &object, &is_there, err));
  const char *parts = strrchr(object.etag, '-');
  if (!is_there || object.size != upload->size || parts == NULL || strtoull(parts + 1, NULL, 10) != upload->n_parts)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"s3://%s/%s\": its upload is gone",
                upload->location.bucket, upload->location.key);
  memcpy(upload->etag, object.etag, S3_ETAG_SIZE);
  return true;
}

static bool complete_upload(size_t index, void *context, struct error *err)
{
  const struct batch *batch = context;
  struct upload *upload = &batch->uploads[index];
  SCOPED(text_buffer_done) struct text_buffer xml = { 0 };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  if (upload->n_parts == 1) {
    memcpy(upload->etag, upload->etags[0], S3_ETAG_SIZE);
    return true;
  }
  text_buffer_add_string(&xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  for (size_t i = 0; i < upload->n_parts; i++)
    text_buffer_printf(&xml, "<Part><PartNumber>%zu</PartNumber><ETag>&quot;%s&quot;</ETag></Part>", i + 1,
                       upload->etags[i]);
  text_buffer_add_string(&xml, "</CompleteMultipartUpload>");
  struct s3_request request = { .method = "POST",
                                .location = upload->location,
                                .body = text_buffer_text(&xml),
                                .doing = "write",
                                .fence = batch->transfers[index].fence };
  s3_add_query(&request, "uploadId", upload->id);
  s3_add_header(&request, "content-type", "application/xml");
  s3_expect(&request, "CompleteMultipartUploadResult");
  s3_expect_echo(&request, "Bucket", upload->location.bucket);
  s3_expect_echo(&request, "Key", upload->location.key);
  TRY(s3_perform(batch->s3, &request, s3_is_missing, &answer, err));
  if (answer.status / 100 != 2)
    return check_completed(batch->s3, upload, err);
  if (!s3_xml_parse(text_buffer_text(&answer.body), take_etag, upload->etag))
    upload->etag[0] = '\0';
  return true;
}

static void plan_parts(struct batch *batch)
{
  size_t capacity = 0;
  for (size_t i = 0; i < batch->n_uploads; i++) {
    struct upload *upload = &batch->uploads[i];
    uint64_t least = upload->size / PARTS_MAX + 1;
    upload->part_size = least < part_size_least ? part_size_least : least;
    upload->n_parts = upload->size == 0 ? 1 : (size_t)((upload->size + upload->part_size - 1) / upload->part_size);
    upload->etags = arena_array(&batch->arena, upload->n_parts, sizeof(*upload->etags));
    for (size_t number = 0; number < upload->n_parts; number++) {
      batch->parts = arena_grow(&batch->arena, batch->parts, batch->n_parts, &capacity, sizeof(struct part));
      batch->parts[batch->n_parts++] = (struct part){ i, number };
    }
  }
}

static bool abort_upload(struct s3 *s3, struct s3_location location, const char *id, struct error *err)
{
  struct s3_request request = { .method = "DELETE", .location = location, .doing = "give up the writing of" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  s3_add_query(&request, "uploadId", id);
  return s3_perform(s3, &request, s3_is_missing, &answer, err);
}

bool s3_transfer(struct s3 *s3, const struct s3_transfer *transfers, size_t count, struct error *err)
{
  struct batch batch = { .s3 = s3, .lock = PTHREAD_MUTEX_INITIALIZER, .transfers = transfers, .n_uploads = count };
  batch.uploads = arena_array(&batch.arena, count, sizeof(*batch.uploads));
  for (size_t i = 0; i < count; i++)
    batch.uploads[i] =
        (struct upload){ .location = transfers[i].to,
                         .size = transfers[i].path != NULL ? file_size(transfers[i].path) : transfers[i].size };
  plan_parts(&batch);
  bool is_done = parallel_for(count, S3_THREADS, begin_upload, &batch, err) &&
                 parallel_for(batch.n_parts, S3_THREADS, send_part, &batch, err) &&
                 parallel_for(count, S3_THREADS, complete_upload, &batch, err);
  for (size_t i = 0; is_done && i < count; i++)
    if (transfers[i].ret_etag != NULL)
      memcpy(transfers[i].ret_etag, batch.uploads[i].etag, S3_ETAG_SIZE);
  for (size_t i = 0; !is_done && i < count; i++) {
    struct error ignored; /* what is left of it never appears, and the next run of the dataset removes it */
    if (batch.uploads[i].id != NULL && !abort_upload(s3, transfers[i].to, batch.uploads[i].id, &ignored))
      break;
  }
  pthread_mutex_destroy(&batch.lock);
  arena_done(&batch.arena);
  return is_done;
}

/* ListMultipartUploads */

struct found {
  struct arena *arena;
  const char *key; /* that is looked for */
  bool is_this_key;
  const char *id;
  const char **ids;
  size_t n_ids, capacity;
};

static void take_upload(const char *path, struct text text, void *context)
{
  struct found *found = context;
  if (strcmp(path, "ListMultipartUploadsResult/Upload/Key") == 0) {
    found->is_this_key = text_equal(text, text_from(found->key));
  } else if (strcmp(path, "ListMultipartUploadsResult/Upload/UploadId") == 0) {
    found->id = text_copy(found->arena, text);
  } else if (strcmp(path, "ListMultipartUploadsResult/Upload") == 0 && found->is_this_key) {
    found->ids = arena_grow(found->arena, found->ids, found->n_ids, &found->capacity, sizeof(char *));
    found->ids[found->n_ids++] = found->id;
  }
}

bool s3_give_up_uploads(struct s3 *s3, struct s3_location location, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  struct s3_request request = { .method = "GET", .location = { location.bucket, "" }, .doing = "list the uploads of" };
  struct found found = { .arena = &scratch, .key = location.key };
  s3_add_query(&request, "uploads", "");
  s3_add_query(&request, "prefix", location.key);
  s3_expect(&request, "ListMultipartUploadsResult");
  s3_expect_echo(&request, "Bucket", location.bucket);
  s3_expect_echo(&request, "Prefix", location.key);
  TRY(s3_perform(s3, &request, NULL, &answer, err));
  if (!s3_xml_parse(text_buffer_text(&answer.body), take_upload, &found))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list the uploads of \"s3://%s/%s\": the answer is no XML",
                location.bucket, location.key);
  for (size_t i = 0; i < found.n_ids; i++)
    TRY(abort_upload(s3, location, found.ids[i], err));
  return true;
}
