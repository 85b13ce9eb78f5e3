/* aes_encrypt and aes_decrypt in Spark's framing: the initialization vector, what was encrypted, and for GCM the tag.
 */
#include "duckdb/functions/internal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

enum { BLOCK = 16, TAG = 16 };

struct mode {
  const char *name, *padding; /* padding beside DEFAULT */
  int iv_size;
  bool takes_aad;
  const EVP_CIPHER *(*ciphers[3])(void); /* for keys of 16, 24 and 32 bytes */
};

static const struct mode modes[] = {
  { "ECB", "PKCS", 0, false, { EVP_aes_128_ecb, EVP_aes_192_ecb, EVP_aes_256_ecb } },
  { "CBC", "PKCS", 16, false, { EVP_aes_128_cbc, EVP_aes_192_cbc, EVP_aes_256_cbc } },
  { "GCM", "NONE", 12, true, { EVP_aes_128_gcm, EVP_aes_192_gcm, EVP_aes_256_gcm } },
};

/* What one call works with; `iv` is empty where none was given. */
struct job {
  const struct mode *mode;
  const EVP_CIPHER *cipher;
  struct text input, key, iv, aad;
};

static bool find_mode(struct udf_call *call, struct text name, struct text padding, const struct mode **ret_mode)
{
  for (size_t i = 0; i < ARRAY_LENGTH(modes); i++)
    if (text_equal_nocase(name, text_from(modes[i].name)) &&
        (text_equal_nocase(padding, TEXT("DEFAULT")) || text_equal_nocase(padding, text_from(modes[i].padding)))) {
      *ret_mode = &modes[i];
      return true;
    }
  return udf_fail(call, "UNSUPPORTED_FEATURE.AES_MODE", "AES knows no mode %.*s with the padding %.*s",
                  name.length > 20 ? 20 : (int)name.length, name.data, padding.length > 20 ? 20 : (int)padding.length,
                  padding.data);
}

static bool check_job(struct udf_call *call, struct job *job)
{
  size_t length = job->key.length;
  if (length != 16 && length != 24 && length != 32)
    return udf_fail(call, "INVALID_PARAMETER_VALUE.AES_KEY_LENGTH",
                    "the key of %s must have 16, 24 or 32 bytes, not %zu", udf_shown_name(call), length);
  job->cipher = job->mode->ciphers[length / 8 - 2]();
  if (job->iv.length > 0 && job->mode->iv_size == 0)
    return udf_fail(call, "UNSUPPORTED_FEATURE.AES_MODE_IV", "AES in mode ECB takes no initialization vector");
  if (job->iv.length > 0 && job->iv.length != (size_t)job->mode->iv_size)
    return udf_fail(call, "INVALID_PARAMETER_VALUE.AES_IV_LENGTH",
                    "the initialization vector of mode %s must have %d bytes, not %zu", job->mode->name,
                    job->mode->iv_size, job->iv.length);
  if (job->aad.length > 0 && !job->mode->takes_aad)
    return udf_fail(call, "UNSUPPORTED_FEATURE.AES_MODE_AAD", "AES in mode %s takes no additional data",
                    job->mode->name);
  return true;
}

static bool fail_crypto(struct udf_call *call)
{
  return udf_fail(call, "INVALID_PARAMETER_VALUE.AES_CRYPTO_ERROR",
                  "%s failed: the key, or what was encrypted, is not the right one", udf_shown_name(call));
}

static const unsigned char *bytes_of(struct text text)
{
  return (const unsigned char *)text.data;
}

