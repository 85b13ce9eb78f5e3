/* Whether an answer of success is the answer to what was asked. A proxy, a load balancer or a server that mixes up its
 * connections may answer 200 with what belongs to another request: taken for success, an object would be missing, or
 * another one's bytes would be read. */
#include "store/s3_internal.h"

#include <stdio.h>

/* the XML of an answer */

struct inspection {
  const struct s3_request *request;
  bool is_wrong, is_root_seen;
};

static bool is_same_name(struct text is, const char *wanted)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  if (text_equal(is, text_from(wanted)))
    return true;
  return strcmp(s3_decode(&scratch, is), wanted) == 0;
}

static void inspect_element(const char *path, struct text text, void *context)
{
  struct inspection *inspection = context;
  const struct s3_request *request = inspection->request;
  size_t root = strlen(request->root);
  if (strcmp(path, request->root) == 0)
    inspection->is_root_seen = true;
  if (strncmp(path, request->root, root) != 0 || path[root] != '/')
    return;
  for (size_t i = 0; i < request->n_echoes; i++)
    if (strcmp(path + root + 1, request->echoes[i].name) == 0 && !is_same_name(text, request->echoes[i].value))
      inspection->is_wrong = true;
}

/* Keys with control characters come as XML that no parser takes. */
static bool has_control(const char *key)
{
  for (const unsigned char *p = (const unsigned char *)key; *p != '\0'; p++)
    if (*p < 0x20)
      return true;
  return false;
}

static bool is_wanted_xml(const struct s3_request *request, struct text body)
{
  struct inspection inspection = { .request = request };
  if (!s3_xml_parse(body, inspect_element, &inspection))
    return body.length > 0 && has_control(request->location.key) && strstr(body.data, request->root) != NULL;
  return inspection.is_root_seen && !inspection.is_wrong;
}

static void ignore_element(const char *path, struct text text, void *context)
{
  (void)path, (void)text, (void)context;
}

/* What is put or deleted is answered without a body. */
static bool is_empty(struct text body)
{
  return body.length == 0 || !s3_xml_parse(body, ignore_element, NULL);
}

/* ETags */

bool s3_etag_is_md5(const struct s3_answer *answer)
{
  size_t length = strlen(answer->object.etag);
  return !answer->is_encrypted && length == MD5_HEX_SIZE - 1 &&
         strspn(answer->object.etag, "0123456789abcdefABCDEF") == length;
}

static bool has_md5(const struct s3_answer *answer, const char *md5)
{
  return !s3_etag_is_md5(answer) || text_equal_nocase(text_from(answer->object.etag), text_from(md5));
}

static bool is_wanted_object(const struct s3_request *request, const struct s3_answer *answer)
{
  char md5[MD5_HEX_SIZE];
  bool is_object = request->location.key[0] != '\0';
  if (is_object && answer->object.etag[0] == '\0')
    return false;
  if (request->etag != NULL && strcmp(answer->object.etag, request->etag) != 0)
    return false;
  if (request->has_range)
    return answer->status == 206 ? answer->has_range && answer->range_start == request->range_start &&
                                       answer->length <= request->range_length
                                 : request->range_start == 0;
  if (!is_object || request->data != NULL)
    return true;
  md5_hex(text_buffer_text(&answer->body), md5);
  return has_md5(answer, md5);
}

bool s3_is_answer_to(const struct s3_request *request, const struct s3_answer *answer)
{
  struct text body = text_buffer_text(&answer->body);
  if (strcmp(request->method, "HEAD") == 0)
    return true;
  if (request->root != NULL)
    return is_wanted_xml(request, body);
  if (strcmp(request->method, "GET") == 0)
    return is_wanted_object(request, answer);
  if (strcmp(request->method, "DELETE") == 0)
    return answer->status == 204;
  return is_empty(body) &&
         (strcmp(request->method, "PUT") != 0 || (answer->object.etag[0] != '\0' && has_md5(answer, request->md5)));
}
