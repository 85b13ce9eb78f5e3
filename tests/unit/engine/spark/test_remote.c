/* The address of a cluster: what PySpark's client takes is taken, each wrong part is named, and no token is shown. */
#include "support.h"

#include "base/secret.h"
#include "engine/spark/remote.h"

#include <stdlib.h>

static void spark_remote_parse__takes_an_address_apart(void **state)
{
  (void)state;
  static const struct {
    const char *address, *host;
    int port;
    bool uses_tls;
    const char *token, *user_id, *session_id;
    size_t n_headers;
  } cases[] = {
    { "sc://localhost", "localhost", 15002, false, NULL, NULL, NULL, 0 },
    { "sc://localhost/", "localhost", 15002, false, NULL, NULL, NULL, 0 },
    { "  sc://spark.example.com:443/ \n", "spark.example.com", 443, false, NULL, NULL, NULL, 0 },
    { "sc://h:1/;use_ssl=true", "h", 1, true, NULL, NULL, NULL, 0 },
    { "sc://h;use_ssl=TRUE;;", "h", 15002, true, NULL, NULL, NULL, 0 },
    { "sc://h/;use_ssl=false;token=a%3Bb%3D%25c", "h", 15002, false, "a;b=%c", NULL, NULL, 0 },
    { "sc://h/;token=YWJj==", "h", 15002, false, "YWJj==", NULL, NULL, 0 },
    { "sc://[::1]:65535/;user_id=Jos%C3%A9", "::1", 65535, false, NULL, "José", NULL, 0 },
    { "sc://[fe80::1]", "fe80::1", 15002, false, NULL, NULL, NULL, 0 },
    { "sc://h/;session_id=123E4567-e89b-42d3-a456-426614174000;x-a=1;X-B=2;user_agent=etl;grpc_keepalive_time_ms=3",
      "h", 15002, false, NULL, NULL, "123E4567-e89b-42d3-a456-426614174000", 2 },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    struct spark_remote remote = { 0 };
    struct error err = { 0 };
    assert_done(spark_remote_parse(&arena, cases[i].address, NOWHERE, &remote, &err));
    assert_string_equal(remote.host, cases[i].host);
    assert_int_equal(remote.port, cases[i].port);
    assert_int_equal(remote.uses_tls, cases[i].uses_tls);
    assert_string_equal(remote.token == NULL ? "" : remote.token, cases[i].token == NULL ? "" : cases[i].token);
    assert_string_equal(remote.user_id == NULL ? "" : remote.user_id, cases[i].user_id == NULL ? "" : cases[i].user_id);
    assert_string_equal(remote.session_id == NULL ? "" : remote.session_id,
                        cases[i].session_id == NULL ? "" : cases[i].session_id);
    assert_int_equal(remote.n_headers, cases[i].n_headers);
  }
}

static void spark_remote_parse__keeps_headers_in_lower_case_and_order(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct spark_remote remote = { 0 };
  struct error err = { 0 };
  assert_done(spark_remote_parse(&arena, "sc://h/;X-Cluster-Id=0123-abc;tenant=a%20b", NOWHERE, &remote, &err));
  assert_int_equal(remote.n_headers, 2);
  assert_string_equal(remote.headers[0].name, "x-cluster-id");
  assert_string_equal(remote.headers[0].value, "0123-abc");
  assert_string_equal(remote.headers[1].name, "tenant");
  assert_string_equal(remote.headers[1].value, "a b");
}

static void spark_remote_parse__takes_the_times_of_keepalive(void **state)
{
  (void)state;
  static const struct {
    const char *address;
    long time_ms, timeout_ms;
  } cases[] = {
    { "sc://h", 60000, 20000 },
    { "sc://h/;grpc_keepalive_time_ms=1;grpc_keepalive_timeout_ms=86400000", 1, 86400000 },
    { "sc://h/;grpc_keepalive_enabled=false;grpc_keepalive_time_ms=5", 0, 20000 },
    { "sc://h/;grpc_keepalive_enabled=true;grpc_keepalive_without_calls=false", 60000, 20000 },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    struct spark_remote remote = { 0 };
    struct error err = { 0 };
    assert_done(spark_remote_parse(&arena, cases[i].address, NOWHERE, &remote, &err));
    assert_int_equal(remote.keepalive_ms, cases[i].time_ms);
    assert_int_equal(remote.keepalive_timeout_ms, cases[i].timeout_ms);
  }
}

