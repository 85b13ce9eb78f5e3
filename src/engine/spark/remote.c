/* The address of a cluster, taken apart by a table of its parameters. */
#include "engine/spark/remote.h"

#include "base/secret.h"
#include "engine/spark/grpc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char example[] = "The form is sc://host:port/;key=value, such as sc://spark.example.com:15002 or "
                              "sc://spark.example.com:443/;token=...;user_id=me.";

struct parsing {
  struct arena *arena;
  struct spark_remote *remote;
  struct place place;
  size_t capacity; /* of remote->headers, which is made once */
  struct spark_header *headers;
  bool never_asks; /* grpc_keepalive_enabled=false, wherever it stands */
};

static bool refuse(const struct parsing *parsing, struct error *err, const char *what, const char *expected)
{
  fail(err, ERROR_CONFIG, parsing->place, "the address of the Spark cluster has %s, %s was expected", what, expected);
  return add_hint(err, "%s", example);
}

/* parameters */

static bool take_boolean(struct parsing *parsing, const char *name, const char *value, bool *ret_value,
                         struct error *err)
{
  *ret_value = strcasecmp(value, "true") == 0;
  if (*ret_value || strcasecmp(value, "false") == 0)
    return true;
  return refuse(parsing, err, arena_printf(parsing->arena, "%s=%s", name, value), "true or false");
}

static bool take_use_ssl(struct parsing *parsing, const char *value, struct error *err)
{
  return take_boolean(parsing, "use_ssl", value, &parsing->remote->uses_tls, err);
}

static bool take_milliseconds(struct parsing *parsing, const char *name, const char *value, long *ret_ms,
                              struct error *err)
{
  char *end = NULL;
  long ms = strtol(value, &end, 10);
  *ret_ms = ms;
  if (isdigit((unsigned char)value[0]) != 0 && *end == '\0' && ms >= 1 && ms <= 24L * 3600 * 1000)
    return true;
  return refuse(parsing, err, arena_printf(parsing->arena, "%s=%s", name, value), "milliseconds, up to a day,");
}

static bool take_keepalive(struct parsing *parsing, const char *value, struct error *err)
{
  bool is_enabled;
  TRY(take_boolean(parsing, "grpc_keepalive_enabled", value, &is_enabled, err));
  parsing->never_asks = !is_enabled;
  return true;
}

static bool take_keepalive_time(struct parsing *parsing, const char *value, struct error *err)
{
  return take_milliseconds(parsing, "grpc_keepalive_time_ms", value, &parsing->remote->keepalive_ms, err);
}

static bool take_keepalive_timeout(struct parsing *parsing, const char *value, struct error *err)
{
  return take_milliseconds(parsing, "grpc_keepalive_timeout_ms", value, &parsing->remote->keepalive_timeout_ms, err);
}

/* Of connections without a call, which are not kept alive here. */
static bool take_keepalive_without_calls(struct parsing *parsing, const char *value, struct error *err)
{
  bool ignored;
  return take_boolean(parsing, "grpc_keepalive_without_calls", value, &ignored, err);
}

static bool take_token(struct parsing *parsing, const char *value, struct error *err)
{
  parsing->remote->token = value;
  for (const char *c = value; *c != '\0'; c++)
    if (*c <= ' ' || *c > '~')
      return refuse(parsing, err, "a token with a blank or a character outside of ASCII", "one that a header can hold");
  return value[0] != '\0' || refuse(parsing, err, "an empty token", "a token");
}

static bool take_user_id(struct parsing *parsing, const char *value, struct error *err)
{
  (void)err;
  parsing->remote->user_id = value;
  return true;
}

static bool take_user_agent(struct parsing *parsing, const char *value, struct error *err)
{
  parsing->remote->user_agent = value;
  for (const char *c = value; *c != '\0'; c++)
    if (*c < ' ' || *c > '~')
      return refuse(parsing, err, "a user_agent with a character that no header can hold", "ASCII");
  return true;
}

static bool take_session_id(struct parsing *parsing, const char *value, struct error *err)
{
  parsing->remote->session_id = value;
  bool is_uuid = strlen(value) == 36;
  for (size_t i = 0; is_uuid && i < 36; i++)
    is_uuid = i == 8 || i == 13 || i == 18 || i == 23 ? value[i] == '-' : hex_digit(value[i]) >= 0;
  return is_uuid || refuse(parsing, err, arena_printf(parsing->arena, "session_id=%s", value),
                           "a UUID such as 123e4567-e89b-42d3-a456-426614174000");
}

static bool is_header_name(const char *name)
{
  for (const char *c = name; *c != '\0'; c++)
    if (isalnum((unsigned char)*c) == 0 && strchr("-_.", *c) == NULL)
      return false;
  return name[0] != '\0';
}

