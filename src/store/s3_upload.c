/* Multipart uploads: the parts are on the server before the object appears. */
#include "store/s3_internal.h"

#include "base/file.h"

#include <inttypes.h>
#include <stdio.h>

enum { PARTS_MAX = 9000 };
static const uint64_t part_size_least = 16 * 1024 * 1024; /* all but the last must have 5 MiB */

struct part {
  size_t upload, number;
  uint64_t offset, length;
};

struct batch {
  struct s3 *s3;
  struct arena *arena;
  pthread_mutex_t lock; /* for the arena */
  struct s3_upload *uploads;
  size_t n_uploads;
  const char *mark;
  struct part *parts;
  size_t n_parts;
};

static bool is_unknown_upload(const struct s3_answer *answer)
{
  return answer->status == 404 && strcmp(answer->code, "NoSuchBucket") != 0;
}

static void take_id(const char *path, struct text text, void *context)
{
  struct text_buffer *id = context;
  if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0)
    text_buffer_add_text(id, text);
}

static bool begin_upload(size_t index, void *context, struct error *err)
{
  struct batch *batch = context;
  struct s3_upload *upload = &batch->uploads[index];
  struct s3_request request = { .method = "POST", .location = upload->location, .doing = "write" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  SCOPED(text_buffer_done) struct text_buffer id = { 0 };
  s3_add_query(&request, "uploads", "");
  s3_add_header(&request, "x-amz-meta-crisol-run", batch->mark);
  TRY(s3_perform(batch->s3, &request, NULL, &answer, err));
  if (!s3_xml_parse(text_buffer_text(&answer.body), take_id, &id) || id.length == 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"s3://%s/%s\": the answer has no upload's id",
                upload->location.bucket, upload->location.key);
  pthread_mutex_lock(&batch->lock);
  upload->id = arena_copy(batch->arena, id.data, id.length);
  pthread_mutex_unlock(&batch->lock);
  return true;
}

static bool send_part(size_t index, void *context, struct error *err)
{
  const struct batch *batch = context;
  const struct part *part = &batch->parts[index];
  const struct s3_upload *upload = &batch->uploads[part->upload];
  struct s3_request request = {
    .method = "PUT",
    .location = upload->location,
    .body_path = upload->path,
    .body_offset = part->offset,
    .body_length = part->length,
    .doing = "write",
  };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  char number[16];
  snprintf(number, sizeof(number), "%zu", part->number + 1);
  s3_add_query(&request, "partNumber", number);
  s3_add_query(&request, "uploadId", upload->id);
  TRY(s3_perform(batch->s3, &request, NULL, &answer, err));
  if (answer.object.etag[0] == '\0')
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not write \"s3://%s/%s\": a part was answered without an ETag",
                upload->location.bucket, upload->location.key);
  memcpy(upload->etags[part->number], answer.object.etag, S3_ETAG_SIZE);
  return true;
}

static void plan_parts(struct batch *batch)
{
  size_t capacity = 0;
  for (size_t i = 0; i < batch->n_uploads; i++) {
    struct s3_upload *upload = &batch->uploads[i];
    uint64_t size = file_size(upload->path);
    uint64_t part_size = size / PARTS_MAX < part_size_least ? part_size_least : size / PARTS_MAX + 1;
    upload->n_parts = size == 0 ? 1 : (size_t)((size + part_size - 1) / part_size);
    upload->etags = arena_array(batch->arena, upload->n_parts, sizeof(*upload->etags));
    for (size_t number = 0; number < upload->n_parts; number++) {
      uint64_t offset = number * part_size;
      batch->parts = arena_grow(batch->arena, batch->parts, batch->n_parts, &capacity, sizeof(struct part));
      batch->parts[batch->n_parts++] =
          (struct part){ i, number, offset, size - offset < part_size ? size - offset : part_size };
    }
  }
}

bool s3_upload_files(struct arena *arena, struct s3 *s3, struct s3_upload *uploads, size_t count, const char *mark,
                     struct error *err)
{
  struct batch batch = {
    .s3 = s3, .arena = arena, .lock = PTHREAD_MUTEX_INITIALIZER, .uploads = uploads, .n_uploads = count, .mark = mark
  };
  plan_parts(&batch);
  bool is_done = parallel_for(count, S3_THREADS, begin_upload, &batch, err) &&
                 parallel_for(batch.n_parts, S3_THREADS, send_part, &batch, err);
  pthread_mutex_destroy(&batch.lock);
  if (is_done)
    return true;
  for (size_t i = 0; i < count; i++) {
    struct error ignored; /* what is left of it never appears, and the next run of the dataset removes it */
    if (uploads[i].id != NULL && !s3_upload_abort(s3, uploads[i].location, uploads[i].id, &ignored))
      break;
  }
  return false;
}

bool s3_upload_complete(struct s3 *s3, const struct s3_upload *upload, bool *ret_is_known, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer xml = { 0 };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  text_buffer_add_string(&xml, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
  for (size_t i = 0; i < upload->n_parts; i++)
    text_buffer_printf(&xml, "<Part><PartNumber>%zu</PartNumber><ETag>&quot;%s&quot;</ETag></Part>", i + 1,
                       upload->etags[i]);
  text_buffer_add_string(&xml, "</CompleteMultipartUpload>");
  struct s3_request request = {
    .method = "POST", .location = upload->location, .body = text_buffer_text(&xml), .doing = "publish"
  };
  s3_add_query(&request, "uploadId", upload->id);
  s3_add_header(&request, "content-type", "application/xml");
  TRY(s3_perform(s3, &request, is_unknown_upload, &answer, err));
  *ret_is_known = answer.status / 100 == 2;
  return true;
}

bool s3_upload_abort(struct s3 *s3, struct s3_location location, const char *id, struct error *err)
{
  struct s3_request request = { .method = "DELETE", .location = location, .doing = "give up the writing of" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  s3_add_query(&request, "uploadId", id);
  return s3_perform(s3, &request, is_unknown_upload, &answer, err);
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

bool s3_upload_abort_all(struct s3 *s3, struct s3_location location, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  struct s3_request request = { .method = "GET", .location = { location.bucket, "" }, .doing = "list the uploads of" };
  struct found found = { .arena = &scratch, .key = location.key };
  s3_add_query(&request, "uploads", "");
  s3_add_query(&request, "prefix", location.key);
  TRY(s3_perform(s3, &request, NULL, &answer, err));
  if (!s3_xml_parse(text_buffer_text(&answer.body), take_upload, &found))
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not list the uploads of \"s3://%s/%s\": the answer is no XML",
                location.bucket, location.key);
  for (size_t i = 0; i < found.n_ids; i++)
    TRY(s3_upload_abort(s3, location, found.ids[i], err));
  return true;
}
