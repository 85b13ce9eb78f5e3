/* One call of gRPC is one request of HTTP/2: a POST whose body and answer are frames, and whose trailers have the
 * status.
 *
 * libcurl before 8.0 cannot use a cleartext connection of HTTP/2 again (its issue 10634): there each call makes its
 * own. */
#include "engine/spark/channel.h"

#include "base/clock.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum {
  CONNECT_MS = 10000,
  TICK_MS = 100,          /* between two looks at goes_on */
  KEEPALIVE_IDLE_S = 30,  /* without a byte, before the system asks whether the other machine is there */
  KEEPALIVE_EVERY_S = 15, /* and again */
  OTHER_BODY_MOST = 512,  /* of an answer that is no gRPC */
};

struct channel {
  const struct spark_remote *remote;
  CURL *curl;
  CURLM *multi;
  struct curl_slist *headers;
  char *origin; /* "http://host:port" */
  bool keeps_connections;
  char curl_message[CURL_ERROR_SIZE];
};

/* One call under way. */
struct exchange {
  const struct channel_call *call;
  struct channel_answer *answer;
  struct grpc_frames frames;
  long http_status;
  bool has_status; /* of gRPC */
  bool is_grpc;    /* by its content-type */
  bool is_stopped; /* by goes_on or take */
  bool is_silent;
  const char *fault; /* in its frames */
  int64_t began_ms, heard_ms;
};

void channel_answer_done(struct channel_answer *answer)
{
  text_buffer_done(&answer->reason);
  text_buffer_done(&answer->detail);
}

/* the channel */

static bool reuses_cleartext(void)
{
  return curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
}

static void add_header(struct channel *channel, const char *name, const char *value)
{
  SCOPED(text_buffer_done) struct text_buffer line = { 0 };
  text_buffer_printf(&line, "%s: %s", name, value);
  struct curl_slist *longer = curl_slist_append(channel->headers, line.data);
  if (longer == NULL)
    BUG("libcurl has no memory for a header");
  channel->headers = longer;
}

static void build_headers(struct channel *channel)
{
  SCOPED(text_buffer_done) struct text_buffer value = { 0 };
  const struct spark_remote *remote = channel->remote;
  add_header(channel, "content-type", "application/grpc");
  add_header(channel, "te", "trailers");
  text_buffer_printf(&value, "%s%scrisol/%s", remote->user_agent == NULL ? "" : remote->user_agent,
                     remote->user_agent == NULL ? "" : " ", CRISOL_VERSION);
  add_header(channel, "user-agent", value.data);
  if (remote->token != NULL) {
    text_buffer_clear(&value);
    text_buffer_printf(&value, "Bearer %s", remote->token);
    add_header(channel, "authorization", value.data);
  }
  for (size_t i = 0; i < remote->n_headers; i++)
    add_header(channel, remote->headers[i].name, remote->headers[i].value);
  add_header(channel, "expect", ""); /* taken out: libcurl adds it to large bodies */
}

static char *origin_of(const struct spark_remote *remote)
{
  SCOPED(text_buffer_done) struct text_buffer origin = { 0 };
  bool is_ipv6 = strchr(remote->host, ':') != NULL;
  text_buffer_printf(&origin, "%s://%s%s%s:%d", remote->uses_tls ? "https" : "http", is_ipv6 ? "[" : "", remote->host,
                     is_ipv6 ? "]" : "", remote->port);
  char *copy = checked_malloc(origin.length + 1);
  memcpy(copy, origin.data, origin.length + 1);
  return copy;
}

bool channel_open(const struct spark_remote *remote, struct channel **ret_channel, struct error *err)
{
  curl_global_init(CURL_GLOBAL_DEFAULT);
  if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_HTTP2) == 0)
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "the libcurl of this system (%s) lacks HTTP/2, which Spark speaks",
                curl_version_info(CURLVERSION_NOW)->version);
  if (remote->ca_file != NULL && access(remote->ca_file, R_OK) != 0)
    return fail(err, ERROR_CONFIG, NOWHERE, "could not read the file of certificates \"%s\": %s", remote->ca_file,
                strerror(errno));
  struct channel *channel = checked_malloc(sizeof(*channel));
  *channel = (struct channel){ .remote = remote, .curl = curl_easy_init(), .multi = curl_multi_init() };
  if (channel->curl == NULL || channel->multi == NULL)
    BUG("libcurl gives no handle");
  channel->origin = origin_of(remote);
  channel->keeps_connections = remote->uses_tls || reuses_cleartext();
  build_headers(channel);
  *ret_channel = channel;
  return true;
}

