/** A session with a Spark cluster, by Spark Connect: statements, views, writes and small results.
 *
 * A session is used by one thread at a time; spark_session_interrupt and spark_progress may be called from any other
 * thread while it is open. Every function that fails says where the cluster is and what went wrong:
 *
 *   - ERROR_INTERRUPTED (or what remote->go_on said): the call was interrupted; the cluster was told to stop, too
 *   - ERROR_CONFIG: a text that is to be sent is not UTF-8
 *   - ERROR_ENVIRONMENT: all else. spark_last_failure tells whether the cluster was lost or has answered with an error
 *     of its own, and then its error class and SQLSTATE; a caller that knows that the class is the user's doing gives
 *     `err->kind` the kind it means.
 *
 * What breaks on the way is mended where that cannot do a thing twice: a statement has an id, under which the client
 * asks for the rest of its answers (ReattachExecute) until the cluster says that it is complete. A cluster that does
 * not answer is waited for some seconds at the first contact, and up to a minute in the middle of a session. A server
 * that was started anew has lost the session with its views: that is an error, never repaired in silence.
 *
 * No text of a statement is in a message, nor the token. Where Spark's own message quotes the statement, it is cut. */
#ifndef CRISOL_ENGINE_SPARK_SESSION_H
#define CRISOL_ENGINE_SPARK_SESSION_H

#include "duckdb/database.h" /* struct table */
#include "engine/spark/remote.h"

struct spark_session;

/** Makes a session: asks the cluster for its version, and refuses one before Spark 4. `remote` is to stay as long as
 * the session, which lives in `arena` until it is closed. */
MUST_CHECK bool spark_session_open(struct arena *arena, const struct spark_remote *remote,
                                   struct spark_session **ret_session, struct error *err);
/** Lets the cluster forget the session with its views and artifacts, unless its id was given in the address; does not
 * wait for it longer than some seconds, and a moment where the run is interrupted. Accepts a pointer to NULL. */
void spark_session_close(struct spark_session **session);

/** "4.3.0". */
const char *spark_session_version(const struct spark_session *session);
/** The session's UUID. */
const char *spark_session_id(const struct spark_session *session);
/** Spark's application id, such as "local-1764380000000" or "app-20261129013311-0000"; "" where it does not tell. */
const char *spark_session_application(const struct spark_session *session);
/** The operation id (a UUID) of the statement that was sent last; "" before the first one. */
const char *spark_last_operation(const struct spark_session *session);

/** How the last call that failed did so. */
struct spark_failure {
  bool is_lost;            /* the cluster, or the session in it, is not there any more */
  char error_class[128];   /* "UNRESOLVED_COLUMN.WITH_SUGGESTION"; "" where Spark gives none */
  char sqlstate[8];        /* "42703"; "" */
  char java_class[256];    /* "org.apache.spark.sql.AnalysisException"; "" */
  char root_message[1024]; /* the message of the innermost cause: what a data source has thrown; "" where there is one
                              error alone */
};
const struct spark_failure *spark_last_failure(const struct spark_session *session);

/** Sets an entry of the session's configuration, such as spark.sql.session.timeZone. */
MUST_CHECK bool spark_set(struct spark_session *session, const char *key, const char *value, struct error *err);
/** Its value; *ret_value is NULL where it has none. */
MUST_CHECK bool spark_get(struct spark_session *session, struct arena *arena, const char *key, const char **ret_value,
                          struct error *err);

/** Sends bytes to the session as "jars/<name>" (on its class path), "files/<name>" (beside each executor's tasks) or
 * "archives/<name>". An artifact cannot be replaced by another of its name within a session. */
MUST_CHECK bool spark_add_artifact(struct spark_session *session, const char *name, const void *data, size_t size,
                                   struct error *err);

/** Runs a statement to its end; rows that it has are not kept. */
MUST_CHECK bool spark_execute(struct spark_session *session, const char *sql, struct error *err);

/** Runs a query and returns its rows as text, which live as long as `arena`: for counts and samples, since they are all
 * in memory at once. Numbers, booleans ("true"), strings, decimals and binary (as Spark's bytes; a NUL ends the text)
 * are as they are; dates are days and timestamps microseconds, both since 1970-01-01 (UTC), as numbers: cast to STRING
 * in the query what is meant for people. Nested columns are refused by name. */
MUST_CHECK bool spark_query(struct spark_session *session, struct arena *arena, const char *sql,
                            struct table *ret_table, struct error *err);
/** The same for a result of one number. */
MUST_CHECK bool spark_query_count(struct spark_session *session, const char *sql, uint64_t *ret_count,
                                  struct error *err);

/** Names of a query's columns, and their types as Spark's DDL has them ("STRUCT<a: BIGINT>"), without running it. */
MUST_CHECK bool spark_schema(struct spark_session *session, struct arena *arena, const char *sql,
                             const char ***ret_names, const char ***ret_types, size_t *ret_count, struct error *err);

/** What a data source reads. */
struct spark_read {
  const char *format;         /* "parquet", or the class of a data source */
  const char *const *options; /* key, value, key, value, ... */
  size_t n_options;           /* how many pairs */
  const char *schema;         /* DDL; NULL: the source's own */
  const char *const *paths;
  size_t n_paths;
  const char *const *expressions; /* "a", "_metadata.row_index AS b": what the view has, hidden columns among it */
  size_t n_expressions;           /* 0: all columns that are not hidden */
};
/** Makes a view of the session, over one that has the name. */
MUST_CHECK bool spark_create_view(struct spark_session *session, const char *name, const struct spark_read *read,
                                  struct error *err);

/** What a query's rows are written as. */
struct spark_write {
  const char *sql;
  const char *format; /* "parquet" */
  const char *path;
  const char *mode;           /* "overwrite", "append", "error" where there is something, "ignore" */
  const char *const *options; /* key, value, key, value, ... */
  size_t n_options;           /* how many pairs */
  const char *const *partition_by;
  size_t n_partition_by;
};
/** Writes them; returns when Spark has committed its files. */
MUST_CHECK bool spark_write(struct spark_session *session, const struct spark_write *write, struct error *err);

/** Tasks of the statement that runs now: how many have ended, of how many that are known so far. From any thread. */
void spark_progress(const struct spark_session *session, uint64_t *ret_done, uint64_t *ret_total);

/** Ends the statement that runs now, if one does: it fails with ERROR_INTERRUPTED once the cluster was told to stop it,
 * so that its cores are free. Later statements run. From any thread, again and again. */
void spark_session_interrupt(struct spark_session *session);

#endif
