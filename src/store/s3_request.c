/* One request: built, signed, sent, and sent again where that may help. */
#include "store/s3_internal.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum {
  CONNECT_SECONDS = 10, /* to reach the server */
  SILENT_SECONDS = 30,  /* without a byte */
  TRIES_UNREACHED = 4,  /* where no answer ever came: 1.75 s */
  TRIES = 10,           /* where one did: about a minute, in which a server may come back */
  WAIT_MS = 250,        /* before the second try; then twice as long each time */
  WAIT_MOST_MS = 10000,
};

void s3_answer_done(struct s3_answer *answer)
{
  text_buffer_done(&answer->body);
}

void s3_add_query(struct s3_request *request, const char *name, const char *value)
{
  if (request->n_query == S3_PAIRS_MAX)
    BUG("too many query parameters");
  request->query[request->n_query++] = (struct s3_pair){ name, value };
}

void s3_add_header(struct s3_request *request, const char *name, const char *value)
{
  if (request->n_headers == S3_PAIRS_MAX - 5) /* those that build_headers adds */
    BUG("too many headers");
  request->headers[request->n_headers++] = (struct s3_pair){ name, value };
}

void s3_expect(struct s3_request *request, const char *root)
{
  request->root = root;
}

void s3_expect_echo(struct s3_request *request, const char *name, const char *value)
{
  if (request->n_echoes == S3_ECHOES_MAX)
    BUG("too many echoes");
  request->echoes[request->n_echoes++] = (struct s3_pair){ name, value };
}

void s3_ask_for_range(struct s3_request *request, uint64_t start, uint64_t length, char header[64])
{
  snprintf(header, 64, "bytes=%" PRIu64 "-%" PRIu64, start, start + length - 1);
  s3_add_header(request, "range", header);
  request->has_range = true;
  request->range_start = start;
  request->range_length = length;
}

static int compare_pairs(const void *a, const void *b)
{
  return strcmp(((const struct s3_pair *)a)->name, ((const struct s3_pair *)b)->name);
}

void s3_add_canonical_query(const struct s3_request *request, struct text_buffer *out)
{
  struct s3_pair sorted[S3_PAIRS_MAX];
  memcpy(sorted, request->query, sizeof(sorted));
  qsort(sorted, request->n_query, sizeof(sorted[0]), compare_pairs);
  for (size_t i = 0; i < request->n_query; i++) {
    text_buffer_add_string(out, i == 0 ? "" : "&");
    s3_add_encoded(out, text_from(sorted[i].name), false);
    text_buffer_add_char(out, '=');
    s3_add_encoded(out, text_from(sorted[i].value), false);
  }
}

/* what is sent */

/* A try: the request with all that belongs to this one sending of it. */
struct attempt {
  struct s3 *s3;
  struct s3_request *request;
  struct s3_answer *answer;
  int body; /* descriptor of body_path */
  uint64_t sent;
  bool is_interrupted, is_broken;
  int reason; /* errno of a body that could not be read */
  struct error interruption;
};

static bool hash_body(const struct attempt *attempt, char ret_hex[SHA256_HEX_SIZE])
{
  struct s3_request *request = attempt->request;
  bool needs_md5 = strcmp(request->method, "PUT") == 0 && request->root == NULL && request->md5[0] == '\0';
  if (request->body_path != NULL)
    return (!needs_md5 || md5_hex_of_range(attempt->body, request->body_offset, request->body_length, request->md5)) &&
           sha256_hex_of_range(attempt->body, request->body_offset, request->body_length, ret_hex);
  if (needs_md5)
    md5_hex(request->body, request->md5);
  sha256_hex(request->body, ret_hex);
  return true;
}

