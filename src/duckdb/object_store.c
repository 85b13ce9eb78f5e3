/* What DuckDB itself reads from an object store: Parquet, by its extension httpfs. Text is read by crisol's readers. */
#include "base/file.h"
#include "duckdb/database_internal.h"
#include "expr/expr.h"

#include <dlfcn.h>

/* The extension lies beside the library, of which it must be a part: same build, same version. A system's library finds
 * its own. */
static const char *extension_path(struct arena *arena)
{
  Dl_info library;
  if (dladdr((const void *)(uintptr_t)duckdb_library_version, &library) == 0 || library.dli_fname == NULL)
    return "httpfs";
  const char *path =
      path_join(arena, path_directory(arena, path_absolute(arena, library.dli_fname)), "httpfs.duckdb_extension");
  return file_exists(path) ? path : "httpfs";
}

static void add_setting(struct text_buffer *sql, const char *name, const char *value)
{
  if (value == NULL)
    return;
  text_buffer_printf(sql, ", %s ", name);
  sql_add_string(sql, text_from(value));
}

static void print_secret(const struct s3 *s3, struct text_buffer *sql)
{
  const struct s3_settings *settings = s3_get_settings(s3);
  bool is_https = false;
  const char *host = s3_get_host(s3, &is_https);
  text_buffer_add_string(sql, "CREATE OR REPLACE SECRET crisol (TYPE s3");
  add_setting(sql, "KEY_ID", settings->access_key_id);
  add_setting(sql, "SECRET", settings->secret_access_key);
  add_setting(sql, "SESSION_TOKEN", settings->session_token);
  add_setting(sql, "REGION", settings->region);
  add_setting(sql, "URL_STYLE", settings->path_style ? "path" : "vhost");
  add_setting(sql, "ENDPOINT", host);
  text_buffer_printf(sql, ", USE_SSL %s)", is_https ? "true" : "false");
}

/* httpfs checks a server's certificate with one of its two clients only unless told. */
static void print_certificates(const struct s3 *s3, struct text_buffer *sql)
{
  const char *bundle = s3_get_ca_bundle(s3);
  text_buffer_add_string(sql, ";\nSET GLOBAL enable_server_cert_verification = true");
  if (bundle == NULL)
    return;
  text_buffer_add_string(sql, ";\nSET GLOBAL ca_cert_file = ");
  sql_add_string(sql, text_from(bundle));
}

bool database_use_s3(struct database *database, const struct s3 *s3, struct error *err)
{
  SCOPED(arena_done) struct arena scratch = { 0 };
  SCOPED(text_buffer_done) struct text_buffer load = { 0 };
  SCOPED(text_buffer_done) struct text_buffer secret = { 0 };
  if (database->has_s3)
    return true;
  text_buffer_add_string(&load, "LOAD ");
  sql_add_string(&load, text_from(extension_path(&scratch)));
  if (!database_execute(database, load.data, err)) {
    err->kind = ERROR_ENVIRONMENT;
    add_context(err, "while loading DuckDB's extension httpfs, which reads Parquet from S3");
    return add_hint(err, "`make setup` brings it; with a system's libduckdb, run INSTALL httpfs in DuckDB once.");
  }
  print_secret(s3, &secret);
  print_certificates(s3, &secret);
  /* a key may hold *, ? or [: it is a name, neither a pattern nor parameters */
  text_buffer_add_string(&secret, ";\nSET GLOBAL s3_url_compatibility_mode = true"
                                  ";\nSET GLOBAL enable_external_file_cache = true"); /* footers are looked at twice */
  if (!database_execute(database, secret.data, err)) /* the statement holds the secret: it is not repeated */
    return fail(err, ERROR_ENVIRONMENT, NOWHERE, "DuckDB's extension httpfs does not take the S3 settings");
  database->has_s3 = true;
  return true;
}
