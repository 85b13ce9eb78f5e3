/* The operations on one object. */
#include "store/s3_internal.h"

#include <stdio.h>

/* 416: the range begins behind the object's end */
static bool is_missing_or_empty(const struct s3_answer *answer)
{
  return s3_is_missing(answer) || answer->status == 416;
}

/* 412: it is another one; 409: another request is changing it at this moment */
static bool is_other_answer(const struct s3_answer *answer)
{
  return s3_is_missing(answer) || answer->status == 412 || answer->status == 409;
}

bool s3_head(struct s3 *s3, struct s3_location location, struct s3_object *ret_object, bool *ret_found,
             struct error *err)
{
  struct s3_request request = { .method = "GET", .location = location, .doing = "read" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  /* not HEAD, whose refusals have no body and with it no code */
  char range[64];
  s3_ask_for_range(&request, 0, 1, range);
  TRY(s3_perform(s3, &request, is_missing_or_empty, &answer, err));
  if (answer.status == 416) {
    struct s3_request head = { .method = "HEAD", .location = location, .doing = "read" };
    TRY(s3_perform(s3, &head, s3_is_missing, &answer, err));
  }
  *ret_found = answer.status / 100 == 2;
  *ret_object = answer.object;
  return true;
}

bool s3_get(struct arena *arena, struct s3 *s3, struct s3_location location, size_t limit, struct text *ret_text,
            struct s3_object *ret_object, bool *ret_found, struct error *err)
{
  struct s3_request request = { .method = "GET", .location = location, .doing = "read" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  TRY(s3_perform(s3, &request, s3_is_missing, &answer, err));
  *ret_found = answer.status / 100 == 2;
  *ret_object = answer.object;
  if (!*ret_found)
    return true;
  if (answer.body.length > limit)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "\"s3://%s/%s\" is larger than %zu bytes", location.bucket,
                location.key, limit);
  *ret_text = (struct text){ arena_copy(arena, answer.body.data == NULL ? "" : answer.body.data, answer.body.length),
                             answer.body.length };
  return true;
}

static bool is_range_answer(const struct s3_answer *answer)
{
  return is_other_answer(answer) || answer->status == 416;
}

bool s3_get_range(struct s3 *s3, struct s3_location location, const char *etag, uint64_t offset, void *data,
                  size_t capacity, size_t *ret_length, struct s3_object *ret_object, bool *ret_same, struct error *err)
{
  struct s3_request request = {
    .method = "GET", .location = location, .data = data, .capacity = capacity, .doing = "read"
  };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  char range[64], quoted[S3_ETAG_SIZE + 2];
  s3_ask_for_range(&request, offset, capacity, range);
  request.etag = etag;
  if (etag != NULL) {
    snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
    s3_add_header(&request, "if-match", quoted);
  }
  TRY(s3_perform(s3, &request, is_range_answer, &answer, err));
  *ret_same = answer.status / 100 == 2 || answer.status == 416;
  *ret_length = answer.status / 100 == 2 ? answer.length : 0;
  *ret_object = answer.object;
  return true;
}

bool s3_put(struct s3 *s3, struct s3_location location, struct text content, const char *if_etag,
            struct s3_object *ret_object, bool *ret_is_put, struct error *err)
{
  struct s3_request request = { .method = "PUT", .location = location, .body = content, .doing = "write" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  char quoted[S3_ETAG_SIZE + 2];
  bool is_new = if_etag != NULL && strcmp(if_etag, "*") == 0;
  if (if_etag != NULL) {
    snprintf(quoted, sizeof(quoted), is_new ? "%s" : "\"%s\"", if_etag);
    s3_add_header(&request, is_new ? "if-none-match" : "if-match", quoted);
  }
  TRY(s3_perform(s3, &request, if_etag == NULL ? NULL : is_other_answer, &answer, err));
  *ret_is_put = answer.status / 100 == 2;
  *ret_object = answer.object;
  return true;
}

bool s3_delete(struct s3 *s3, struct s3_location location, struct error *err)
{
  struct s3_request request = { .method = "DELETE", .location = location, .doing = "delete" };
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  return s3_perform(s3, &request, s3_is_missing, &answer, err);
}

/* 501: the server has no conditions on deletes */
static bool is_delete_answer(const struct s3_answer *answer)
{
  return is_other_answer(answer) || answer->status == 501;
}

/* Not every server knows the condition, and some pass it over: so the object is looked at first, too. */
bool s3_delete_same(struct s3 *s3, struct s3_location location, const char *etag, const struct s3_fence *fence,
                    bool *ret_is_other, struct error *err)
{
  struct s3_request request = { .method = "DELETE", .location = location, .doing = "delete", .fence = fence };
  struct s3_request plain = request;
  SCOPED(s3_answer_done) struct s3_answer answer = { 0 };
  struct s3_object object;
  char quoted[S3_ETAG_SIZE + 2];
  bool is_there = false;
  *ret_is_other = false;
  TRY(s3_head(s3, location, &object, &is_there, err));
  if (!is_there)
    return true;
  *ret_is_other = strcmp(object.etag, etag) != 0;
  if (*ret_is_other)
    return true;
  snprintf(quoted, sizeof(quoted), "\"%s\"", etag);
  s3_add_header(&request, "if-match", quoted);
  TRY(s3_perform(s3, &request, is_delete_answer, &answer, err));
  *ret_is_other = answer.status == 412 || answer.status == 409;
  return answer.status != 501 || s3_perform(s3, &plain, s3_is_missing, &answer, err);
}

struct deletion {
  struct s3 *s3;
  const struct s3_location *locations;
};

static bool delete_one(size_t index, void *context, struct error *err)
{
  const struct deletion *deletion = context;
  return s3_delete(deletion->s3, deletion->locations[index], err);
}

bool s3_delete_all(struct s3 *s3, const struct s3_location *locations, size_t count, struct error *err)
{
  struct deletion deletion = { s3, locations };
  return parallel_for(count, S3_THREADS, delete_one, &deletion, err);
}