static struct curl_slist *build_headers(struct arena *arena, const struct attempt *attempt, const char *host,
                                        const char *path, const char *query, const char *payload_hash)
{
  const struct s3_request *request = attempt->request;
  const struct s3_settings *settings = &attempt->s3->settings;
  struct s3_pair headers[S3_PAIRS_MAX];
  size_t n_headers = request->n_headers;
  char instant[20];
  struct tm utc;
  time_t now = (time_t)(clock_now_us() / 1000000);
  gmtime_r(&now, &utc);
  strftime(instant, sizeof(instant), "%Y%m%dT%H%M%SZ", &utc);
  memcpy(headers, request->headers, sizeof(headers));
  headers[n_headers++] = (struct s3_pair){ "host", host };
  headers[n_headers++] = (struct s3_pair){ "x-amz-content-sha256", payload_hash };
  headers[n_headers++] = (struct s3_pair){ "x-amz-date", instant };
  if (settings->session_token != NULL)
    headers[n_headers++] = (struct s3_pair){ "x-amz-security-token", settings->session_token };
  qsort(headers, n_headers, sizeof(headers[0]), compare_pairs);
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < n_headers; i++)
    list = curl_slist_append(list, arena_printf(arena, "%s: %s", headers[i].name, headers[i].value));
  if (settings->access_key_id != NULL) {
    SCOPED(text_buffer_done) struct text_buffer authorization = { 0 };
    text_buffer_add_string(&authorization, "authorization: ");
    s3_sign(&(struct s3_signing){ .method = request->method,
                                  .path = path,
                                  .query = query,
                                  .headers = headers,
                                  .n_headers = n_headers,
                                  .payload_hash = payload_hash,
                                  .instant = instant,
                                  .region = settings->region,
                                  .access_key_id = settings->access_key_id,
                                  .secret_access_key = settings->secret_access_key },
            &authorization);
    list = curl_slist_append(list, authorization.data);
  }
  return curl_slist_append(list, "expect:"); /* no wait for a "100 Continue" */
}

/* The same for a request with a fence: it is signed by its query, which says how long it may be on its way. Without
 * credentials there is nothing that would hold a server to that. */
static struct curl_slist *build_fenced(struct arena *arena, const struct attempt *attempt, const char *host,
                                       const char *path, const char **ret_query)
{
  struct s3_request request = *attempt->request;
  const struct s3_settings *settings = &attempt->s3->settings;
  SCOPED(text_buffer_done) struct text_buffer names = { 0 };
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  struct s3_pair headers[S3_PAIRS_MAX];
  size_t n_headers = request.n_headers;
  char instant[20], signature[SHA256_HEX_SIZE];
  struct tm utc;
  time_t from = (time_t)request.fence->from_s;
  gmtime_r(&from, &utc);
  strftime(instant, sizeof(instant), "%Y%m%dT%H%M%SZ", &utc);
  memcpy(headers, request.headers, sizeof(headers));
  headers[n_headers++] = (struct s3_pair){ "host", host };
  qsort(headers, n_headers, sizeof(headers[0]), compare_pairs);
  struct curl_slist *list = NULL;
  for (size_t i = 0; i < n_headers; i++) {
    list = curl_slist_append(list, arena_printf(arena, "%s: %s", headers[i].name, headers[i].value));
    text_buffer_printf(&names, "%s%s", i == 0 ? "" : ";", headers[i].name);
  }
  s3_add_query(&request, "X-Amz-Algorithm", "AWS4-HMAC-SHA256");
  s3_add_query(&request, "X-Amz-Credential",
               arena_printf(arena, "%s/%.8s/%s/s3/aws4_request", settings->access_key_id, instant, settings->region));
  s3_add_query(&request, "X-Amz-Date", instant);
  s3_add_query(&request, "X-Amz-Expires", arena_printf(arena, "%d", request.fence->valid_s));
  s3_add_query(&request, "X-Amz-SignedHeaders", names.data);
  if (settings->session_token != NULL)
    s3_add_query(&request, "X-Amz-Security-Token", settings->session_token);
  s3_add_canonical_query(&request, &query);
  s3_signature(&(struct s3_signing){ .method = request.method,
                                     .path = path,
                                     .query = query.data,
                                     .headers = headers,
                                     .n_headers = n_headers,
                                     .payload_hash = "UNSIGNED-PAYLOAD",
                                     .instant = instant,
                                     .region = settings->region,
                                     .secret_access_key = settings->secret_access_key },
               signature);
  *ret_query = arena_printf(arena, "%s&X-Amz-Signature=%s", query.data, signature);
  return curl_slist_append(list, "expect:");
}