void channel_close(struct channel **channel)
{
  if (*channel == NULL)
    return;
  curl_easy_cleanup((*channel)->curl);
  curl_multi_cleanup((*channel)->multi);
  curl_slist_free_all((*channel)->headers);
  free((*channel)->origin);
  free(*channel);
  *channel = NULL;
}

void channel_wake(struct channel *channel)
{
  curl_multi_wakeup(channel->multi);
}

/* what comes */

static bool take_value(struct text line, const char *name, struct text *ret_value)
{
  size_t length = strlen(name);
  if (line.length <= length || line.data[length] != ':' || strncasecmp(line.data, name, length) != 0)
    return false;
  *ret_value = text_trim((struct text){ line.data + length + 1, line.length - length - 1 });
  return true;
}

/* Headers and trailers alike. */
static size_t take_header_line(char *data, size_t size, size_t count, void *context)
{
  struct exchange *exchange = context;
  struct text line = { data, size * count }, value;
  exchange->heard_ms = clock_ms();
  if (text_starts_with(line, TEXT("HTTP/")) && memchr(data, ' ', line.length) != NULL) {
    exchange->http_status = strtol(memchr(data, ' ', line.length), NULL, 10);
    exchange->is_grpc = false;
  } else if (take_value(line, "content-type", &value)) {
    exchange->is_grpc = text_starts_with(value, TEXT("application/grpc"));
  } else if (take_value(line, "grpc-status", &value)) {
    char digits[16] = { 0 };
    memcpy(digits, value.data, value.length < sizeof(digits) ? value.length : sizeof(digits) - 1);
    exchange->answer->status = (int)strtol(digits, NULL, 10);
    exchange->has_status = true;
  } else if (take_value(line, "grpc-message", &value)) {
    text_buffer_clear(&exchange->answer->reason);
    grpc_decode_percent(value, &exchange->answer->reason);
  } else if (take_value(line, "grpc-status-details-bin", &value)) {
    text_buffer_clear(&exchange->answer->detail);
    if (!grpc_decode_base64(value, &exchange->answer->detail))
      text_buffer_clear(&exchange->answer->detail);
  }
  return line.length;
}

static bool take_message(struct text message, void *context)
{
  struct exchange *exchange = context;
  exchange->answer->n_bytes += message.length;
  exchange->is_stopped = !exchange->call->take(message, exchange->call->context);
  return !exchange->is_stopped;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
  struct exchange *exchange = context;
  size_t length = size * count;
  exchange->heard_ms = clock_ms();
  if (exchange->http_status == 200 && exchange->is_grpc)
    return grpc_frames_take(&exchange->frames, data, length, take_message, exchange, &exchange->fault) ? length : 0;
  struct text_buffer *reason = &exchange->answer->reason; /* a proxy's or another server's page */
  if (reason->length < OTHER_BODY_MOST)
    text_buffer_add(reason, data, length < OTHER_BODY_MOST ? length : OTHER_BODY_MOST);
  return length;
}

/* one call */

static void set_options(struct channel *channel, struct exchange *exchange, const char *url)
{
  CURL *curl = channel->curl;
  const struct spark_remote *remote = channel->remote;
  curl_easy_reset(curl); /* the options go, connections stay */
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_URL, url);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
                   (long)(remote->uses_tls ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, channel->headers);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, exchange->call->request.data);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->call->request.length);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_IDLE_S);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_EVERY_S);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L * 1024);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header_line);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, channel->curl_message);
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L); /* a name that is looked up is not waited for at the end */
#endif
  if (!channel->keeps_connections) {
    curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  }
  if (remote->ca_file != NULL)
    curl_easy_setopt(curl, CURLOPT_CAINFO, remote->ca_file);
  if (spark_remote_is_loopback(remote))
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_HTTPPROXYTUNNEL, 1L); /* where the environment names a proxy: HTTP/2 needs a tunnel */
}

/* Whether to go on waiting. */
static bool waits_on(struct exchange *exchange)
{
  const struct channel_call *call = exchange->call;
  int64_t now = clock_ms();
  exchange->is_silent = (call->timeout_ms > 0 && now - exchange->began_ms > call->timeout_ms) ||
                        (call->silence_ms > 0 && now - exchange->heard_ms > call->silence_ms);
  exchange->is_stopped = exchange->is_stopped || (call->goes_on != NULL && !call->goes_on(call->context));
  return !exchange->is_silent && !exchange->is_stopped;
}

