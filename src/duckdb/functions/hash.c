/* Hashes as Spark computes them: Murmur3 (hash), XXH64 (xxhash64), and what OpenSSL offers. */
#include "duckdb/functions/internal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

/* A hash takes a seed and returns the next seed; nulls are passed over. */
struct hasher {
  uint64_t (*integer)(uint32_t value, uint64_t seed);
  uint64_t (*wide)(uint64_t value, uint64_t seed);
  uint64_t (*bytes)(struct text bytes, uint64_t seed);
};

/* Murmur3, 32 bits. */

static uint32_t rotate_32(uint32_t value, int n)
{
  return value << n | value >> (32 - n);
}

static uint32_t murmur_mix(uint32_t hash, uint32_t block)
{
  hash ^= rotate_32(block * 0xcc9e2d51u, 15) * 0x1b873593u;
  return rotate_32(hash, 13) * 5 + 0xe6546b64u;
}

static uint32_t murmur_finish(uint32_t hash, uint32_t length)
{
  hash ^= length;
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return hash ^ hash >> 16;
}

static uint64_t murmur_integer(uint32_t value, uint64_t seed)
{
  return murmur_finish(murmur_mix((uint32_t)seed, value), 4);
}

static uint64_t murmur_wide(uint64_t value, uint64_t seed)
{
  return murmur_finish(murmur_mix(murmur_mix((uint32_t)seed, (uint32_t)value), (uint32_t)(value >> 32)), 8);
}

/* Spark mixes the last bytes one by one, each with its sign. */
static uint64_t murmur_bytes(struct text bytes, uint64_t seed)
{
  uint32_t hash = (uint32_t)seed;
  size_t at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    uint32_t block;
    memcpy(&block, bytes.data + at, 4);
    hash = murmur_mix(hash, block);
  }
  for (; at < bytes.length; at++)
    hash = murmur_mix(hash, (uint32_t)(int32_t)(signed char)bytes.data[at]);
  return murmur_finish(hash, (uint32_t)bytes.length);
}

static const struct hasher murmur = { .integer = murmur_integer, .wide = murmur_wide, .bytes = murmur_bytes };

/* XXH64. */

static const uint64_t prime_1 = 0x9E3779B185EBCA87u;
static const uint64_t prime_2 = 0xC2B2AE3D27D4EB4Fu;
static const uint64_t prime_3 = 0x165667B19E3779F9u;
static const uint64_t prime_4 = 0x85EBCA77C2B2AE63u;
static const uint64_t prime_5 = 0x27D4EB2F165667C5u;

static uint64_t rotate_64(uint64_t value, int n)
{
  return value << n | value >> (64 - n);
}

static uint64_t xx_finish(uint64_t hash)
{
  hash = (hash ^ hash >> 33) * prime_2;
  hash = (hash ^ hash >> 29) * prime_3;
  return hash ^ hash >> 32;
}

static uint64_t xx_round(uint64_t lane, uint64_t input)
{
  return rotate_64(lane + input * prime_2, 31) * prime_1;
}

static uint64_t xx_add_wide(uint64_t hash, uint64_t value)
{
  return rotate_64(hash ^ xx_round(0, value), 27) * prime_1 + prime_4;
}

static uint64_t xx_add_integer(uint64_t hash, uint32_t value)
{
  return rotate_64(hash ^ value * prime_1, 23) * prime_2 + prime_3;
}

static uint64_t xx_integer(uint32_t value, uint64_t seed)
{
  return xx_finish(xx_add_integer(seed + prime_5 + 4, value));
}

static uint64_t xx_wide(uint64_t value, uint64_t seed)
{
  return xx_finish(xx_add_wide(seed + prime_5 + 8, value));
}

static uint64_t read_64(const char *data)
{
  uint64_t value;
  memcpy(&value, data, sizeof value);
  return value;
}

static uint64_t xx_start(struct text bytes, uint64_t seed, size_t *ret_at)
{
  size_t at = 0;
  if (bytes.length < 32) {
    *ret_at = 0;
    return seed + prime_5;
  }
  uint64_t lanes[4] = { seed + prime_1 + prime_2, seed + prime_2, seed, seed - prime_1 };
  for (; at + 32 <= bytes.length; at += 32)
    for (size_t i = 0; i < 4; i++)
      lanes[i] = xx_round(lanes[i], read_64(bytes.data + at + 8 * i));
  uint64_t hash = rotate_64(lanes[0], 1) + rotate_64(lanes[1], 7) + rotate_64(lanes[2], 12) + rotate_64(lanes[3], 18);
  for (size_t i = 0; i < 4; i++)
    hash = (hash ^ xx_round(0, lanes[i])) * prime_1 + prime_4;
  *ret_at = at;
  return hash;
}