static size_t send_body(char *data, size_t size, size_t count, void *context)
{
  struct attempt *attempt = context;
  const struct s3_request *request = attempt->request;
  size_t room = size * count;
  uint64_t left = (request->body_path != NULL ? request->body_length : request->body.length) - attempt->sent;
  size_t length = left < room ? (size_t)left : room;
  if (request->body_path == NULL && length > 0) {
    memcpy(data, request->body.data + attempt->sent, length);
  } else if (length > 0) {
    ssize_t taken = pread(attempt->body, data, length, (off_t)(request->body_offset + attempt->sent));
    if (taken <= 0) {
      attempt->is_broken = true;
      attempt->reason = taken < 0 ? errno : EIO;
      return CURL_READFUNC_ABORT;
    }
    length = (size_t)taken;
  }
  attempt->sent += length;
  return length;
}

/* what comes back */

static void copy_value(char *to, size_t size, struct text value)
{
  size_t length = value.length < size - 1 ? value.length : size - 1;
  memcpy(to, value.data, length);
  to[length] = '\0';
}

static bool take_header(struct text line, const char *name, struct text *ret_value)
{
  size_t length = strlen(name);
  if (line.length <= length || line.data[length] != ':' || strncasecmp(line.data, name, length) != 0)
    return false;
  *ret_value = text_trim((struct text){ line.data + length + 1, line.length - length - 1 });
  return true;
}

void s3_copy_etag(char ret_etag[S3_ETAG_SIZE], struct text value)
{
  if (value.length >= 2 && value.data[0] == '"' && value.data[value.length - 1] == '"')
    value = (struct text){ value.data + 1, value.length - 2 };
  copy_value(ret_etag, S3_ETAG_SIZE, value);
}

bool s3_is_missing(const struct s3_answer *answer)
{
  return answer->status == 404 && strcmp(answer->code, "NoSuchBucket") != 0;
}

static uint64_t number_of(struct text value)
{
  char number[32];
  copy_value(number, sizeof(number), value);
  return strtoull(number, NULL, 10);
}

/* Seconds since 1970 of an HTTP date; 0 where it is none. */
static int64_t instant_of(struct text value)
{
  char text[40];
  copy_value(text, sizeof(text), value);
  time_t seconds = curl_getdate(text, NULL);
  return seconds < 0 ? 0 : (int64_t)seconds;
}

static void take_known_header(struct s3_answer *answer, struct text line)
{
  struct s3_object *object = &answer->object;
  struct text value;
  if (take_header(line, "etag", &value)) {
    s3_copy_etag(object->etag, value);
  } else if (take_header(line, "content-length", &value) && object->size == 0) {
    object->size = number_of(value);
  } else if (take_header(line, "content-range", &value)) { /* "bytes 0-9/443": the whole object's size */
    answer->has_range = text_starts_with(value, TEXT("bytes "));
    answer->range_start = number_of((struct text){ value.data + 6, answer->has_range ? value.length - 6 : 0 });
    const char *slash = memchr(value.data, '/', value.length);
    if (slash != NULL)
      object->size = number_of((struct text){ slash + 1, (size_t)(value.data + value.length - slash - 1) });
  } else if (take_header(line, "x-amz-server-side-encryption", &value)) {
    answer->is_encrypted = answer->is_encrypted || !text_equal_nocase(value, TEXT("AES256"));
  } else if (take_header(line, "x-amz-server-side-encryption-customer-algorithm", &value)) {
    answer->is_encrypted = true;
  } else if (take_header(line, S3_MARK_HEADER, &value)) {
    copy_value(object->mark, sizeof(object->mark), value);
  } else if (take_header(line, "last-modified", &value)) {
    object->modified_us = instant_of(value) * 1000000;
  } else if (take_header(line, "date", &value)) {
    object->seen_us = instant_of(value) * 1000000;
  }
}

