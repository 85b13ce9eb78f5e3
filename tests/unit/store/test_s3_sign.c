/* Signature Version 4: the examples of Amazon's "Authenticating Requests: Using the Authorization Header". */
#include "support.h"

#include "store/s3_internal.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HOST                                                                                                           \
  {                                                                                                                    \
    "host", "examplebucket.s3.amazonaws.com"                                                                           \
  }
#define DATE                                                                                                           \
  {                                                                                                                    \
    "x-amz-date", "20130524T000000Z"                                                                                   \
  }
#define NO_PAYLOAD                                                                                                     \
  {                                                                                                                    \
    "x-amz-content-sha256", EMPTY                                                                                      \
  }

static const struct {
  const char *method, *path, *query;
  struct s3_pair headers[6];
  size_t n_headers;
  const char *payload_hash, *signature;
} examples[] = {
  { "GET",
    "/test.txt",
    "",
    { HOST, { "range", "bytes=0-9" }, NO_PAYLOAD, DATE },
    4,
    EMPTY,
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41" },
  { "GET",
    "/",
    "lifecycle=",
    { HOST, NO_PAYLOAD, DATE },
    3,
    EMPTY,
    "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543" },
  { "GET",
    "/",
    "max-keys=2&prefix=J",
    { HOST, NO_PAYLOAD, DATE },
    3,
    EMPTY,
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7" },
  { "PUT",
    "/test%24file.text",
    "",
    { { "date", "Fri, 24 May 2013 00:00:00 GMT" },
      HOST,
      { "x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072" },
      DATE,
      { "x-amz-storage-class", "REDUCED_REDUNDANCY" } },
    5,
    "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd" },
};

static void s3_sign__signs_the_examples_of_the_documentation(void **state)
{
  (void)state;
  for (size_t i = 0; i < ARRAY_LENGTH(examples); i++) {
    SCOPED(text_buffer_done) struct text_buffer authorization = { 0 };
    s3_sign(&(struct s3_signing){ .method = examples[i].method,
                                  .path = examples[i].path,
                                  .query = examples[i].query,
                                  .headers = examples[i].headers,
                                  .n_headers = examples[i].n_headers,
                                  .payload_hash = examples[i].payload_hash,
                                  .instant = "20130524T000000Z",
                                  .region = "us-east-1",
                                  .access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                  .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" },
            &authorization);
    const char *signature = strstr(authorization.data, "Signature=");
    assert_non_null(signature);
    assert_string_equal(signature + strlen("Signature="), examples[i].signature);
  }
}

static void sha256_hex__hashes_a_payload(void **state)
{
  (void)state;
  char hex[SHA256_HEX_SIZE];
  sha256_hex(TEXT("Welcome to Amazon S3."), hex);
  assert_string_equal(hex, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  sha256_hex(TEXT(""), hex);
  assert_string_equal(hex, EMPTY);
}

static void s3_add_encoded__leaves_only_unreserved_characters(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  s3_add_encoded(&out, TEXT("a b/c+d=e%f~g-h_i.j/é"), true);
  assert_string_equal(out.data, "a%20b/c%2Bd%3De%25f~g-h_i.j/%C3%A9");
  struct s3_request request = { .method = "GET" };
  SCOPED(text_buffer_done) struct text_buffer query = { 0 };
  s3_add_query(&request, "prefix", "a/b");
  s3_add_query(&request, "list-type", "2");
  s3_add_canonical_query(&request, &query);
  assert_string_equal(query.data, "list-type=2&prefix=a%2Fb");
}

static void take_key(const char *path, struct text text, void *context)
{
  if (strcmp(path, "R/Contents/Key") == 0)
    text_buffer_printf(context, "[%.*s]", TEXT_ARGS(text));
}

static void s3_xml_parse__gives_each_element_with_its_path(void **state)
{
  (void)state;
  SCOPED(text_buffer_done) struct text_buffer out = { 0 };
  assert_true(s3_xml_parse(TEXT("<?xml version=\"1.0\"?><R xmlns=\"x\"><Contents><Key>a&amp;b</Key></Contents>"
                                "<Contents>\n<Size>1</Size><Key>c</Key></Contents></R>"),
                           take_key, &out));
  assert_string_equal(out.data, "[a&b][c]");
  assert_false(s3_xml_parse(TEXT("<R><Contents></R>"), take_key, &out));
  assert_false(s3_xml_parse(TEXT(""), take_key, &out));
  assert_int_equal(s3_parse_instant(TEXT("2013-05-24T00:00:00.000Z")), 1369353600);
  assert_int_equal(s3_parse_instant(TEXT("yesterday")), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(s3_sign__signs_the_examples_of_the_documentation),
    cmocka_unit_test(sha256_hex__hashes_a_payload),
    cmocka_unit_test(s3_add_encoded__leaves_only_unreserved_characters),
    cmocka_unit_test(s3_xml_parse__gives_each_element_with_its_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