static CURLcode perform(struct channel *channel, struct exchange *exchange)
{
  int n_running = 1, n_left = 0;
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  CURLMcode state = curl_multi_add_handle(channel->multi, channel->curl);
  while (state == CURLM_OK && n_running > 0 && waits_on(exchange)) {
    state = curl_multi_perform(channel->multi, &n_running);
    if (state == CURLM_OK && n_running > 0)
      state = curl_multi_poll(channel->multi, NULL, 0, TICK_MS, NULL);
  }
  const CURLMsg *message = curl_multi_info_read(channel->multi, &n_left);
  if (message != NULL && message->msg == CURLMSG_DONE)
    code = message->data.result;
  curl_multi_remove_handle(channel->multi, channel->curl);
  return code;
}

static enum channel_outcome outcome_of_code(CURLcode code)
{
  static const struct {
    CURLcode code;
    enum channel_outcome outcome;
  } rows[] = {
    { CURLE_COULDNT_RESOLVE_HOST, CHANNEL_UNREACHABLE }, { CURLE_COULDNT_RESOLVE_PROXY, CHANNEL_UNREACHABLE },
    { CURLE_COULDNT_CONNECT, CHANNEL_UNREACHABLE },      { CURLE_PEER_FAILED_VERIFICATION, CHANNEL_UNTRUSTED },
    { CURLE_SSL_CONNECT_ERROR, CHANNEL_UNTRUSTED },      { CURLE_SSL_CACERT_BADFILE, CHANNEL_UNTRUSTED },
    { CURLE_SSL_ISSUER_ERROR, CHANNEL_UNTRUSTED },       { CURLE_SSL_CERTPROBLEM, CHANNEL_UNTRUSTED },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(rows); i++)
    if (rows[i].code == code)
      return rows[i].outcome;
  return CHANNEL_BROKEN;
}

static void say(struct channel_answer *answer, const char *reason)
{
  text_buffer_clear(&answer->reason);
  text_buffer_add_string(&answer->reason, reason);
}

/* A server whose time limit for connecting passed was not reached, whatever else it is. */
static bool was_connected(CURL *curl)
{
  curl_off_t connected_us = 0;
  return curl_easy_getinfo(curl, CURLINFO_CONNECT_TIME_T, &connected_us) == CURLE_OK && connected_us > 0;
}

static void judge(struct channel *channel, struct exchange *exchange, CURLcode code)
{
  struct channel_answer *answer = exchange->answer;
  if (exchange->has_status && !exchange->is_stopped && exchange->fault == NULL) {
    answer->outcome = CHANNEL_ANSWERED; /* also where the connection broke after it */
  } else if (exchange->is_stopped) {
    answer->outcome = CHANNEL_STOPPED;
  } else if (exchange->fault != NULL) {
    answer->outcome = CHANNEL_BROKEN;
    say(answer, exchange->fault);
  } else if (exchange->is_silent || code == CURLE_OPERATION_TIMEDOUT) {
    answer->outcome = was_connected(channel->curl) ? CHANNEL_SILENT : CHANNEL_UNREACHABLE;
    say(answer, "it does not answer");
  } else if (code == CURLE_OK && exchange->http_status != 200) {
    answer->outcome = CHANNEL_ANSWERED;
    answer->status = grpc_status_of_http(exchange->http_status);
    text_buffer_clear(&answer->reason);
    text_buffer_printf(&answer->reason, "HTTP status %ld, of a server or proxy that is not Spark Connect",
                       exchange->http_status);
  } else if (code == CURLE_OK) {
    answer->outcome = CHANNEL_BROKEN;
    say(answer, exchange->is_grpc ? "its answer has no status" : "what answers is not Spark Connect");
  } else {
    answer->outcome = outcome_of_code(code);
    say(answer, channel->curl_message[0] != '\0' ? channel->curl_message : curl_easy_strerror(code));
  }
}

void channel_call(struct channel *channel, const struct channel_call *call, struct channel_answer *ret_answer)
{
  SCOPED(text_buffer_done) struct text_buffer url = { 0 };
  channel_answer_done(ret_answer);
  *ret_answer = (struct channel_answer){ 0 };
  struct exchange exchange = { .call = call, .answer = ret_answer, .began_ms = clock_ms(), .heard_ms = clock_ms() };
  channel->curl_message[0] = '\0';
  text_buffer_printf(&url, "%s/spark.connect.SparkConnectService/%s", channel->origin, call->method);
  set_options(channel, &exchange, url.data);
  CURLcode code = perform(channel, &exchange);
  judge(channel, &exchange, code);
  grpc_frames_done(&exchange.frames);
}