static void spark_remote_parse__names_the_part_that_is_wrong(void **state)
{
  (void)state;
  static const char *const cases[][2] = {
    { "", "no sc:// at its beginning" },
    { "localhost:15002", "no sc:// at its beginning" },
    { "http://localhost", "no sc:// at its beginning" },
    { "spark://localhost:7077", "no sc:// at its beginning" },
    { "sc://", "no host" },
    { "sc://:15002", "no host" },
    { "sc:///;token=s3cretive", "no host" },
    { "sc://h:0", "the port \"0\"" },
    { "sc://h:65536", "the port \"65536\"" },
    { "sc://h:", "the port \"\"" },
    { "sc://h:+1", "the port \"+1\"" },
    { "sc://h:99999999999999999999", "the port \"99999999999999999999\"" },
    { "sc://a:b:1", "the port \"b:1\"" },
    { "sc://::1", "no host" },
    { "sc://[::1", "a [ without its ]" },
    { "sc://ho st", "the host \"ho st\"" },
    { "sc://user@h", "a user before its host" },
    { "sc://user:s3cretive@h", "a user before its host" },
    { "sc://h/path", "something between its host and its parameters" },
    { "sc://h/path;token=s3cretive", "something between its host and its parameters" },
    { "sc://h?token=s3cretive", "something between its host and its parameters" },
    { "sc://h/;s3cretive", "a parameter (number 1) without a name" },
    { "sc://h/;use_ssl=true;=s3cretive", "a parameter (number 2) without a name" },
    { "sc://h/;use_ssl=yes", "use_ssl=yes" },
    { "sc://h/;token=", "an empty token" },
    { "sc://h/;token=s3cretive%0d%0ax-evil:1", "a token with a blank" },
    { "sc://h/;session_id=1", "session_id=1" },
    { "sc://h/;session_id=g23e4567-e89b-42d3-a456-426614174000", "session_id=g23e" },
    { "sc://h/;x%20y=1", "the parameter \"x%20y\"" },
    { "sc://h/;x-y=%0ax", "a value of \"x-y\" that no header can hold" },
    { "sc://h/;grpc-timeout=1S", "the parameter \"grpc-timeout\"" },
    { "sc://h/;grpc_keepalive_time_ms=0", "grpc_keepalive_time_ms=0" },
    { "sc://h/;grpc_keepalive_timeout_ms=1s", "grpc_keepalive_timeout_ms=1s" },
    { "sc://h/;grpc_keepalive_timeout_ms=-5", "grpc_keepalive_timeout_ms=-5" },
    { "sc://h/;grpc_keepalive_time_ms=99999999999999999999", "grpc_keepalive_time_ms=9999" },
    { "sc://h/;grpc_keepalive_enabled=1", "grpc_keepalive_enabled=1" },
    { "sc://h/;user_id=%ff", "a value of \"user_id\" that is no UTF-8" },
    { "sc://h/;user_id=a%00b", "a NUL in \"user_id\"" },
  };
  for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
    SCOPED(arena_done) struct arena arena = { 0 };
    struct spark_remote remote = { .port = -1 };
    struct error err = { 0 };
    assert_false(spark_remote_parse(&arena, cases[i][0], NOWHERE, &remote, &err));
    assert_int_equal(err.kind, ERROR_CONFIG);
    assert_contains(err.message, "the address of the Spark cluster has ");
    assert_contains(err.message, cases[i][1]);
    assert_contains(err.hint, "sc://host:port/");
    assert_null(strstr(err.message, "s3cretive"));
    assert_int_equal(remote.port, -1);
  }
}

