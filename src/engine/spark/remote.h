/** Where a Spark cluster is: "sc://host:port/;key=value;...", as PySpark's client takes it.
 *
 *   sc://spark.example.com                      port 15002, no encryption
 *   sc://spark.example.com:443/;token=abc       a bearer token, and with it TLS
 *   sc://localhost/;token=abc                   the loopback needs no TLS for a token
 *
 * Parameters are percent-decoded. `use_ssl`, `token`, `user_id`, `user_agent` and `session_id` (a UUID) are known,
 * those that begin with `grpc_keepalive_` are of other clients and left alone; any other is sent as a header with each
 * call. The token is a secret: it is told to base/secret.h, and stands in no message. */
#ifndef CRISOL_ENGINE_SPARK_REMOTE_H
#define CRISOL_ENGINE_SPARK_REMOTE_H

#include "base/error.h"

enum { SPARK_DEFAULT_PORT = 15002, SPARK_KEEPALIVE_MS = 60000, SPARK_KEEPALIVE_TIMEOUT_MS = 20000 };

struct spark_header {
  const char *name, *value; /* the name in lower case */
};

struct spark_remote {
  const char *host; /* without the brackets of an IPv6 address */
  int port;
  bool uses_tls;
  const char *token;      /* NULL: none */
  const char *user_id;    /* NULL: the user who runs the program */
  const char *user_agent; /* NULL: crisol's own */
  const char *session_id; /* NULL: a new one */
  long keepalive_ms;      /* of silence, until a server that runs a statement is asked whether it is there; 0: never */
  long keepalive_timeout_ms;
  const struct spark_header *headers;
  size_t n_headers;
  const char *ca_file; /* the certificates that are trusted; NULL: the system's */
  /** Asked several times a second while a call is under way: false ends it with this error. NULL: never. */
  bool (*go_on)(struct error *err);
};

/** What env.yml says; each may be NULL. */
struct spark_settings {
  const char *remote;
  const char *token;
  struct place place; /* of `remote`, for messages */
};

/** Takes an address apart; what is returned lives as long as `arena`. ERROR_CONFIG at `place` with the part that is
 * wrong and what was expected in its stead. No I/O. */
MUST_CHECK bool spark_remote_parse(struct arena *arena, const char *address, struct place place,
                                   struct spark_remote *ret_remote, struct error *err);

/** Finds the cluster: SPARK_REMOTE wins over env.yml's `spark.remote`. A token in the address wins over
 * SPARK_CONNECT_AUTHENTICATE_TOKEN, and that over `spark.token`. Certificates are those of
 * GRPC_DEFAULT_SSL_ROOTS_FILE_PATH or SSL_CERT_FILE where one is set. ERROR_CONFIG where no address is given or it is
 * none, and where a token would cross a network in the clear. */
MUST_CHECK bool spark_remote_find(struct arena *arena, const struct spark_settings *settings,
                                  struct spark_remote *ret_remote, struct error *err);

/** "sc://host:port", for people: no parameter is in it. */
const char *spark_remote_name(struct arena *arena, const struct spark_remote *remote);
/** Whether the host is this machine's loopback. */
bool spark_remote_is_loopback(const struct spark_remote *remote);

#endif