static uint64_t xx_bytes(struct text bytes, uint64_t seed)
{
  size_t at;
  uint64_t hash = xx_start(bytes, seed, &at) + bytes.length;
  for (; at + 8 <= bytes.length; at += 8)
    hash = xx_add_wide(hash, read_64(bytes.data + at));
  if (at + 4 <= bytes.length) {
    uint32_t value;
    memcpy(&value, bytes.data + at, sizeof value);
    hash = xx_add_integer(hash, value);
    at += 4;
  }
  for (; at < bytes.length; at++)
    hash = rotate_64(hash ^ (unsigned char)bytes.data[at] * prime_5, 11) * prime_1;
  return xx_finish(hash);
}

static const struct hasher xxhash = { .integer = xx_integer, .wide = xx_wide, .bytes = xx_bytes };

/* Values of any type. */

/* A decimal of more than 18 digits is hashed as BigInteger.toByteArray: the fewest bytes of two's complement. */
static uint64_t hash_big(const struct hasher *hasher, int128 value, uint64_t seed)
{
  char bytes[16];
  size_t size = 16;
  for (size_t i = 0; i < 16; i++)
    bytes[i] = (char)(value >> 8 * (15 - i) & 0xFF);
  size_t start = 0;
  while (size > 1 && ((bytes[start] == 0 && bytes[start + 1] >= 0) || (bytes[start] == -1 && bytes[start + 1] < 0))) {
    start++;
    size--;
  }
  return hasher->bytes((struct text){ bytes + start, size }, seed);
}

static uint64_t hash_double(const struct hasher *hasher, double value, uint64_t seed)
{
  uint64_t bits;
  value = value == 0 ? 0.0 : value; /* -0.0 is 0.0 */
  memcpy(&bits, &value, sizeof bits);
  return hasher->wide(value != value ? 0x7ff8000000000000u : bits, seed);
}

static uint64_t hash_float(const struct hasher *hasher, float value, uint64_t seed)
{
  uint32_t bits;
  value = value == 0 ? 0.0f : value;
  memcpy(&bits, &value, sizeof bits);
  return hasher->integer(value != value ? 0x7fc00000u : bits, seed);
}

#define AT(c_type) (((const c_type *)vector->data)[row])

static uint64_t hash_value(const struct hasher *hasher, const struct vector *vector, size_t row, uint64_t seed)
{
  if (vector_is_null(vector, row))
    return seed;
  switch (vector->type->id) {
  case TYPE_BOOLEAN:
    return hasher->integer(AT(bool), seed);
  case TYPE_TINYINT:
    return hasher->integer((uint32_t)(int32_t)AT(int8_t), seed);
  case TYPE_SMALLINT:
    return hasher->integer((uint32_t)(int32_t)AT(int16_t), seed);
  case TYPE_INT:
  case TYPE_DATE:
    return hasher->integer(AT(uint32_t), seed);
  case TYPE_BIGINT:
  case TYPE_TIMESTAMP:
  case TYPE_TIMESTAMP_NTZ:
    return hasher->wide(AT(uint64_t), seed);
  case TYPE_FLOAT:
    return hash_float(hasher, AT(float), seed);
  case TYPE_DOUBLE:
    return hash_double(hasher, AT(double), seed);
  case TYPE_DECIMAL:
    if (vector->type->precision > 18)
      return hash_big(hasher, vector_decimal(vector, row), seed);
    return hasher->wide((uint64_t)vector_decimal(vector, row), seed);
  case TYPE_STRING:
  case TYPE_BINARY:
    return hasher->bytes(vector_text(vector, row), seed);
  case TYPE_INTERVAL_YEAR_MONTH:
    return hasher->integer((uint32_t)AT(duckdb_interval).months, seed);
  case TYPE_INTERVAL_DAY_TIME:
    return hasher->wide((uint64_t)AT(duckdb_interval).micros, seed);
  case TYPE_INTERVAL: {
    duckdb_interval interval = AT(duckdb_interval);
    seed = hasher->integer((uint32_t)interval.days, hasher->wide((uint64_t)interval.micros, seed));
    return hasher->integer((uint32_t)interval.months, seed);
  }
  case TYPE_ARRAY: {
    duckdb_list_entry list = vector_list(vector, row);
    for (size_t i = 0; i < list.length; i++)
      seed = hash_value(hasher, &vector->children[0], list.offset + i, seed);
    return seed;
  }
  case TYPE_STRUCT:
    for (size_t i = 0; i < vector->type->n_fields; i++)
      seed = hash_value(hasher, &vector->children[i], row, seed);
    return seed;
  default:
    return seed; /* NULL without a type */
  }
}