static void clear_variables(void)
{
  static const char *const names[] = { "SPARK_REMOTE", "SPARK_CONNECT_AUTHENTICATE_TOKEN",
                                       "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "SSL_CERT_FILE" };
  for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
    unsetenv(names[i]);
}

static void spark_remote_find__lets_the_environment_win(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct spark_settings settings = { .remote = "sc://of-the-file", .token = "token-of-the-file" };
  struct spark_remote remote = { 0 };
  struct error err = { 0 };
  clear_variables();
  assert_done(spark_remote_find(&arena, &settings, &remote, &err));
  assert_string_equal(remote.host, "of-the-file");
  assert_string_equal(remote.token, "token-of-the-file");
  assert_true(remote.uses_tls); /* a token crosses no network in the clear */
  assert_null(remote.ca_file);
  setenv("SPARK_REMOTE", "sc://127.0.0.1:1", 1);
  setenv("SPARK_CONNECT_AUTHENTICATE_TOKEN", "token-of-the-variable", 1);
  setenv("SSL_CERT_FILE", "/a.pem", 1);
  assert_done(spark_remote_find(&arena, &settings, &remote, &err));
  assert_string_equal(remote.host, "127.0.0.1");
  assert_string_equal(remote.token, "token-of-the-variable");
  assert_false(remote.uses_tls); /* the loopback is none */
  assert_string_equal(remote.ca_file, "/a.pem");
  assert_string_equal(spark_remote_name(&arena, &remote), "sc://127.0.0.1:1");
  setenv("SPARK_REMOTE", "sc://h/;token=token-of-the-address", 1);
  assert_done(spark_remote_find(&arena, &settings, &remote, &err));
  assert_string_equal(remote.token, "token-of-the-address");
  clear_variables();
}

static void spark_remote_find__keeps_the_token_out_of_texts(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct spark_remote remote = { 0 };
  struct error err = { 0 };
  char text[] = "a text with sup3r;s3cret and sup3r%3Bs3cret in it";
  clear_variables();
  setenv("SPARK_REMOTE", "sc://h/;token=sup3r%3Bs3cret", 1);
  assert_done(spark_remote_find(&arena, &(struct spark_settings){ 0 }, &remote, &err));
  secret_hide(text);
  assert_null(strstr(text, "sup3r"));
  assert_null(strstr(spark_remote_name(&arena, &remote), "token"));
  clear_variables();
}

static void spark_remote_find__says_what_is_missing_and_where_it_is_wrong(void **state)
{
  (void)state;
  SCOPED(arena_done) struct arena arena = { 0 };
  struct source source = { .name = "env.yml", .text = TEXT("spark:\n  remote: ftp://h\n") };
  struct spark_settings settings = { .remote = "ftp://h", .place = { .source = &source, .start = 17, .length = 7 } };
  struct spark_remote remote;
  struct error err = { 0 };
  clear_variables();
  assert_false(spark_remote_find(&arena, &(struct spark_settings){ 0 }, &remote, &err));
  assert_int_equal(err.kind, ERROR_CONFIG);
  assert_contains(err.message, "neither spark.remote in env.yml nor SPARK_REMOTE");
  assert_false(spark_remote_find(&arena, &settings, &remote, &err));
  assert_int_equal(err.line, 2);
  assert_int_equal(err.column, 11);
  setenv("SPARK_REMOTE", "ftp://h", 1);
  assert_false(spark_remote_find(&arena, &settings, &remote, &err));
  assert_contains(err.context, "SPARK_REMOTE");
  clear_variables();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(spark_remote_parse__takes_an_address_apart),
    cmocka_unit_test(spark_remote_parse__keeps_headers_in_lower_case_and_order),
    cmocka_unit_test(spark_remote_parse__takes_the_times_of_keepalive),
    cmocka_unit_test(spark_remote_parse__names_the_part_that_is_wrong),
    cmocka_unit_test(spark_remote_find__lets_the_environment_win),
    cmocka_unit_test(spark_remote_find__keeps_the_token_out_of_texts),
    cmocka_unit_test(spark_remote_find__says_what_is_missing_and_where_it_is_wrong),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