/* Any other: a header. A binary one ("-bin") would have to be encoded, which no user of a URL means. */
static bool take_header(struct parsing *parsing, const char *name, const char *value, struct error *err)
{
  char *lower = arena_copy(parsing->arena, name, strlen(name));
  for (char *c = lower; *c != '\0'; c++)
    *c = (char)tolower((unsigned char)*c);
  if (!is_header_name(name) || strncmp(lower, "grpc-", 5) == 0 || text_ends_with(text_from(lower), TEXT("-bin")))
    return refuse(parsing, err, arena_printf(parsing->arena, "the parameter \"%s\"", name),
                  "the name of a header, of letters, digits, -, _ and .,");
  for (const char *c = value; *c != '\0'; c++)
    if (*c < ' ' || *c > '~')
      return refuse(parsing, err, arena_printf(parsing->arena, "a value of \"%s\" that no header can hold", name),
                    "ASCII");
  parsing->headers = arena_grow(parsing->arena, parsing->headers, parsing->remote->n_headers, &parsing->capacity,
                                sizeof(*parsing->headers));
  parsing->headers[parsing->remote->n_headers++] = (struct spark_header){ lower, value };
  parsing->remote->headers = parsing->headers;
  return true;
}

static const struct {
  const char *name;
  bool (*take)(struct parsing *parsing, const char *value, struct error *err);
} parameters[] = {
  { "use_ssl", take_use_ssl },
  { "token", take_token },
  { "user_id", take_user_id },
  { "user_agent", take_user_agent },
  { "session_id", take_session_id },
  { "grpc_keepalive_enabled", take_keepalive },
  { "grpc_keepalive_time_ms", take_keepalive_time },
  { "grpc_keepalive_timeout_ms", take_keepalive_timeout },
  { "grpc_keepalive_without_calls", take_keepalive_without_calls },
};

static bool take_parameter(struct parsing *parsing, struct text parameter, size_t number, struct error *err)
{
  SCOPED(text_buffer_done) struct text_buffer decoded = { 0 };
  const char *equal = memchr(parameter.data, '=', parameter.length);
  if (equal == NULL || equal == parameter.data) /* it may be a token: not shown */
    return refuse(parsing, err, arena_printf(parsing->arena, "a parameter (number %zu) without a name", number),
                  "key=value");
  size_t length = (size_t)(equal - parameter.data);
  const char *name = arena_copy(parsing->arena, parameter.data, length);
  struct text encoded = { equal + 1, parameter.length - length - 1 };
  grpc_decode_percent(encoded, &decoded);
  const char *value = text_copy(parsing->arena, text_buffer_text(&decoded));
  if (!text_is_utf8(text_buffer_text(&decoded)))
    return refuse(parsing, err, arena_printf(parsing->arena, "a value of \"%s\" that is no UTF-8", name), "text");
  if (strlen(value) != decoded.length)
    return refuse(parsing, err, arena_printf(parsing->arena, "a NUL in \"%s\"", name), "text");
  for (size_t i = 0; i < ARRAY_LENGTH(parameters); i++)
    if (strcmp(parameters[i].name, name) == 0)
      return parameters[i].take(parsing, value, err);
  return take_header(parsing, name, value, err);
}

static bool take_parameters(struct parsing *parsing, struct text rest, struct error *err)
{
  size_t number = 0;
  while (rest.length > 0) {
    const char *end = memchr(rest.data, ';', rest.length);
    struct text parameter = { rest.data, end == NULL ? rest.length : (size_t)(end - rest.data) };
    if (parameter.length > 0)
      TRY(take_parameter(parsing, parameter, ++number, err));
    size_t taken = parameter.length + (end != NULL);
    rest = (struct text){ rest.data + taken, rest.length - taken };
  }
  return true;
}

/* host and port */

static bool take_port(struct parsing *parsing, struct text digits, struct error *err)
{
  long port = 0;
  bool is_number = digits.length > 0 && digits.length <= 5;
  for (size_t i = 0; is_number && i < digits.length; i++) {
    is_number = isdigit((unsigned char)digits.data[i]) != 0;
    port = port * 10 + (digits.data[i] - '0');
  }
  parsing->remote->port = (int)port;
  if (is_number && port >= 1 && port <= 65535)
    return true;
  return refuse(parsing, err, arena_printf(parsing->arena, "the port \"%.*s\"", TEXT_ARGS(text_cut(digits, 32))),
                "a number from 1 to 65535");
}

