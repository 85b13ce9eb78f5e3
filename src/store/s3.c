/* The client itself: its settings, its host, the connections that it keeps. */
#include "store/s3_internal.h"

#include <stdlib.h>

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void start_curl(void)
{
  curl_global_init(CURL_GLOBAL_DEFAULT);
}

static const char *copy(struct arena *arena, const char *text)
{
  return text == NULL ? NULL : arena_copy(arena, text, strlen(text));
}

/* "http://host:port" to scheme and host; a path or a query has no place in an endpoint. */
static bool parse_endpoint(struct s3 *s3, const char *endpoint, struct error *err)
{
  const char *host = strstr(endpoint, "://");
  bool is_http = strncmp(endpoint, "http://", 7) == 0, is_https = strncmp(endpoint, "https://", 8) == 0;
  size_t length = host == NULL ? 0 : strcspn(host + 3, "/");
  bool has_more = host != NULL && strspn(host + 3 + length, "/") != strlen(host + 3 + length);
  if ((!is_http && !is_https) || length == 0 || has_more || memchr(host + 3, '@', length) != NULL) {
    fail(err, ERROR_CONFIG, NOWHERE, "the S3 endpoint is no http:// or https:// URL of a host");
    return add_hint(err, "Write it as \"http://localhost:9000\".");
  }
  s3->is_https = is_https;
  s3->host = arena_copy(&s3->arena, host + 3, length);
  return true;
}

bool s3_open(const struct s3_settings *settings, struct s3 **ret_s3, struct error *err)
{
  pthread_once(&curl_once, start_curl);
  struct s3 *s3 = checked_malloc(sizeof(*s3));
  *s3 = (struct s3){ .settings = *settings, .is_https = true };
  struct arena *arena = &s3->arena;
  pthread_mutex_init(&s3->lock, NULL);
  s3->settings.endpoint = copy(arena, settings->endpoint);
  s3->settings.region = settings->region == NULL ? "us-east-1" : copy(arena, settings->region);
  s3->settings.access_key_id = copy(arena, settings->access_key_id);
  s3->settings.secret_access_key = copy(arena, settings->secret_access_key);
  s3->settings.session_token = copy(arena, settings->session_token);
  s3->ca_bundle = copy(arena, getenv("AWS_CA_BUNDLE"));
  if (settings->endpoint == NULL)
    s3->host = arena_printf(arena, "s3.%s.amazonaws.com", s3->settings.region);
  else if (!parse_endpoint(s3, settings->endpoint, err)) {
    s3_close(&s3);
    return false;
  }
  *ret_s3 = s3;
  return true;
}

void s3_close(struct s3 **s3)
{
  struct s3 *closed = *s3;
  if (closed == NULL)
    return;
  for (struct s3_connection *next, *connection = closed->idle; connection != NULL; connection = next) {
    next = connection->next;
    curl_easy_cleanup(connection->curl);
    curl_multi_cleanup(connection->multi);
    free(connection);
  }
  pthread_mutex_destroy(&closed->lock);
  arena_done(&closed->arena);
  free(closed);
  *s3 = NULL;
}

const struct s3_settings *s3_get_settings(const struct s3 *s3)
{
  return &s3->settings;
}

const char *s3_get_ca_bundle(const struct s3 *s3)
{
  return s3->ca_bundle;
}

const char *s3_get_host(const struct s3 *s3, bool *ret_is_https)
{
  *ret_is_https = s3->is_https;
  return s3->host;
}

struct s3_location s3_location_of(struct arena *arena, const char *path)
{
  const char *rest = strstr(path, "://");
  if (rest == NULL)
    BUG("a location of S3 has no scheme");
  rest += 3;
  size_t length = strcspn(rest, "/");
  const char *key = rest + length;
  return (struct s3_location){ .bucket = arena_copy(arena, rest, length), .key = *key == '/' ? key + 1 : key };
}

/* A bucket with a dot in its name matches no wildcard certificate, so that its host would be refused. */
static bool is_path_style(const struct s3 *s3, struct s3_location location)
{
  return s3->settings.path_style || strchr(location.bucket, '.') != NULL;
}

void s3_add_path(const struct s3 *s3, struct s3_location location, struct text_buffer *out)
{
  text_buffer_add_char(out, '/');
  if (is_path_style(s3, location)) {
    s3_add_encoded(out, text_from(location.bucket), false);
    if (location.key[0] == '\0')
      return;
    text_buffer_add_char(out, '/');
  }
  s3_add_encoded(out, text_from(location.key), true);
}

const char *s3_host_of(const struct s3 *s3, struct s3_location location, struct arena *arena)
{
  return is_path_style(s3, location) ? s3->host : arena_printf(arena, "%s.%s", location.bucket, s3->host);
}

void s3_add_encoded(struct text_buffer *out, struct text text, bool keeps_slash)
{
  for (size_t i = 0; i < text.length; i++) {
    unsigned char c = (unsigned char)text.data[i];
    bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_letter || (c != '\0' && strchr("-._~", c) != NULL) || (keeps_slash && c == '/'))
      text_buffer_add_char(out, (char)c);
    else
      text_buffer_printf(out, "%%%02X", c);
  }
}
