/* Signature Version 4, as Amazon's "Authenticating Requests (AWS Signature Version 4)" for S3 describes it. */
#include "store/s3_internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

struct digest {
  unsigned char bytes[32];
};

static struct digest hmac(const void *key, size_t key_length, const char *text)
{
  struct digest digest;
  unsigned int length = sizeof(digest.bytes);
  if (HMAC(EVP_sha256(), key, (int)key_length, (const unsigned char *)text, strlen(text), digest.bytes, &length) ==
          NULL ||
      length != sizeof(digest.bytes))
    BUG("OpenSSL has no HMAC of SHA-256");
  return digest;
}

static struct digest signing_key(const struct s3_signing *signing, const char *day)
{
  SCOPED(text_buffer_done) struct text_buffer secret = { 0 };
  text_buffer_printf(&secret, "AWS4%s", signing->secret_access_key);
  struct digest key = hmac(secret.data, secret.length, day);
  key = hmac(key.bytes, sizeof(key.bytes), signing->region);
  key = hmac(key.bytes, sizeof(key.bytes), "s3");
  OPENSSL_cleanse(secret.data, secret.length);
  return hmac(key.bytes, sizeof(key.bytes), "aws4_request");
}

static void add_signed_names(const struct s3_signing *signing, struct text_buffer *out)
{
  for (size_t i = 0; i < signing->n_headers; i++)
    text_buffer_printf(out, "%s%s", i == 0 ? "" : ";", signing->headers[i].name);
}

static void hash_request(const struct s3_signing *signing, char ret_hex[SHA256_HEX_SIZE])
{
  SCOPED(text_buffer_done) struct text_buffer canonical = { 0 };
  text_buffer_printf(&canonical, "%s\n%s\n%s\n", signing->method, signing->path, signing->query);
  for (size_t i = 0; i < signing->n_headers; i++)
    text_buffer_printf(&canonical, "%s:%s\n", signing->headers[i].name, signing->headers[i].value);
  text_buffer_add_char(&canonical, '\n');
  add_signed_names(signing, &canonical);
  text_buffer_printf(&canonical, "\n%s", signing->payload_hash);
  sha256_hex(text_buffer_text(&canonical), ret_hex);
}

void s3_signature(const struct s3_signing *signing, char ret_hex[SHA256_HEX_SIZE])
{
  SCOPED(text_buffer_done) struct text_buffer to_sign = { 0 };
  char day[9], request_hash[SHA256_HEX_SIZE];
  memcpy(day, signing->instant, 8);
  day[8] = '\0';
  hash_request(signing, request_hash);
  text_buffer_printf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%s/%s/s3/aws4_request\n%s", signing->instant, day,
                     signing->region, request_hash);
  struct digest key = signing_key(signing, day);
  struct digest signature = hmac(key.bytes, sizeof(key.bytes), to_sign.data);
  hex_print(signature.bytes, sizeof(signature.bytes), ret_hex);
}

void s3_sign(const struct s3_signing *signing, struct text_buffer *ret_authorization)
{
  char hex[SHA256_HEX_SIZE];
  s3_signature(signing, hex);
  text_buffer_printf(ret_authorization,
                     "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/s3/aws4_request,SignedHeaders=", signing->access_key_id,
                     signing->instant, signing->region);
  add_signed_names(signing, ret_authorization);
  text_buffer_printf(ret_authorization, ",Signature=%s", hex);
}