/* A name, an IPv4 address, or an IPv6 address in brackets. */
static bool take_authority(struct parsing *parsing, struct text authority, struct error *err)
{
  struct text host = authority, port = { 0 };
  bool has_port = false;
  if (memchr(authority.data, '@', authority.length) != NULL)
    return refuse(parsing, err, "a user before its host", "the parameter user_id");
  const char *bracket = memchr(authority.data, ']', authority.length);
  bool is_ipv6 = authority.length > 0 && authority.data[0] == '[';
  if (is_ipv6 && bracket == NULL)
    return refuse(parsing, err, "a [ without its ]", "an IPv6 address in brackets");
  const char *from = is_ipv6 ? bracket : authority.data;
  const char *colon = memchr(from, ':', authority.length - (size_t)(from - authority.data));
  if (colon != NULL) {
    has_port = true;
    host.length = (size_t)(colon - authority.data);
    port = (struct text){ colon + 1, authority.length - host.length - 1 };
  }
  if (is_ipv6)
    host = (struct text){ host.data + 1, (size_t)(bracket - host.data) - 1 };
  for (size_t i = 0; i < host.length; i++)
    if (isalnum((unsigned char)host.data[i]) == 0 && strchr(is_ipv6 ? ".:%" : ".-_", host.data[i]) == NULL)
      return refuse(parsing, err, arena_printf(parsing->arena, "the host \"%.*s\"", TEXT_ARGS(text_cut(host, 128))),
                    "a name or an address");
  if (host.length == 0)
    return refuse(parsing, err, "no host", "one");
  parsing->remote->host = text_copy(parsing->arena, host);
  parsing->remote->port = SPARK_DEFAULT_PORT;
  return !has_port || take_port(parsing, port, err);
}

bool spark_remote_parse(struct arena *arena, const char *address, struct place place, struct spark_remote *ret_remote,
                        struct error *err)
{
  struct spark_remote remote = { .keepalive_ms = SPARK_KEEPALIVE_MS,
                                 .keepalive_timeout_ms = SPARK_KEEPALIVE_TIMEOUT_MS };
  struct parsing parsing = { .arena = arena, .remote = &remote, .place = place };
  struct text text = text_trim(text_from(address));
  secret_add_of_address(text); /* before anything may be said of it */
  if (!text_starts_with(text, TEXT("sc://")))
    return refuse(&parsing, err, "no sc:// at its beginning", "it");
  struct text authority = { text.data + 5, text.length - 5 };
  struct text rest = { 0 };
  for (size_t i = 0; i < authority.length; i++)
    if (strchr("/;?#", authority.data[i]) != NULL) {
      rest = (struct text){ authority.data + i, authority.length - i };
      authority.length = i;
    }
  TRY(take_authority(&parsing, authority, err));
  if (rest.length > 0 && rest.data[0] == '/')
    rest = (struct text){ rest.data + 1, rest.length - 1 };
  if (rest.length > 0 && rest.data[0] != ';')
    return refuse(&parsing, err, "something between its host and its parameters", "\"/;\"");
  TRY(take_parameters(&parsing, rest, err));
  if (parsing.never_asks)
    remote.keepalive_ms = 0;
  *ret_remote = remote;
  return true;
}

/* from the settings and the environment */

static const char *variable(const char *name)
{
  const char *value = getenv(name);
  return value == NULL || value[0] == '\0' ? NULL : value;
}

bool spark_remote_is_loopback(const struct spark_remote *remote)
{
  return strcasecmp(remote->host, "localhost") == 0 || strncmp(remote->host, "127.", 4) == 0 ||
         strcmp(remote->host, "::1") == 0;
}

const char *spark_remote_name(struct arena *arena, const struct spark_remote *remote)
{
  bool is_ipv6 = strchr(remote->host, ':') != NULL;
  return arena_printf(arena, "sc://%s%s%s:%d", is_ipv6 ? "[" : "", remote->host, is_ipv6 ? "]" : "", remote->port);
}

bool spark_remote_find(struct arena *arena, const struct spark_settings *settings, struct spark_remote *ret_remote,
                       struct error *err)
{
  struct spark_remote remote;
  const char *address = variable("SPARK_REMOTE");
  const char *token = variable("SPARK_CONNECT_AUTHENTICATE_TOKEN");
  if (address == NULL && settings->remote == NULL) {
    fail(err, ERROR_CONFIG, NOWHERE,
         "the engine spark has no cluster: neither spark.remote in env.yml nor SPARK_REMOTE");
    return add_hint(err, "%s", example);
  }
  bool is_variable = address != NULL;
  if (!spark_remote_parse(arena, is_variable ? address : settings->remote, is_variable ? NOWHERE : settings->place,
                          &remote, err))
    return is_variable ? add_context(err, "while reading the environment variable SPARK_REMOTE") : false;
  if (token == NULL)
    token = settings->token;
  if (remote.token == NULL && token != NULL) {
    struct parsing parsing = { .arena = arena, .remote = &remote, .place = settings->place };
    secret_add(text_from(token));
    TRY(take_token(&parsing, arena_copy(arena, token, strlen(token)), err));
  }
  /* As PySpark's client: a token asks for TLS, but on the loopback. */
  if (remote.token != NULL && !spark_remote_is_loopback(&remote))
    remote.uses_tls = true;
  const char *ca_file = variable("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH");
  remote.ca_file = ca_file != NULL ? ca_file : variable("SSL_CERT_FILE");
  *ret_remote = remote;
  return true;
}