static bool hash(struct udf_call *call, size_t row)
{
  uint64_t seed = 42;
  for (size_t i = 0; i < call->n_args; i++)
    if (call->args[i].type->id != TYPE_VOID)
      seed = hash_value(&murmur, &call->args[i], row, seed);
  return return_int(call, row, (int32_t)(uint32_t)seed);
}

static bool xxhash64(struct udf_call *call, size_t row)
{
  uint64_t seed = 42;
  for (size_t i = 0; i < call->n_args; i++)
    if (call->args[i].type->id != TYPE_VOID)
      seed = hash_value(&xxhash, &call->args[i], row, seed);
  return return_bigint(call, row, (int64_t)seed);
}

/* Checksums. */

static bool return_hex(struct udf_call *call, size_t row, const unsigned char *bytes, size_t length)
{
  text_buffer_clear(&call->buffer);
  for (size_t i = 0; i < length; i++)
    text_buffer_printf(&call->buffer, "%02x", bytes[i]);
  return return_buffer(call, row);
}

static bool sha2(struct udf_call *call, size_t row)
{
  static const struct {
    int32_t bits;
    const EVP_MD *(*digest)(void);
  } sizes[] = { { 0, EVP_sha256 }, { 224, EVP_sha224 }, { 256, EVP_sha256 }, { 384, EVP_sha384 }, { 512, EVP_sha512 } };
  struct text bytes = arg_text(call, 0, row);
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned length;
  for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
    if (sizes[i].bits == arg_int(call, 1, row))
      return EVP_Digest(bytes.data, bytes.length, sum, &length, sizes[i].digest(), NULL) == 1 &&
             return_hex(call, row, sum, length);
  return false;
}

static bool hmac(struct udf_call *call, size_t row)
{
  static const struct {
    const char *name;
    const EVP_MD *(*digest)(void);
  } algorithms[] = {
    { "MD5", EVP_md5 },       { "SHA-1", EVP_sha1 },     { "SHA1", EVP_sha1 },     { "SHA-224", EVP_sha224 },
    { "SHA224", EVP_sha224 }, { "SHA-256", EVP_sha256 }, { "SHA256", EVP_sha256 }, { "SHA-384", EVP_sha384 },
    { "SHA384", EVP_sha384 }, { "SHA-512", EVP_sha512 }, { "SHA512", EVP_sha512 },
  };
  struct text key = arg_text(call, 0, row);
  struct text message = arg_text(call, 1, row);
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned length;
  for (size_t i = 0; i < ARRAY_LENGTH(algorithms); i++) {
    if (!text_equal_nocase(arg_text(call, 2, row), text_from(algorithms[i].name)))
      continue;
    if (key.length == 0) /* Java's Mac takes none */
      return udf_fail(call, "INVALID_PARAMETER_VALUE.HMAC_CRYPTO_ERROR", "hmac takes no empty key");
    const unsigned char *data = (const unsigned char *)message.data;
    if (HMAC(algorithms[i].digest(), key.data, (int)key.length, data, message.length, sum, &length) == NULL)
      return false;
    return return_text(call, row, (struct text){ (const char *)sum, length });
  }
  return udf_fail(call, "INVALID_PARAMETER_VALUE.HMAC_ALGORITHM", "hmac does not know \"%.*s\"",
                  TEXT_ARGS(arg_text(call, 2, row)));
}

static bool crc32(struct udf_call *call, size_t row)
{
  struct text bytes = arg_text(call, 0, row);
  uint32_t sum = UINT32_MAX;
  for (size_t i = 0; i < bytes.length; i++) {
    sum ^= (unsigned char)bytes.data[i];
    for (int bit = 0; bit < 8; bit++)
      sum = sum >> 1 ^ ((sum & 1) != 0 ? 0xEDB88320u : 0);
  }
  return return_bigint(call, row, (int64_t)(sum ^ UINT32_MAX));
}

static const struct udf rows[] = {
  { .name = "spark_hash", .flags = UDF_NULLS, .each = hash },
  { .name = "spark_xxhash64", .flags = UDF_NULLS, .each = xxhash64 },
  { .name = "spark_sha2", .signature = "binary int > string", .each = sha2 },
  { .name = "spark_hmac", .signature = "binary binary string > binary", .each = hmac },
  { .name = "spark_crc32", .signature = "binary > bigint", .each = crc32 },
};

UDF_FAMILY(hash_udfs, rows);