/* Runs the cipher over `input`; adds at most input.length + BLOCK bytes to `out`. */
static bool run_cipher(const struct job *job, struct text input, const unsigned char *iv, unsigned char *tag,
                       bool encrypts, struct text_buffer *out)
{
  int length = 0;
  int last = 0;
  if (input.length == 0 && !encrypts && tag == NULL) /* nothing, as in Java, though no padding either */
    return true;
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  text_buffer_reserve(out, size_add(out->length, size_add(input.length, 2 * BLOCK)));
  unsigned char *to = (unsigned char *)out->data + out->length;
  bool is_done =
      context != NULL && EVP_CipherInit_ex(context, job->cipher, NULL, bytes_of(job->key), iv, encrypts) == 1 &&
      (job->aad.length == 0 ||
       EVP_CipherUpdate(context, NULL, &length, bytes_of(job->aad), (int)job->aad.length) == 1) &&
      (input.length == 0 || EVP_CipherUpdate(context, to, &length, bytes_of(input), (int)input.length) == 1) &&
      (encrypts || tag == NULL || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1);
  length = input.length == 0 ? 0 : length;
  is_done = is_done && EVP_CipherFinal_ex(context, to + length, &last) == 1 &&
            (!encrypts || tag == NULL || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1);
  EVP_CIPHER_CTX_free(context);
  out->length += is_done ? (size_t)(length + last) : 0;
  return is_done;
}

static bool aes_encrypt(struct udf_call *call, size_t row)
{
  unsigned char iv[BLOCK];
  unsigned char tag[TAG];
  struct job job = { .input = arg_text(call, 0, row),
                     .key = arg_text(call, 1, row),
                     .iv = arg_text(call, 4, row),
                     .aad = arg_text(call, 5, row) };
  TRY(find_mode(call, arg_text(call, 2, row), arg_text(call, 3, row), &job.mode));
  TRY(check_job(call, &job));
  TRY(udf_check_size(call, job.input.length));
  if (job.iv.length > 0)
    memcpy(iv, job.iv.data, job.iv.length);
  else if (RAND_bytes(iv, job.mode->iv_size) != 1)
    return fail_crypto(call);
  text_buffer_clear(&call->buffer);
  text_buffer_add(&call->buffer, (const char *)iv, (size_t)job.mode->iv_size);
  if (!run_cipher(&job, job.input, iv, job.mode->takes_aad ? tag : NULL, true, &call->buffer))
    return fail_crypto(call);
  if (job.mode->takes_aad)
    text_buffer_add(&call->buffer, (const char *)tag, TAG);
  return return_buffer(call, row);
}

static bool decrypt(struct udf_call *call, size_t row, bool *ret_is_bad)
{
  unsigned char tag[TAG];
  struct job job = { .input = arg_text(call, 0, row), .key = arg_text(call, 1, row), .aad = arg_text(call, 4, row) };
  *ret_is_bad = false;
  TRY(find_mode(call, arg_text(call, 2, row), arg_text(call, 3, row), &job.mode));
  TRY(check_job(call, &job));
  size_t iv_size = (size_t)job.mode->iv_size;
  size_t tag_size = job.mode->takes_aad ? TAG : 0;
  *ret_is_bad = job.input.length < iv_size + tag_size || job.input.length > MAX_TEXT;
  if (*ret_is_bad)
    return false;
  struct text body = { job.input.data + iv_size, job.input.length - iv_size - tag_size };
  memcpy(tag, body.data + body.length, tag_size);
  text_buffer_clear(&call->buffer);
  *ret_is_bad = !run_cipher(&job, body, bytes_of(job.input), tag_size > 0 ? tag : NULL, false, &call->buffer);
  return !*ret_is_bad && return_buffer(call, row);
}

static bool aes_decrypt(struct udf_call *call, size_t row)
{
  bool is_bad;
  return decrypt(call, row, &is_bad) || (is_bad && fail_crypto(call));
}

/* NULL for whatever cannot be decrypted, a key or mode that is none included. */
static bool try_aes_decrypt(struct udf_call *call, size_t row)
{
  bool is_bad;
  bool is_done = decrypt(call, row, &is_bad);
  call->error[0] = is_done ? call->error[0] : 0;
  return is_done;
}

static const struct udf rows[] = {
  { .name = "spark_aes_encrypt",
    .signature = "binary binary string string binary binary > binary",
    .flags = UDF_VOLATILE,
    .each = aes_encrypt },
  { .name = "spark_aes_decrypt", .signature = "binary binary string string binary > binary", .each = aes_decrypt },
  { .name = "spark_try_aes_decrypt",
    .signature = "binary binary string string binary > binary",
    .each = try_aes_decrypt },
};

UDF_FAMILY(aes_udfs, rows);