static size_t take_header_line(char *data, size_t size, size_t count, void *context)
{
  struct attempt *attempt = context;
  struct s3_answer *answer = attempt->answer;
  struct text line = { data, size * count };
  const char *blank = memchr(data, ' ', line.length);
  if (text_starts_with(line, TEXT("HTTP/")) && blank != NULL) { /* one more answer, after a "100 Continue" */
    answer->object = (struct s3_object){ 0 };
    answer->is_encrypted = answer->has_range = false;
    answer->status = (long)number_of((struct text){ blank + 1, (size_t)(data + line.length - blank - 1) });
  } else {
    take_known_header(answer, line);
  }
  return line.length;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
  struct attempt *attempt = context;
  const struct s3_request *request = attempt->request;
  struct s3_answer *answer = attempt->answer;
  size_t length = size * count;
  bool has_place = request->data != NULL && answer->status < 300;
  if (has_place && length > request->capacity - answer->length)
    return 0; /* more than was asked for: the transfer fails */
  if (has_place)
    memcpy(request->data + answer->length, data, length);
  else
    text_buffer_add(&answer->body, data, length);
  answer->length += length;
  return length;
}

/* one try */

static struct s3_connection *borrow_connection(struct s3 *s3)
{
  pthread_mutex_lock(&s3->lock);
  struct s3_connection *connection = s3->idle;
  if (connection != NULL)
    s3->idle = connection->next;
  pthread_mutex_unlock(&s3->lock);
  if (connection == NULL) {
    connection = checked_malloc(sizeof(*connection));
    *connection = (struct s3_connection){ .curl = curl_easy_init(), .multi = curl_multi_init() };
    if (connection->curl == NULL || connection->multi == NULL)
      BUG("libcurl gives no handle");
  }
  curl_easy_reset(connection->curl); /* the options go, the connection stays */
  return connection;
}

static void return_connection(struct s3 *s3, struct s3_connection *connection)
{
  pthread_mutex_lock(&s3->lock);
  connection->next = s3->idle;
  s3->idle = connection;
  pthread_mutex_unlock(&s3->lock);
}

static void set_method(CURL *curl, struct attempt *attempt)
{
  const struct s3_request *request = attempt->request;
  uint64_t length = request->body_path != NULL ? request->body_length : request->body.length;
  if (strcmp(request->method, "HEAD") == 0) {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (strcmp(request->method, "PUT") == 0) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)length);
  } else if (strcmp(request->method, "POST") == 0) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  } else if (strcmp(request->method, "GET") != 0) {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
  }
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, send_body);
  curl_easy_setopt(curl, CURLOPT_READDATA, attempt);
}

static void set_options(CURL *curl, struct attempt *attempt)
{
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L); /* a key may hold ".." */
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)SILENT_SECONDS);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header_line);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, attempt);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, attempt);
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* a name that is looked up is not waited for at the end */
#endif
  if (attempt->s3->ca_bundle != NULL)
    curl_easy_setopt(curl, CURLOPT_CAINFO, attempt->s3->ca_bundle);
}

static bool goes_on(struct attempt *attempt)
{
  bool (*go_on)(struct error * err) = attempt->s3->settings.go_on;
  attempt->is_interrupted = go_on != NULL && !go_on(&attempt->interruption);
  return !attempt->is_interrupted;
}

/* What curl_easy_perform does, but that it asks ten times a second whether to go on, where that one looks up once. */
static CURLcode perform(const struct s3_connection *connection, struct attempt *attempt)
{
  enum { TICK_MS = 100 };
  int n_running = 1, n_left = 0;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  CURLMcode state = curl_multi_add_handle(connection->multi, connection->curl);
  while (state == CURLM_OK && n_running > 0 && goes_on(attempt)) {
    state = curl_multi_perform(connection->multi, &n_running);
    if (state == CURLM_OK && n_running > 0)
      state = curl_multi_poll(connection->multi, NULL, 0, TICK_MS, NULL);
  }
  const CURLMsg *message = curl_multi_info_read(connection->multi, &n_left);
  if (message != NULL && message->msg == CURLMSG_DONE)
    code = message->data.result;
  curl_multi_remove_handle(connection->multi, connection->curl);
  return code;
}

static CURLcode send_request(struct attempt *attempt, const char *payload_hash)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer path = { 0 };
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  struct s3 *s3 = attempt->s3;
  const char *host = s3_host_of(s3, attempt->request->location, &scratch);
  s3_add_path(s3, attempt->request->location, &path);
  s3_add_canonical_query(attempt->request, &query);
  const char *query_text = text_buffer_text(&query).data;
  struct curl_slist *headers = attempt->request->fence != NULL && s3->settings.access_key_id != NULL
                                   ? build_fenced(&scratch, attempt, host, path.data, &query_text)
                                   : build_headers(&scratch, attempt, host, path.data, query_text, payload_hash);
  struct s3_connection *connection = borrow_connection(s3);
  set_options(connection->curl, attempt);
  set_method(connection->curl, attempt);
  curl_easy_setopt(connection->curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(connection->curl, CURLOPT_URL,
                   arena_printf(&scratch, "%s://%s%s%s%s", s3->is_https ? "https" : "http", host, path.data,
                                query_text[0] == '\0' ? "" : "?", query_text));
  CURLcode code = perform(connection, attempt);
  curl_slist_free_all(headers);
  return_connection(s3, connection);
  return code;
}

static void take_error_element(const char *path, struct text text, void *context)
{
  struct s3_answer *answer = context;
  if (strcmp(path, "Error/Code") == 0)
    copy_value(answer->code, sizeof(answer->code), text);
  else if (strcmp(path, "Error/Message") == 0)
    copy_value(answer->message, sizeof(answer->message), text);
}

static CURLcode try_once(struct attempt *attempt, struct error *err)
{
  const struct s3_request *request = attempt->request;
  char payload_hash[SHA256_HEX_SIZE];
  attempt->body = -1;
  if (request->body_path != NULL && (attempt->body = open(request->body_path, O_RDONLY | O_CLOEXEC)) < 0) {
    attempt->is_broken = true;
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not open file \"%s\": %s", request->body_path, strerror(errno));
    return CURLE_READ_ERROR;
  }
  bool is_hashed = hash_body(attempt, payload_hash);
  CURLcode code = is_hashed ? send_request(attempt, payload_hash) : CURLE_READ_ERROR;
  if (!is_hashed || attempt->is_broken) {
    attempt->is_broken = true;
    fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not read file \"%s\": %s", request->body_path,
         is_hashed ? strerror(attempt->reason) : "it is shorter than it was");
  }
  if (attempt->body >= 0)
    close(attempt->body);
  /* An error may come with status 200, where the server began to answer before it was done. */
  if (code == CURLE_OK && attempt->answer->body.length > 0 &&
      !s3_xml_parse(text_buffer_text(&attempt->answer->body), take_error_element, attempt->answer))
    attempt->answer->code[0] = '\0';
  return code;
}

/* more tries */

/* In the place of S3's own codes: an answer of success that is another request's. */
static const char s3_wrong_answer[] = "WrongAnswer";

static bool is_worth_a_retry(CURLcode code, const struct s3_answer *answer)
{
  static const char *const codes[] = { s3_wrong_answer, "InternalError", "SlowDown", "RequestTimeout",
                                       "ServiceUnavailable" };
  static const CURLcode broken[] = {
    CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,  CURLE_RECV_ERROR,   CURLE_SEND_ERROR,
    CURLE_GOT_NOTHING,          CURLE_PARTIAL_FILE,     CURLE_HTTP2_STREAM, CURLE_OPERATION_TIMEDOUT,
    CURLE_SSL_CONNECT_ERROR,    CURLE_SEND_FAIL_REWIND,
  };
  for (size_t i = 0; i < ARRAY_LENGTH(broken); i++)
    if (code == broken[i])
      return true;
  for (size_t i = 0; i < ARRAY_LENGTH(codes); i++)
    if (code == CURLE_OK && strcmp(answer->code, codes[i]) == 0)
      return true;
  return code == CURLE_OK && (answer->status >= 500 || answer->status == 429 || answer->status == 408);
}

static const char *describe(const struct attempt *attempt, CURLcode code, struct arena *arena)
{
  const struct s3_answer *answer = attempt->answer;
  if (code != CURLE_OK)
    return arena_printf(arena, "\"%s\" does not answer: %s", attempt->s3->host, curl_easy_strerror(code));
  const char *message = answer->message;
  return arena_printf(arena, "%ld%s%s%s%s", answer->status, answer->code[0] == '\0' ? "" : " ", answer->code,
                      message[0] == '\0' ? "" : ": ", message);
}

/* Half of the wait is left to chance, so that many clients do not come back together. */
static bool wait_for_try(struct s3 *s3, int n_tries, struct error *err)
{
  enum { STEP_MS = 50 };
  uint32_t chance = 0;
  long wait = n_tries > 10 ? WAIT_MOST_MS : (long)WAIT_MS << (n_tries - 1);
  wait = wait < WAIT_MOST_MS ? wait : WAIT_MOST_MS;
  if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) != (ssize_t)sizeof(chance))
    chance = (uint32_t)getpid();
  wait = wait / 2 + (long)(chance % (uint32_t)(wait / 2 + 1));
  for (; wait > 0; wait -= STEP_MS) {
    if (s3->settings.go_on != NULL && !s3->settings.go_on(err))
      return false;
    clock_sleep_ms(STEP_MS);
  }
  return true;
}

static bool fail_request(const struct attempt *attempt, CURLcode code, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  const struct s3_request *request = attempt->request;
  const char *s3_code = attempt->answer->code;
  fail(err, ERROR_ENVIRONMENT, NOWHERE, "could not %s \"s3://%s%s%s\": %s", request->doing, request->location.bucket,
       request->location.key[0] == '\0' ? "" : "/", request->location.key, describe(attempt, code, &scratch));
  if (code != CURLE_OK)
    return add_hint(err, "Is the endpoint right, and the server up?");
  if (attempt->answer->status == 403 && attempt->s3->settings.access_key_id == NULL)
    return add_hint(err,
                    "No credentials are given: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or s3 "
                    "in env.yml.");
  if (strcmp(s3_code, "InvalidAccessKeyId") == 0 || strcmp(s3_code, "SignatureDoesNotMatch") == 0)
    return add_hint(err, "Check the access key and the secret key.");
  if (attempt->answer->status == 403)
    return add_hint(err, "The key that is used may not do that: ask for the permission.");
  if (strcmp(s3_code, "NoSuchBucket") == 0)
    return add_hint(err, "Create the bucket, or give it a directory in env.yml: mounts: { \"s3a://%s\": ./lake }.",
                    request->location.bucket);
  if (strcmp(s3_code, "AuthorizationHeaderMalformed") == 0 || strcmp(s3_code, "PermanentRedirect") == 0)
    return add_hint(err, "The bucket may be in another region than \"%s\": set AWS_REGION.",
                    attempt->s3->settings.region);
  return false;
}

static void note_wrong_answer(struct s3_answer *answer)
{
  copy_value(answer->code, sizeof(answer->code), text_from(s3_wrong_answer));
  copy_value(answer->message, sizeof(answer->message), TEXT("it is not the answer to what was asked"));
}

bool s3_perform(struct s3 *s3, struct s3_request *request, bool (*accepts)(const struct s3_answer *),
                struct s3_answer *ret_answer, struct error *err)
{
  for (int n_tries = 1;; n_tries++) {
    struct attempt attempt = { .s3 = s3, .request = request, .answer = ret_answer };
    text_buffer_clear(&ret_answer->body);
    *ret_answer = (struct s3_answer){ .body = ret_answer->body };
    CURLcode code = try_once(&attempt, err);
    if (attempt.is_interrupted)
      *err = attempt.interruption;
    if (attempt.is_interrupted || attempt.is_broken)
      return false;
    if (code == CURLE_OK)
      atomic_store(&s3->was_reached, true);
    bool is_success = code == CURLE_OK && ret_answer->status / 100 == 2 && ret_answer->code[0] == '\0';
    if (is_success && s3_is_answer_to(request, ret_answer))
      return true;
    if (is_success)
      note_wrong_answer(ret_answer);
    else if (code == CURLE_OK && accepts != NULL && accepts(ret_answer))
      return true;
    int most = atomic_load(&s3->was_reached) ? TRIES : TRIES_UNREACHED;
    if (!is_worth_a_retry(code, ret_answer) || n_tries >= most)
      return fail_request(&attempt, code, err);
    SCOPED(arena_done) struct arena scratch = { 0 };
    log_debug("s3", "%s of \"%s/%s\": %s; trying again", request->doing, request->location.bucket,
              request->location.key, describe(&attempt, code, &scratch));
    TRY(wait_for_try(s3, n_tries, err));
  }
}
